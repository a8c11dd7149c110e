//! URDF with what Gazebo and gz_ros2_control read besides.

use std::path::{Path, PathBuf};

use nalgebra::{Isometry3, Translation3};

use super::controllers::{self, IMU_SENSOR, controllers};
use super::meshes::FOLDER;
use super::names::plain;
use super::sdf_world;
use super::urdf::Urdf;
use super::xml_text::{number, sdf_pose};
use super::{Content, Exported, ExportedFile, Options};
use crate::camera::{CameraParams, Intrinsics};
use crate::model::RobotModel;

/// How often the simulated sensors measure, Hz.
const IMU_RATE: &str = "500";
const CAMERA_RATE: &str = "10";
/// How far a camera sees, m.
const CAMERA_FAR: &str = "100";
/// The file that says how the robot is spawned.
const SPAWN_FILE: &str = "spawn.json";
/// What an IMU measures, by the names of ros2_control.
const IMU_STATES: [&str; 10] = [
    "orientation.x",
    "orientation.y",
    "orientation.z",
    "orientation.w",
    "angular_velocity.x",
    "angular_velocity.y",
    "angular_velocity.z",
    "linear_acceleration.x",
    "linear_acceleration.y",
    "linear_acceleration.z",
];

/// A robot for Gazebo, whose files will lie in `folder`.
pub(super) fn export(model: &RobotModel, folder: &Path, options: &Options) -> Exported {
    let folder = std::path::absolute(folder).unwrap_or_else(|_| folder.to_owned());
    let mut urdf = Urdf::new(model, options, &format!("file://{}/", folder.join(FOLDER).display()));
    urdf.robot();
    let model = urdf.model.clone();
    surfaces(&mut urdf, &model);
    springs(&mut urdf, &model);
    let imu = imu(&mut urdf, &model);
    cameras(&mut urdf, &model);
    ros2_control(&mut urdf, &model, options);
    urdf.text.open("gazebo", &[]);
    let plugin = [
        ("filename", "gz_ros2_control-system"),
        ("name", "gz_ros2_control::GazeboSimROS2ControlPlugin"),
    ];
    urdf.text.open("plugin", &plugin);
    urdf.text
        .text("parameters", &folder.join(controllers::FILE).display().to_string());
    urdf.text.close();
    urdf.text.close();
    odometry(&mut urdf, &model);
    let joints: Vec<&str> = driven(&model).iter().map(|(_, name)| *name).collect();
    let has_camera = model.cameras.iter().any(|camera| camera.body.is_some());
    let file = |name: &str, text: String| ExportedFile {
        name: PathBuf::from(name),
        content: Content::Text(text),
    };
    let beside = vec![
        file(controllers::FILE, controllers(&model, &joints, &imu, options)),
        file(sdf_world::FILE, sdf_world::world(model.gravity.z, has_camera)),
        file(SPAWN_FILE, spawn(&model, urdf.name(), options)),
    ];
    urdf.notes.push(format!(
        "meshes and controllers are named by their place, {}: export again where it moves",
        folder.display()
    ));
    if model.gravity.x != 0.0 || model.gravity.y != 0.0 {
        urdf.notes
            .push("gravity that does not point down is left out".to_owned());
    }
    urdf.finish(beside)
}

/// The driven joints: index of the body, and name.
fn driven(model: &RobotModel) -> Vec<(usize, &str)> {
    let named = |body: usize| Some((body, model.bodies[body].joint.as_ref()?.name.as_str()));
    model.driven_bodies().into_iter().filter_map(named).collect()
}

/// Friction of what touches the ground.
fn surfaces(urdf: &mut Urdf<'_>, model: &RobotModel) {
    for (index, body) in model.bodies.iter().enumerate() {
        let Some(friction) = urdf.surface.of_body(model, index) else {
            continue;
        };
        let friction = number(friction);
        urdf.text.open("gazebo", &[("reference", &body.name)]);
        urdf.text.text("mu1", &friction);
        urdf.text.text("mu2", &friction);
        urdf.text.close();
    }
}

/// Springs of the joints, for which URDF has no word.
fn springs(urdf: &mut Urdf<'_>, model: &RobotModel) {
    for joint in model.bodies.iter().filter_map(|body| body.joint.as_ref()) {
        if joint.spring.0 > 0.0 {
            urdf.text.open("gazebo", &[("reference", &joint.name)]);
            urdf.text.text("springStiffness", &number(joint.spring.0));
            urdf.text.text("springReference", &number(joint.spring.1));
            urdf.text.close();
        }
    }
}

/// The IMU, which measures its orientation against the world and not against how the robot was spawned. Returns the
/// name of the link that carries it.
fn imu(urdf: &mut Urdf<'_>, model: &RobotModel) -> String {
    let Some(mount) = model.imu_mount(None) else {
        return String::new();
    };
    let link = model.bodies[mount.body].name.clone();
    let pose = Isometry3::from_parts(Translation3::from(mount.point), Default::default());
    let text = &mut urdf.text;
    text.open("gazebo", &[("reference", &link)]);
    text.open("sensor", &[("name", IMU_SENSOR), ("type", "imu")]);
    text.text("always_on", "1");
    text.text("update_rate", IMU_RATE);
    text.text("topic", "imu");
    text.text("pose", &sdf_pose(&pose));
    text.open("imu", &[]);
    text.open("orientation_reference_frame", &[]);
    text.text("localization", "ENU");
    for _ in 0..4 {
        text.close();
    }
    link
}

