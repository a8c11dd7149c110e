use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use sinew_control::exchange::{Giver, Taker, exchange};
use sinew_control::robot::RobotDescription;
use sinew_control::state::JointCommand;
use sinew_messages::sensor_msgs::msg::JointState;
use sinew_messages::std_msgs::msg::Float64MultiArray;

use crate::bus::{Bus, BusError, Qos, Subscription, listen};
use crate::control::{IMPEDANCE_TOPIC, JOINT_STATE_TOPIC, read_impedance};

/// The joint commands that come in, in either form; the newest counts.
#[derive(Debug)]
pub(super) struct Commands {
    newest: Taker<JointCommand>,
    _inputs: [Subscription; 2],
}

impl Commands {
    pub(super) fn new(bus: &dyn Bus, robot: &RobotDescription) -> Result<Self, BusError> {
        let (giver, newest) = exchange(&JointCommand::zeros(robot.dof()));
        let giver = Arc::new(Mutex::new(giver));
        let qos = Qos::sensor_data().keep_last(1);
        let joints: Arc<[String]> = robot.joints.iter().map(|joint| joint.name.clone()).collect();
        let (given, names, refused) = (giver.clone(), joints.clone(), Once::default());
        let impedance = listen(bus, IMPEDANCE_TOPIC, qos, move |message: Arc<Float64MultiArray>| {
            let mut command = JointCommand::zeros(names.len());
            match read_impedance(&message, &names, &mut command) {
                Ok(()) => lock(&given).give(|slot| slot.copy_from(&command)),
                Err(error) => refused.say(IMPEDANCE_TOPIC, &error),
            }
        })?;
        let rest = own_gains(robot);
        let refused = Once::default();
        let joint_state = listen(
            bus,
            JOINT_STATE_TOPIC,
            qos,
            move |message: Arc<JointState>| match read_joint_state(&message, &joints, &rest) {
                Ok(command) => lock(&giver).give(|slot| slot.copy_from(&command)),
                Err(error) => refused.say(JOINT_STATE_TOPIC, &error),
            },
        )?;
        Ok(Self {
            newest,
            _inputs: [impedance, joint_state],
        })
    }

    /// The newest command, unless it was taken before.
    pub(super) fn take(&mut self) -> Option<&JointCommand> {
        self.newest.take().then(|| self.newest.newest())
    }
}

fn lock(giver: &Mutex<Giver<JointCommand>>) -> std::sync::MutexGuard<'_, Giver<JointCommand>> {
    giver.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Says the first error of many.
#[derive(Debug, Default)]
struct Once(AtomicBool);

impl Once {
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
