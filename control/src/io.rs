//! The three things a control loop is built on: a robot, a policy and a clock.

use thiserror::Error;

use crate::gate::{JointLimits, SafetyParams};
use crate::state::{JointCommand, RobotState};

/// What a robot can measure and do.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Capabilities {
    /// Whether [`RobotState::base_velocity`] is filled, and by what: shown to the operator.
    pub base_velocity: Option<&'static str>,
    /// Names of the feet whose contact is measured.
    pub feet: Vec<String>,
    /// Whether it has a stop of its own, [`RobotIo::own_stop`].
    pub own_stop: bool,
    /// Why the drives cannot damp, shown to the operator: they use gains of their own, and what a command
    /// says of stiffness and damping does not reach them. `None` for drives that take the whole command.
    pub own_gains: Option<&'static str>,
}

/// Why a robot could not be read or written. `Copy`, so that reporting it in a tick costs nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum IoError {
    /// Nothing new arrived in time.
    #[error("the robot sent no state in time")]
    NoState,
    /// One joint's drive did not answer.
    #[error("the drive of joint {joint} did not answer")]
    JointMissing {
        /// Index in robot order.
        joint: usize,
    },
    /// The IMU did not answer.
    #[error("the IMU did not answer")]
    ImuMissing,
    /// The command could not be sent.
    #[error("the command could not be sent")]
    WriteFailed,
    /// The driver changed the length of a vector of the state.
    #[error("the robot's driver changed the length of a vector of the state")]
    WrongLength,
    /// The driver panicked.
    #[error("the robot's driver panicked")]
    Panicked,
    /// The link to the robot is gone.
    #[error("the link to the robot is gone")]
    Disconnected,
}

/// A robot, real or simulated. Only a [`SafetyGate`](crate::gate::SafetyGate) owns one.
///
/// Neither method may allocate, lock, log or block for longer than a small part of a tick.
pub trait RobotIo: Send {
    /// Fills `state` with what is true at `now_nanos`, the scheduled time of this tick.
    ///
    /// A simulator advances its physics to that time, holding the last command written; a robot
    /// takes the newest measurement. On an error `state` keeps what could be read: stamps tell. Every vector
    /// keeps its length, except that temperatures are as many as the joints or none; a torque that a drive does
    /// not measure is NaN.
    ///
    /// # Errors
    /// Where something could not be read; the gate goes on with the last good values until they are stale.
    fn read(&mut self, now_nanos: u64, state: &mut RobotState) -> Result<(), IoError>;

    /// Sends one command to every drive. `accepted` is the state that the gate judged it at: only what it
    /// could trust, with the stamps of when that was measured. A robot whose drives take torques computes
    /// them from there and from nothing else. What drives do when commands stop coming is for the driver to
    /// see to: a watchdog that damps, or lets go.
    ///
    /// # Errors
    /// Where the command did not reach every drive; the gate stops when failures pile up.
    fn write(&mut self, command: &JointCommand, accepted: &RobotState) -> Result<(), IoError>;

    /// What this robot can measure and do.
    fn capabilities(&self) -> Capabilities;

    /// Tells what the gate that takes this robot holds its commands to; called once, before anything is read.
    /// A robot that makes other numbers out of a command, torques for one, holds those to it, too.
    fn bound_by(&mut self, _limits: &[JointLimits], _params: &SafetyParams) {}

    /// Why the robot will never answer again, in words for people; `None` while it may. For after a run:
    /// no tick asks for it.
    fn failure(&self) -> Option<String> {
        None
    }

    /// The robot's own safe stop (brakes, sit down), for [`SafeAction::Own`](crate::gate::SafeAction).
    /// Called every tick after a stop; returns an error where there is none.
    ///
    /// # Errors
    /// Where the robot has no stop of its own, or it failed.
    fn own_stop(&mut self) -> Result<(), IoError> {
        Err(IoError::WriteFailed)
    }
}

/// Why an inference gave no action. `Copy` for the same reason as [`IoError`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum PolicyError {
    /// The runtime reported an error.
    #[error("the inference runtime reported an error")]
    Runtime,
    /// The observation holds NaN or infinity.
    #[error("the observation holds a number that is not finite")]
    Observation,
    /// A buffer did not have the length the contract promises.
    #[error("a tensor has another length than the contract says")]
    Shape,
    /// The policy panicked.
    #[error("the policy panicked")]
    Panicked,
}

/// A learned policy: one vector in, one vector out.
pub trait Policy: Send {
    /// Fills `action` (length of the contract's action) from `observation` (length of its
    /// observation). Must not allocate on the Rust heap.
    ///
    /// # Errors
    /// Where the policy gave no action: the gate counts it as a failed inference.
    fn infer(&mut self, observation: &[f32], action: &mut [f32]) -> Result<(), PolicyError>;

    /// Forgets everything remembered between calls (recurrent state).
    fn reset(&mut self) {}
}

/// The time a loop lives by. Deadlines, stale sensors and missed ticks are judged on it.
pub trait Clock: Send {
    /// Nanoseconds since some fixed moment; never goes back.
    fn now_nanos(&self) -> u64;

    /// Whether that is the machine's monotonic time, by which durations are measured: then a tick reads it once for
    /// both.
    fn is_monotonic_time(&self) -> bool {
        false
    }

    /// Returns at `deadline_nanos`, or at once when that is past.
    fn sleep_until(&mut self, deadline_nanos: u64);
}
