//! The joint commands that come in, in every form of [`CommandForm`](crate::control::CommandForm).

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use sinew_control::exchange::{Giver, Taker, exchange};
use sinew_control::robot::RobotDescription;
use sinew_control::state::JointCommand;
use sinew_messages::Message;
use sinew_messages::sensor_msgs::msg::JointState;
use sinew_messages::std_msgs::msg::Float64MultiArray;
use sinew_messages::trajectory_msgs::msg::JointTrajectory;

use sinew_node::bus::{Bus, BusError, Qos, Subscription, listen};
use sinew_node::sync::lock;
use sinew_node::topics::{
    EFFORT_TOPIC, IMPEDANCE_TOPIC, JOINT_STATE_TOPIC, POSITION_TOPIC, TRAJECTORY_TOPIC, read_impedance,
};

/// The joint commands that come in, in any form; the newest counts.
#[derive(Debug)]
pub(super) struct Commands {
    newest: Taker<JointCommand>,
    _inputs: [Subscription; 5],
}

type Commander = Arc<Mutex<Giver<JointCommand>>>;

impl Commands {
    pub(super) fn new(bus: &dyn Bus, robot: &RobotDescription) -> Result<Self, BusError> {
        let dof = robot.dof();
        let (giver, newest) = exchange(&JointCommand::zeros(dof));
        let giver = Arc::new(Mutex::new(giver));
        let joints: Arc<[String]> = robot.joints.iter().map(|joint| joint.name.clone()).collect();
        let rest = Arc::new(own_gains(robot));
        let (names, resting) = (joints.clone(), rest.clone());
        let (of_trajectory, held) = (joints.clone(), rest.clone());
        let inputs = [
            obey(bus, IMPEDANCE_TOPIC, &giver, move |message: &Float64MultiArray| {
                let mut command = JointCommand::zeros(joints.len());
                read_impedance(message, &joints, &mut command).map(|()| command)
            })?,
            obey(bus, JOINT_STATE_TOPIC, &giver, move |message: &JointState| {
                read_joint_state(message, &names, &rest)
            })?,
            obey(bus, POSITION_TOPIC, &giver, move |message: &Float64MultiArray| {
                let mut command = resting.as_ref().clone();
                command.position.copy_from_slice(one_for_each(message, dof)?);
                Ok(command)
            })?,
            obey(bus, EFFORT_TOPIC, &giver, move |message: &Float64MultiArray| {
                let mut command = JointCommand::zeros(dof);
                command.effort.copy_from_slice(one_for_each(message, dof)?);
                Ok(command)
            })?,
            obey(bus, TRAJECTORY_TOPIC, &giver, move |message: &JointTrajectory| {
                read_trajectory(message, &of_trajectory, &held)
            })?,
        ];
        Ok(Self {
            newest,
            _inputs: inputs,
        })
    }

    /// The newest command, unless it was taken before.
    pub(super) fn take(&mut self) -> Option<&JointCommand> {
        self.newest.take().then(|| self.newest.newest())
    }
}

/// Takes what `read` makes of the messages on a topic; says the first that makes no command.
fn obey<M: Message>(
    bus: &dyn Bus,
    topic: &'static str,
    commander: &Commander,
    read: impl Fn(&M) -> Result<JointCommand, String> + Send + Sync + 'static,
) -> Result<Subscription, BusError> {
    let (commander, refused) = (commander.clone(), FirstError::default());
    let qos = Qos::sensor_data().keep_last(1);
    listen(bus, topic, qos, move |message: Arc<M>| match read(&message) {
        Ok(command) => lock(&commander).give(|slot| slot.copy_from(&command)),
        Err(error) => refused.say(topic, &error),
    })
}

/// The numbers of a command that names no joints.
fn one_for_each(message: &Float64MultiArray, dof: usize) -> Result<&[f64], String> {
    match message.data.len() {
        found if found == dof => Ok(&message.data),
        found => Err(format!("expected a number for each of {dof} joints, found {found}")),
    }
}

/// Says the first error of many.
#[derive(Debug, Default)]
struct FirstError(AtomicBool);

impl FirstError {
    fn say(&self, topic: &str, error: &str) {
        if !self.0.swap(true, Ordering::Relaxed) {
            tracing::error!("{topic}: {error}; such commands are not obeyed");
        }
    }
}

/// The rest pose, with the gains of the drives themselves or, where the description gives none, those
/// with which the controller stands the robot up.
fn own_gains(robot: &RobotDescription) -> JointCommand {
    let mut command = JointCommand::zeros(robot.dof());
    for (j, joint) in robot.joints.iter().enumerate() {
        command.position[j] = joint.default_rad;
        let effort_nm = if joint.effort_nm.is_finite() {
            joint.effort_nm
        } else {
            0.0
        };
        (command.kp[j], command.kd[j]) = joint.holding_gains(effort_nm);
    }
    command
}

/// A trajectory that is to be reached at once: its last point counts.
fn read_trajectory(message: &JointTrajectory, joints: &[String], rest: &JointCommand) -> Result<JointCommand, String> {
    let Some(last) = message.points.last() else {
        return Err("expected a trajectory with a point, found none".to_owned());
    };
    let point = JointState {
        name: message.joint_names.clone(),
        position: last.positions.clone(),
        velocity: last.velocities.clone(),
        effort: last.effort.clone(),
        ..JointState::default()
    };
    read_joint_state(&point, joints, rest)
}

/// Joints that the message leaves out rest.
fn read_joint_state(message: &JointState, joints: &[String], rest: &JointCommand) -> Result<JointCommand, String> {
    let mut command = rest.clone();
    for (i, name) in message.name.iter().enumerate() {
        let Some(j) = joints.iter().position(|own| own == name) else {
            return Err(format!("expected joints out of {}, found {name}", joints.join(", ")));
        };
        let Some(&position) = message.position.get(i) else {
            return Err(format!("expected a position for {name}, found none"));
        };
        command.position[j] = position;
        command.velocity[j] = message.velocity.get(i).copied().unwrap_or(0.0);
        command.effort[j] = message.effort.get(i).copied().unwrap_or(0.0);
    }
    Ok(command)
}
