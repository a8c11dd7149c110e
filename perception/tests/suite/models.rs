//! Whole models through ONNX Runtime: known outputs have to come back as known boxes.

use sinew_perception::heads::{Detection, Head, Keep, Prediction};
use sinew_perception::image::Picture;
use sinew_perception::preprocess::Fit;
use sinew_perception::{ModelError, ModelOptions, Normalise, annotate};

use crate::onnx::{fixed, operator};
use crate::support::{INPUT, load, picture, read_as};

const NAMES: (&str, &str) = ("names", "{0: 'ball', 1: 'box'}");

/// What a model of these outputs sees.
fn things(outputs: &[(&str, &[i64], &[f32])], metadata: &[(&str, &str)], head: Head) -> (Vec<Detection>, usize) {
    let folder = tempfile::tempdir().unwrap();
    let file = fixed(folder.path(), &INPUT, outputs, metadata);
    let mut model = load(&file, &ModelOptions::default()).unwrap();
    assert_eq!(model.head(), head);
    let mut seen = Prediction::default();
    let mut dropped = 0;
    // The second time, with memory in use.
    for _ in 0..2 {
        dropped = model.perceive(&picture().view(), &mut seen).unwrap();
    }
    match seen {
        Prediction::Things(things) => (things, dropped),
        other => panic!("{other:?}"),
    }
}

/// A box of class 1 at 20, 24 to 28, 40 of the input: 40, 16 to 56, 48 of the picture.
fn assert_is_the_box(things: &[Detection]) {
    let [thing] = things else { panic!("{things:?}") };
    let edges = [thing.bbox.left, thing.bbox.top, thing.bbox.right, thing.bbox.bottom];
    for (found, expected) in edges.into_iter().zip([40.0, 16.0, 56.0, 48.0]) {
        assert!((found - expected).abs() < 1e-3, "{things:?}");
    }
    assert!((thing.score - 0.75).abs() < 1e-5, "{things:?}");
    assert_eq!(thing.class, 1);
}

#[test]
fn boxes_in_columns_are_found() {
    // Three boxes: the one that is meant, a duplicate, one that is not a number.
    let columns = |rows: [[f32; 3]; 6]| rows.as_flattened().to_vec();
    let values = columns([
        [24.0, 24.5, 10.0],
        [32.0, 32.0, 10.0],
        [8.0, 8.0, 4.0],
        [16.0, 16.0, 4.0],
        [0.1, 0.0, f32::NAN],
        [0.75, 0.5, 0.9],
    ]);
    // As many boxes as a network has: the rest scores nothing.
    let boxes = 84;
    let mut padded = vec![0.0; 6 * boxes];
    for (row, three) in values.chunks(3).enumerate() {
        padded[row * boxes..row * boxes + 3].copy_from_slice(three);
    }
    let (found, dropped) = things(
        &[("output0", &[1, 6, 84], &padded)],
        &[NAMES, ("task", "detect")],
        Head::YoloV8,
    );
    assert_is_the_box(&found);
    assert_eq!(dropped, 1);
}

#[test]
fn boxes_in_rows_are_found() {
    let mut values = vec![0.0; 7 * 252];
    values[..7].copy_from_slice(&[24.0, 32.0, 8.0, 16.0, 1.0, 0.2, 0.75]);
    values[7..14].copy_from_slice(&[24.0, 32.0, 8.0, 16.0, 0.9, 0.2, 0.75]);
    values[14..21].copy_from_slice(&[24.0, f32::INFINITY, 8.0, 16.0, 1.0, 0.2, 0.75]);
    let (found, dropped) = things(&[("output0", &[1, 252, 7], &values)], &[NAMES], Head::YoloV5);
    assert_is_the_box(&found);
    assert_eq!(dropped, 1);
}

#[test]
fn finished_boxes_are_found() {
    let mut values = vec![0.0; 6 * 30];
    values[..6].copy_from_slice(&[20.0, 24.0, 28.0, 40.0, 0.75, 1.0]);
    let (found, _) = things(&[("output0", &[1, 30, 6], &values)], &[NAMES], Head::YoloV10);
    assert_is_the_box(&found);
}

