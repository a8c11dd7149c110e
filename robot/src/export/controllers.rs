//! The controllers of ros2_control that bring Sinew's commands to an exported robot.

use std::fmt::Write;

use super::Options;
use super::xml_text::number;
use crate::model::RobotModel;

/// The file's name.
pub(super) const FILE: &str = "controllers.yaml";
/// The sensor's name in the robot. No controller may be called like it.
pub(super) const IMU_SENSOR: &str = "imu_sensor";

/// Parameters of the controller manager and its controllers. `imu_frame` is the link that carries the IMU.
pub(super) fn controllers(model: &RobotModel, joints: &[&str], imu_frame: &str, options: &Options) -> String {
    let mut text = format!(
        "# Written by `sinew robot export`: the controllers that bring Sinew's commands to the robot.\n\
         # `topics.command: forward_effort` speaks to forward_effort_controller, `joint_trajectory` to\n\
         # joint_trajectory_controller; only one of them may be active.\n\
         controller_manager:\n  ros__parameters:\n    update_rate: {}\n",
        options.controller_rate_hz
    );
    for (name, kind) in [
        (
            "joint_state_broadcaster",
            "joint_state_broadcaster/JointStateBroadcaster",
        ),
        ("imu_sensor_broadcaster", "imu_sensor_broadcaster/IMUSensorBroadcaster"),
        (
            "forward_effort_controller",
            "effort_controllers/JointGroupEffortController",
        ),
        (
            "joint_trajectory_controller",
            "joint_trajectory_controller/JointTrajectoryController",
        ),
    ] {
        let _ = write!(text, "    {name}:\n      type: {kind}\n");
    }
    let _ = write!(
        text,
        "imu_sensor_broadcaster:\n  ros__parameters:\n    sensor_name: {IMU_SENSOR}\n    frame_id: {}\n",
        quoted(imu_frame)
    );
    let listed: String = joints
        .iter()
        .map(|joint| format!("      - {}\n", quoted(joint)))
        .collect();
    let _ = write!(
        text,
        "forward_effort_controller:\n  ros__parameters:\n    joints:\n{listed}"
    );
    let _ = write!(
        text,
        "joint_trajectory_controller:\n  ros__parameters:\n    joints:\n{listed}    \
         command_interfaces: [effort]\n    state_interfaces: [position, velocity]\n    \
         allow_nonzero_velocity_at_trajectory_end: true\n    gains:\n"
    );
    for body in model.driven_bodies() {
        let Some(joint) = &model.bodies[body].joint else {
            continue;
        };
        let drive = options.drive(model, body);
        let (p, d) = drive.map_or((0.0, 0.0), |drive| (drive.kp, drive.kd));
        // What the joint damps by itself is not to be damped twice.
        let d = if options.drive_damping { 0.0 } else { d };
        let _ = writeln!(
            text,
            "      {}: {{p: {}, i: 0.0, d: {}, i_clamp: 0.0, ff_velocity_scale: 0.0}}",
            quoted(&joint.name),
            decimal(p),
            decimal(d)
        );
    }
    text
}

/// A number that YAML takes for one with decimals: rclcpp refuses a whole one where it expects a double.
fn decimal(value: f64) -> String {
    let text = number(value);
    if text.contains('.') { text } else { format!("{text}.0") }
}

/// A name as YAML takes it whatever is in it.
fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('\\', "\\\\").replace('"', "\\\""))
}
