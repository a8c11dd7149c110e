//! What is left of a tick.

use crate::command::VelocityCommand;
use crate::gate::Stop;
use crate::start::Mode;
use crate::state::GroundTruth;

/// What happened in one tick: small and `Copy`, so that it can leave through a ring.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TickRecord {
    /// Number of the tick; skipped ticks have numbers, too.
    pub tick: u64,
    /// Its scheduled time since the loop's start, s.
    pub time_secs: f64,
    /// The mode it ran in.
    pub mode: Mode,
    /// The velocity command in force.
    pub command: VelocityCommand,
    /// From the end of `read` to the end of `write`, ns.
    pub tick_nanos: u64,
    /// How long after its scheduled time it began, ns.
    pub jitter_nanos: u64,
    /// Time in the policy, ns; `None` where it was not asked.
    pub inference_nanos: Option<u64>,
    /// Deadlines missed by this tick.
    pub missed: u64,
    /// Verdicts of all checks in this tick.
    pub verdicts: u64,
    /// The stop that is latched.
    pub stop: Option<Stop>,
    /// Sum over the joints of |torque × velocity|, W; NaN where a torque is not measured.
    pub power_w: f64,
    /// Largest |torque| as a share of its joint's limit; NaN where a torque is not measured.
    pub torque_share: f64,
    /// Where the base really is, when the robot knows.
    pub truth: Option<GroundTruth>,
}
