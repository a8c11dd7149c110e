//! What the gate thinks of how the robot moves: its joints, its motors, its base.

use std::f64::consts::PI;

use super::bucket::Bucket;
use super::verdict::{NotFinite, Quantity};
use super::{Check, JointLimits, Motion, SafetyGate, SafetyParams, nanos, secs};
use crate::robot::RobotDescription;
use crate::state::RobotState;

/// A joint that is measured this far outside its limits is not where it says: no start brings it back, rad.
const LOST_RAD: f64 = PI;

/// What is watched of every joint, in robot order.
#[derive(Debug)]
pub(super) struct Joints {
    speed_rad_s: Vec<f64>,
    lower_rad: Vec<f64>,
    upper_rad: Vec<f64>,
    outside_rad: f64,
    fast: Vec<Watched>,
    outside: Vec<Watched>,
    /// Whether some joint is watched closely.
    any: bool,
    any_lost: bool,
    /// Motors that have told their temperature.
    told: Vec<bool>,
    any_told: bool,
    untold: Watched,
}

/// A finding, and how much of it has piled up. Time counts as bad when the reading before was.
#[derive(Debug, Clone, Copy, Default)]
struct Watched {
    bad: bool,
    bucket: Bucket,
}

impl Watched {
    /// Takes the next reading, `passed_nanos` after the one before; whether it is bad and has been for long.
    fn take(&mut self, bad: bool, passed_nanos: u64, limit_nanos: u64) -> bool {
        self.bucket.count(self.bad, passed_nanos);
        self.bad = bad;
        bad && self.bucket.is_full(limit_nanos)
    }

    fn is_quiet(self) -> bool {
        !self.bad && self.bucket.is_empty()
    }
}

impl Joints {
    pub(super) fn new(robot: &RobotDescription, limits: &[JointLimits], params: &SafetyParams) -> Self {
        let dof = limits.len();
        Self {
            speed_rad_s: limits.iter().map(|limit| limit.speed_rad_s).collect(),
            lower_rad: robot.joints.iter().map(|joint| joint.lower_rad).collect(),
            upper_rad: robot.joints.iter().map(|joint| joint.upper_rad).collect(),
            outside_rad: params.max_outside_rad,
            fast: vec![Watched::default(); dof],
            outside: vec![Watched::default(); dof],
            any: false,
            any_lost: false,
            told: vec![false; dof],
            any_told: false,
            untold: Watched::default(),
        }
    }

    /// Whether some joint is too far outside its limits for any start.
    pub(super) fn any_lost(&self) -> bool {
        self.any_lost
    }

    pub(super) fn empty_buckets(&mut self) {
        self.fast.fill(Watched::default());
        self.outside.fill(Watched::default());
        self.untold = Watched::default();
    }

    /// Whether every joint is slow enough and within its limits: without a branch per joint, for they nearly
    /// always are.
    fn are_calm(&self, state: &RobotState) -> bool {
        let n = self.speed_rad_s.len();
        let (q, qd) = (&state.position[..n], &state.velocity[..n]);
        let (lower, upper) = (&self.lower_rad[..n], &self.upper_rad[..n]);
        let (speed, outside) = (&self.speed_rad_s[..n], self.outside_rad);
        // A number of the width of what is compared, so that several joints are compared at a time.
        let mut bad = 0_u64;
        for j in 0..n {
            bad |= u64::from(!(qd[j].abs() <= speed[j]));
            // A limit that is not known is none.
            bad |= u64::from(lower[j] - q[j] > outside) | u64::from(q[j] - upper[j] > outside);
        }
        bad == 0
    }
}

impl SafetyGate {
    /// Judges what was read `passed_nanos` after the reading before.
    pub(super) fn judge_motion(&mut self, passed_nanos: u64, state: &RobotState) {
        if !self.joints.are_calm(state) || self.joints.any {
            self.judge_joints(passed_nanos, state);
        }
        self.judge_temperatures(passed_nanos, &state.temperature_celsius);
        if self.motion == Motion::Limp {
            return;
        }
        if state.imu.up() < self.least_up {
            let tilt = state.imu.tilt_rad();
            if tilt > self.params.max_tilt_rad {
                self.stop_for(Check::Tilt, None, tilt, self.params.max_tilt_rad);
            }
        }
        if self.motion == Motion::Running {
            self.judge_running(state);
        }
    }

