//! The part of a hosted loop that the host's thread calls: nothing here waits, locks or allocates while it ticks.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::Ordering;

use nalgebra::{Quaternion, UnitQuaternion, Vector3};
use sinew_control::Mode;
use sinew_control::gate::Check;
use sinew_control::mailbox::Request;
use sinew_control::state::{Imu, JointCommand, RobotState};

use super::clock::HostTime;
use super::{CommandInterfaces, Hosted, HostedLoop};

/// What the host has measured of its IMU.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ImuReading {
    /// `world_from_base` as x, y, z, w.
    pub orientation_xyzw: [f64; 4],
    /// In the base frame, rad/s.
    pub angular_velocity: [f64; 3],
    /// Specific force in the base frame, m/s².
    pub linear_acceleration: [f64; 3],
}

/// What the host has measured since the call before. What it has not measured it leaves out: that gets old, and the gate
/// stops the robot for it.
#[derive(Debug, Clone, Copy, Default)]
pub struct Readings<'a> {
    /// Positions and velocities of all joints, robot order, rad and rad/s.
    pub joints: Option<(&'a [f64], &'a [f64])>,
    /// Torques of all joints, N·m; NaN for those that are not measured.
    pub effort: Option<&'a [f64]>,
    /// The IMU.
    pub imu: Option<ImuReading>,
    /// Velocity of the base in its own frame, m/s.
    pub base_velocity: Option<[f64; 3]>,
    /// For each foot whether it touches something: any number but 0.
    pub feet: Option<&'a [u8]>,
}

/// Why a call in the host's thread did nothing but damp.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum HostedError {
    /// A slice has another length than the robot's joints or feet.
    #[error("a slice has another length than the robot's joints, or feet")]
    WrongLength,
    /// Only an active loop ticks.
    #[error("the loop is not active")]
    Inactive,
    /// Only a loop that is not active can be activated.
    #[error("the loop is active already")]
    Active,
    /// The loop that is to begin has not been made yet, or could not be: `supervise` makes it, and logs why not.
    #[error("the next loop is not made yet: supervise makes it")]
    NotReady,
    /// The loop panicked: it damps until it has been deactivated and activated again, and begins stopped then.
    #[error("the control loop has panicked; the joints damp")]
    Failed,
}

/// The part of a hosted loop that the host's thread calls.
#[derive(Debug)]
pub struct HostedTicks {
    hosted: Arc<Hosted>,
    time: HostTime,
    update_nanos: u64,
    /// Updates from tick to tick.
    updates_per_tick: u64,
    /// Updates since the last tick.
    updates: u64,
    /// The loop that is active.
    ticking: Option<Box<HostedLoop>>,
    /// What was measured last, whether the loop has seen it or not.
    reading: RobotState,
    /// What goes to the drives.
    command: JointCommand,
    /// Whether the loop has written a command since it was activated.
    has_written: bool,
    /// Whether the loop begins with the next update.
    begins: bool,
}

impl HostedTicks {
    pub(super) fn new(hosted: Arc<Hosted>, time: HostTime, update_rate_hz: f64) -> Self {
        let (dof, feet) = (hosted.loaded.robot.dof(), hosted.source.control.topics.feet.len());
        Self {
            time,
            update_nanos: (1e9 / update_rate_hz) as u64,
            updates_per_tick: (update_rate_hz / hosted.source.control.rate_hz).round() as u64,
            updates: 0,
            hosted,
            ticking: None,
            reading: RobotState::new(dof, feet),
            command: JointCommand::zeros(dof),
            has_written: false,
            begins: false,
        }
    }

    /// From here on [`update`](Self::update) ticks; the loop begins at the time of the first. How it begins is decided by
    /// what is kept: after a stop it begins stopped. May wait for a file that is being written.
    ///
    /// # Errors
    /// Where it is active already, or the loop of this activation is not made yet.
    pub fn activate(&mut self) -> Result<(), HostedError> {
        if self.ticking.is_some() {
            return Err(HostedError::Active);
        }
        let mut next = self.hosted.ready.pop().ok_or(HostedError::NotReady)?;
        let (reach, operator) = (&self.hosted.reach, next.control.operator());
        reach.begin_as_kept(&mut next.control, &operator);
        // That it moves is written down before it does.
        operator.withhold_standing();
        reach.begins(&operator);
        self.time.resume();
        self.begins = true;
        self.hosted.activations.fetch_add(1, Ordering::Release);
        // What was measured before is none of this loop's readings.
        self.reading.joint_stamp_nanos.fill(0);
        self.reading.imu.stamp_nanos = 0;
        self.reading.base_velocity = None;
        self.ticking = Some(next);
        self.has_written = false;
        self.damp(0);
        Ok(())
    }

