//! Models that take charge of a node's images: good ones, bad ones, and ones that are good until they are needed.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod kills;
#[path = "../../../../perception/tests/suite/onnx.rs"]
#[allow(dead_code, reason = "shared with the tests of the crate perception")]
mod onnx;
mod robot;
#[path = "../../../control/tests/updates/weights.rs"]
mod weights;

use std::path::{Path, PathBuf};
use std::time::Duration;

use robot::{QUICK, Robot, golden, grey, scenes, spotter};
use sinew_releases::store::Barred;
use weights::with_weights;

const INPUT: [i64; 4] = [1, 3, 48, 64];
const BALL: (&str, &str) = ("names", "{0: 'ball'}");

fn boxes(score: f32) -> Vec<f32> {
    let mut boxes = vec![0.0; 6 * 20];
    boxes[..6].copy_from_slice(&[28.0, 20.0, 36.0, 28.0, score, 0.0]);
    boxes
}

/// A model in a folder of its own, which finds the same in every image.
fn fixed(name: &str, boxes: &[f32], names: (&str, &str)) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let model = onnx::fixed(folder.path(), &INPUT, &[("output0", &[1, 20, 6], boxes)], &[names]);
    let named = folder.path().join(name);
    std::fs::rename(model, &named).unwrap();
    (folder, named)
}

/// As [`fixed`], whose score is what `score` makes of the image's mean level.
fn scored(score: &[(&str, Option<f32>)]) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let model = onnx::scored(folder.path(), &INPUT, score, &[BALL]);
    (folder, model)
}

#[tokio::test]
async fn an_equal_model_takes_charge_between_two_images_and_things_keep_their_numbers() {
    let (_first, first) = fixed("first.onnx", &boxes(0.9), BALL);
    let (_second, second) = fixed("second.onnx", &boxes(0.8), ("names", "{0: 'cone', 1: 'ball'}"));
    let mut robot = Robot::start(&first, QUICK).await;
    robot.run(Duration::from_millis(500)).await;
    assert_eq!(robot.look().await.detections[0].id, "1");
    // Its ball is class 1, and so another number of the same name.
    let mut ball = boxes(0.8);
    ball[5] = 1.0;
    let (_third, renumbered) = fixed("third.onnx", &ball, ("names", "{0: 'cone', 1: 'ball'}"));
    let version = robot.stage(&renumbered);
    robot.until("admitted").await;
    robot.until("ready").await;
    robot.until("in charge").await;
    let seen = robot.look().await;
    let ball = &seen.detections[0];
    assert_eq!(
        (ball.id.as_str(), ball.results[0].hypothesis.class_id.as_str()),
        ("1", "ball")
    );
    assert!((ball.results[0].hypothesis.score - 0.8).abs() < 1e-6);
    robot.until("settled").await;
    assert_eq!(robot.in_charge(), version);
    // The same box with another name is another thing.
    let third = robot.stage(&second);
    let told = robot.until("refused").await;
    assert!(
        told.starts_with(&third) && told.contains("shadow: expected an agreement"),
        "{told}"
    );
    assert_eq!(robot.in_charge(), version);
    robot.end().await;
}

