//! What the gate thinks of time, sensors and the operator.

use crate::state::RobotState;

use super::{Check, Motion, SafetyGate, secs};

impl SafetyGate {
    /// Judges that the last tick ended `missed` deadlines late. A loop that is late in every tick is
    /// as bad as one that is late once for as long.
    pub fn judge_overrun(&mut self, missed: u64) {
        if missed == 0 {
            self.missed_in_a_row = 0;
            return;
        }
        self.missed_in_a_row += missed;
        let late_secs = self.missed_in_a_row as f64 * self.tick_secs;
        self.find(Check::Overrun, None, late_secs, self.params.overrun_secs);
        if late_secs >= self.params.overrun_secs {
            self.latch();
        }
    }

    /// Judges a policy step that gave no action in time, the `in_a_row`-th one, which took
    /// `took_secs` of the `budget_secs` it had. `failed` tells an error from lateness.
    pub fn judge_inference(&mut self, failed: bool, in_a_row: u32, took_secs: f64, budget_secs: f64) {
        let check = if failed {
            Check::FailedInference
        } else {
            Check::LateInference
        };
        self.find(check, None, took_secs, budget_secs);
        if in_a_row > self.params.late_hold_steps + self.params.late_decay_steps {
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

    pub(super) fn judge_age(&mut self, state: &RobotState) {
        let limit = self.params.stale_secs;
        // A stamp from the future comes from another clock, and says as little as an old one.
        let age = |stamp: u64| secs(self.now_nanos.abs_diff(stamp));
        let stamps = &state.joint_stamp_nanos;
        let joint = stamps.iter().map(|&stamp| age(stamp)).fold(0.0, f64::max);
        let imu = age(state.imu.stamp_nanos);
        if joint > limit {
            let oldest = stamps.iter().position(|&stamp| age(stamp) == joint);
            self.stop_for(Check::StaleJoint, oldest, joint, limit);
        }
        if imu > limit {
            self.stop_for(Check::StaleImu, None, imu, limit);
        }
    }

    pub(super) fn judge_motion(&mut self, state: &RobotState) {
        for j in 0..self.limits.len() {
            let limit = self.limits[j].speed_rad_s;
            let speed = state.velocity[j].abs();
            if speed <= limit {
                self.fast_since_nanos[j] = None;
                continue;
            }
            let since = *self.fast_since_nanos[j].get_or_insert(self.now_nanos);
            self.find(Check::JointSpeed, Some(j), speed, limit);
            if secs(self.now_nanos.saturating_sub(since)) >= self.params.joint_speed_secs {
                self.latch();
            }
        }
        let hot = self.params.max_temperature_celsius;
        if let Some(j) = state.temperature_celsius.iter().position(|&t| t > hot) {
            self.stop_for(Check::Temperature, Some(j), state.temperature_celsius[j], hot);
        }
        if self.motion == Motion::Limp {
            return;
        }
        let tilt = state.imu.tilt_rad();
        if tilt > self.params.max_tilt_rad {
            self.stop_for(Check::Tilt, None, tilt, self.params.max_tilt_rad);
        }
        if self.motion == Motion::Standing {
            return;
        }
        let silent = secs(self.now_nanos.saturating_sub(self.base_velocity_nanos));
        if self.base_velocity_expected && silent > self.params.stale_secs {
            self.stop_for(Check::StaleBaseVelocity, None, silent, self.params.stale_secs);
        }
        let frozen_nanos = nanos(self.params.frozen_secs);
        if frozen_nanos == 0 {
            return;
        }
        let travel_limit = self.params.frozen_travel_rad;
        let targets = &self.command.position;
        let frozen = self.watch.frozen_joint(state, targets, frozen_nanos, travel_limit);
        if let Some((joint, travel)) = frozen {
            self.stop_for(Check::FrozenJoint, Some(joint), travel, travel_limit);
        }
        let same = self.watch.imu_same_for(&state.imu);
        if same >= frozen_nanos {
            self.stop_for(Check::FrozenImu, None, secs(same), self.params.frozen_secs);
        }
    }
}

fn nanos(secs: f64) -> u64 {
    (secs * 1e9) as u64
}