#[test]
fn finished_boxes_may_have_masks_or_key_points_behind_them() {
    let mut values = vec![0.0; 38 * 300];
    values[..6].copy_from_slice(&[20.0, 24.0, 28.0, 40.0, 0.75, 1.0]);
    let outputs: [(&str, &[i64], &[f32]); 2] = [
        ("output0", &[1, 300, 38], &values),
        ("output1", &[1, 32, 16, 16], &[0.0; 32 * 256]),
    ];
    // An export with NMS says that the network as such is not end-to-end.
    for end_to_end in ["True", "False"] {
        let metadata = [NAMES, ("task", "segment"), ("end2end", end_to_end)];
        assert_is_the_box(&things(&outputs, &metadata, Head::YoloV10).0);
    }
}

#[test]
fn finished_boxes_of_an_rtdetr_are_shares_of_a_stretched_picture() {
    let mut values = vec![0.0; 6 * 300];
    values[..6].copy_from_slice(&[0.375, 0.5, 0.125, 0.5, 0.75, 1.0]);
    for says in [("head", "RTDETRDecoder"), ("description", "Ultralytics rtdetr-l model")] {
        let metadata = [NAMES, ("task", "detect"), ("end2end", "False"), says];
        let (found, _) = things(&[("output0", &[1, 300, 6], &values)], &metadata, Head::RtDetr);
        assert_is_the_box(&found);
    }
}

/// As shares of an input that the picture was stretched to.
const SHARES: [f32; 4] = [0.375, 0.5, 0.125, 0.5];

#[test]
fn logits_and_boxes_are_found_whichever_comes_first() {
    let mut logits = vec![-9.0; 2 * 10];
    let mut boxes = vec![0.5; 4 * 10];
    logits[1] = 3.0f32.ln();
    boxes[..4].copy_from_slice(&SHARES);
    let outputs: [(&str, &[i64], &[f32]); 2] = [("pred_boxes", &[1, 10, 4], &boxes), ("logits", &[1, 10, 2], &logits)];
    assert_is_the_box(&things(&outputs, &[NAMES], Head::RtDetr).0);
    assert_is_the_box(&things(&[outputs[1], outputs[0]], &[NAMES], Head::RtDetr).0);

    let joined: Vec<f32> = (0..10)
        .flat_map(|i| {
            if i == 0 {
                [0.375, 0.5, 0.125, 0.5, 0.1, 0.75]
            } else {
                [0.0; 6]
            }
        })
        .collect();
    // Ten rows of six could be finished boxes, too.
    let folder = tempfile::tempdir().unwrap();
    let file = fixed(folder.path(), &INPUT, &[("output0", &[1, 10, 6], &joined)], &[NAMES]);
    let options = read_as(Head::RtDetr);
    let mut seen = Prediction::default();
    load(&file, &options)
        .unwrap()
        .perceive(&picture().view(), &mut seen)
        .unwrap();
    let Prediction::Things(found) = seen else {
        panic!("{seen:?}")
    };
    assert_is_the_box(&found);
}

#[test]
fn a_class_for_nothing_is_none() {
    // Softmax of ln 9, ln 1 … over three: 0.75 for class 1.
    let mut logits = [0.0, 0.0, 9.0].repeat(10);
    logits[..3].copy_from_slice(&[0.0, 6.0f32.ln(), 0.0]);
    let mut boxes = vec![0.5; 4 * 10];
    boxes[..4].copy_from_slice(&SHARES);
    let outputs: [(&str, &[i64], &[f32]); 2] = [("logits", &[1, 10, 3], &logits), ("pred_boxes", &[1, 10, 4], &boxes)];
    assert_is_the_box(&things(&outputs, &[NAMES], Head::Detr).0);
}

#[test]
fn the_image_reaches_the_model() {
    let folder = tempfile::tempdir().unwrap();
    let file = operator(folder.path(), "GlobalAveragePool", &[-1, 3, -1, -1], &[-1, 3, 1, 1]);
    let options = ModelOptions {
        size: Some([32, 32]),
        normalise: Some(Normalise::Unit),
        ..read_as(Head::Classify)
    };
    let mut model = load(&file, &options).unwrap();
    for (class, colour) in [[255, 0, 0], [0, 255, 0], [0, 0, 255]].into_iter().enumerate() {
        let picture = Picture::from_rgb([50, 40], colour.repeat(50 * 40)).unwrap();
        let mut seen = Prediction::default();
        model.perceive(&picture.view(), &mut seen).unwrap();
        let Prediction::Classes(classes) = &seen else {
            panic!("{seen:?}")
        };
        assert_eq!((classes[0].class, classes[0].score), (class, 1.0));
    }
}