    /// Hands on what was measured, ticks where the loop is due, and gives what the drives are to do until the next call:
    /// to be called at the rate of the host's updates.
    ///
    /// # Errors
    /// See [`HostedError`]: [`command`](Self::command) damps then, whatever was asked before.
    pub fn update(&mut self, host_nanos: u64, readings: &Readings<'_>) -> Result<(), HostedError> {
        let (now, went_back) = self.time.tell(host_nanos);
        if let Some(ticking) = self.ticking.as_mut().filter(|_| self.begins) {
            ticking.control.begin();
            self.begins = false;
            self.updates = 0;
        }
        if went_back {
            // The robot stands elsewhere.
            self.hosted.went_back.store(true, Ordering::Release);
            if let Some(ticking) = &self.ticking {
                let _ = ticking.control.operator().request(Request::Damp);
            }
        }
        let updated = self.take(now, readings).and_then(|()| self.tick_if_due(now));
        if updated.is_ok() && self.has_written {
            self.fill_command(now);
        } else {
            if let (Err(HostedError::WrongLength), Some(ticking)) = (updated, &self.ticking) {
                // The drives damp, which the gate does not know: it must not go on as if they had not.
                ticking.control.operator().stop_for(Check::ReadFailed);
            }
            self.damp(now);
        }
        updated
    }

    /// Ends: the robot is in its safe action, and what is latched stays so. Does nothing where it is not active. The last
    /// command has no torque of its own, for it may stay for ever.
    pub fn deactivate(&mut self) {
        let Some(mut ticking) = self.ticking.take() else {
            return;
        };
        self.hosted.reach.ended();
        ticking.stop = ticking.control.stop();
        if self.has_written && !ticking.failed {
            ticking.control.operator().stop();
            ticking.failed = catch_unwind(AssertUnwindSafe(|| ticking.control.tick())).is_err();
            ticking.host.outgoing.take();
        }
        let acts = self.has_written && !ticking.failed && self.hosted.interfaces == CommandInterfaces::Impedance;
        if acts {
            self.command.copy_from(&ticking.host.outgoing.newest().command);
        } else {
            self.damp(0);
        }
        // A torque that damps now pushes when the joint has stopped.
        self.command.effort.fill(0.0);
        // There is room: no other loop of this host can have ended.
        let _ = self.hosted.ended.push(ticking);
    }

    /// What the drives are to do.
    pub fn command(&self) -> &JointCommand {
        &self.command
    }

    /// The loop's mode; `None` where it is not active.
    pub fn mode(&self) -> Option<Mode> {
        self.ticking.as_ref().map(|ticking| ticking.control.mode())
    }

    fn take(&mut self, now: u64, readings: &Readings<'_>) -> Result<(), HostedError> {
        let (dof, reading) = (self.command.dof(), &mut self.reading);
        let fits = |values: Option<&[f64]>| values.is_none_or(|values| values.len() == dof);
        let joints = readings.joints;
        let feet = readings
            .feet
            .is_none_or(|feet| feet.len() == reading.foot_contact.len());
        if !(fits(joints.map(|j| j.0)) && fits(joints.map(|j| j.1)) && fits(readings.effort) && feet) {
            return Err(HostedError::WrongLength);
        }
        if let Some((position, velocity)) = joints {
            reading.position.copy_from_slice(position);
            reading.velocity.copy_from_slice(velocity);
            reading.joint_stamp_nanos.fill(now);
            match readings.effort {
                Some(effort) => reading.effort.copy_from_slice(effort),
                None => reading.effort.fill(f64::NAN),
            }
        }
        if let Some(imu) = readings.imu {
            let [x, y, z, w] = imu.orientation_xyzw;
            reading.imu = Imu {
                // Not normalised here: what is no rotation is for the gate to refuse.
                orientation: UnitQuaternion::new_unchecked(Quaternion::new(w, x, y, z)),
                angular_velocity: Vector3::from(imu.angular_velocity),
                linear_acceleration: Vector3::from(imu.linear_acceleration),
                stamp_nanos: now,
            };
        }
        if let Some(velocity) = readings.base_velocity {
            reading.base_velocity = Some(Vector3::from(velocity));
        }
        if let Some(feet) = readings.feet {
            let contacts = reading.foot_contact.iter_mut().zip(feet);
            contacts.for_each(|(contact, &foot)| *contact = foot != 0);
        }
        Ok(())
    }