    #[cold]
    fn judge_joints(&mut self, passed_nanos: u64, state: &RobotState) {
        let allowed_rad = match self.motion {
            Motion::Running => self.params.max_outside_rad,
            // A start brings joints back that are outside, but not from anywhere.
            Motion::Standing | Motion::Limp => self.params.max_outside_rad.max(LOST_RAD),
        };
        let fast_nanos = nanos(self.params.joint_speed_secs);
        let outside_nanos = nanos(self.params.outside_secs);
        self.joints.any = false;
        self.joints.any_lost = false;
        for j in 0..self.limits.len() {
            let (speed, limit) = (state.velocity[j].abs(), self.joints.speed_rad_s[j]);
            let fast = speed > limit;
            if fast {
                self.find(Check::JointSpeed, Some(j), speed, limit);
            }
            if self.joints.fast[j].take(fast, passed_nanos, fast_nanos) {
                self.latch();
            }
            let q = state.position[j];
            let excess = (self.joints.lower_rad[j] - q).max(q - self.joints.upper_rad[j]);
            if excess > self.params.max_outside_rad {
                self.find(Check::JointPosition, Some(j), excess, self.params.max_outside_rad);
            }
            if self.joints.outside[j].take(excess > allowed_rad, passed_nanos, outside_nanos) {
                self.latch();
            }
            self.joints.any_lost |= excess > self.params.max_outside_rad.max(LOST_RAD);
            self.joints.any |= !self.joints.fast[j].is_quiet() || !self.joints.outside[j].is_quiet();
        }
    }

    fn judge_temperatures(&mut self, passed_nanos: u64, celsius: &[f64]) {
        if celsius.is_empty() && !self.joints.any_told {
            return;
        }
        let hot = self.params.max_temperature_celsius;
        let fine = |t: f64| (t <= hot) & (t > f64::NEG_INFINITY);
        let all_fine = celsius.iter().fold(!celsius.is_empty(), |all, &t| all & fine(t));
        let limit_secs = self.params.temperature_secs;
        if all_fine {
            self.joints.told.fill(true);
            self.joints.any_told = true;
            self.joints.untold.take(false, passed_nanos, 0);
            return;
        }
        let mut untold = None;
        for j in 0..self.limits.len() {
            let t = celsius.get(j).copied().unwrap_or(f64::NAN);
            if t > hot {
                self.stop_for(Check::Temperature, Some(j), t, hot);
            }
            if t.is_finite() {
                self.joints.told[j] = true;
                self.joints.any_told = true;
            } else if self.joints.told[j] {
                untold = untold.or(Some((j, t)));
            }
        }
        let full = self
            .joints
            .untold
            .take(untold.is_some(), passed_nanos, nanos(limit_secs));
        if let Some((j, value)) = untold
            && limit_secs > 0.0
        {
            let lasted = self.joints.untold.bucket.level() * 1e-9;
            self.find(Check::StaleTemperature, Some(j), lasted, limit_secs);
            let quantity = Quantity::Temperature;
            self.blame(Some(NotFinite { quantity, value }));
            if full {
                self.latch();
            }
        }
    }

    fn judge_running(&mut self, state: &RobotState) {
        let silent = match self.base_velocity_nanos {
            0 => f64::INFINITY,
            heard => secs(self.now_nanos.saturating_sub(heard)),
        };
        if self.base_velocity_expected && silent > self.params.stale_secs {
            self.find(Check::StaleBaseVelocity, None, silent, self.params.stale_secs);
            self.blame(self.refused.base_velocity());
            self.latch();
        }
        let frozen_nanos = self.frozen_nanos;
        if frozen_nanos == 0 {
            return;
        }
        let travel_limit = self.params.frozen_travel_rad;
        let targets = &self.command.position;
        let frozen = self.watch.frozen_joint(state, targets, frozen_nanos, travel_limit);
        if let Some((joint, travel)) = frozen {
            self.stop_for(Check::FrozenJoint, Some(joint), travel, travel_limit);
        }
        let same = self.watch.imu_same_for(&state.imu, travel_limit);
        if same >= frozen_nanos {
            self.stop_for(Check::FrozenImu, None, secs(same), self.params.frozen_secs);
        }
    }
}