#[tokio::test]
async fn what_does_not_fit_is_refused_with_its_reason_and_the_model_in_charge_stays() {
    let (_first, first) = fixed("first.onnx", &boxes(0.9), BALL);
    let mut robot = Robot::start(&first, "shadow_secs: 0.5").await;
    robot.run(Duration::from_millis(500)).await;
    let slow = tempfile::tempdir().unwrap();
    let slow_model = onnx::slow(slow.path(), &INPUT, 4000, &boxes(0.9), &[BALL]);
    let mask = tempfile::tempdir().unwrap();
    let names = ("names", "{0: 'nothing', 1: 'ball'}");
    let outputs: [(&str, &[i64], &[f32]); 1] = [("output0", &[1, 2, 48, 64], &[0.5; 2 * 48 * 64])];
    let mask_model = onnx::fixed(mask.path(), &INPUT, &outputs, &[names, ("task", "segment")]);
    let (_nan, nan) = fixed("nan.onnx", &boxes(f32::NAN), BALL);
    let (_other, other) = fixed("other.onnx", &boxes(0.9), ("names", "{0: 'dog'}"));
    let broken = slow.path().join("broken.onnx");
    std::fs::write(&broken, "no model at all").unwrap();
    let (_good, good) = fixed("good.onnx", &boxes(0.9), BALL);
    let elsewhere = golden(0.7);
    let expected_numbers = "expected results that are numbers, found 1 that are NaN or infinite";
    let expected_classes = "classes: expected those of the model in charge, ball, found dog";
    let expected_kind = "expected detections as the model in charge gives, found a mask";
    for (model, contract, reason) in [
        (&good, Some(&elsewhere), "golden.yaml: `golden[0]`: expected boxes"),
        (&nan, None, expected_numbers),
        (&other, None, expected_classes),
        (&mask_model, None, expected_kind),
        (&slow_model, None, "a run: expected at most"),
        (&broken, None, "balls.onnx"),
    ] {
        let version = robot.stage_with(model, contract);
        let told = robot.until("refused").await;
        assert!(told.starts_with(&version) && told.contains(reason), "{told}");
        let status = robot.store().status().unwrap();
        assert!(matches!(
            status.state.barred().get(&version),
            Some(Barred::Refused { .. })
        ));
        assert!(robot.in_charge().starts_with("factory_"));
        assert_eq!(robot.look().await.detections.len(), 1);
    }
    robot.end().await;
}

#[tokio::test]
async fn of_two_trainings_of_a_detector_the_good_one_takes_charge_and_the_bad_one_is_caught_in_shadow() {
    let folder = tempfile::tempdir().unwrap();
    let model = std::fs::read(spotter()).unwrap();
    let write = |name: &str, bytes: Vec<u8>| {
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        path
    };
    // What are not weights, such as by how much a layer is scaled, are few in a tensor.
    let mut lengths = std::collections::BTreeMap::new();
    with_weights(&model, |tensor, _, weight| {
        *lengths.entry(tensor).or_insert(0) += 1;
        weight
    });
    let are_weights = |tensor| lengths[&tensor] >= 16;
    // Weights that another run of the training might have left: up to a tenth of a percent off.
    let good = with_weights(&model, |tensor, number, weight| {
        let random = (tensor as f32 * 12.9898 + number as f32 * 78.233).sin() * 43_758.547;
        if are_weights(tensor) {
            weight * (1.0 + 1e-3 * (random.fract() - 0.5))
        } else {
            weight
        }
    });
    // Weights that are scrambled: each has the sign that chance gives it.
    let bad = with_weights(&model, |tensor, number, weight| {
        let is_odd = (number as u32).wrapping_mul(2_654_435_761).count_ones() % 2 == 1;
        if are_weights(tensor) && is_odd { -weight } else { weight }
    });
    let (good, bad) = (write("good.onnx", good), write("bad.onnx", bad));
    let mut robot = Robot::start(&spotter(), QUICK).await;
    robot.shows = scenes();
    robot.run(Duration::from_millis(300)).await;
    let version = robot.stage(&good);
    let told = robot.until("ready").await;
    eprintln!("{told}");
    robot.until("settled").await;
    assert_eq!(robot.in_charge(), version);
    assert!(robot.events().is_empty(), "{:?}", robot.events());
    let bad = robot.stage(&bad);
    let told = robot.until("refused").await;
    eprintln!("{told}");
    assert!(told.starts_with(&bad) && told.contains("shadow: expected"), "{told}");
    let events = robot.events();
    assert!(
        events
            .iter()
            .all(|event| event.name == "disagreement" && event.subject == bad)
            && events.len() == 1,
        "{events:?}"
    );
    assert_eq!(robot.in_charge(), version);
    robot.end().await;
}

#[tokio::test]
async fn a_slow_candidate_in_shadow_skips_images_and_holds_up_none() {
    let (_first, first) = fixed("first.onnx", &boxes(0.9), BALL);
    let folder = tempfile::tempdir().unwrap();
    let slow = onnx::slow(folder.path(), &INPUT, 4000, &boxes(0.9), &[BALL]);
    let mut robot = Robot::start(&first, "max_inference_us: 1e7, shadow_secs: 0.5").await;
    robot.run(Duration::from_millis(300)).await;
    robot.stage(&slow);
    let told = robot.until("ready").await;
    let numbers: Vec<u64> = told.split(' ').filter_map(|word| word.parse().ok()).collect();
    assert!(numbers[0] >= 30 && numbers[1] > numbers[0], "{told}");
    robot.end().await;
}

