//! One asking of the policy in a tick.

use std::panic::{AssertUnwindSafe, catch_unwind};

use super::{ControlLoop, Now};
use crate::io::PolicyError;

/// One asking of the policy.
#[derive(Debug)]
pub(super) struct PolicyStep {
    /// From the end of `read` to the policy's answer, ns.
    pub(super) inference_nanos: u64,
    /// The time on the loop's clock by its end, ns.
    pub(super) ended_nanos: u64,
    pub(super) gave: Gave,
}

/// What the policy gave.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Gave {
    Action,
    /// One that nobody waited for.
    LateAction,
    Nothing,
}

impl ControlLoop {
    /// One observation and one inference, with what was read by `asked`; sets the next targets.
    pub(super) fn policy_step(&mut self, asked: &Now) -> PolicyStep {
        // A user's term or policy may panic; that must not take the drives with it.
        let outcome = catch_unwind(AssertUnwindSafe(|| {
            self.policy.infer(&self.state, self.velocity, self.period_nanos)
        }));
        let ended = self.now();
        let took = ended.on_clock.saturating_sub(asked.on_clock);
        let late = took > self.inference_budget_nanos;
        let gave = match outcome {
            Ok(Ok::<(), PolicyError>(())) if late => Gave::LateAction,
            Ok(Ok(())) => Gave::Action,
            _ => Gave::Nothing,
        };
        if gave == Gave::Action {
            self.steps_without_action = 0;
            self.gate.judge_inference();
            self.policy.take_new_action();
        } else {
            self.without_action(gave == Gave::Nothing, took);
        }
        self.policy.step += 1;
        PolicyStep {
            inference_nanos: ended.monotonic - asked.monotonic,
            ended_nanos: ended.on_clock,
            gave,
        }
    }

    /// An inference gave nothing in time: hold the last action, then let it decay to the rest pose.
    /// The gate stops the robot when that has lasted too long.
    #[cold]
    fn without_action(&mut self, failed: bool, took_nanos: u64) {
        self.steps_without_action += 1;
        if failed {
            self.stats.failed_inferences += 1;
        } else {
            self.stats.late_inferences += 1;
        }
        self.gate.judge_missing_inference(
            failed,
            took_nanos as f64 * 1e-9,
            self.inference_budget_nanos as f64 * 1e-9,
        );
        let decaying = self.steps_without_action.saturating_sub(self.late_hold_steps);
        let share = 1.0 - f64::from(decaying) / f64::from(self.late_decay_steps + 1);
        self.policy.aim(share.max(0.0));
    }
}
