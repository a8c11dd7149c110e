//! A head is chosen because something speaks for it, not because a shape happens to fit.

use sinew_perception::ModelOptions;
use sinew_perception::heads::{Facts, Fitted, Head, HeadOptions, NoHead, OutputShape, Scores};
use sinew_perception::metadata::{ModelMetadata, load_labels};

use crate::onnx::{Numbers, fixed, mixed};
use crate::support::{INPUT, assert_says, load, read_as, refusal, seen, things};

/// Outputs of floats without a run, and names.
fn facts(input: [usize; 2], outputs: &[(&str, &[usize])], names: usize) -> Facts {
    let shape = |(name, dims): &(&str, &[usize])| OutputShape {
        name: (*name).to_owned(),
        dims: dims.to_vec(),
        is_float: true,
        ..OutputShape::default()
    };
    Facts {
        outputs: outputs.iter().map(shape).collect(),
        metadata: ModelMetadata {
            names: vec!["thing".to_owned(); names],
            ..ModelMetadata::default()
        },
        input,
        ..Facts::default()
    }
}

fn choose(input: [usize; 2], outputs: &[(&str, &[usize])], names: usize) -> Result<Head, NoHead> {
    Fitted::choose(&facts(input, outputs, names), &HeadOptions::default()).map(|fitted| fitted.head)
}

#[test]
fn as_many_boxes_as_cells_speak_for_yolo() {
    for (side, boxes) in [(96, 189), (320, 2100), (640, 8400)] {
        let input = [side, side];
        assert_eq!(choose(input, &[("o", &[1, 84, boxes])], 0), Ok(Head::YoloV8));
        assert_eq!(choose(input, &[("o", &[1, 3 * boxes, 85])], 0), Ok(Head::YoloV5));
        assert_eq!(choose(input, &[("o", &[1, 3 * boxes, 8])], 0), Ok(Head::YoloV5));
        // One row for each cell: YOLOX, whose boxes are to be decoded, or YOLOv6, whose are not.
        let error = choose(input, &[("o", &[1, boxes, 85])], 80).unwrap_err().to_string();
        assert_says(&error, &["yolox", "yolov5", "`head`"]);
        assert!(choose(input, &[("o", &[1, 84, boxes + 1])], 0).is_err());
        assert!(choose(input, &[("o", &[1, 3 * boxes + 1, 85])], 0).is_err());
    }
}

#[test]
fn angles_behind_the_scores_are_no_class() {
    let mut facts = facts([640, 640], &[("o", &[1, 20, 8400])], 0);
    let choose = |facts: &Facts| Fitted::choose(facts, &HeadOptions::default()).map(|fitted| fitted.head);
    facts.outputs[0].operator = "Concat Sigmoid".to_owned();
    assert_eq!(choose(&facts), Ok(Head::YoloV8));
    facts.outputs[0].operator = "Concat Mul".to_owned();
    assert_says(&choose(&facts).unwrap_err().to_string(), &["yolov8", "`head`"]);
    facts.metadata.task = Some("obb".to_owned());
    assert_says(&choose(&facts).unwrap_err().to_string(), &["oriented boxes"]);
}

#[test]
fn what_fits_everything_is_refused_with_the_parameter_that_settles_it() {
    for dims in [
        &[1, 1000][..],
        &[1, 7],
        &[1, 21, 64, 64],
        &[1, 1, 64, 64],
        &[1, 64, 64],
        &[1, 100, 85],
        &[1, 567, 85],
    ] {
        let error = choose([64, 64], &[("o", dims)], 0).unwrap_err().to_string();
        assert_says(&error, &["`head`"]);
    }
}

#[test]
fn raw_heads_are_refused_as_such() {
    let yolov5: [(&str, &[usize]); 3] = [
        ("a", &[1, 255, 40, 40]),
        ("b", &[1, 255, 20, 20]),
        ("c", &[1, 255, 10, 10]),
    ];
    let rknn: Vec<(&str, &[usize])> = vec![
        ("b8", &[1, 64, 40, 40]),
        ("c8", &[1, 80, 40, 40]),
        ("s8", &[1, 1, 40, 40]),
        ("b16", &[1, 64, 20, 20]),
        ("c16", &[1, 80, 20, 20]),
        ("s16", &[1, 1, 20, 20]),
    ];
    for (outputs, names) in [(&yolov5[..], 0), (&rknn[..], 0), (&rknn[..], 80)] {
        let error = choose([320, 320], outputs, names).unwrap_err().to_string();
        assert_says(&error, &["feature maps", "decoded"]);
    }
}

