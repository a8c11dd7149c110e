//! Scenes are what their parameters say; random ones hold what a detector has to cope with.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::Path;

use nalgebra::Vector3;
use sinew_robot::camera::Placement;
use sinew_robot::{RobotModel, load};
use sinew_sim::camera::{
    Frame, GroundTruthBox, Prop, PropPath, RandomScene, SCENE_CLASSES, SceneParams, TEST_SEEDS, TRAINING_SEEDS,
    VALIDATION_SEEDS,
};

const SCENES: u64 = 200;
const RED: [f32; 3] = [0.9, 0.1, 0.1];

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

#[test]
fn what_cannot_be_is_named_with_its_place() {
    let mut scene = SceneParams {
        props: vec![
            Prop::ball(0.1, 1.0, 0.0, [1.0; 3]),
            Prop::ball(-1.0, 1.0, 0.0, [1.0; 3]),
        ],
        ..SceneParams::default()
    };
    assert_eq!(
        scene.check().unwrap_err().to_string(),
        "`props[1].radius_m`: expected double from 0.001 to 100.0, found -1.0"
    );
    scene.props.truncate(1);
    scene.camera.fovy_rad = Some(4.0);
    assert_eq!(
        scene.check().unwrap_err().to_string(),
        "`camera.fovy_rad`: expected double from 0.01 to 3.0, found 4.0"
    );
    scene.camera.fovy_rad = None;
    assert_eq!(scene.check(), Ok(()));
}

#[test]
fn props_move_as_their_paths_say() {
    let mut ball = Prop::ball(0.1, 0.0, 0.0, [1.0; 3]);
    ball.path = PropPath::Line {
        to_m: [4.0, 0.0, 0.1],
        speed_m_s: 0.5,
    };
    let scene = SceneParams {
        props: vec![ball],
        ..SceneParams::default()
    };
    let mut props = Vec::new();
    scene.props_at(2.0, &mut props);
    assert!((props[0].pose.position_m[0] - 1.0).abs() < 1e-9);
    scene.props_at(0.0, &mut props);
    assert_eq!(props, scene.props);
}

#[test]
fn props_that_cannot_be_are_refused_by_the_name_of_their_parameter() {
    let refused = |prop: &Prop| prop.check().unwrap_err().to_string();
    assert_eq!(Prop::ball(0.1, 0.0, 0.0, RED).check(), Ok(()));
    assert!(refused(&Prop::ball(0.0, 0.0, 0.0, RED)).contains("`radius_m`"));
    assert!(refused(&Prop::ball(0.1, f64::NAN, 0.0, RED)).contains("`pose`"));
    assert!(refused(&Prop::cuboid([0.1, -0.1, 0.1], 0.0, 0.0, RED)).contains("`half_size_m`"));
    assert!(refused(&Prop::person(f64::INFINITY, 0.0, 0.0, RED)).contains("`height_m`"));
}

#[test]
fn paths_begin_where_the_prop_starts_and_come_back() {
    let start = Placement::at([1.0, 2.0, 0.1]).turned(0.7);
    let near = |a: &Placement, b: [f64; 3]| (Vector3::from(a.position_m) - Vector3::from(b)).norm() < 1e-9;
    assert_eq!(PropPath::Still.pose_at(&start, 5.0), start);
    let line = PropPath::Line {
        to_m: [1.0, 6.0, 0.1],
        speed_m_s: 0.5,
    };
    assert!(near(&line.pose_at(&start, 0.0), start.position_m));
    assert!(near(&line.pose_at(&start, 4.0), [1.0, 4.0, 0.1]));
    assert!(near(&line.pose_at(&start, 12.0), [1.0, 4.0, 0.1]), "on the way back");
    assert!((line.pose_at(&start, 12.0).rpy_rad[2] + std::f64::consts::FRAC_PI_2).abs() < 1e-9);
    let circle = PropPath::Circle {
        radius_m: 2.0,
        speed_m_s: 1.0,
    };
    let round = 4.0 * std::f64::consts::PI;
    assert!(near(&circle.pose_at(&start, round), start.position_m));
    let opposite = circle.pose_at(&start, round / 2.0);
    assert!((Vector3::from(opposite.position_m) - Vector3::from(start.position_m)).norm() - 4.0 < 1e-9);
    // It moves where it looks.
    let soon = Vector3::from(circle.pose_at(&start, 1e-3).position_m) - Vector3::from(start.position_m);
    assert!((soon.y.atan2(soon.x) - 0.7).abs() < 1e-3);
}