#[test]
fn masks_and_depth_have_the_size_of_the_picture() {
    let folder = tempfile::tempdir().unwrap();
    let file = operator(folder.path(), "Relu", &INPUT, &INPUT);
    let options = |head| ModelOptions {
        normalise: Some(Normalise::Unit),
        ..read_as(head)
    };
    let mut model = load(&file, &options(Head::Segment)).unwrap();
    // The left half is green, the right half blue.
    let row: Vec<u8> = (0..128)
        .flat_map(|x| if x < 64 { [0, 255, 0] } else { [0, 0, 255] })
        .collect();
    let picture = Picture::from_rgb([128, 64], row.repeat(64)).unwrap();
    let mut seen = Prediction::default();
    model.perceive(&picture.view(), &mut seen).unwrap();
    let Prediction::Mask(mask) = &seen else {
        panic!("{seen:?}")
    };
    assert_eq!(mask.size, [128, 64]);
    assert!(
        mask.values
            .chunks(128)
            .all(|row| row[..63].iter().all(|class| *class == 1))
    );
    assert!(
        mask.values
            .chunks(128)
            .all(|row| row[65..].iter().all(|class| *class == 2))
    );
    assert_ne!(annotate(&picture, &seen, &[], |_| String::new()), picture);

    let file = operator(folder.path(), "Relu", &[1, 1, 64, 64], &[1, 1, 64, 64]);
    let mut model = load(&file, &options(Head::Depth)).unwrap();
    model.perceive(&picture.view(), &mut seen).unwrap();
    let Prediction::Depth(depth) = &seen else {
        panic!("{seen:?}")
    };
    assert!((depth.values[0] - 0.587).abs() < 1e-3 && (depth.values[127] - 0.114).abs() < 1e-3);
}

#[test]
fn outputs_that_no_head_takes_are_refused_with_their_shapes() {
    let folder = tempfile::tempdir().unwrap();
    let file = fixed(
        folder.path(),
        &INPUT,
        &[("strange", &[1, 2, 3, 4, 5], &[0.0; 120])],
        &[],
    );
    let error = load(&file, &ModelOptions::default()).unwrap_err().to_string();
    for part in [
        "model.onnx",
        "`strange` [1, 2, 3, 4, 5] of floats",
        "speak for no head",
        "[1, 4 + classes, boxes]",
    ] {
        assert!(error.contains(part), "`{part}` is not in: {error}");
    }
    let options = read_as(Head::Detr);
    let error = load(&file, &options).unwrap_err().to_string();
    assert!(error.contains("do not fit the head detr"), "{error}");
}

#[test]
fn inputs_that_are_no_image_and_sizes_that_do_not_fit_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let load = |input: &[i64], size: Option<[usize; 2]>| {
        let file = operator(folder.path(), "Relu", input, input);
        load(
            &file,
            &ModelOptions {
                size,
                ..ModelOptions::default()
            },
        )
        .unwrap_err()
    };
    assert!(matches!(load(&[1, 48], None), ModelError::Input { .. }));
    assert!(matches!(load(&[1, 7, 64, 64], None), ModelError::Input { .. }));
    assert!(matches!(load(&[1, 3, -1, -1], None), ModelError::NoSize { .. }));
    assert!(matches!(load(&INPUT, Some([32, 32])), ModelError::Size { .. }));
}

#[test]
fn options_overrule_what_is_usual() {
    let folder = tempfile::tempdir().unwrap();
    let mut values = vec![0.0; 6 * 30];
    values[..6].copy_from_slice(&[0.0, 0.0, 64.0, 64.0, 0.2, 7.0]);
    let file = fixed(folder.path(), &INPUT, &[("output0", &[1, 30, 6], &values)], &[]);
    let options = ModelOptions {
        fit: Some(Fit::Stretch),
        keep: Keep {
            threshold: 0.1,
            ..Keep::default()
        },
        ..ModelOptions::default()
    };
    let mut seen = Prediction::default();
    load(&file, &options)
        .unwrap()
        .perceive(&picture().view(), &mut seen)
        .unwrap();
    let Prediction::Things(found) = seen else {
        panic!("{seen:?}")
    };
    assert_eq!(
        (found[0].bbox.right, found[0].bbox.bottom, found[0].class),
        (128.0, 64.0, 7)
    );
}
