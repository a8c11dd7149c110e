//! The forms in which the joint command goes out, and who listens to each on a real robot.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Topic of [`CommandForm::Impedance`].
pub const IMPEDANCE_TOPIC: &str = "joint_impedance_command";
/// Topic of [`CommandForm::JointState`].
pub const JOINT_STATE_TOPIC: &str = "joint_command";
/// Topic of [`CommandForm::ForwardPosition`].
pub const POSITION_TOPIC: &str = "forward_position_controller/commands";
/// Topic of [`CommandForm::ForwardEffort`].
pub const EFFORT_TOPIC: &str = "forward_effort_controller/commands";

/// Topic of [`CommandForm::JointTrajectory`].
pub const TRAJECTORY_TOPIC: &str = "joint_trajectory_controller/joint_trajectory";

/// How the joint command goes out.
///
/// No controller of ros2_control damps, or does anything, when its commands stop coming: a position
/// controller holds its last position and an effort controller goes on pushing with its last torque. What
/// must catch a controller that was killed is a watchdog in the driver (`ros2_control`'s hardware
/// component, its `write`), which damps, or lets go, when no new command came for some ticks. A stop of Sinew's own can
/// deactivate the controller: `topics.safe_stop`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum CommandForm {
    /// The whole command on `joint_impedance_command`, a `std_msgs/Float64MultiArray` with a row for
    /// each joint (position, velocity, effort, kp, kd) whose layout names joints and columns. All
    /// that the safety gate decides reaches the drives. Who listens: a driver of your own for drives that
    /// take these five numbers (Unitree's motors, mini-cheetah actuators and their kin), and the node `sim`;
    /// no controller of ros2_control does.
    #[default]
    Impedance,
    /// Position, velocity and effort on `joint_command`, a `sensor_msgs/JointState`. Who listens: what
    /// ros2_control's topic-based hardware (`topic_based_ros2_control`,
    /// `joint_state_topic_hardware_interface`) is made to talk to, a simulator (Isaac Sim) or a driver.
    /// That hardware itself publishes such commands and listens to states: Sinew stands in its place, not
    /// in front of it. The drives use gains of their own, so the gate's bound on torque is only as good as
    /// theirs, and they cannot damp.
    JointState,
    /// Positions on `forward_position_controller/commands`, a `std_msgs/Float64MultiArray` in robot
    /// order. Who listens: ros2_control's `position_controllers/JointGroupPositionController`, or its
    /// `forward_command_controller/ForwardCommandController` for the interface `position`, spawned by that
    /// name with its `joints` in robot order. Gains, and what cannot be, as with `joint_state`.
    ForwardPosition,
    /// Torques on `forward_effort_controller/commands`, likewise: kp and kd act here, at the rate of
    /// the loop, on what the gate accepted, and its bound on torque holds at that instant. A torque is then held until
    /// the next: below 1 kHz the damping in it is late, and shakes joints without rotor inertia, unless they damp by
    /// themselves (`drive_damping`). Who listens: `effort_controllers/JointGroupEffortController`, or the forward
    /// controller for the interface `effort`.
    ForwardEffort,
    /// A trajectory of one point, positions, velocities and where there is any feed-forward efforts, on
    /// `joint_trajectory_controller/joint_trajectory`, a `trajectory_msgs/JointTrajectory` that names its joints and is
    /// to be reached at once. Who listens: ros2_control's `JointTrajectoryController`, or Gazebo's. That of Jazzy
    /// refuses efforts. Gains are the controller's own, and what cannot be is as with `joint_state`.
    JointTrajectory,
}

impl CommandForm {
    /// Name as in parameter files.
    pub fn name(self) -> &'static str {
        match self {
            CommandForm::Impedance => "impedance",
            CommandForm::JointState => "joint_state",
            CommandForm::ForwardPosition => "forward_position",
            CommandForm::ForwardEffort => "forward_effort",
            CommandForm::JointTrajectory => "joint_trajectory",
        }
    }

    /// The topic, relative to the node's namespace.
    pub fn topic(self) -> &'static str {
        match self {
            CommandForm::Impedance => IMPEDANCE_TOPIC,
            CommandForm::JointState => JOINT_STATE_TOPIC,
            CommandForm::ForwardPosition => POSITION_TOPIC,
            CommandForm::ForwardEffort => EFFORT_TOPIC,
            CommandForm::JointTrajectory => TRAJECTORY_TOPIC,
        }
    }

    /// The controller of ros2_control that listens; `None` where it is none.
    pub fn controller(self) -> Option<&'static str> {
        match self {
            CommandForm::Impedance | CommandForm::JointState => None,
            CommandForm::ForwardPosition | CommandForm::ForwardEffort | CommandForm::JointTrajectory => {
                self.topic().split('/').next()
            }
        }
    }

    /// Why the drives cannot damp in this form, and what can be done instead; `None` where they can.
    pub fn own_gains(self) -> Option<&'static str> {
        macro_rules! stays_stiff {
            ($form:literal) => {
                concat!(
                    "with `topics.command: ",
                    $form,
                    "` the drives use gains of their own and stay stiff whatever is sent; set `hold`, or `own` \
                     with `topics.safe_stop`, a service by which the driver stops the robot itself, or choose \
                     a `topics.command` that can damp (`impedance`, `forward_effort`)"
                )
            };
        }
        match self {
            CommandForm::JointState => Some(stays_stiff!("joint_state")),
            CommandForm::ForwardPosition => Some(stays_stiff!("forward_position")),
            CommandForm::JointTrajectory => Some(stays_stiff!("joint_trajectory")),
            CommandForm::Impedance | CommandForm::ForwardEffort => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_parameter_files() {
        for form in [
            CommandForm::Impedance,
            CommandForm::JointState,
            CommandForm::ForwardPosition,
            CommandForm::ForwardEffort,
            CommandForm::JointTrajectory,
        ] {
            assert_eq!(serde_json::to_value(form).unwrap(), form.name());
            if let Some(reason) = form.own_gains() {
                assert!(
                    reason.contains(&format!("`topics.command: {}`", form.name())),
                    "{reason}"
                );
            }
        }
    }
}
