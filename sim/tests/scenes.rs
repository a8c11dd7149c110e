//! Random scenes hold what a detector has to cope with.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::Path;

use sinew_robot::{RobotModel, load};
use sinew_sim::camera::{
    Frame, GroundTruthBox, RandomScene, SCENE_CLASSES, TEST_SEEDS, TRAINING_SEEDS, VALIDATION_SEEDS,
};

const SCENES: u64 = 200;

fn strider() -> RobotModel {
    load(&Path::new(env!("CARGO_MANIFEST_DIR")).join("robots/strider/scene.xml")).unwrap()
}

fn picture(model: &RobotModel, scene: &RandomScene) -> Frame {
    let mut frame = Frame::default();
    scene.render(model, &mut frame).unwrap();
    frame
}

#[test]
fn a_scene_is_a_function_of_its_seed() {
    let model = strider();
    let scene = RandomScene::draw(&model, 5);
    assert_eq!(scene, RandomScene::draw(&model, 5));
    assert_ne!(scene, RandomScene::draw(&model, 6));
    assert_eq!(picture(&model, &scene), picture(&model, &scene));
}

#[test]
fn no_scene_is_both_learnt_from_and_judged_by() {
    let mut ranges = [TRAINING_SEEDS, VALIDATION_SEEDS, TEST_SEEDS];
    ranges.sort_by_key(|range| range.start);
    assert!(ranges.windows(2).all(|pair| pair[0].end <= pair[1].start));
}

#[test]
fn scenes_show_all_that_a_detector_has_to_cope_with() {
    let model = strider();
    let mut seen: Vec<(String, GroundTruthBox)> = Vec::new();
    let (mut empty, mut by_others, mut with_distractions) = (0, 0, 0);
    for seed in TRAINING_SEEDS.take(SCENES as usize) {
        let scene = RandomScene::draw(&model, seed);
        for prop in &scene.props {
            prop.check().unwrap();
            assert!(prop.class.is_empty() || SCENE_CLASSES.contains(&&*prop.class));
        }
        let frame = picture(&model, &scene);
        empty += u32::from(frame.boxes.is_empty());
        by_others += u32::from(scene.camera.mount.is_some());
        with_distractions += u32::from(scene.props.iter().any(|prop| prop.class.is_empty()));
        seen.extend(
            frame
                .boxes
                .iter()
                .map(|seen| (scene.props[seen.prop].class.clone(), *seen)),
        );
    }
    let count =
        |is: &dyn Fn(&str, &GroundTruthBox) -> bool| seen.iter().filter(|(class, seen)| is(class, seen)).count();
    for class in SCENE_CLASSES {
        assert!(
            count(&|found, seen| found == class && seen.is_recognisable()) > 50,
            "{class}"
        );
        assert!(
            count(&|found, seen| found == class && seen.position.z > 4.0) > 5,
            "far: {class}"
        );
    }
    assert!(count(&|class, seen| class == "ball" && seen.bottom == 240 && seen.position.coords.norm() < 1.3) > 3);
    assert!(count(&|_, seen| seen.unhidden_share < 0.8) > 20, "hidden");
    assert!(count(&|_, seen| seen.inside_share < 0.8) > 50, "cut by the edge");
    assert!(count(&|_, seen| !seen.is_recognisable()) > 20, "not recognisable");
    for some in [empty, by_others, with_distractions] {
        assert!(
            (5..SCENES as u32 - 5).contains(&some),
            "{empty} {by_others} {with_distractions}"
        );
    }
}

#[test]
fn what_is_hardly_seen_need_not_be_found() {
    let model = strider();
    let scene = RandomScene::draw(&model, 0);
    let whole = picture(&model, &scene).boxes[0];
    let seen = GroundTruthBox {
        left: 0,
        top: 0,
        right: 6,
        bottom: 40,
        unhidden_share: 0.6,
        inside_share: 0.6,
        ..whole
    };
    assert!(seen.is_recognisable());
    assert!(!GroundTruthBox { right: 5, ..seen }.is_recognisable());
    assert!(
        !GroundTruthBox {
            inside_share: 0.4,
            ..seen
        }
        .is_recognisable()
    );
}
