//! Puts joint commands on the bus. Whatever comes, no number leaves that is not finite, and no torque above
//! its joint's limit.

use std::sync::Arc;

use sinew_control::robot::RobotDescription;
use sinew_messages::sensor_msgs::msg::JointState;
use sinew_messages::std_msgs::msg::Float64MultiArray;
use sinew_messages::trajectory_msgs::msg::{JointTrajectory, JointTrajectoryPoint};

use super::outgoing::{Bounds, Corrections, Outgoing};
use sinew_node::bus::{Bus, BusError, Publisher, Qos};
use sinew_node::node::NodeTime;
use sinew_node::topics::CommandForm;
use sinew_node::topics::empty_impedance;

#[cfg(test)]
mod tests;

#[derive(Debug)]
enum Channel {
    Impedance(Publisher<Float64MultiArray>, Float64MultiArray),
    JointState(Publisher<JointState>, JointState, NodeTime),
    Position(Publisher<Float64MultiArray>),
    Effort(Publisher<Float64MultiArray>),
    Trajectory(Publisher<JointTrajectory>, JointTrajectory),
}

/// Puts joint commands on the bus.
#[derive(Debug)]
pub(super) struct CommandOutput {
    channel: Channel,
    corrections: Arc<Corrections>,
    /// Where each joint was last sent to, rad.
    sent: Vec<Option<f64>>,
    has_sent: bool,
}

impl CommandOutput {
    pub(super) fn new(
        bus: &dyn Bus,
        form: CommandForm,
        robot: &RobotDescription,
        time: &NodeTime,
        corrections: Arc<Corrections>,
    ) -> Result<Self, BusError> {
        // An old command is worth nothing.
        let qos = Qos::default().keep_last(1);
        let names: Vec<&str> = robot.joints.iter().map(|joint| joint.name.as_str()).collect();
        let channel = match form {
            CommandForm::Impedance => {
                Channel::Impedance(Publisher::new(bus, form.topic(), qos)?, empty_impedance(&names))
            }
            CommandForm::JointState => {
                let named = JointState {
                    name: names.iter().map(|&name| name.to_owned()).collect(),
                    ..JointState::default()
                };
                Channel::JointState(Publisher::new(bus, form.topic(), qos)?, named, time.clone())
            }
            CommandForm::ForwardPosition => Channel::Position(Publisher::new(bus, form.topic(), qos)?),
            CommandForm::ForwardEffort => Channel::Effort(Publisher::new(bus, form.topic(), qos)?),
            CommandForm::JointTrajectory => {
                // Without a stamp it begins when it arrives: one that begins in the past is refused.
                let named = JointTrajectory {
                    joint_names: names.iter().map(|&name| name.to_owned()).collect(),
                    points: vec![JointTrajectoryPoint::default()],
                    ..JointTrajectory::default()
                };
                Channel::Trajectory(Publisher::new(bus, form.topic(), qos)?, named)
            }
        };
        Ok(Self {
            channel,
            corrections,
            sent: vec![None; robot.dof()],
            has_sent: false,
        })
    }

    /// Whether anything was sent yet.
    pub(super) fn has_sent(&self) -> bool {
        self.has_sent
    }

    /// Sends a command at `now_nanos`, on the loop's clock. Where drives cannot go limp nothing is sent while they should: they stay at the last
    /// target, rather than after their own sagging.
    pub(super) fn send(&mut self, outgoing: &Outgoing, now_nanos: u64, bounds: &Bounds) -> Result<(), BusError> {
        let dof = self.sent.len();
        let corrections = &*self.corrections;
        match &self.channel {
            Channel::Effort(publisher) => {
                let torque = |j| outgoing.torque_nm(j, now_nanos, bounds, corrections);
                let torques = if outgoing.released {
                    vec![0.0; dof]
                } else {
                    (0..dof).map(torque).collect()
                };
                publisher.publish(plain(torques))?;
            }
            _ if outgoing.released => return Ok(()),
            Channel::Impedance(publisher, empty) => {
                let mut message = empty.clone();
                for j in 0..dof {
                    let row = row(outgoing, j, self.sent[j], bounds, corrections);
                    self.sent[j] = Some(row[0]);
                    message.data.extend(row);
                }
                publisher.publish(message)?;
            }
            _ if outgoing.is_limp() => return Ok(()),
            Channel::Position(publisher) => {
                let Some(positions) = targets(outgoing, &mut self.sent, corrections) else {
                    return Ok(());
                };
                publisher.publish(plain(positions))?;
            }
            Channel::JointState(publisher, named, time) => {
                let Some(positions) = targets(outgoing, &mut self.sent, corrections) else {
                    return Ok(());
                };
                let mut message = named.clone();
                message.header.stamp = time.now();
                message.position = positions;
                (message.velocity, message.effort) = feed_forward(outgoing, bounds, corrections);
                publisher.publish(message)?;
            }
            Channel::Trajectory(publisher, named) => {
                let Some(positions) = targets(outgoing, &mut self.sent, corrections) else {
                    return Ok(());
                };
                let mut message = named.clone();
                if let Some(point) = message.points.first_mut() {
                    point.positions = positions;
                    (point.velocities, point.effort) = feed_forward(outgoing, bounds, corrections);
                    // The controller of Jazzy refuses efforts, even where they say nothing.
                    if point.effort.iter().all(|&nm| nm == 0.0) {
                        point.effort.clear();
                    }
                }
                publisher.publish(message)?;
            }
        }
        self.has_sent = true;
        Ok(())
    }

