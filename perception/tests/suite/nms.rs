//! What a suppression inside the model leaves, in each of the forms of the field.

use sinew_perception::heads::Head;
use sinew_perception::{ModelError, ModelOptions, Normalise};

use crate::onnx::{Numbers, mixed, with_scale, with_target_sizes};
use crate::support::{INPUT, assert_are, assert_says, load, read_as, refusal, things};

/// Corners in pixels of the input, scores and classes; the last is not sure enough, the third is padding.
const BOXES: [f32; 16] = [
    16.0, 24.0, 32.0, 48.0, 40.0, 20.0, 60.0, 44.0, 9.0, 9.0, 20.0, 20.0, 0.0, 0.0, 9.0, 9.0,
];
const SCORES: [f32; 4] = [0.75, 0.5, 0.9, 0.1];
const CLASSES: [i64; 4] = [1, 0, 5, 0];
/// In a picture that is twice as large and begins 16 rows higher.
const FOUND: [(usize, f32, [f32; 4]); 2] = [(1, 0.75, [32.0, 16.0, 64.0, 64.0]), (0, 0.5, [80.0, 8.0, 120.0, 56.0])];
const THIRD: (usize, f32, [f32; 4]) = (5, 0.9, [18.0, 0.0, 40.0, 8.0]);

fn unit() -> ModelOptions {
    ModelOptions {
        normalise: Some(Normalise::Unit),
        ..ModelOptions::default()
    }
}

#[test]
fn efficient_nms_says_how_many_count() {
    let folder = tempfile::tempdir().unwrap();
    let outputs = [
        ("num_dets", &[1, 1][..], Numbers::Integers(&[2])),
        ("det_boxes", &[1, 4, 4][..], Numbers::Floats(&BOXES)),
        ("det_scores", &[1, 4][..], Numbers::Floats(&SCORES)),
        ("det_classes", &[1, 4][..], Numbers::Integers(&CLASSES)),
    ];
    let file = mixed(folder.path(), &INPUT, &outputs, "Identity", &[]);
    assert_says(&refusal(&file, &ModelOptions::default()), &["`normalise`", "nms"]);
    assert_are(&things(&file, &unit()), &FOUND);
}

#[test]
fn torchvision_has_no_batch_and_needs_no_names_when_the_head_is_said() {
    let folder = tempfile::tempdir().unwrap();
    for (names, options) in [
        (["boxes", "labels", "scores"], unit()),
        (["2801", "2802", "2803"], {
            ModelOptions {
                normalise: Some(Normalise::Unit),
                ..read_as(Head::Nms)
            }
        }),
    ] {
        let outputs = [
            (names[0], &[4, 4][..], Numbers::Floats(&BOXES)),
            (names[1], &[4][..], Numbers::Integers(&CLASSES)),
            (names[2], &[4][..], Numbers::Floats(&SCORES)),
        ];
        let file = mixed(folder.path(), &INPUT, &outputs, "Identity", &[]);
        assert_are(&things(&file, &options), &[THIRD, FOUND[0], FOUND[1]]);
    }
}

#[test]
fn mmdet_has_scores_beside_the_corners() {
    let folder = tempfile::tempdir().unwrap();
    let dets: Vec<f32> = BOXES
        .chunks(4)
        .zip(SCORES)
        .flat_map(|(four, score)| [four, &[score]].concat())
        .collect();
    let outputs = [
        ("dets", &[1, 4, 5][..], Numbers::Floats(&dets)),
        ("labels", &[1, 4][..], Numbers::Integers(&CLASSES)),
    ];
    let file = mixed(folder.path(), &INPUT, &outputs, "Identity", &[]);
    assert_are(&things(&file, &unit()), &[THIRD, FOUND[0], FOUND[1]]);
}

#[test]
fn tensorflow_has_rows_first_shares_and_floats_for_classes() {
    let folder = tempfile::tempdir().unwrap();
    let shares: Vec<f32> = BOXES
        .chunks(4)
        .flat_map(|four| [four[1], four[0], four[3], four[2]].map(|edge| edge / 64.0))
        .collect();
    let outputs = [
        ("detection_boxes", &[1, 4, 4][..], Numbers::Floats(&shares)),
        ("detection_classes", &[1, 4][..], Numbers::Floats(&[1.0, 0.0, 5.0, 0.0])),
        ("detection_scores", &[1, 4][..], Numbers::Floats(&SCORES)),
        ("num_detections", &[1][..], Numbers::Floats(&[2.0])),
    ];
    let file = mixed(folder.path(), &INPUT, &outputs, "Identity", &[]);
    assert_are(&things(&file, &unit()), &FOUND);
}

/// In a picture that is stretched down to a square.
fn stretched(found: (usize, f32, [f32; 4])) -> (usize, f32, [f32; 4]) {
    let (class, score, [left, top, right, bottom]) = found;
    let row = |at: f32| at / 2.0 + 16.0;
    (class, score, [left, row(top), right, row(bottom)])
}

#[test]
fn rtdetr_is_told_the_size_of_its_own_input() {
    let folder = tempfile::tempdir().unwrap();
    // Not square: the order of width and height counts.
    let shares: Vec<f32> = BOXES
        .chunks(4)
        .flat_map(|four| [four[0] / 64.0, four[1] / 32.0, four[2] / 64.0, four[3] / 32.0])
        .collect();
    let file = with_target_sizes(folder.path(), &[1, 3, 32, 64], &shares, &SCORES, &CLASSES);
    // Twice as large in the picture, and cut at its lower edge.
    let found = things(&file, &ModelOptions::default());
    assert_are(
        &found,
        &[
            (5, 0.9, [18.0, 18.0, 40.0, 40.0]),
            (1, 0.75, [32.0, 48.0, 64.0, 64.0]),
            (0, 0.5, [80.0, 40.0, 120.0, 64.0]),
        ],
    );
}

#[test]
fn paddle_is_told_that_nothing_was_scaled() {
    let folder = tempfile::tempdir().unwrap();
    let rows: Vec<f32> = (BOXES.chunks(4).zip(SCORES).zip(CLASSES))
        .flat_map(|((four, score), class)| [&[class as f32, score], four].concat())
        .collect();
    let file = with_scale(folder.path(), &INPUT, "scale_factor", &rows, 2);
    assert_says(&refusal(&file, &ModelOptions::default()), &["`normalise`"]);
    assert_are(&things(&file, &unit()), &FOUND.map(stretched));

    let file = with_scale(folder.path(), &INPUT, "threshold", &rows, 2);
    let error = load(&file, &unit()).unwrap_err();
    assert!(matches!(error, ModelError::AuxiliaryInputs { .. }), "{error}");
    assert_says(
        &error.to_string(),
        &[
            "`threshold`",
            "`orig_target_sizes`",
            "`scale_factor`",
            "`im_shape`",
            "only input",
        ],
    );
}
