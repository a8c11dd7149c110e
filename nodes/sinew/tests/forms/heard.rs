//! What the drives hear, whatever the form.

use std::sync::Arc;

use sinew::bus::{Bus, Input, Qos};
use sinew::topics::{CommandForm, read_impedance};
use sinew_control::robot::RobotDescription;
use sinew_control::state::JointCommand;
use sinew_messages::sensor_msgs::msg::JointState;
use sinew_messages::std_msgs::msg::Float64MultiArray;
use sinew_messages::trajectory_msgs::msg::JointTrajectory;

/// All forms.
pub(crate) const FORMS: [CommandForm; 5] = [
    CommandForm::Impedance,
    CommandForm::JointState,
    CommandForm::ForwardPosition,
    CommandForm::ForwardEffort,
    CommandForm::JointTrajectory,
];

/// The end of the topic where drives would listen.
pub(crate) enum Drives {
    Impedance(Input<Float64MultiArray>),
    JointState(Input<JointState>),
    Position(Input<Float64MultiArray>),
    Effort(Input<Float64MultiArray>),
    Trajectory(Input<JointTrajectory>),
}

impl Drives {
    pub(crate) fn new(bus: &dyn Bus, form: CommandForm) -> Self {
        let qos = Qos::default().keep_last(64);
        let plain = || Input::new(bus, form.topic(), qos).unwrap();
        match form {
            CommandForm::Impedance => Self::Impedance(plain()),
            CommandForm::JointState => Self::JointState(Input::new(bus, form.topic(), qos).unwrap()),
            CommandForm::ForwardPosition => Self::Position(plain()),
            CommandForm::ForwardEffort => Self::Effort(plain()),
            CommandForm::JointTrajectory => Self::Trajectory(Input::new(bus, form.topic(), qos).unwrap()),
        }
    }

    /// The next command, as drives of `robot` would carry it out: those of positions with gains of their own.
    pub(crate) fn hear(&self, robot: &RobotDescription) -> Option<JointCommand> {
        let mut command = JointCommand::zeros(robot.dof());
        match self {
            Self::Impedance(input) => {
                let message = input.try_recv()?;
                let names: Vec<_> = robot.joints.iter().map(|joint| joint.name.clone()).collect();
                read_impedance(&message, &names, &mut command).unwrap();
            }
            Self::JointState(input) => {
                let message: Arc<JointState> = input.try_recv()?;
                assert!(message.name.iter().eq(robot.joints.iter().map(|joint| &joint.name)));
                command.position.copy_from_slice(&message.position);
                command.velocity.copy_from_slice(&message.velocity);
                command.effort.copy_from_slice(&message.effort);
                own_gains(robot, &mut command);
            }
            Self::Position(input) => {
                command.position.copy_from_slice(&input.try_recv()?.data);
                own_gains(robot, &mut command);
            }
            Self::Trajectory(input) => {
                let message: Arc<JointTrajectory> = input.try_recv()?;
                assert!(
                    message
                        .joint_names
                        .iter()
                        .eq(robot.joints.iter().map(|joint| &joint.name))
                );
                let [point] = &message.points[..] else {
                    panic!("one point: {message:?}")
                };
                command.position.copy_from_slice(&point.positions);
                command.velocity.copy_from_slice(&point.velocities);
                assert!(point.effort.is_empty() || point.effort.len() == robot.dof());
                command.effort[..point.effort.len()].copy_from_slice(&point.effort);
                own_gains(robot, &mut command);
            }
            Self::Effort(input) => command.effort.copy_from_slice(&input.try_recv()?.data),
        }
        Some(command)
    }
}

fn own_gains(robot: &RobotDescription, command: &mut JointCommand) {
    for (j, joint) in robot.joints.iter().enumerate() {
        (command.kp[j], command.kd[j]) = joint.holding_gains(joint.effort_nm);
    }
}
