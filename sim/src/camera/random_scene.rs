//! Scenes drawn at random, to train and to test what looks at the camera's pictures.
//!
//! A scene is a function of the robot and of a seed. Detectors are trained on [`TRAINING_SEEDS`], watched on
//! [`VALIDATION_SEEDS`] and judged on [`TEST_SEEDS`], which have no seed in common.

use std::ops::Range;

use nalgebra::{Isometry3, Translation3, UnitQuaternion};
use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64Mcg;
use sinew_robot::RobotModel;

use super::random_props::random_props;
use super::{Camera, CameraError, CameraParams, Frame, Prop, SceneVariation};

/// Seeds of the scenes that a detector learns from.
pub const TRAINING_SEEDS: Range<u64> = 0..1_000_000;
/// Seeds of the scenes that show how its training gets on.
pub const VALIDATION_SEEDS: Range<u64> = 1_000_000..2_000_000;
/// Seeds of the scenes that it is judged by, and sees only then.
pub const TEST_SEEDS: Range<u64> = 2_000_000..3_000_000;

/// Share of scenes that are seen by the robot's own camera; the others are seen by some camera beside it, so
/// that a detector is not of one robot only.
const OWN_CAMERA_SHARE: f64 = 0.7;
/// How far the base leans and rises in a walk, rad and m, and how far joints are from their rest pose, rad.
const BASE_LEAN_RAD: f64 = 0.08;
const BASE_RISE_M: f64 = 0.03;
const JOINT_SWING_RAD: f64 = 0.3;

/// A robot in some posture at some place, with things around it, in some light.
///
/// ```
/// use sinew_sim::camera::{Frame, RandomScene, TRAINING_SEEDS};
///
/// let model = sinew_robot::load("robots/strider/scene.xml".as_ref())?;
/// let mut frame = Frame::default();
/// RandomScene::draw(&model, TRAINING_SEEDS.start).render(&model, &mut frame)?;
/// assert_eq!(frame.rgb.len(), 3 * 320 * 240);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct RandomScene {
    /// The camera that sees it.
    pub camera: CameraParams,
    /// Where the robot's bodies are.
    pub world_from_body: Vec<Isometry3<f64>>,
    /// What there is to see.
    pub props: Vec<Prop>,
    /// How everything looks.
    pub look: SceneVariation,
}

impl RandomScene {
    /// Draws a scene. Nearly all of a picture's things are of a class of
    /// [`SCENE_CLASSES`](super::SCENE_CLASSES); a few are there to be confused with them.
    pub fn draw(model: &RobotModel, seed: u64) -> Self {
        let mut source = Pcg64Mcg::seed_from_u64(seed ^ 0x0073_6365_6E65_7321);
        let strength = source.random_range(0.0..=1.0);
        // The ground's pattern and the light are fixed in the world, so the robot gets around in it.
        let world_from_viewer = Isometry3::from_parts(
            Translation3::new(source.random_range(-5.0..5.0), source.random_range(-5.0..5.0), 0.0),
            UnitQuaternion::from_euler_angles(0.0, 0.0, source.random_range(-3.2..3.2)),
        );
        let is_own = source.random_bool(OWN_CAMERA_SHARE);
        let viewer_from_robot = if is_own {
            Isometry3::identity()
        } else {
            place_in_view(&mut source)
        };
        Self {
            camera: if is_own {
                CameraParams::default()
            } else {
                camera_in_world(&world_from_viewer, &mut source)
            },
            world_from_body: walking_poses(model, &(world_from_viewer * viewer_from_robot), &mut source),
            props: random_props(&world_from_viewer, &mut source),
            look: SceneVariation::random(seed, strength),
        }
    }

    /// Takes its picture.
    ///
    /// # Errors
    /// [`CameraError`] where the robot has no such camera.
    pub fn render(&self, model: &RobotModel, out: &mut Frame) -> Result<(), CameraError> {
        Camera::new(model, &self.camera)?.render(&self.world_from_body, &self.props, &self.look, out);
        Ok(())
    }
}

/// A camera on something else: lower or higher, level or looking down, narrow or wide.
fn camera_in_world(world_from_viewer: &Isometry3<f64>, source: &mut Pcg64Mcg) -> CameraParams {
    let height: f64 = source.random_range(0.4..1.8);
    // What is higher looks further down, or it would see no floor.
    let pitch = source.random_range(0.0..0.4) + 0.3 * (height - 0.4);
    let (_, _, yaw) = world_from_viewer.rotation.euler_angles();
    let place = world_from_viewer.translation.vector;
    CameraParams {
        mount: Some("world".to_owned()),
        position_m: [place.x, place.y, height],
        rpy_rad: [source.random_range(-0.05..0.05), pitch, yaw],
        fovy_rad: Some(source.random_range(0.8..1.7)),
        ..CameraParams::default()
    }
}

/// Somewhere in front of a camera that is not the robot's: it is one of the things to be confused with a person.
fn place_in_view(source: &mut Pcg64Mcg) -> Isometry3<f64> {
    let (distance, bearing): (f64, f64) = (source.random_range(1.5..9.0), source.random_range(-1.2..1.2));
    Isometry3::from_parts(
        Translation3::new(distance * bearing.cos(), distance * bearing.sin(), 0.0),
        UnitQuaternion::from_euler_angles(0.0, 0.0, source.random_range(-3.2..3.2)),
    )
}

/// Poses of the bodies of a robot that is about its rest pose, as in a walk.
fn walking_poses(model: &RobotModel, world_from_robot: &Isometry3<f64>, source: &mut Pcg64Mcg) -> Vec<Isometry3<f64>> {
    let keyframe = model.keyframe(None);
    let rest_height = keyframe.map_or(0.0, |key| key.base_position.z);
    let robot_from_base = Isometry3::from_parts(
        Translation3::new(0.0, 0.0, rest_height + source.random_range(-BASE_RISE_M..BASE_RISE_M)),
        UnitQuaternion::from_euler_angles(
            source.random_range(-BASE_LEAN_RAD..BASE_LEAN_RAD),
            source.random_range(-BASE_LEAN_RAD..BASE_LEAN_RAD),
            0.0,
        ),
    );
    let mut joints = keyframe.map_or_else(Vec::new, |key| key.joints.clone());
    for joint in &mut joints {
        *joint += source.random_range(-JOINT_SWING_RAD..JOINT_SWING_RAD);
    }
    model.body_poses(&(world_from_robot * robot_from_base), &joints)
}
