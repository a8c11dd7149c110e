//! Spotter, the detector that Sinew owns, on scenes that its training never saw.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod command;
mod common;

use std::path::PathBuf;
use std::thread;

use command::{json, sinew};
use serde_json::Value;
use sinew_models::ModelFile;
use sinew_perception::heads::{BoundingBox, Head, Keep, Prediction};
use sinew_perception::image::{Encoding, ImageView, Picture};
use sinew_perception::precision::{EvaluatedImage, GroundTruth, average_precision};
use sinew_perception::{Model, ModelOptions};
use sinew_robot::{RobotModel, load};
use sinew_sim::camera::{Frame, RandomScene, SCENE_CLASSES, TEST_SEEDS};

const FRAMES: u64 = 500;
/// A box is right if it shares this much with the thing, as in Pascal VOC.
const OVERLAP: f32 = 0.5;

fn detector() -> PathBuf {
    common::root().join("models/spotter/spotter.onnx")
}

fn strider() -> RobotModel {
    load(&common::root().join("sim/robots/strider/scene.xml")).unwrap()
}

/// Spotter, asked for all that it can think of, on one core.
fn model() -> Model {
    let options = ModelOptions {
        keep: Keep {
            threshold: 0.01,
            overlap: 0.6,
            ..Keep::default()
        },
        threads: 1,
        ..ModelOptions::default()
    };
    Model::load(&ModelFile::read(&detector()).unwrap(), &options).unwrap()
}

fn view(frame: &Frame) -> ImageView<'_> {
    let [width, height] = [frame.width, frame.height].map(|side| side as usize);
    ImageView::new(
        Encoding::named("rgb8").unwrap(),
        [width, height],
        3 * width,
        false,
        &frame.rgb,
    )
    .unwrap()
}

/// What there is in a picture, by the classes' numbers.
fn truth(scene: &RandomScene, frame: &Frame) -> Vec<GroundTruth> {
    let seen = frame.boxes.iter();
    let truth = seen.map(|seen| GroundTruth {
        bbox: BoundingBox {
            left: seen.left as f32,
            top: seen.top as f32,
            right: seen.right as f32,
            bottom: seen.bottom as f32,
        },
        class: SCENE_CLASSES
            .iter()
            .position(|class| *class == scene.props[seen.prop].class)
            .unwrap(),
        wanted: seen.is_recognisable(),
    });
    truth.collect()
}

/// What Spotter makes of every `step`th frame from `first` on.
fn judged(robot: &RobotModel, first: u64, step: u64) -> Vec<EvaluatedImage> {
    let mut model = model();
    let (mut frame, mut seen) = (Frame::default(), Prediction::default());
    let mut judged = Vec::new();
    for index in (first..FRAMES).step_by(step as usize) {
        let scene = RandomScene::draw(robot, TEST_SEEDS.start + index);
        scene.render(robot, &mut frame).unwrap();
        model.perceive(&view(&frame), &mut seen).unwrap();
        let Prediction::Things(found) = &seen else {
            panic!("a detector, not {seen:?}")
        };
        judged.push(EvaluatedImage {
            found: found.clone(),
            truth: truth(&scene, &frame),
        });
    }
    judged
}

#[test]
fn its_boxes_are_right_on_scenes_it_never_saw() {
    let robot = strider();
    let workers = thread::available_parallelism().map_or(1, usize::from) as u64;
    let judged: Vec<EvaluatedImage> = thread::scope(|scope| {
        let robot = &robot;
        let parts: Vec<_> = (0..workers)
            .map(|first| scope.spawn(move || judged(robot, first, workers)))
            .collect();
        parts.into_iter().flat_map(|part| part.join().unwrap()).collect()
    });
    assert_eq!(judged.len() as u64, FRAMES);
    let each = [0, 1, 2].map(|class| average_precision(&judged, class, OVERLAP).unwrap());
    let mean = each.iter().sum::<f64>() / 3.0;
    println!("mAP50 {mean:.3} on {FRAMES} frames: {SCENE_CLASSES:?} {each:.3?}");
    assert!(mean >= 0.9, "mAP50 {mean:.3}: {each:.3?}");
}

#[test]
fn it_says_itself_how_it_is_used() {
    let model = model();
    assert_eq!(model.head(), Head::YoloV8);
    assert_eq!(model.names(), SCENE_CLASSES);
    assert_eq!(model.input().size, [320, 240]);
}

#[test]
fn the_command_finds_in_files_what_stands_there() {
    let folder = tempfile::tempdir().unwrap();
    let robot = strider();
    let mut frame = Frame::default();
    let mut wanted = Vec::new();
    for index in 0..4 {
        let scene = RandomScene::draw(&robot, TEST_SEEDS.start + FRAMES + index);
        scene.render(&robot, &mut frame).unwrap();
        let size = [frame.width, frame.height].map(|side| side as usize);
        let picture = Picture::from_rgb(size, frame.rgb.clone()).unwrap();
        picture.write_png(&folder.path().join(format!("{index}.png"))).unwrap();
        wanted.push(truth(&scene, &frame).iter().filter(|thing| thing.wanted).count());
    }
    let (model, pictures) = (detector(), folder.path().to_owned());
    let output = sinew(&[
        "perceive",
        model.to_str().unwrap(),
        pictures.to_str().unwrap(),
        "--json",
        "-",
    ]);
    let json = json(&output);
    let found = json["images"].as_array().unwrap().iter();
    let found: Vec<_> = found.map(|image| image["detections"].as_array().unwrap()).collect();
    let classes = found.iter().flat_map(|things| things.iter());
    assert!(
        classes
            .clone()
            .all(|thing| SCENE_CLASSES.map(Value::from).contains(&thing["class"]))
    );
    let (found, wanted) = (classes.count(), wanted.iter().sum::<usize>());
    assert!(
        wanted >= 4 && found.abs_diff(wanted) <= 3,
        "found {found}, there are {wanted}"
    );
}
