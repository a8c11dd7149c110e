//! What the gate thinks of time, sensors and the operator.

use crate::state::RobotState;

use super::{Check, Motion, SafetyGate, secs};

impl SafetyGate {
    /// Judges that the last tick ended `missed` deadlines late. A loop that is late in every tick, or in every
    /// second one, is as bad as one that is late once for as long.
    pub fn judge_overrun(&mut self, missed: u64) {
        if missed == 0 {
            self.late.good(self.tick_nanos);
            return;
        }
        self.late.bad(missed * self.tick_nanos);
        let late_secs = self.late.level() * 1e-9;
        self.find(Check::Overrun, None, late_secs, self.params.overrun_secs);
        // A machine may be busy until everything has come up; the robot is limp so far.
        if self.late.is_full(self.overrun_nanos) && self.has_state {
            self.latch();
        }
    }

    /// Judges that a command is to be written `since_nanos` after its tick's time. What was made of readings of so
    /// long ago must not reach the drives, which may have damped meanwhile: a loop that hung, or a process that was
    /// halted, goes on with its safe action.
    pub fn judge_hang(&mut self, since_nanos: u64) {
        let limit_secs = self.params.overrun_secs;
        if since_nanos > self.tick_nanos && since_nanos >= self.overrun_nanos && self.has_state {
            self.stop_for(Check::Overrun, None, secs(since_nanos), limit_secs);
        }
    }

    /// Judges a policy step that gave an action in time.
    pub fn judge_inference(&mut self) {
        self.failed_inferences.good(1);
    }

    /// Judges a policy step that gave no action in time, which took `took_secs` of the `budget_secs` it had.
    /// `failed` tells an error from lateness.
    pub fn judge_missing_inference(&mut self, failed: bool, took_secs: f64, budget_secs: f64) {
        let check = if failed {
            Check::FailedInference
        } else {
            Check::LateInference
        };
        self.find(check, None, took_secs, budget_secs);
        self.failed_inferences.bad(1);
        let most = self.params.late_hold_steps + self.params.late_decay_steps;
        if self.failed_inferences.is_full(u64::from(most) + 1) {
            self.latch();
        }
    }

    /// Records that the operator was heard, with `valid` telling whether the command was usable.
    pub fn judge_operator_command(&mut self, valid: bool) {
        if valid {
            self.operator_nanos = self.now_nanos;
        } else {
            self.find(Check::BadOperatorCommand, None, f64::NAN, 0.0);
        }
    }

    /// Judges how long the operator has been silent.
    pub fn judge_deadman(&mut self) {
        let silent = secs(self.now_nanos.saturating_sub(self.operator_nanos));
        let limit = self.params.deadman_secs;
        if limit > 0.0 && self.motion == Motion::Running && silent > limit {
            self.stop_for(Check::Deadman, None, silent, limit);
        }
    }

    /// Stops because somebody outside the loop asked for it, for the reason that `check` names.
    pub fn stop_asked(&mut self, check: Check) {
        self.stop_for(check, None, 1.0, 0.0);
    }

    /// Judges how old the readings are. What was measured between the tick's time and its beginning is new; a
    /// stamp of later comes from another clock, and says as little as an old one.
    pub(super) fn judge_age(&mut self, began_nanos: u64, state: &RobotState) {
        let now_nanos = self.now_nanos;
        let began_nanos = began_nanos.max(now_nanos);
        let limit_nanos = self.stale_nanos;
        let is_old = |low: u64, high: u64| {
            (now_nanos.saturating_sub(low) > limit_nanos) | (high.saturating_sub(began_nanos) > limit_nanos)
        };
        let stamps = &state.joint_stamp_nanos;
        let (low, high) = lowest_and_highest(stamps);
        let joints_old = !stamps.is_empty() && is_old(low, high);
        let imu_stamp = state.imu.stamp_nanos;
        let imu_old = is_old(imu_stamp, imu_stamp);
        let heard = low > 0 && imu_stamp > 0;
        if !joints_old && !imu_old && heard {
            if !self.has_state {
                self.has_state = true;
                // What went wrong before was no danger.
                self.empty_buckets();
            }
            return;
        }
        self.judge_old(began_nanos, joints_old, imu_old, state);
    }

    /// Readings are old, or were never made.
    #[cold]
    fn judge_old(&mut self, began_nanos: u64, joints_old: bool, imu_old: bool, state: &RobotState) {
        let now_nanos = self.now_nanos;
        let (stamps, imu_stamp) = (&state.joint_stamp_nanos, state.imu.stamp_nanos);
        let waited = now_nanos.saturating_sub(*self.first_read_nanos.get_or_insert(now_nanos));
        if !self.has_state && secs(waited) <= self.params.first_reading_secs {
            return;
        }
        let age = |stamp: u64| match stamp {
            0 => f64::INFINITY,
            _ => secs(now_nanos.saturating_sub(stamp).max(stamp.saturating_sub(began_nanos))),
        };
        if joints_old {
            // Of several, the first.
            let oldest = (0..stamps.len())
                .rev()
                .max_by(|&a, &b| age(stamps[a]).total_cmp(&age(stamps[b])));
            let (oldest, stamp) = oldest.map_or((None, 0), |j| (Some(j), stamps[j]));
            self.find(Check::StaleJoint, oldest, age(stamp), self.params.stale_secs);
            self.blame(oldest.and_then(|j| self.refused.joint(j)));
            self.latch();
        }
        if imu_old {
            self.find(Check::StaleImu, None, age(imu_stamp), self.params.stale_secs);
            self.blame(self.refused.imu());
            self.latch();
        }
    }
}

/// The lowest and the highest of `stamps`, which are often all the same.
fn lowest_and_highest(stamps: &[u64]) -> (u64, u64) {
    let first = stamps.first().copied().unwrap_or(u64::MAX);
    if stamps.iter().fold(0, |differ, stamp| differ | (stamp ^ first)) == 0 {
        return (first, first);
    }
    stamps
        .iter()
        .fold((first, first), |(low, high), &stamp| (low.min(stamp), high.max(stamp)))
}
