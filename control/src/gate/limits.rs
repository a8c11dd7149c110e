//! The limits that the gate enforces: the robot description's, tightened by parameters.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::contract::{MIN_SATURATION_RAD, MIN_SATURATION_RAD_S};
use crate::robot::{JointDescription, RobotDescription};

/// What the gate does with the robot after a stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SafeAction {
    /// No stiffness, only damping: the robot sinks slowly.
    #[default]
    Damp,
    /// Every joint stays where it was when the stop came.
    Hold,
    /// The robot's own stop; damping where it fails.
    Own,
}

/// Parameters of the safety gate. Every one has a default that suits a walking robot; limits can
/// only tighten what the robot description gives.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct SafetyParams {
    /// What to do after a stop: `damp`, `hold` or `own`.
    pub safe_action: SafeAction,
    /// Damping while damping, N·m·s/rad; 0 takes each drive's own damping.
    #[schemars(range(min = 0.0, max = 1e3))]
    pub damp_kd: f64,
    /// Kept away from each end of a joint's range, rad.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub position_margin_rad: f64,
    /// Share of each joint's torque limit that may be used, 0 to 1.
    #[schemars(range(min = 0.01, max = 1.0))]
    pub torque_share: f64,
    /// Upper bound of every joint's speed, rad/s, where the description gives none or more.
    #[schemars(range(min = 0.01, max = 1e3))]
    pub max_joint_speed_rad_s: f64,
    /// How long a joint may be too fast before the robot stops, s.
    #[schemars(range(min = 0.0, max = 10.0))]
    pub joint_speed_secs: f64,
    /// How far outside its limits a joint may be measured, rad.
    #[schemars(range(min = 0.0, max = 10.0))]
    pub max_outside_rad: f64,
    /// How long a joint may be farther outside than that before the robot stops, s.
    #[schemars(range(min = 0.0, max = 10.0))]
    pub outside_secs: f64,
    /// Fastest move of a target position, rad/s; never faster than the joint itself may be.
    #[schemars(range(min = 0.01, max = 1e4))]
    pub max_target_speed_rad_s: f64,
    /// Oldest sensor reading that may be acted upon, s.
    #[schemars(range(min = 1e-4, max = 10.0))]
    pub stale_secs: f64,
    /// How long to wait for the first reading of every sensor before the robot stops, s.
    #[schemars(range(min = 0.0, max = 3600.0))]
    pub first_reading_secs: f64,
    /// How long readings may stay the same to the last bit, s; 0 switches the check off.
    #[schemars(range(min = 0.0, max = 60.0))]
    pub frozen_secs: f64,
    /// How far a target must have moved while the joint's reading stood still, rad.
    #[schemars(range(min = 1e-4, max = 10.0))]
    pub frozen_travel_rad: f64,
    /// Largest lean of the base, rad.
    #[schemars(range(min = 0.01, max = std::f64::consts::PI))]
    pub max_tilt_rad: f64,
    /// Hottest motor, °C.
    #[schemars(range(min = 0.0, max = 300.0))]
    pub max_temperature_celsius: f64,
    /// How long a motor that has told its temperature may not tell it, s; 0 switches the check off.
    #[schemars(range(min = 0.0, max = 3600.0))]
    pub temperature_secs: f64,
    /// Time without a tick after which the robot stops, s.
    #[schemars(range(min = 1e-4, max = 10.0))]
    pub overrun_secs: f64,
    /// An inference is late after this time, s; 0 means one tick.
    #[schemars(range(min = 0.0, max = 10.0))]
    pub inference_budget_secs: f64,
    /// Policy steps without an action during which the last one is held.
    #[schemars(range(min = 0, max = 10_000))]
    pub late_hold_steps: u32,
    /// Policy steps after that during which it decays to the rest pose, before the robot stops.
    #[schemars(range(min = 0, max = 10_000))]
    pub late_decay_steps: u32,
    /// Longest silence of the operator while the policy runs, from its take-over on, s; 0 says that there is no
    /// operator, on purpose.
    #[schemars(range(min = 0.0, max = 3600.0))]
    pub deadman_secs: f64,
}

