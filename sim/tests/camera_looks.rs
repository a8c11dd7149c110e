//! How a picture looks follows from its variation, and taking one costs no memory.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::Path;

use sinew_control::alloc::{CountingAllocator, thread_allocations};
use sinew_robot::camera::CameraParams;
use sinew_robot::load;
use sinew_sim::camera::{Camera, Frame, GroundPattern, Prop, SceneVariation};
use sinew_sim::{SimParams, SimRobot};

#[global_allocator]
static ALLOCATOR: CountingAllocator = CountingAllocator;

/// Strider at home with its head camera, and things to look at.
struct Scene {
    camera: Camera,
    poses: Vec<nalgebra::Isometry3<f64>>,
    props: Vec<Prop>,
}

impl Scene {
    fn new() -> Self {
        let model = load(&Path::new(env!("CARGO_MANIFEST_DIR")).join("robots/strider/scene.xml")).unwrap();
        let robot = SimRobot::new(&model, &SimParams::default()).unwrap();
        let mut poses = Vec::new();
        robot.world().body_poses(&mut poses);
        Self {
            camera: Camera::new(&model, &CameraParams::default()).unwrap(),
            poses,
            props: vec![
                Prop::ball(0.11, 1.5, 0.2, [0.9, 0.4, 0.1]),
                Prop::person(1.7, 4.0, -1.0, [0.2, 0.4, 0.8]),
                Prop::cuboid([0.2, 0.2, 0.2], 2.5, 0.9, [0.2, 0.6, 0.3]),
            ],
        }
    }

    fn picture(&mut self, variation: &SceneVariation) -> Frame {
        let mut frame = Frame::default();
        self.camera.render(&self.poses, &self.props, variation, &mut frame);
        frame
    }
}

fn brightness(frame: &Frame) -> f64 {
    frame.rgb.iter().map(|value| f64::from(*value)).sum::<f64>() / frame.rgb.len() as f64
}

#[test]
fn a_picture_is_a_function_of_its_inputs() {
    let mut scene = Scene::new();
    let one = scene.picture(&SceneVariation::random(7, 1.0));
    let other = scene.picture(&SceneVariation::random(8, 1.0));
    assert_ne!(one.rgb, other.rgb);
    assert_ne!(one.world_from_optical, other.world_from_optical);
    assert_eq!(
        one,
        scene.picture(&SceneVariation::random(7, 1.0)),
        "pictures in between leave no trace"
    );
    assert_eq!(one, Scene::new().picture(&SceneVariation::random(7, 1.0)));
    assert_eq!(one.boxes.len(), 3);
}

#[test]
fn a_picture_takes_no_memory_after_the_first() {
    let mut scene = Scene::new();
    let mut frame = Frame::default();
    let mut looks: Vec<SceneVariation> = (0..6).map(|seed| SceneVariation::random(seed, 1.0)).collect();
    scene.camera.render(&scene.poses, &scene.props, &looks[0], &mut frame);
    let before = thread_allocations();
    for (index, look) in looks.iter_mut().enumerate() {
        // The camera turns, so other parts of the scene come into view.
        look.camera_offset.rpy_rad[2] = index as f64;
        scene.camera.render(&scene.poses, &scene.props, look, &mut frame);
    }
    assert_eq!(thread_allocations() - before, 0);
}

#[test]
fn a_look_of_no_strength_is_the_usual_one_on_random_ground() {
    let usual = SceneVariation::default();
    for seed in 0..20 {
        let look = SceneVariation::random(seed, 0.0);
        assert_eq!((look.light, look.noise, look.tint), (usual.light, 0.0, 0.0));
        assert_eq!((look.horizon, look.camera_offset), (usual.horizon, usual.camera_offset));
    }
    let patterns: Vec<GroundPattern> = (0..40).map(|seed| SceneVariation::random(seed, 1.0).ground).collect();
    for pattern in [
        GroundPattern::Plain,
        GroundPattern::Checker,
        GroundPattern::Noise,
        GroundPattern::Planks,
    ] {
        assert!(patterns.contains(&pattern), "{pattern:?} never comes");
    }
}

#[test]
fn exposure_and_light_brighten() {
    let mut scene = Scene::new();
    let mut with = |change: &dyn Fn(&mut SceneVariation)| {
        let mut variation = SceneVariation::default();
        change(&mut variation);
        brightness(&scene.picture(&variation))
    };
    let usual = with(&|_| {});
    let half = with(&|v| v.exposure = 0.5);
    assert!((half / usual - 0.5).abs() < 0.02, "{half} {usual}");
    assert!(with(&|v| v.light = 0.2) < 0.9 * usual);
    assert!(with(&|v| v.ambient = 0.3) < 0.9 * usual);
    assert!(with(&|v| v.shadow = 1.0) < with(&|v| v.shadow = 0.0));
}

#[test]
fn noise_has_the_deviation_that_is_asked_for_and_changes_with_its_seed() {
    let mut scene = Scene::new();
    let clean = scene.picture(&SceneVariation::default());
    let mut errors = Vec::new();
    for noise_seed in [1, 2] {
        let noisy = scene.picture(&SceneVariation {
            noise: 5.0,
            noise_seed,
            ..SceneVariation::default()
        });
        assert_eq!((&noisy.depth, &noisy.boxes), (&clean.depth, &clean.boxes));
        let far_from_limits = clean
            .rgb
            .iter()
            .zip(&noisy.rgb)
            .filter(|(value, _)| (40..215).contains(*value));
        let error: Vec<f64> = far_from_limits.map(|(a, b)| f64::from(*b) - f64::from(*a)).collect();
        let mean = error.iter().sum::<f64>() / error.len() as f64;
        let deviation = (error.iter().map(|e| (e - mean).powi(2)).sum::<f64>() / error.len() as f64).sqrt();
        assert!(mean.abs() < 0.1 && (deviation - 5.0).abs() < 0.2, "{mean} {deviation}");
        errors.push(error);
    }
    assert_ne!(errors[0], errors[1]);
}

#[test]
fn the_ground_moves_under_a_camera_that_moves() {
    let mut scene = Scene::new();
    for ground in [GroundPattern::Checker, GroundPattern::Noise, GroundPattern::Planks] {
        let variation = SceneVariation {
            ground,
            ..SceneVariation::default()
        };
        let before = scene.picture(&variation);
        for pose in &mut scene.poses {
            pose.translation.x += 0.07;
            pose.translation.y += 0.11;
        }
        let after = scene.picture(&variation);
        let moved = before.rgb.chunks_exact(3).zip(after.rgb.chunks_exact(3));
        let changed = moved.filter(|(a, b)| a[0].abs_diff(b[0]) > 4).count();
        assert!(changed > 5_000, "{ground:?}: {changed} pixels");
    }
}

#[test]
fn variations_and_props_are_read_as_they_are_written() {
    let look = SceneVariation::random(3, 1.0);
    let text = serde_json::to_string(&look).unwrap();
    let read: SceneVariation = serde_json::from_str(&text).unwrap();
    assert_eq!(read.ground, look.ground);
    assert!(
        serde_json::from_str::<SceneVariation>(r#"{"lihgt": 1}"#)
            .unwrap_err()
            .to_string()
            .contains("lihgt")
    );
    let prop: Prop =
        serde_json::from_str(r#"{"shape": {"kind": "person", "height_m": 1.7}, "class": "person"}"#).unwrap();
    assert_eq!((prop.class.as_str(), prop.check()), ("person", Ok(())));
    assert!(
        serde_json::from_str::<CameraParams>(r#"{"widht": 3}"#)
            .unwrap_err()
            .to_string()
            .contains("widht")
    );
}