    /// The control loop gives nothing any more: drives that can damp do, torques are taken back.
    pub(super) fn damp(&mut self, bounds: &Bounds) -> Result<(), BusError> {
        match &self.channel {
            Channel::Impedance(publisher, empty) => {
                let mut message = empty.clone();
                for (limit, sent) in bounds.joints.iter().zip(&self.sent) {
                    message.data.extend(damping(*sent, limit.damp_kd));
                }
                publisher.publish(message)
            }
            Channel::Effort(publisher) => publisher.publish(plain(vec![0.0; self.sent.len()])),
            Channel::Position(_) | Channel::JointState(..) | Channel::Trajectory(..) => Ok(()),
        }
    }

    /// Nobody will send any more. A controller of torques would go on with the last ones.
    pub(super) fn end(&mut self) -> Result<(), BusError> {
        match &self.channel {
            Channel::Effort(publisher) if self.has_sent => publisher.publish(plain(vec![0.0; self.sent.len()])),
            _ => Ok(()),
        }
    }
}

fn plain(data: Vec<f64>) -> Float64MultiArray {
    Float64MultiArray {
        data,
        ..Float64MultiArray::default()
    }
}

/// An impedance command without stiffness.
fn damping(sent: Option<f64>, damp_kd: f64) -> [f64; 5] {
    [sent.unwrap_or(0.0), 0.0, 0.0, 0.0, damp_kd]
}

/// A joint's impedance command; damping where it holds anything that no drive could obey.
fn row(outgoing: &Outgoing, j: usize, sent: Option<f64>, bounds: &Bounds, corrections: &Corrections) -> [f64; 5] {
    let command = &outgoing.command;
    let (kp, kd) = (command.kp[j], command.kd[j]);
    let limit = &bounds.joints[j];
    let effort = corrections.within("effort", j, command.effort[j], limit.effort_nm);
    let row = [command.position[j], command.velocity[j], effort, kp, kd];
    match row.into_iter().find(|value| !value.is_finite()) {
        None if kp >= 0.0 && kd >= 0.0 => row,
        unfit => {
            corrections.note("a number", j, unfit.unwrap_or(kp.min(kd)), "damping");
            damping(sent, limit.damp_kd)
        }
    }
}

/// Velocity and effort of each joint besides its position.
fn feed_forward(outgoing: &Outgoing, bounds: &Bounds, corrections: &Corrections) -> (Vec<f64>, Vec<f64>) {
    let command = &outgoing.command;
    let joints = bounds.joints.iter().enumerate();
    let both = joints.map(|(j, limit)| {
        let velocity = corrections.within("velocity", j, command.velocity[j], limit.speed_rad_s);
        (
            velocity,
            corrections.within("effort", j, command.effort[j], limit.effort_nm),
        )
    });
    both.unzip()
}

/// Where each joint goes, rad, which `sent` becomes. One that should be limp, or go nowhere that there is,
/// stays at its last target, or where it was measured before there was one. `None` where not even that is
/// known.
fn targets(outgoing: &Outgoing, sent: &mut [Option<f64>], corrections: &Corrections) -> Option<Vec<f64>> {
    let mut positions = Vec::with_capacity(sent.len());
    for (j, sent) in sent.iter_mut().enumerate() {
        let mut target = outgoing.command.position[j];
        if !target.is_finite() {
            corrections.note("position", j, target, "its last target");
        }
        if !target.is_finite() || outgoing.command.kp[j] == 0.0 {
            target = sent.unwrap_or(outgoing.position[j]);
        }
        if !target.is_finite() {
            return None;
        }
        *sent = Some(target);
        positions.push(target);
    }
    Some(positions)
}
