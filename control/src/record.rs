//! What a tick leaves behind: its figures, and everything that it saw and did.

use crate::command::VelocityCommand;
use crate::gate::{Answers, Stop, Verdict, VerdictCounts};
use crate::mailbox::Asked;
use crate::policies::InCharge;
use crate::start::Mode;
use crate::state::{GroundTruth, JointCommand, RobotState};

/// The figures of one tick: small and `Copy`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TickRecord {
    /// Number of the tick; skipped ticks have numbers, too.
    pub tick: u64,
    /// Its scheduled time since the loop's start, s.
    pub time_secs: f64,
    /// The mode it ran in.
    pub mode: Mode,
    /// The policy in charge.
    pub policy: InCharge,
    /// The velocity command in force.
    pub command: VelocityCommand,
    /// From the end of `read` to the end of `write`, ns.
    pub tick_nanos: u64,
    /// How long after its scheduled time it began, ns.
    pub jitter_nanos: u64,
    /// From the end of `read` to the policy's answer, which is the time that its budget counts: observation and
    /// inference, ns; `None` where it was not asked.
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

impl TickRecord {
    /// The number of the tick after this one: those whose deadline had passed were skipped.
    pub fn next_number(&self) -> u64 {
        self.tick + self.missed.max(1)
    }

    /// A record of nothing.
    pub(crate) fn empty() -> Self {
        Self {
            tick: 0,
            time_secs: 0.0,
            mode: Mode::Damp,
            policy: InCharge::default(),
            command: VelocityCommand::default(),
            tick_nanos: 0,
            jitter_nanos: 0,
            inference_nanos: None,
            missed: 0,
            verdicts: 0,
            stop: None,
            power_w: 0.0,
            torque_share: 0.0,
            truth: None,
        }
    }
}

/// What came into a tick from outside besides the reading: with that, enough to run the tick again
/// ([`replay`](crate::replay)). Times are on the loop's clock, ns.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct TickInputs {
    /// When the loop began.
    pub began_nanos: u64,
    /// When the tick was to begin.
    pub scheduled_nanos: u64,
    /// When it did.
    pub woken_nanos: u64,
    /// When the robot had been read.
    pub read_nanos: u64,
    /// When the policy had answered; where it was not asked, when the command was about to be written.
    pub decided_nanos: u64,
    /// When the command had been written.
    pub done_nanos: u64,
    /// What the robot answered.
    pub answers: Answers,
    /// What was asked for since the tick before.
    pub asked: Asked,
    /// Whether the robot could stand up, and was let.
    pub stands: bool,
}

/// Everything that one tick saw and did. A reader of the tap has one, and fills it again with every record.
#[derive(Debug, Clone, PartialEq)]
pub struct LoopRecord {
    /// Its figures.
    pub tick: TickRecord,
    /// What came into it from outside.
    pub inputs: TickInputs,
    /// What was read, before the gate judged it.
    pub read: RobotState,
    /// How often each check of the gate has spoken in this tick.
    pub counts: VerdictCounts,
    /// The newest verdict of this tick.
    pub verdict: Option<Verdict>,
    /// What the gate accepted of what was read, by which the tick went.
    pub state: RobotState,
    /// What the policy was shown, scaled and clipped, histories included; empty where it was not asked.
    pub observation: Vec<f32>,
    /// What the network gave, before scale, offset and clip, policy order: what came too late to be used as well.
    /// Empty where the policy was not asked or failed.
    pub action: Vec<f32>,
    /// The joint command that the gate was asked to write.
    pub asked: JointCommand,
    /// The joint command that the gate wrote: within its limits, or the safe action.
    pub written: JointCommand,
}

impl LoopRecord {
    /// A record of nothing, with the room that those of a loop of these sizes take.
    pub fn empty(sizes: &RecordSizes) -> Self {
        Self {
            tick: TickRecord::empty(),
            inputs: TickInputs::default(),
            read: RobotState::new(sizes.dof, sizes.feet),
            counts: VerdictCounts::default(),
            verdict: None,
            state: RobotState::new(sizes.dof, sizes.feet),
            observation: Vec::with_capacity(sizes.observation),
            action: Vec::with_capacity(sizes.action),
            asked: JointCommand::zeros(sizes.dof),
            written: JointCommand::zeros(sizes.dof),
        }
    }
}

/// How much there is of everything in the records of one loop.
#[derive(Debug, Clone, Copy)]
pub struct RecordSizes {
    /// Joints.
    pub dof: usize,
    /// Feet whose contact is measured.
    pub feet: usize,
    /// Numbers in an observation.
    pub observation: usize,
    /// Numbers in an action.
    pub action: usize,
}

/// A [`LoopRecord`] whose parts are still the loop's own.
#[derive(Debug, Clone, Copy)]
pub(crate) struct TickParts<'a> {
    pub(crate) tick: &'a TickRecord,
    pub(crate) inputs: &'a TickInputs,
    /// `None` where it is the accepted state, to the bit.
    pub(crate) read: Option<&'a RobotState>,
    /// Where any check has spoken in this tick: how often each, and the newest verdict.
    pub(crate) verdicts: Option<(&'a VerdictCounts, Option<Verdict>)>,
    pub(crate) state: &'a RobotState,
    pub(crate) observation: &'a [f32],
    pub(crate) action: &'a [f32],
    pub(crate) asked: &'a JointCommand,
    /// Changes with everything in `asked` but its positions.
    pub(crate) asked_anew: u64,
    /// `None` where it is what was asked.
    pub(crate) written: Option<&'a JointCommand>,
}
