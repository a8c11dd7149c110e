//! What can be said of a model's input, and that it is refused where it contradicts itself or the model.

use sinew_perception::heads::{BoxForm, Head, HeadOptions, Prediction, Scores};
use sinew_perception::image::Picture;
use sinew_perception::preprocess::{Fit, InputSpec, Mapping};
use sinew_perception::{ColourOrder, ModelOptions, Normalise};

use crate::onnx::{fixed, operator};
use crate::support::{INPUT, assert_says, load, picture, read_as, refusal};

/// The means of a model's three channels over a picture of one colour.
fn channels(options: ModelOptions, colour: [u8; 3]) -> [f32; 3] {
    let folder = tempfile::tempdir().unwrap();
    let file = operator(folder.path(), "GlobalAveragePool", &[1, 3, 32, 32], &[1, 3, 1, 1]);
    let options = ModelOptions {
        reading: HeadOptions {
            scores: Some(Scores::None),
            ..read_as(Head::Classify).reading
        },
        ..options
    };
    let mut seen = Prediction::default();
    let picture = Picture::from_rgb([32, 32], colour.repeat(32 * 32)).unwrap();
    load(&file, &options)
        .unwrap()
        .perceive(&picture.view(), &mut seen)
        .unwrap();
    let Prediction::Classes(classes) = seen else {
        panic!("{seen:?}")
    };
    let mut found = [0.0; 3];
    for class in classes {
        found[class.class] = class.score;
    }
    found
}

fn assert_near(found: [f32; 3], expected: [f32; 3]) {
    let is_near = found.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-3);
    assert!(is_near, "expected {expected:?}, found {found:?}");
}

#[test]
fn order_mean_and_deviation_are_those_of_the_models_channels() {
    let said = |order, normalise, mean, std| ModelOptions {
        channel_order: order,
        normalise,
        mean,
        std,
        ..ModelOptions::default()
    };
    let colour = [255, 102, 0];
    let unit = said(Some(ColourOrder::Bgr), Some(Normalise::Unit), None, None);
    assert_near(channels(unit, colour), [0.0, 0.4, 1.0]);
    // Levels less mean, by deviation, in the order blue, green, red.
    let bgr = said(
        Some(ColourOrder::Bgr),
        None,
        Some([10.0, 20.0, 30.0]),
        Some([1.0, 2.0, 5.0]),
    );
    assert_near(
        channels(
            ModelOptions {
                normalise: Some(Normalise::None),
                ..bgr
            },
            colour,
        ),
        [-10.0, 41.0, 45.0],
    );
    let rgb = said(None, Some(Normalise::None), Some([127.0; 3]), Some([128.0; 3]));
    assert_near(channels(rgb, colour), [1.0, -25.0 / 128.0, -127.0 / 128.0]);
    // Of levels from 0 to 1 where that is said.
    let unit = said(None, Some(Normalise::Unit), Some([0.5; 3]), Some([0.5, 0.25, 1.0]));
    assert_near(channels(unit, colour), [1.0, -0.4, -0.5]);
    // As PyTorch's order of ImageNet's figures, turned round.
    let imagenet = said(Some(ColourOrder::Bgr), Some(Normalise::Imagenet), None, None);
    let expected = [(0.0 - 0.406) / 0.225, (0.4 - 0.456) / 0.224, (1.0 - 0.485) / 0.229];
    assert_near(channels(imagenet, colour), expected);
}

#[test]
fn the_middle_is_cut_out_of_a_larger_picture() {
    let spec = InputSpec {
        fit: Fit::Crop,
        crop_from: Some(256),
        ..InputSpec::imagenet([224, 224])
    };
    // The shorter side becomes 256, and 16 of its pixels go at either end.
    let mapping = Mapping::of(&spec, [400, 300]);
    assert_eq!(mapping.resized, [341, 256]);
    assert_eq!(mapping.offset, [-59, -16]);
    assert_eq!(Mapping::of(&spec, [300, 400]).offset, [-16, -59]);
    let [_, y] = mapping.to_source([0.0, 112.0]);
    assert!((y - 150.0).abs() < 1e-3, "{y}");
    let usual = InputSpec {
        crop_from: None,
        ..spec
    };
    assert_eq!(
        Mapping::of(&usual, [400, 300]),
        Mapping::new(Fit::Crop, [400, 300], [224, 224])
    );
}

#[test]
fn one_channel_is_a_mask_of_one_class() {
    let folder = tempfile::tempdir().unwrap();
    // The left half before a sigmoid, then after it.
    for [inside, outside] in [[4.0, -4.0], [0.9, 0.1]] {
        let row: Vec<f32> = (0..8).map(|x| if x < 4 { inside } else { outside }).collect();
        let file = fixed(folder.path(), &INPUT, &[("mask", &[1, 1, 8, 8], &row.repeat(8))], &[]);
        let mut seen = Prediction::default();
        let mut model = load(&file, &read_as(Head::Segment)).unwrap();
        model.perceive(&picture().view(), &mut seen).unwrap();
        let Prediction::Mask(mask) = &seen else {
            panic!("{seen:?}")
        };
        assert_eq!(mask.size, [128, 64]);
        let is_right =
            |row: &[u8]| row[..64].iter().all(|class| *class == 1) && row[64..].iter().all(|class| *class == 0);
        assert!(mask.values.chunks(128).all(is_right));
    }
}

#[test]
fn what_contradicts_itself_or_the_model_is_refused_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let rows = vec![0.0; 7 * 252];
    let file = fixed(folder.path(), &INPUT, &[("o", &[1, 252, 7], &rows)], &[]);
    let with = |change: fn(&mut ModelOptions)| {
        let mut options = ModelOptions::default();
        change(&mut options);
        refusal(&file, &options)
    };
    for (error, words) in [
        (
            with(|o| (o.normalise, o.mean) = (Some(Normalise::Imagenet), Some([0.5; 3]))),
            ["`normalise`", "imagenet"],
        ),
        (with(|o| o.std = Some([1.0, 0.0, 1.0])), ["`std`", "above 0"]),
        (with(|o| o.mean = Some([f32::NAN; 3])), ["`mean`", "numbers"]),
        (with(|o| o.crop_from = Some(256)), ["`crop_from`", "crop"]),
        (
            with(|o| (o.fit, o.crop_from) = (Some(Fit::Crop), Some(32))),
            ["`crop_from`", "64 to"],
        ),
        (
            with(|o| o.reading.scores = Some(Scores::Softmax)),
            ["`scores`", "none, sigmoid"],
        ),
        (with(|o| o.reading.strides = vec![8]), ["`strides`", "no cells"]),
    ] {
        assert_says(&error, &words);
    }
    let classify = operator(folder.path(), "GlobalAveragePool", &INPUT, &[1, 3, 1, 1]);
    let mut options = read_as(Head::Classify);
    options.reading.boxes = Some(BoxForm::Corners);
    assert_says(&refusal(&classify, &options), &["`boxes`", "classify"]);
    let grey = operator(folder.path(), "Relu", &[1, 1, 64, 64], &[1, 1, 64, 64]);
    let options = ModelOptions {
        channel_order: Some(ColourOrder::Bgr),
        ..read_as(Head::Depth)
    };
    assert_says(&refusal(&grey, &options), &["`channel_order`", "one channel"]);
}
