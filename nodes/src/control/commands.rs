//! The joint command on topics, in the forms that drives and ros2_control understand.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sinew_control::robot::RobotDescription;
use sinew_control::state::{JointCommand, RobotState};
use sinew_messages::sensor_msgs::msg::JointState;
use sinew_messages::std_msgs::msg::{Float64MultiArray, MultiArrayDimension};

use crate::bus::{Bus, BusError, Publisher, Qos};
use crate::node::NodeTime;

/// Topic of [`CommandForm::Impedance`].
pub const IMPEDANCE_TOPIC: &str = "joint_impedance_command";
/// Topic of [`CommandForm::JointState`].
pub const JOINT_STATE_TOPIC: &str = "joint_command";
const POSITION_TOPIC: &str = "forward_position_controller/commands";
const EFFORT_TOPIC: &str = "forward_effort_controller/commands";

/// The columns of an impedance command.
const COLUMNS: &str = "position,velocity,effort,kp,kd";
const COLUMN_COUNT: usize = 5;

/// How the joint command goes out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum CommandForm {
    /// The whole command on `joint_impedance_command`, a `std_msgs/Float64MultiArray` with a row for
    /// each joint (position, velocity, effort, kp, kd) whose layout names joints and columns. All
    /// that the safety gate decides reaches the drives.
    #[default]
    Impedance,
    /// Position, velocity and effort on `joint_command`, a `sensor_msgs/JointState`, as topic-based
    /// hardware of ros2_control takes them. The drives use gains of their own, so the gate's bound on
    /// torque is only as good as theirs.
    JointState,
    /// Positions on `forward_position_controller/commands`, a `std_msgs/Float64MultiArray` in robot
    /// order, for ros2_control's `forward_command_controller`. Gains as with `joint_state`.
    ForwardPosition,
    /// Torques on `forward_effort_controller/commands`, likewise: kp and kd act here, at the rate of
    /// the loop, and the gate's bound on torque holds exactly.
    ForwardEffort,
}

/// Puts joint commands on the bus.
#[derive(Debug)]
pub(super) enum CommandOutput {
    Impedance(Publisher<Float64MultiArray>, Float64MultiArray),
    JointState(Publisher<JointState>, JointState, NodeTime),
    Position(Publisher<Float64MultiArray>),
    Effort(Publisher<Float64MultiArray>),
}

/// What goes to the thread that sends: the command and the state that it was made for.
#[derive(Debug, Clone)]
pub(super) struct Outgoing {
    pub(super) command: JointCommand,
    pub(super) position: Vec<f64>,
    pub(super) velocity: Vec<f64>,
}

impl Outgoing {
    pub(super) fn zeros(dof: usize) -> Self {
        Self {
            command: JointCommand::zeros(dof),
            position: vec![0.0; dof],
            velocity: vec![0.0; dof],
        }
    }

    pub(super) fn fill(&mut self, command: &JointCommand, state: &RobotState) {
        self.command.copy_from(command);
        self.position.copy_from_slice(&state.position);
        self.velocity.copy_from_slice(&state.velocity);
    }

    fn torques_nm(&self) -> Vec<f64> {
        let torque = |j| self.command.torque_nm(j, self.position[j], self.velocity[j]);
        (0..self.command.dof()).map(torque).collect()
    }
}

impl CommandOutput {
    pub(super) fn new(
        bus: &dyn Bus,
        form: CommandForm,
        robot: &RobotDescription,
        time: &NodeTime,
    ) -> Result<Self, BusError> {
        // An old command is worth nothing.
        let qos = Qos::default().keep_last(1);
        Ok(match form {
            CommandForm::Impedance => Self::Impedance(
                Publisher::new(bus, IMPEDANCE_TOPIC, qos)?,
                empty_impedance(&joint_names(robot).join(",")),
            ),
            CommandForm::JointState => {
                let named = JointState {
                    name: joint_names(robot).iter().map(|&name| name.to_owned()).collect(),
                    ..JointState::default()
                };
                Self::JointState(Publisher::new(bus, JOINT_STATE_TOPIC, qos)?, named, time.clone())
            }
            CommandForm::ForwardPosition => Self::Position(Publisher::new(bus, POSITION_TOPIC, qos)?),
            CommandForm::ForwardEffort => Self::Effort(Publisher::new(bus, EFFORT_TOPIC, qos)?),
        })
    }

    pub(super) fn send(&self, outgoing: &Outgoing) -> Result<(), BusError> {
        let command = &outgoing.command;
        match self {
            Self::Impedance(publisher, empty) => {
                let mut message = empty.clone();
                for j in 0..command.dof() {
                    message.data.extend([
                        command.position[j],
                        command.velocity[j],
                        command.effort[j],
                        command.kp[j],
                        command.kd[j],
                    ]);
                }
                publisher.publish(message)
            }
            Self::JointState(publisher, named, time) => {
                let mut message = named.clone();
                message.header.stamp = time.now();
                message.position.clone_from(&command.position);
                message.velocity.clone_from(&command.velocity);
                message.effort.clone_from(&command.effort);
                publisher.publish(message)
            }
            Self::Position(publisher) => publisher.publish(plain(command.position.clone())),
            Self::Effort(publisher) => publisher.publish(plain(outgoing.torques_nm())),
        }
    }
}

