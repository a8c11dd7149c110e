//! What is left of a tick.

use super::ControlLoop;
use crate::alloc::thread_allocations;
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

impl ControlLoop {
    /// Counts what happened in a tick, and gives it to whoever listens.
    #[allow(clippy::too_many_arguments, reason = "one call, each a plain measurement")]
    pub(super) fn record(
        &mut self,
        scheduled: u64,
        mode: Mode,
        tick_nanos: u64,
        read_nanos: u64,
        jitter_nanos: u64,
        inference_nanos: Option<u64>,
        missed: u64,
        allocations_before: u64,
    ) -> TickRecord {
        let counted = self.gate.counts().total();
        let mut power_w = 0.0;
        let mut torque_share = 0.0_f64;
        for ((effort, velocity), limit) in self
            .state
            .effort
            .iter()
            .zip(&self.state.velocity)
            .zip(self.gate.limits())
        {
            power_w += (effort * velocity).abs();
            torque_share = torque_share.max(effort.abs() / limit.effort_nm);
        }
        // One that nobody measured leaves the sum, and the largest of all, open.
        if power_w.is_nan() {
            torque_share = f64::NAN;
        }
        let record = TickRecord {
            tick: self.gate.tick(),
            time_secs: scheduled.saturating_sub(self.began_nanos) as f64 * 1e-9,
            mode,
            command: self.velocity,
            tick_nanos,
            jitter_nanos,
            inference_nanos,
            missed,
            verdicts: counted - self.verdicts_so_far,
            stop: self.gate.stop(),
            power_w,
            torque_share,
            truth: self.state.truth,
        };
        if counted != self.verdicts_so_far {
            self.mailbox.publish_counts(self.gate.counts());
        }
        self.verdicts_so_far = counted;
        self.mailbox.publish(record);
        let stats = &mut self.stats;
        stats.ticks += 1;
        stats.missed_deadlines += missed;
        stats.tick.record(tick_nanos);
        stats.read.record(read_nanos);
        stats.jitter.record(jitter_nanos);
        if let Some(nanos) = inference_nanos {
            stats.inference.record(nanos);
        }
        stats.rust_allocations += thread_allocations() - allocations_before;
        record
    }
}