/// Where the base is and how it moves, for policies that observe its velocity.
fn odometry(urdf: &mut Urdf<'_>, model: &RobotModel) {
    let base = &model.bodies[model.base_body()].name;
    let text = &mut urdf.text;
    text.open("gazebo", &[]);
    let plugin = [
        ("filename", "gz-sim-odometry-publisher-system"),
        ("name", "gz::sim::systems::OdometryPublisher"),
    ];
    text.open("plugin", &plugin);
    text.text("odom_topic", "odom");
    text.text("odom_frame", "odom");
    text.text("robot_base_frame", base);
    text.text("dimensions", "3");
    text.text("odom_publish_frequency", IMU_RATE);
    text.close();
    text.close();
}

/// The robot's name and the pose in which it touches the ground, for whoever spawns it.
fn spawn(model: &RobotModel, name: &str, options: &Options) -> String {
    let keyframe = options.keyframe.as_deref();
    let base = model.start_pose(keyframe, &model.default_joints(keyframe), 0.0);
    let place = base.translation.vector;
    let (roll, pitch, yaw) = base.rotation.euler_angles();
    let numbers = [
        ("x", place.x),
        ("y", place.y),
        ("z", place.z),
        ("R", roll),
        ("P", pitch),
        ("Y", yaw),
    ];
    let pose: Vec<String> = numbers
        .iter()
        .map(|(key, value)| format!("\"{key}\": {}", number(*value)))
        .collect();
    let cameras = model.cameras.iter().filter(|camera| camera.body.is_some()).count();
    format!(
        "{{\"name\": \"{name}\", \"pose\": {{{}}}, \"cameras\": {cameras}}}\n",
        pose.join(", ")
    )
}

/// Cameras that the robot carries.
fn cameras(urdf: &mut Urdf<'_>, model: &RobotModel) {
    let params = CameraParams::default();
    for camera in &model.cameras {
        let Some(body) = camera.body else { continue };
        let name = plain(&camera.name, "body");
        let intrinsics = Intrinsics::from_fovy(params.width, params.height, camera.fovy_rad);
        let across = 2.0 * (0.5 * f64::from(params.width) / intrinsics.fx).atan();
        let text = &mut urdf.text;
        text.open("gazebo", &[("reference", &model.bodies[body].name)]);
        text.open("sensor", &[("name", &format!("{name}_camera")), ("type", "camera")]);
        text.text("always_on", "1");
        text.text("update_rate", CAMERA_RATE);
        text.text("topic", "camera/image_raw");
        text.text("pose", &sdf_pose(&camera.pose));
        text.open("camera", &[]);
        text.text("camera_info_topic", "camera/camera_info");
        text.text("optical_frame_id", &format!("{name}_camera_optical_frame"));
        text.text("horizontal_fov", &number(across));
        text.open("image", &[]);
        text.text("width", &params.width.to_string());
        text.text("height", &params.height.to_string());
        text.text("format", "R8G8B8");
        text.close();
        text.open("clip", &[]);
        text.text("near", &number(params.near_m));
        text.text("far", CAMERA_FAR);
        for _ in 0..4 {
            text.close();
        }
    }
}

/// What the controllers may claim: torques of the driven joints, and all that is measured.
fn ros2_control(urdf: &mut Urdf<'_>, model: &RobotModel, options: &Options) {
    let rest = model.default_joints(options.keyframe.as_deref());
    let rest: Vec<(usize, f64)> = model.jointed_bodies().zip(rest).collect();
    let driven: Vec<usize> = driven(model).iter().map(|(body, _)| *body).collect();
    let name = urdf.name().to_owned();
    urdf.text.open("ros2_control", &[("name", &name), ("type", "system")]);
    urdf.text.open("hardware", &[]);
    urdf.text.text("plugin", "gz_ros2_control/GazeboSimSystem");
    urdf.text.close();
    for (body, position) in rest {
        let Some(joint) = &model.bodies[body].joint else {
            continue;
        };
        // One that follows another is moved by Gazebo, where it can.
        if model.couplings.iter().any(|coupling| coupling.follower == body) {
            continue;
        }
        urdf.text.open("joint", &[("name", &joint.name)]);
        if driven.contains(&body) {
            let effort = urdf.effort(body, joint);
            urdf.text.open("command_interface", &[("name", "effort")]);
            if effort.is_finite() {
                urdf.text.text_with("param", &[("name", "min")], &number(-effort));
                urdf.text.text_with("param", &[("name", "max")], &number(effort));
            }
            urdf.text.close();
        }
        urdf.text.open("state_interface", &[("name", "position")]);
        urdf.text
            .text_with("param", &[("name", "initial_value")], &number(position));
        urdf.text.close();
        urdf.text.empty("state_interface", &[("name", "velocity")]);
        urdf.text.empty("state_interface", &[("name", "effort")]);
        urdf.text.close();
    }
    urdf.text.open("sensor", &[("name", IMU_SENSOR)]);
    for state in IMU_STATES {
        urdf.text.empty("state_interface", &[("name", state)]);
    }
    urdf.text.close();
    urdf.text.close();
}