impl Default for SafetyParams {
    fn default() -> Self {
        Self {
            safe_action: SafeAction::Damp,
            damp_kd: 0.0,
            position_margin_rad: 0.0,
            torque_share: 1.0,
            max_joint_speed_rad_s: 40.0,
            joint_speed_secs: 0.05,
            max_outside_rad: 0.2,
            outside_secs: 0.2,
            max_target_speed_rad_s: 100.0,
            stale_secs: 0.05,
            first_reading_secs: 2.0,
            frozen_secs: 0.2,
            frozen_travel_rad: 0.1,
            max_tilt_rad: 0.8,
            max_temperature_celsius: 85.0,
            temperature_secs: 2.0,
            overrun_secs: 0.1,
            inference_budget_secs: 0.0,
            late_hold_steps: 2,
            late_decay_steps: 5,
            deadman_secs: 0.5,
        }
    }
}

/// What one joint may be asked for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct JointLimits {
    /// Lowest target, rad.
    pub lower_rad: f64,
    /// Highest target, rad.
    pub upper_rad: f64,
    /// Fastest target velocity and fastest measured speed, rad/s.
    pub speed_rad_s: f64,
    /// Fastest move of a target, rad/s.
    pub target_speed_rad_s: f64,
    /// Largest torque, N·m.
    pub effort_nm: f64,
    /// Largest stiffness, N·m/rad.
    pub max_kp: f64,
    /// Largest damping, N·m·s/rad.
    pub max_kd: f64,
    /// Damping of the damp action, N·m·s/rad; 0 where the joint damps by itself.
    pub damp_kd: f64,
    /// Damping that the joint adds by itself to whatever is asked of it, N·m·s/rad.
    pub drive_kd: f64,
}

impl JointLimits {
    /// Those of a joint that damps by itself with `drive_kd`: damping it then takes no command. One that does not, with
    /// 0, is damped as before.
    #[must_use]
    pub fn damped_by(self, drive_kd: f64) -> Self {
        let damp_kd = if drive_kd > 0.0 { 0.0 } else { self.damp_kd };
        Self {
            damp_kd,
            drive_kd,
            ..self
        }
    }
}

/// Largest torque of a joint whose description gives none, N·m: any robot's, so that no command
/// is ever without a bound.
const UNKNOWN_EFFORT_NM: f64 = 1000.0;

/// The limits of every joint of `robot` under `params`, in robot order. A description that
/// contradicts itself gives the narrowest limits: no torque, no speed, one position.
pub fn joint_limits(robot: &RobotDescription, params: &SafetyParams) -> Vec<JointLimits> {
    let limits = |joint: &JointDescription| {
        let effort_nm = joint.effort_nm.clamp(0.0, UNKNOWN_EFFORT_NM) * params.torque_share;
        let effort_nm = if effort_nm.is_nan() { 0.0 } else { effort_nm };
        let max_kd = effort_nm / MIN_SATURATION_RAD_S;
        let (lower_rad, upper_rad) = position_limits(joint, params.position_margin_rad);
        // A description without damping would make damping a fall.
        let own_kd = match params.damp_kd {
            kd if kd > 0.0 => kd,
            _ => joint.damping.filter(|kd| *kd > 0.0).unwrap_or(0.02 * effort_nm),
        };
        let speed_rad_s = joint.velocity_rad_s.min(params.max_joint_speed_rad_s).max(0.0);
        JointLimits {
            lower_rad,
            upper_rad,
            speed_rad_s,
            target_speed_rad_s: speed_rad_s.min(params.max_target_speed_rad_s),
            effort_nm,
            max_kp: effort_nm / MIN_SATURATION_RAD,
            max_kd,
            damp_kd: own_kd.min(max_kd),
            drive_kd: 0.0,
        }
    };
    robot.joints.iter().map(limits).collect()
}

/// The same of joints that damp by themselves with `drive_kd`, robot order.
pub(super) fn damped_limits(robot: &RobotDescription, params: &SafetyParams, drive_kd: &[f64]) -> Vec<JointLimits> {
    let limits = joint_limits(robot, params).into_iter();
    limits.zip(drive_kd).map(|(limit, &kd)| limit.damped_by(kd)).collect()
}

/// A joint's range less `margin_rad` at each end. A margin wider than the range leaves its middle.
fn position_limits(joint: &JointDescription, margin_rad: f64) -> (f64, f64) {
    let (lower, upper) = (joint.lower_rad + margin_rad, joint.upper_rad - margin_rad);
    if lower <= upper {
        return (lower, upper);
    }
    let middle = 0.5 * (joint.lower_rad + joint.upper_rad);
    let middle = if middle.is_finite() { middle } else { 0.0 };
    (middle, middle)
}
