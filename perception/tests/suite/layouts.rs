//! Boxes that have to be decoded, against what a calculation by hand makes of them. The input is 64×64.

use sinew_perception::heads::{BoxForm, BoxUnit, Head, HeadOptions, Scores, load_anchors};
use sinew_perception::{ModelOptions, Normalise};

use crate::onnx::{Numbers, fixed, mixed};
use crate::support::{INPUT, assert_are, assert_says, load, read_as, refusal, things};

/// With strides of 8, 16 and 32.
const CELLS: usize = 64 + 16 + 4;

#[test]
fn yolox_counts_in_cells() {
    let folder = tempfile::tempdir().unwrap();
    let mut rows = vec![0.0; 7 * CELLS];
    // The cell in column 1, row 2 of the second grid: its corner is at 16, 32.
    let at = 64 + 2 * 4 + 1;
    rows[7 * at..7 * (at + 1)].copy_from_slice(&[0.5, -0.25, 2.0f32.ln(), 0.5f32.ln(), 0.9, 0.1, 0.8]);
    // The same thing seen by the next cell, less surely.
    rows[7 * (at + 1)..7 * (at + 2)].copy_from_slice(&[-0.5, -0.25, 2.0f32.ln(), 0.5f32.ln(), 0.9, 0.1, 0.7]);
    // No number.
    rows[..7].copy_from_slice(&[0.0, 0.0, f32::INFINITY, 0.0, 0.9, 0.9, 0.9]);
    let file = fixed(folder.path(), &INPUT, &[("output", &[1, CELLS as i64, 7], &rows)], &[]);
    // Centre 24, 28 and size 32×8: left 8, top 24, right 40, bottom 32; of a picture twice as large, 16 rows lower.
    let found = things(&file, &read_as(Head::YoloX));
    assert_are(&found, &[(1, 0.72, [16.0, 16.0, 80.0, 32.0])]);
    let model = load(&file, &read_as(Head::YoloX)).unwrap();
    assert_eq!(
        (model.input().scale, model.input().order),
        (1.0, sinew_perception::preprocess::ChannelOrder::Bgr)
    );

    assert_says(
        &refusal(&file, &ModelOptions::default()),
        &["yolox", "yolov5", "`head`"],
    );
    let other = ModelOptions {
        reading: HeadOptions {
            strides: vec![8, 16],
            ..read_as(Head::YoloX).reading
        },
        ..ModelOptions::default()
    };
    assert_says(
        &refusal(&file, &other),
        &["head yolox", "64×64", "[8, 16]", "`strides`"],
    );
}

/// A distribution that is all in one bin, or half in each of two.
fn bins(a: usize, b: usize) -> [f32; 8] {
    let mut bins = [-40.0; 8];
    bins[a] = 3.0;
    bins[b] = 3.0;
    bins
}

/// Sides of 16, 12, 24 and 4 pixels of a cell of 8.
fn sides() -> Vec<f32> {
    [bins(2, 2), bins(1, 2), bins(3, 3), bins(0, 1)].concat()
}

#[test]
fn picodet_measures_from_the_middle_of_a_cell() {
    let folder = tempfile::tempdir().unwrap();
    let mut tables = Vec::new();
    for cells in [64, 16, 4] {
        tables.push((vec![0.0f32; 3 * cells], vec![0.0f32; 32 * cells], cells as i64));
    }
    // The cell in column 2, row 1 of the first grid: its middle is at 20, 12.
    let at = 8 + 2;
    tables[0].0[3 * at + 2] = 0.6;
    tables[0].1[32 * at..32 * (at + 1)].copy_from_slice(&sides());
    let dims: Vec<_> = tables
        .iter()
        .map(|(.., cells)| ([1, *cells, 3], [1, *cells, 32]))
        .collect();
    let scores = tables
        .iter()
        .zip(&dims)
        .map(|((scores, ..), dims)| (&dims.0[..], &scores[..]));
    let boxes = tables
        .iter()
        .zip(&dims)
        .map(|((_, boxes, _), dims)| (&dims.1[..], &boxes[..]));
    let names = ["a", "b", "c", "d", "e", "f"];
    let outputs: Vec<_> = names
        .into_iter()
        .zip(scores.chain(boxes))
        .map(|(name, (dims, values))| (name, dims, values))
        .collect();
    let file = fixed(folder.path(), &INPUT, &outputs, &[]);
    let found = things(&file, &read_as(Head::PicoDet));
    // Left 4, top 0, right 44, bottom 16, of a picture that is twice as wide.
    assert_are(&found, &[(2, 0.6, [8.0, 0.0, 88.0, 16.0])]);
    assert_says(
        &refusal(&file, &ModelOptions::default()),
        &["picodet", "nanodet", "`head`"],
    );
}

