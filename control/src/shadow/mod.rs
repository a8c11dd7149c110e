//! A policy that runs beside the one in charge, on what that one sees, and is never written.
//!
//! [`Shadow`] is given the records of a loop's tap, in whatever thread. Where the candidate observes the robot as the one
//! in charge does, it is shown the very observation that was recorded; else its own is built, of the recorded state and
//! command, with what the drives were asked for as its last targets. Its recurrent state is its own. What it answers is
//! compared with what was asked for, and goes through the gate's bounds as if it had been written tick by tick.
//!
//! What a shadow cannot show is how the robot would have moved: its answers are those to the other policy's walk.

mod summary;

use std::panic::{AssertUnwindSafe, catch_unwind};

pub use summary::{Divergence, ShadowSummary};

use crate::clock::monotonic_nanos;
use crate::gate::ImaginedGate;
use crate::policies::LoadedPolicy;
use crate::record::LoopRecord;
use crate::robot::RobotDescription;
use crate::start::Mode;
use crate::state::JointCommand;
use crate::tick::LoopParams;
use summary::Steps;

/// What came of one step of the candidate.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ShadowStep {
    /// The record that it was made of.
    pub tick: u64,
    /// The joint whose targets are farthest apart, robot order, and how far, rad; `None` where the candidate gave nothing,
    /// or nothing finite.
    pub farthest: Option<(usize, f64)>,
    /// Observation and inference, ns.
    pub took_nanos: u64,
}

/// A candidate beside a loop.
#[derive(Debug)]
pub struct Shadow {
    policy: LoadedPolicy,
    /// Whether the recorded observation is its own.
    observes_the_same: bool,
    gate: ImaginedGate,
    wanted: JointCommand,
    budget_nanos: u64,
    period_nanos: u64,
    /// The tick after the last record, and the first in which the candidate is asked again; `None` before the robot runs.
    next: Option<(u64, u64)>,
    /// Whether it was asked since the robot runs.
    has_answered: bool,
    steps: Steps,
}

impl Shadow {
    /// Of a candidate for the loop with `params` over `robot`, in which `in_charge` is in charge: a policy that was loaded
    /// of its contract, whether or not it is the one that runs. An inference that takes longer than `budget_nanos` is
    /// counted as late.
    pub fn new(
        policy: LoadedPolicy,
        in_charge: &LoadedPolicy,
        robot: &RobotDescription,
        params: &LoopParams,
        budget_nanos: u64,
    ) -> Self {
        let period_secs = 1.0 / params.rate_hz;
        Self {
            observes_the_same: policy.observes_as(in_charge),
            gate: ImaginedGate::new(robot, &params.safety, period_secs, &policy.drive_kd),
            wanted: JointCommand::zeros(robot.dof()),
            period_nanos: (period_secs * 1e9).round() as u64,
            steps: Steps::new(robot.dof()),
            budget_nanos,
            next: None,
            has_answered: false,
            policy,
        }
    }

    /// Takes the next record of the loop; the step that was made of it, where the candidate is asked in this tick.
    pub fn take(&mut self, record: &LoopRecord) -> Option<ShadowStep> {
        if record.tick.mode != Mode::Run {
            self.next = None;
            return None;
        }
        let tick = record.tick.tick;
        let (expected, due) = match self.next {
            Some(next) => next,
            None => {
                self.policy.begin_at(&record.written.position);
                (tick, tick)
            }
        };
        if tick > expected {
            // What was lost in between is no part of any history.
            self.steps.lost(tick - expected);
        }
        // One that observes the same is asked when the other one was.
        let is_asked = if self.observes_the_same {
            !record.observation.is_empty()
        } else {
            tick >= due
        };
        let step = is_asked.then(|| self.step(record));
        let due = if is_asked { tick + self.policy.decimation } else { due };
        if self.next.is_none() {
            self.has_answered = false;
        }
        self.next = Some((record.tick.next_number(), due));
        if is_asked && !self.has_answered {
            self.has_answered = true;
            // It would have taken charge now.
            self.gate.follow(&record.written);
        }
        if self.has_answered {
            self.judge(record);
        }
        step
    }

    fn step(&mut self, record: &LoopRecord) -> ShadowStep {
        let before = monotonic_nanos();
        let outcome = catch_unwind(AssertUnwindSafe(|| {
            if self.observes_the_same {
                return self.policy.infer_from(&record.observation);
            }
            self.policy.infer(&record.state, record.tick.command, self.period_nanos)
        }));
        let took_nanos = monotonic_nanos() - before;
        self.policy.step += 1;
        let gave = matches!(outcome, Ok(Ok(())));
        let farthest = self.compare(gave, record);
        self.steps.took(took_nanos, self.budget_nanos);
        ShadowStep {
            tick: record.tick.tick,
            farthest,
            took_nanos,
        }
    }

    /// Compares the candidate's targets with those that were asked for, and remembers what was.
    fn compare(&mut self, gave: bool, record: &LoopRecord) -> Option<(usize, f64)> {
        if !gave {
            self.steps.failed();
            return None;
        }
        self.policy.take_new_action();
        self.wanted.copy_from(&self.policy.rest);
        let mut farthest = None;
        let mut is_finite = true;
        for (&j, &target) in self.policy.joints.iter().zip(&self.policy.last_target) {
            self.wanted.position[j] = target;
            is_finite &= target.is_finite();
        }
        if is_finite {
            farthest = self.steps.divergence(&self.wanted.position, &record.asked.position);
        } else {
            self.steps.not_finite();
        }
        // The next step sees what was done, not what would have been.
        self.policy.was_asked_for(&record.asked.position);
        farthest
    }

    /// Judges what the candidate would ask for in the tick of `record`.
    fn judge(&mut self, record: &LoopRecord) {
        if self.gate.judge(&self.wanted, &record.state).is_none() {
            self.gate.follow(&record.written);
        }
    }

    /// How often the candidate was asked.
    pub fn steps(&self) -> u64 {
        self.steps.asked()
    }

    /// Whether it ever failed, or gave a number that is not finite.
    pub fn has_failed(&self) -> bool {
        self.steps.any_failed()
    }

    /// What was found since it was made.
    pub fn summary(&self) -> ShadowSummary {
        self.steps.summary(self.gate.counts())
    }
}