#[test]
fn names_that_are_not_as_many_as_classes_are_an_error_of_their_own() {
    let folder = tempfile::tempdir().unwrap();
    let labels = folder.path().join("labels.txt");
    std::fs::write(&labels, "\u{feff}ball\r\nbox\r\nperson\r\n\r\n  \n").unwrap();
    let names = load_labels(&labels).unwrap();
    assert_eq!(names, ["ball", "box", "person"]);
    let columns = vec![0.0; 7 * 84];
    let file = fixed(folder.path(), &INPUT, &[("o", &[1, 7, 84], &columns)], &[]);
    let with = |names: &[String]| ModelOptions {
        names: Some(names.to_vec()),
        ..ModelOptions::default()
    };
    assert_eq!(load(&file, &with(&names)).unwrap().head(), Head::YoloV8);
    let four = [&names[..], &names[..1]].concat();
    assert_says(&refusal(&file, &with(&four)), &["3 classes, 4 names", "yolov8"]);
    let wanted = ModelOptions {
        names: Some(four),
        ..read_as(Head::YoloV8)
    };
    assert_says(&refusal(&file, &wanted), &["3 classes, 4 names"]);
    for (dims, names) in [(&[1, 1000][..], 999), (&[1, 21, 64, 64], 20)] {
        let said = HeadOptions {
            head: Some(if dims.len() == 2 { Head::Classify } else { Head::Segment }),
            ..HeadOptions::default()
        };
        let error = Fitted::choose(&facts([64, 64], &[("o", dims)], names), &said).unwrap_err();
        assert!(matches!(error, NoHead::Names { .. }), "{error}");
    }
}

#[test]
fn detr_and_rtdetr_are_told_apart_by_names_only() {
    let outputs = |width| [("logits", vec![1, 100, width]), ("pred_boxes", vec![1, 100, 4])];
    let choose = |width, names| {
        let outputs = outputs(width);
        let outputs: Vec<_> = outputs.iter().map(|(name, dims)| (*name, &dims[..])).collect();
        choose([320, 320], &outputs, names)
    };
    let error = choose(3, 0).unwrap_err().to_string();
    assert_says(&error, &["detr, rtdetr", "`head`"]);
    assert_eq!(choose(3, 2), Ok(Head::Detr));
    assert_eq!(choose(3, 3), Ok(Head::RtDetr));
    assert_eq!(choose(92, 0), Ok(Head::Detr));
    assert!(choose(3, 7).is_err());
}

/// Classes and their scores, the best two.
fn best(file: &std::path::Path, options: &ModelOptions) -> Vec<(usize, f32)> {
    let sinew_perception::heads::Prediction::Classes(classes) = seen(&mut load(file, options).unwrap()) else {
        panic!("no classes")
    };
    classes.iter().take(2).map(|class| (class.class, class.score)).collect()
}

#[test]
fn scores_that_are_probabilities_stay_what_they_are() {
    let folder = tempfile::tempdir().unwrap();
    let classify = read_as(Head::Classify);
    // Several labels at once.
    let many = [0.95, 0.9, 0.02, 0.01, 0.01];
    let file = fixed(folder.path(), &INPUT, &[("o", &[1, 5], &many)], &[]);
    assert_eq!(best(&file, &classify), [(0, 0.95), (1, 0.9)]);
    // A softmax whose sum is not 1, as quantised ones are.
    let mut quantised = [0.0; 1000];
    quantised[7] = 0.5;
    quantised[3] = 0.25;
    let file = fixed(folder.path(), &INPUT, &[("o", &[1, 1000], &quantised)], &[]);
    assert_eq!(best(&file, &classify), [(7, 0.5), (3, 0.25)]);
    // Logits, as the values say.
    let logits = [0.0, 3.0f32.ln(), -50.0];
    let file = fixed(folder.path(), &INPUT, &[("o", &[1, 3], &logits)], &[]);
    let found = best(&file, &classify);
    assert!(found[0].0 == 1 && (found[0].1 - 0.75).abs() < 1e-5, "{found:?}");
    // What is said counts.
    let said = ModelOptions {
        reading: HeadOptions {
            scores: Some(Scores::Sigmoid),
            ..classify.reading.clone()
        },
        ..ModelOptions::default()
    };
    assert!((best(&file, &said)[0].1 - 0.75).abs() < 1e-5);
    assert_eq!(best(&file, &said)[1], (0, 0.5));
}