#[test]
fn nanodet_measures_from_the_corner_of_a_cell() {
    let folder = tempfile::tempdir().unwrap();
    let mut rows = vec![0.0; 35 * CELLS];
    // The last cell of the second grid: its corner is at 48, 48. Scores as logits.
    let at = 64 + 15;
    rows.chunks_mut(35).for_each(|row| row[..3].fill(-9.0));
    rows[35 * at + 1] = 4.0f32.ln();
    rows[35 * at + 3..35 * (at + 1)].copy_from_slice(&sides());
    let file = fixed(folder.path(), &INPUT, &[("output", &[1, CELLS as i64, 35], &rows)], &[]);
    let options = ModelOptions {
        reading: HeadOptions {
            scores: Some(Scores::Sigmoid),
            ..read_as(Head::NanoDet).reading
        },
        ..ModelOptions::default()
    };
    // Cells of 16: sides of 32, 24, 48 and 8: left 16, top 24, right 96 (cut at 64), bottom 56.
    assert_are(&things(&file, &options), &[(1, 0.8, [32.0, 24.0, 128.0, 56.0])]);
}

#[test]
fn ssd_has_nothing_first_and_boxes_of_corners() {
    let folder = tempfile::tempdir().unwrap();
    let mut scores = [1.0, 0.0, 0.0].repeat(10);
    scores[..3].copy_from_slice(&[0.1, 0.2, 0.7]);
    // Prediction twice.
    scores[3..6].copy_from_slice(&[0.2, 0.2, 0.6]);
    let mut boxes = vec![0.0; 40];
    boxes[..4].copy_from_slice(&[0.25, 0.5, 0.5, 0.75]);
    boxes[4..8].copy_from_slice(&[0.25, 0.5, 0.5, 0.76]);
    let outputs: [(&str, &[i64], &[f32]); 2] = [("scores", &[1, 10, 3], &scores), ("boxes", &[1, 10, 4], &boxes)];
    let file = fixed(folder.path(), &INPUT, &outputs, &[]);
    assert_says(
        &refusal(&file, &ModelOptions::default()),
        &["detr", "rtdetr", "ssd", "`head`"],
    );
    // Models of this head are trained with levels of every kind.
    assert_says(&refusal(&file, &read_as(Head::Ssd)), &["`normalise`", "`mean`", "ssd"]);
    let options = ModelOptions {
        mean: Some([127.0; 3]),
        std: Some([128.0; 3]),
        ..read_as(Head::Ssd)
    };
    assert_are(&things(&file, &options), &[(1, 0.7, [32.0, 32.0, 64.0, 48.0])]);
    let model = load(&file, &options).unwrap();
    assert_eq!((model.input().scale, model.input().mean), (1.0, [127.0; 3]));

    // The same as logits, without the softmax.
    let logits: Vec<f32> = scores.iter().map(|score| (score + 1e-6f32).ln()).collect();
    let outputs: [(&str, &[i64], &[f32]); 2] = [("scores", &[1, 10, 3], &logits), ("boxes", &[1, 10, 4], &boxes)];
    let file = fixed(folder.path(), &INPUT, &outputs, &[]);
    assert_are(&things(&file, &options), &[(1, 0.7, [32.0, 32.0, 64.0, 48.0])]);
}

#[test]
fn offsets_are_counted_from_anchors_and_landmarks_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let anchors = folder.path().join("anchors.txt");
    let mut lines = "0.5 0.5 0.5 0.25\n".to_owned();
    lines += &"0.1, 0.1, 0.1, 0.1\n".repeat(9);
    std::fs::write(&anchors, lines + "\n").unwrap();
    let mut scores = [0.99, 0.01].repeat(10);
    scores[..2].copy_from_slice(&[0.2, 0.8]);
    let mut offsets = vec![0.0; 40];
    // The centre 0.1 × 5 × 0.5 to the right and 0.1 × 2 × 0.25 up; half as wide and twice as high.
    offsets[..4].copy_from_slice(&[5.0, -2.0, 5.0 * 0.5f32.ln(), 5.0 * 2.0f32.ln()]);
    let outputs: [(&str, &[i64], &[f32]); 3] = [
        ("loc", &[1, 10, 4], &offsets),
        ("landmarks", &[1, 10, 10], &[0.0; 100]),
        ("conf", &[1, 10, 2], &scores),
    ];
    let file = fixed(folder.path(), &INPUT, &outputs, &[]);
    let mut options = ModelOptions {
        names: Some(vec!["face".to_owned()]),
        normalise: Some(Normalise::Unit),
        ..read_as(Head::Ssd)
    };
    options.reading.anchors = load_anchors(&anchors).unwrap();
    // Centre 0.75, 0.45 and size 0.25 × 0.5 of a picture of 128×64.
    assert_are(&things(&file, &options), &[(0, 0.8, [80.0, 12.8, 112.0, 44.8])]);
    let doubts = load(&file, &options).unwrap().doubts().join("; ");
    assert_says(&doubts, &["does not read", "`landmarks`"]);

    options.reading.anchors.pop();
    assert_says(&refusal(&file, &options), &["`anchors`", "9", "10, one for each box"]);
    std::fs::write(&anchors, "0.5 0.5 0.5 0.25\n0.5 0.5 0.5\n").unwrap();
    assert_says(
        &load_anchors(&anchors).unwrap_err().to_string(),
        &["anchors.txt, line 2", "four numbers"],
    );
    assert_says(
        &load_anchors(folder.path()).unwrap_err().to_string(),
        &["cannot be read"],
    );
}