fn joint_names(robot: &RobotDescription) -> Vec<&str> {
    robot.joints.iter().map(|joint| joint.name.as_str()).collect()
}

fn plain(data: Vec<f64>) -> Float64MultiArray {
    Float64MultiArray {
        data,
        ..Float64MultiArray::default()
    }
}

fn empty_impedance(joints: &str) -> Float64MultiArray {
    let dof = joints.split(',').count();
    let dimension = |label: &str, size: usize, stride: usize| MultiArrayDimension {
        label: label.to_owned(),
        size: size as u32,
        stride: stride as u32,
    };
    let mut message = plain(Vec::with_capacity(COLUMN_COUNT * dof));
    message.layout.dim = vec![
        dimension(joints, dof, COLUMN_COUNT * dof),
        dimension(COLUMNS, COLUMN_COUNT, COLUMN_COUNT),
    ];
    message
}

/// Reads an impedance command into `command`, for a robot whose joint names are `joints`.
///
/// # Errors
/// What was expected, and what the message says instead.
pub fn read_impedance(
    message: &Float64MultiArray,
    joints: &[String],
    command: &mut JointCommand,
) -> Result<(), String> {
    let label = |i: usize| message.layout.dim.get(i).map_or("", |dim| dim.label.as_str());
    if !label(0).split(',').eq(joints.iter().map(String::as_str)) {
        return Err(format!("expected the joints {}, found {}", joints.join(","), label(0)));
    }
    if label(1) != COLUMNS {
        return Err(format!("expected the columns {COLUMNS}, found {}", label(1)));
    }
    let (expected, found) = (COLUMN_COUNT * joints.len(), message.data.len());
    if found != expected {
        return Err(format!("expected {expected} numbers, found {found}"));
    }
    for (j, row) in message.data.chunks_exact(COLUMN_COUNT).enumerate() {
        command.position[j] = row[0];
        command.velocity[j] = row[1];
        command.effort[j] = row[2];
        command.kp[j] = row[3];
        command.kd[j] = row[4];
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::super::fixture::two_joints;
    use super::*;
    use crate::bus::Input;
    use crate::bus::local::LocalBus;

    fn outgoing() -> Outgoing {
        let mut outgoing = Outgoing::zeros(2);
        outgoing.command.position = vec![0.1, 0.2];
        outgoing.command.velocity = vec![0.3, 0.4];
        outgoing.command.effort = vec![0.5, 0.6];
        outgoing.command.kp = vec![10.0, 20.0];
        outgoing.command.kd = vec![1.0, 2.0];
        outgoing.velocity = vec![0.0, 0.1];
        outgoing
    }

    fn sent(form: CommandForm, topic: &str) -> Arc<Float64MultiArray> {
        let bus = LocalBus::new().node("control", "/");
        let input = Input::new(&*bus, topic, Qos::default()).unwrap();
        let output = CommandOutput::new(&*bus, form, &two_joints(), &NodeTime::system()).unwrap();
        output.send(&outgoing()).unwrap();
        input.try_recv().unwrap()
    }

    #[test]
    fn an_impedance_command_arrives_as_it_was_sent() {
        let message = sent(CommandForm::Impedance, IMPEDANCE_TOPIC);
        let names = ["left".to_owned(), "right".to_owned()];
        let mut command = JointCommand::zeros(2);
        read_impedance(&message, &names, &mut command).unwrap();
        assert_eq!(command, outgoing().command);
    }

    #[test]
    fn an_impedance_command_of_another_robot_is_refused() {
        let message = sent(CommandForm::Impedance, IMPEDANCE_TOPIC);
        let mut command = JointCommand::zeros(2);
        let names = ["right".to_owned(), "left".to_owned()];
        let error = read_impedance(&message, &names, &mut command).unwrap_err();
        assert!(error.contains("right,left") && error.contains("left,right"), "{error}");
        assert_eq!(command, JointCommand::zeros(2));
        let mut short = Arc::unwrap_or_clone(message);
        short.data.pop();
        let names = ["left".to_owned(), "right".to_owned()];
        assert!(
            read_impedance(&short, &names, &mut command)
                .unwrap_err()
                .contains("10 numbers, found 9")
        );
    }

    #[test]
    fn forward_commands_are_plain_numbers_in_robot_order() {
        assert_eq!(sent(CommandForm::ForwardPosition, POSITION_TOPIC).data, [0.1, 0.2]);
        let torques = &sent(CommandForm::ForwardEffort, EFFORT_TOPIC).data;
        // kp (q* − q) + kd (q̇* − q̇) + feed-forward
        for (torque, expected) in torques
            .iter()
            .zip([10.0 * 0.1 + 0.3 + 0.5, 20.0 * 0.2 + 2.0 * 0.3 + 0.6])
        {
            assert!((torque - expected).abs() < 1e-12, "{torque} instead of {expected}");
        }
    }
}
