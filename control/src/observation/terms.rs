//! What an observation term is, and what it may look at.

use crate::command::VelocityCommand;
use crate::io::Capabilities;
use crate::robot::RobotDescription;
use crate::state::RobotState;

/// Everything a term may look at. Per-joint slices named *policy order* have one element per joint
/// of the contract.
#[derive(Debug)]
pub struct TermInputs<'a> {
    /// The newest state of the robot.
    pub state: &'a RobotState,
    /// The velocity command in force.
    pub command: VelocityCommand,
    /// Index in robot order of every policy joint.
    pub joints: &'a [usize],
    /// Rest positions, rad, policy order.
    pub default_position: &'a [f64],
    /// Raw network output of the last step, policy order; zeros at the start.
    pub last_action: &'a [f32],
    /// Joint targets of the last step, rad, policy order; the rest positions at the start.
    pub last_target: &'a [f64],
    /// Policy steps since the policy took over, 0 at the first.
    pub step: u64,
    /// Time between policy steps, s.
    pub step_secs: f64,
}

/// What a term may know when it is built.
#[derive(Debug)]
pub struct TermSetup<'a> {
    /// The robot.
    pub robot: &'a RobotDescription,
    /// What the robot measures.
    pub capabilities: &'a Capabilities,
    /// Number of joints in the contract.
    pub joints: usize,
}

/// One part of an observation.
pub trait Term: Send {
    /// Number of values.
    fn len(&self) -> usize;

    /// Whether it has no value at all.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Writes [`len`](Self::len) raw values: scale, clip and history are the builder's work.
    /// Called once per policy step; must not allocate.
    fn write(&mut self, inputs: &TermInputs<'_>, out: &mut [f32]);

    /// Forgets what it remembers between steps.
    fn reset(&mut self) {}
}