#[test]
fn form_and_unit_of_boxes_can_be_said() {
    let folder = tempfile::tempdir().unwrap();
    // One box, 16, 24 to 32, 48 of the input, in each way; 3 × 84 rows of YOLOv5's.
    for (form, unit, four) in [
        (BoxForm::Centre, BoxUnit::Pixels, [24.0, 36.0, 16.0, 24.0]),
        (BoxForm::Corners, BoxUnit::Pixels, [16.0, 24.0, 32.0, 48.0]),
        (BoxForm::Corners, BoxUnit::Shares, [0.25, 0.375, 0.5, 0.75]),
        (BoxForm::CornersYx, BoxUnit::Shares, [0.375, 0.25, 0.75, 0.5]),
    ] {
        let mut rows = vec![0.0; 7 * 252];
        rows[..4].copy_from_slice(&four);
        rows[4..7].copy_from_slice(&[1.0, 0.0, 0.75]);
        let file = fixed(folder.path(), &INPUT, &[("output", &[1, 252, 7], &rows)], &[]);
        let options = ModelOptions {
            reading: HeadOptions {
                boxes: Some(form),
                box_unit: Some(unit),
                ..HeadOptions::default()
            },
            ..ModelOptions::default()
        };
        assert_are(&things(&file, &options), &[(1, 0.75, [32.0, 16.0, 64.0, 64.0])]);
    }
}

#[test]
fn logits_in_columns_can_be_said() {
    let folder = tempfile::tempdir().unwrap();
    let mut columns = vec![-9.0; 6 * CELLS];
    for (row, value) in [24.0, 32.0, 8.0, 16.0, -1.0, 3.0f32.ln()].into_iter().enumerate() {
        columns[row * CELLS] = value;
    }
    let file = fixed(
        folder.path(),
        &INPUT,
        &[("output", &[1, 6, CELLS as i64], &columns)],
        &[],
    );
    assert_says(&refusal(&file, &ModelOptions::default()), &["yolov8", "`head`"]);
    let doubts = load(&file, &read_as(Head::YoloV8)).unwrap().doubts().join("; ");
    assert_says(&doubts, &["scores outside 0 to 1", "`scores`"]);
    let options = ModelOptions {
        reading: HeadOptions {
            scores: Some(Scores::Sigmoid),
            ..read_as(Head::YoloV8).reading
        },
        ..ModelOptions::default()
    };
    assert_are(&things(&file, &options), &[(1, 0.75, [40.0, 16.0, 56.0, 48.0])]);
    assert!(load(&file, &options).unwrap().doubts().is_empty());
}

#[test]
fn probabilities_beside_boxes_are_not_made_probabilities_again() {
    let folder = tempfile::tempdir().unwrap();
    let mut logits = vec![-9.0; 20];
    logits[1] = 3.0f32.ln();
    let mut boxes = [0.5; 40];
    boxes[..4].copy_from_slice(&[0.375, 0.5, 0.125, 0.5]);
    // Both outputs come out of a sigmoid: the boxes are given before it.
    let before: Vec<f32> = boxes.iter().map(|share: &f32| (share / (1.0 - share)).ln()).collect();
    let outputs = [
        ("logits", &[1, 10, 2][..], Numbers::Floats(&logits)),
        ("pred_boxes", &[1, 10, 4][..], Numbers::Floats(&before)),
    ];
    let file = mixed(
        folder.path(),
        &INPUT,
        &outputs,
        "Sigmoid",
        &[("names", "['ball', 'box']")],
    );
    let options = ModelOptions {
        normalise: Some(Normalise::Unit),
        ..ModelOptions::default()
    };
    assert_are(&things(&file, &options), &[(1, 0.75, [40.0, 16.0, 56.0, 48.0])]);
}