#[test]
fn the_last_operator_speaks_for_classes_and_their_scores() {
    let folder = tempfile::tempdir().unwrap();
    // Logits that could be probabilities, were it not for the softmax behind them.
    let logits = [0.0, 0.9, 0.0];
    let outputs = [("o", &[1, 3][..], Numbers::Floats(&logits))];
    let file = mixed(folder.path(), &INPUT, &outputs, "Softmax", &[]);
    let expected = 0.9f32.exp() / (0.9f32.exp() + 2.0);
    let found = best(&file, &ModelOptions::default());
    assert!(found[0].0 == 1 && (found[0].1 - expected).abs() < 1e-5, "{found:?}");
    let file = mixed(folder.path(), &INPUT, &outputs, "Sigmoid", &[]);
    assert_says(&refusal(&file, &ModelOptions::default()), &["classify", "`head`"]);
    let found = best(&file, &read_as(Head::Classify));
    assert!((found[0].1 - 1.0 / (1.0 + (-0.9f32).exp())).abs() < 1e-5, "{found:?}");
}

#[test]
fn what_is_odd_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let names = ("names", "['ball', 'box']");
    let odd = |rows: &[[f32; 6]]| {
        let mut values = rows.concat();
        values.resize(6 * 30, 0.0);
        let file = fixed(folder.path(), &INPUT, &[("o", &[1, 30, 6], &values)], &[names]);
        let mut model = load(&file, &read_as(Head::YoloV10)).unwrap();
        seen(&mut model);
        model
            .oddities()
            .iter()
            .map(|oddity| oddity.to_string())
            .collect::<Vec<_>>()
            .join("; ")
    };
    let fine = [20.0, 24.0, 28.0, 40.0, 0.75, 1.0];
    assert_eq!(odd(&[fine]), "");
    assert_says(&odd(&[fine; 5]), &["all boxes are the same"]);
    assert_says(
        &odd(&[[0.2, 0.3, 0.6, 0.9, 0.75, 1.0], [0.1, 0.3, 0.6, 0.9, 0.75, 1.0]]),
        &["smaller than a pixel"],
    );
    assert_says(&odd(&[[20.0, 24.0, 28.0, 40.0, 0.75, 17.0]]), &["no name"]);
    assert_says(&odd(&[[20.0, 24.0, 28.0, 40.0, 12.5, 1.0]]), &["outside 0 to 1"]);

    // Centre and size, taken for corners.
    assert_says(&odd(&[[40.0, 24.0, 8.0, 16.0, 0.75, 1.0]]), &["wrong sides", "`boxes`"]);

    let outputs: [(&str, &[i64], &[f32]); 2] = [("o", &[1, 3], &[0.1, 0.2, 0.7]), ("landmarks", &[1, 10], &[0.0; 10])];
    let file = fixed(folder.path(), &INPUT, &outputs, &[]);
    let model = load(&file, &read_as(Head::Classify)).unwrap();
    assert_says(&model.doubts().join("; "), &["does not read", "`landmarks` [1, 10]"]);
    let pose = vec![0.0; (4 + 2 + 51) * 84];
    let outputs: [(&str, &[i64], &[f32]); 1] = [("o", &[1, 57, 84], &pose)];
    let file = fixed(folder.path(), &INPUT, &outputs, &[names, ("task", "pose")]);
    let model = load(&file, &ModelOptions::default()).unwrap();
    assert_says(&model.doubts().join("; "), &["key points", "not read"]);
}

#[test]
fn rows_of_six_are_finished_boxes_where_a_run_shows_scores_and_whole_classes() {
    let folder = tempfile::tempdir().unwrap();
    let rows = [[20.0, 24.0, 28.0, 40.0, 0.75, 1.0]; 3].concat();
    let file = fixed(folder.path(), &INPUT, &[("o", &[1, 3, 6], &rows)], &[]);
    assert_eq!(things(&file, &ModelOptions::default()).len(), 3);
    // Shares and two probabilities, as an RT-DETR of two classes gives them.
    let rows = [[0.5, 0.5, 0.25, 0.25, 0.75, 0.1]; 3].concat();
    let file = fixed(folder.path(), &INPUT, &[("o", &[1, 3, 6], &rows)], &[]);
    assert_says(&refusal(&file, &ModelOptions::default()), &["`head`"]);
}