    fn tick_if_due(&mut self, now: u64) -> Result<(), HostedError> {
        let ticking = self.ticking.as_mut().ok_or(HostedError::Inactive)?;
        if ticking.failed {
            return Err(HostedError::Failed);
        }
        // A host whose updates begin now earlier and now later ticks once in so many of them all the same, unless it
        // is faster than it said.
        self.updates += 1;
        let ahead_nanos = ticking.control.next_nanos().saturating_sub(now);
        let is_due = 2 * ahead_nanos <= self.update_nanos
            || (self.updates >= self.updates_per_tick && ahead_nanos < self.update_nanos);
        if !is_due {
            return Ok(());
        }
        self.updates = 0;
        let reading = &self.reading;
        ticking.host.reading.give(|given| given.copy_from(reading));
        let ticked = catch_unwind(AssertUnwindSafe(|| ticking.control.tick()));
        ticking.host.outgoing.take();
        // What was told once is no new measurement in the next tick.
        self.reading.base_velocity = None;
        if ticked.is_err() {
            ticking.failed = true;
            self.hosted.failed.store(true, Ordering::Release);
            return Err(HostedError::Failed);
        }
        self.has_written = true;
        Ok(())
    }

    /// The command of the loop's last tick, in the form that the drives take.
    fn fill_command(&mut self, now: u64) {
        let Some(ticking) = &self.ticking else { return };
        let (outgoing, bounds) = (ticking.host.outgoing.newest(), ticking.host.bounds());
        match self.hosted.interfaces {
            CommandInterfaces::Impedance => self.command.copy_from(&outgoing.command),
            CommandInterfaces::Effort => {
                for j in 0..self.command.dof() {
                    let measured = [self.reading.position[j], self.reading.velocity[j]];
                    let fresh = self.reading.joint_stamp_nanos[j] == now && measured.iter().all(|v| v.is_finite());
                    let [q, qd] = if fresh {
                        measured
                    } else if outgoing.is_stale(j, now, bounds) {
                        // A torque that pushes with what was once measured pushes for ever.
                        self.command.effort[j] = 0.0;
                        continue;
                    } else {
                        [outgoing.position[j], outgoing.velocity[j]]
                    };
                    let torque = outgoing.command.torque_nm(j, q, qd);
                    self.command.effort[j] = within(torque, bounds.joints[j].effort_nm);
                }
            }
        }
    }

    /// No stiffness: what holds where no loop says anything. Torques are computed from what was measured at `now`.
    fn damp(&mut self, now: u64) {
        let limits = &self.hosted.limits;
        let command = &mut self.command;
        command.velocity.fill(0.0);
        command.effort.fill(0.0);
        command.kp.fill(0.0);
        for (j, limit) in limits.iter().enumerate() {
            let [q, qd] = [self.reading.position[j], self.reading.velocity[j]];
            match self.hosted.interfaces {
                CommandInterfaces::Impedance => {
                    command.kd[j] = limit.damp_kd;
                    if q.is_finite() {
                        command.position[j] = q;
                    }
                }
                CommandInterfaces::Effort if now > 0 && self.reading.joint_stamp_nanos[j] == now => {
                    command.effort[j] = within(-limit.damp_kd * qd, limit.effort_nm);
                }
                CommandInterfaces::Effort => {}
            }
        }
    }
}

impl Drop for HostedTicks {
    /// Whoever drops it cannot write to the robot any more, but what is latched is kept.
    fn drop(&mut self) {
        self.deactivate();
    }
}

/// `value` within ±`limit`; 0 where it is no number.
fn within(value: f64, limit: f64) -> f64 {
    if value.is_finite() {
        value.clamp(-limit, limit)
    } else {
        0.0
    }
}