/// A robot on a second version, on probation, whose camera shows bright images.
async fn on_probation(second: &Path) -> (Robot, String) {
    let (_first, first) = fixed("first.onnx", &boxes(0.5), BALL);
    let mut robot = Robot::start(&first, &format!("{QUICK}, min_overlap: 0.9")).await;
    robot.run(Duration::from_millis(300)).await;
    let version = robot.stage(second);
    robot.until("in charge").await;
    assert_eq!(robot.in_charge(), version);
    robot.run(Duration::from_millis(300)).await;
    (robot, version)
}

#[tokio::test]
async fn one_that_sees_nothing_when_it_dims_or_gives_no_numbers_is_taken_back_before_the_next_image() {
    for (score, rule) in [
        (&[("Identity", None)][..], "empty"),
        (&[("Sub", Some(0.3)), ("Sqrt", None)], "failed"),
    ] {
        let (_folder, second) = scored(score);
        let (mut robot, version) = on_probation(&second).await;
        robot.shows = vec![grey(50)];
        let told = robot.until("rolled back").await;
        assert!(
            told.starts_with(&version) && told.contains(&format!("rolled back: {rule}")),
            "{told}"
        );
        assert!(robot.in_charge().starts_with("factory_"));
        robot.until("in charge").await;
        assert_eq!(robot.look().await.detections.len(), 1, "the one before sees it");
        let status = robot.store().status().unwrap();
        assert!(matches!(
            status.state.barred().get(&version),
            Some(Barred::RolledBack { .. })
        ));
        robot.end().await;
    }
}

#[tokio::test]
async fn night_and_a_camera_that_is_lost_take_no_model_back() {
    let (_folder, second) = scored(&[("Identity", None)]);
    let (mut robot, version) = on_probation(&second).await;
    robot.shows = vec![grey(3)];
    robot.run(Duration::from_millis(1500)).await;
    tokio::time::sleep(Duration::from_millis(1500)).await;
    let status = robot.store().status().unwrap();
    assert!(status.state.is_on_probation(), "what nobody can see is no probation");
    robot.shows = vec![grey(100)];
    robot.until("settled").await;
    assert_eq!(robot.in_charge(), version);
    robot.end().await;
}

#[tokio::test]
async fn an_operator_promotes_and_goes_back_by_service() {
    let (_first, first) = fixed("first.onnx", &boxes(0.9), BALL);
    let (_second, second) = fixed("second.onnx", &boxes(0.8), BALL);
    let mut robot = Robot::start(&first, "max_inference_us: 1e6, shadow_secs: 3600.0").await;
    robot.run(Duration::from_millis(300)).await;
    let version = robot.stage(&second);
    robot.until("in shadow").await;
    let answer = robot.ask("perception/promote").await.unwrap();
    assert_eq!(answer, "asked for: ~/update says what becomes of it");
    let told = robot.until("in charge").await;
    assert!(told.starts_with(&version), "{told}");
    robot.ask("perception/rollback").await.unwrap();
    let told = robot.until("in charge").await;
    assert!(
        told.starts_with("factory_first-1: in charge: instead of balls-2, which was taken back"),
        "{told}"
    );
    assert!(robot.in_charge().starts_with("factory_"));
    robot.end().await;
}

#[tokio::test]
async fn without_a_store_the_services_say_what_is_missing() {
    let (_first, first) = fixed("first.onnx", &boxes(0.9), BALL);
    let network = sinew_node::bus::local::LocalBus::new();
    let params = format!("{{model: {}}}", first.display());
    let node = network.node("perception", "/");
    let node = sinew_node::node::testing::TestNode::start::<sinew_node_perception::Perception>(node, &params);
    let node = node.await.unwrap();
    let client = sinew_node::bus::Client::<sinew_messages::std_srvs::srv::Trigger>::new(
        network.node("world", "/"),
        "perception/promote",
    );
    let answer = client.call(Default::default(), Duration::from_secs(30)).await.unwrap();
    assert!(
        !answer.success && answer.message.contains("`updates.store`"),
        "{}",
        answer.message
    );
    node.end().await.unwrap();
}
