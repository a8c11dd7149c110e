//! The policy contract: all that must hold between a policy and a robot before a joint may move.

mod held;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use thiserror::Error;

pub use self::held::HeldJoint;
use crate::robot::RobotDescription;

/// Settings of one observation term. Every field has a neutral default.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TermSpec {
    /// Name of the term, looked up in the [`TermRegistry`](crate::observation::TermRegistry).
    pub name: String,
    /// Factor per element: one for all, or one each. Empty means 1.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub scale: Vec<f64>,
    /// Bounds in the term's own units, or of the scaled value where
    /// [`PolicyContract::clip_after_scale`] is set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clip: Option<[f64; 2]>,
    /// Number of policy steps kept, this one included; at least 1.
    #[serde(default = "one", skip_serializing_if = "is_one")]
    pub history: usize,
    /// Numbers that only this term understands (a gait's `frequency_hz`, say).
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub params: BTreeMap<String, Vec<f64>>,
}

fn one() -> usize {
    1
}

fn is_one(n: &usize) -> bool {
    *n == 1
}

impl TermSpec {
    /// A term with neutral settings.
    pub fn named(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            scale: Vec::new(),
            clip: None,
            history: 1,
            params: BTreeMap::new(),
        }
    }
}

/// How past observations are laid out when a term's history is longer than 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HistoryLayout {
    /// Each term's history in one block, oldest first (Isaac Lab, mjlab).
    #[default]
    TermOldestFirst,
    /// Each term's history in one block, newest first.
    TermNewestFirst,
    /// Whole observations one after another, oldest first.
    FrameOldestFirst,
    /// Whole observations one after another, newest first (MuJoCo Playground's stacked policies).
    FrameNewestFirst,
}

/// What a history holds before the policy has run that long.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HistoryStart {
    /// The first observation, repeated (Isaac Lab, mjlab).
    #[default]
    Repeat,
    /// Zeros (holosoma).
    Zero,
}

/// What the numbers that leave the policy mean.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ActionSpec {
    /// Factor per policy joint, rad per unit.
    pub scale: Vec<f64>,
    /// Added after scaling, rad per policy joint.
    pub offset: Vec<f64>,
    /// Bounds of the raw network output, applied before scaling.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clip: Option<[f64; 2]>,
    /// Bounds of each target, applied after scaling, rad `[lower, upper]` per policy joint; empty for
    /// none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub target_clip: Vec<[f64; 2]>,
}

/// Velocity commands that the policy was trained for: m/s, m/s, rad/s, base frame.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CommandRanges {
    /// Forward velocity, m/s.
    pub lin_vel_x: [f64; 2],
    /// Leftward velocity, m/s.
    pub lin_vel_y: [f64; 2],
    /// Yaw rate, rad/s.
    pub ang_vel_z: [f64; 2],
}

impl Default for CommandRanges {
    /// What most walking policies are trained for.
    fn default() -> Self {
        Self {
            lin_vel_x: [-1.0, 1.0],
            lin_vel_y: [-0.5, 0.5],
            ang_vel_z: [-1.0, 1.0],
        }
    }
}

/// Names of the network's tensors. Empty names mean «the only one».
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct TensorNames {
    /// Input that takes the observation.
    pub observation: String,
    /// Output that gives the action.
    pub action: String,
    /// Inputs that take recurrent state, in the order of `hidden_out`.
    pub hidden_in: Vec<String>,
    /// Outputs that give the next recurrent state.
    pub hidden_out: Vec<String>,
}

/// One observation and the action that the policy must answer with, from zero recurrent state.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GoldenVector {
    /// The network's whole input.
    pub observation: Vec<f32>,
    /// The network's raw output.
    pub action: Vec<f32>,
}

/// Largest difference per element at which a golden vector still matches: far below what a joint
/// can show, far above what another provider's rounding does.
pub const GOLDEN_TOLERANCE: f32 = 1e-3;

/// The one form into which every dialect of policy metadata is read. Per-joint lists are in
/// *policy order*, that of [`joint_names`](Self::joint_names).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PolicyContract {
    /// A name for people.
    pub name: String,
    /// Which dialect it was read from, for people.
    pub dialect: String,
    /// How often the policy is asked, Hz.
    pub policy_rate_hz: f64,
    /// Joints that the policy drives, in its own order.
    pub joint_names: Vec<String>,
    /// Limits of each joint where it was trained, rad `[lower, upper]`; empty where not recorded.
    /// A joint list in the wrong order shows here even when every name exists.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub joint_limits: Vec<[f64; 2]>,
    /// Joint positions at rest, rad.
    pub default_joint_pos: Vec<f64>,
    /// Drive stiffness, N·m/rad.
    pub joint_stiffness: Vec<f64>,
    /// Drive damping, N·m·s/rad.
    pub joint_damping: Vec<f64>,
    /// How joints are held that the policy does not drive; those that are not here rest as the robot's
    /// description has it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub other_joints: Vec<HeldJoint>,
    /// What leaves the network.
    pub action: ActionSpec,
    /// What enters the network, in order.
    pub observations: Vec<TermSpec>,
    /// How histories are laid out.
    #[serde(default)]
    pub history_layout: HistoryLayout,
    /// How histories begin.
    #[serde(default)]
    pub history_start: HistoryStart,
    /// Whether a term's clip bounds its scaled value rather than the raw one.
    #[serde(default)]
    pub clip_after_scale: bool,
    /// Commands that it was trained for.
    #[serde(default)]
    pub command_ranges: CommandRanges,
    /// The network's tensors.
    #[serde(default)]
    pub tensors: TensorNames,
    /// Proof that the network computes what it did when it was exported.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub golden: Vec<GoldenVector>,
}

/// A field of a contract that does not fit, with what was expected and what was found.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("contract field `{}`: expected {}, found {}", one_line(.field), one_line(.expected), one_line(.found))]
pub struct Misfit {
    /// Path of the field, as it is written in the YAML dialect.
    pub field: String,
    /// What would have fitted.
    pub expected: String,
    /// What is there.
    pub found: String,
}

/// Names of a policy's or a robot's file as a message may have them: they begin no line of their own.
fn one_line(text: &str) -> String {
    let escaped = |c: char| {
        if c.is_control() {
            c.escape_default().collect()
        } else {
            String::from(c)
        }
    };
    text.chars().map(escaped).collect()
}

impl Misfit {
    /// A misfit of `field`.
    pub fn new(field: impl Into<String>, expected: impl Into<String>, found: impl Into<String>) -> Self {
        Self {
            field: field.into(),
            expected: expected.into(),
            found: found.into(),
        }
    }
}

/// The motor must not reach its full torque before the joint is this far from its target: a
/// stiffer drive is a switch, not a spring.
pub const MIN_SATURATION_RAD: f64 = 0.01;
/// Nor before the joint is this much too fast or too slow.
pub const MIN_SATURATION_RAD_S: f64 = 0.1;
/// How much joint limits may differ between training and robot, rad: rounding in a description.
const LIMIT_TOLERANCE_RAD: f64 = 2e-3;
/// How far a default pose may lie outside the joint limits, rad: rounding in a description.
const DEFAULT_POSE_SLACK_RAD: f64 = 1e-3;

impl PolicyContract {
    /// Number of joints that the policy drives, which is the length of its action.
    pub fn action_len(&self) -> usize {
        self.joint_names.len()
    }

    /// Every way in which the contract contradicts itself or does not fit `robot`.
    ///
    /// Observation terms are checked where they are built, by
    /// [`ObservationBuilder::new`](crate::observation::ObservationBuilder::new); tensor shapes and
    /// golden vectors where the network is loaded.
    pub fn misfits(&self, robot: &RobotDescription) -> Vec<Misfit> {
        let mut misfits = self.own_misfits();
        if !misfits.is_empty() {
            return misfits;
        }
        for held in &self.other_joints {
            self.held_misfits(held, robot, &mut misfits);
        }
        for (i, name) in self.joint_names.iter().enumerate() {
            match robot.joint_index(name) {
                None => misfits.push(Misfit::new(
                    format!("joint_names[{i}]"),
                    format!("a joint of {}: {}", robot.name, joint_list(robot)),
                    format!("`{name}`"),
                )),
                Some(j) => self.joint_misfits(i, &robot.joints[j], &mut misfits),
            }
        }
        misfits
    }

    fn joint_misfits(&self, i: usize, joint: &crate::robot::JointDescription, misfits: &mut Vec<Misfit>) {
        let name = &joint.name;
        if let Some(&[lower, upper]) = self.joint_limits.get(i) {
            // Equal infinities are the same; NaN is nothing.
            let same = |a: f64, b: f64| a == b || (a - b).abs() <= LIMIT_TOLERANCE_RAD;
            if !(same(lower, joint.lower_rad) && same(upper, joint.upper_rad)) {
                misfits.push(Misfit::new(
                    format!("joint_names[{i}]"),
                    format!("the joint that was trained with limits {lower:.3} to {upper:.3} rad"),
                    format!(
                        "{name} with limits {:.3} to {:.3} rad (are the joints in another order?)",
                        joint.lower_rad, joint.upper_rad
                    ),
                ));
            }
        }
        let rest = self.default_joint_pos[i];
        let range = joint.lower_rad - DEFAULT_POSE_SLACK_RAD..=joint.upper_rad + DEFAULT_POSE_SLACK_RAD;
        if !range.contains(&rest) {
            misfits.push(Misfit::new(
                format!("default_joint_pos[{i}]"),
                format!(
                    "{name} within its limits {:.3} to {:.3} rad",
                    joint.lower_rad, joint.upper_rad
                ),
                format!("{rest} rad (are the joints in another order?)"),
            ));
        }
        let kp_max = joint.effort_nm / MIN_SATURATION_RAD;
        if self.joint_stiffness[i] > kp_max {
            misfits.push(Misfit::new(
                format!("joint_stiffness[{i}]"),
                format!(
                    "at most {kp_max:.0} N·m/rad for {name}, whose motor gives {} N·m",
                    joint.effort_nm
                ),
                format!("{} N·m/rad", self.joint_stiffness[i]),
            ));
        }
        let kd_max = joint.effort_nm / MIN_SATURATION_RAD_S;
        if self.joint_damping[i] > kd_max {
            misfits.push(Misfit::new(
                format!("joint_damping[{i}]"),
                format!(
                    "at most {kd_max:.0} N·m·s/rad for {name}, whose motor gives {} N·m",
                    joint.effort_nm
                ),
                format!("{} N·m·s/rad", self.joint_damping[i]),
            ));
        }
    }

    fn own_misfits(&self) -> Vec<Misfit> {
        let mut misfits = Vec::new();
        let n = self.joint_names.len();
        if n == 0 {
            misfits.push(Misfit::new("joint_names", "at least one joint", "none"));
        }
        for (i, name) in self.joint_names.iter().enumerate() {
            if self.joint_names[..i].contains(name) {
                misfits.push(Misfit::new(
                    format!("joint_names[{i}]"),
                    "each joint once",
                    format!("`{name}` again"),
                ));
            }
        }
        if !(self.policy_rate_hz.is_finite() && (1.0..=2000.0).contains(&self.policy_rate_hz)) {
            misfits.push(Misfit::new(
                "policy_rate_hz",
                "1 to 2000 Hz",
                self.policy_rate_hz.to_string(),
            ));
        }
        let per_joint = [
            ("default_joint_pos", &self.default_joint_pos),
            ("joint_stiffness", &self.joint_stiffness),
            ("joint_damping", &self.joint_damping),
            ("action.scale", &self.action.scale),
            ("action.offset", &self.action.offset),
        ];
        for (field, values) in per_joint {
            if values.len() != n {
                misfits.push(Misfit::new(
                    field,
                    format!("{n} numbers, one per joint"),
                    values.len().to_string(),
                ));
            }
            if let Some(i) = values.iter().position(|v| !v.is_finite()) {
                misfits.push(Misfit::new(
                    format!("{field}[{i}]"),
                    "a finite number",
                    values[i].to_string(),
                ));
            }
        }
        for (field, pairs) in [
            ("joint_limits", &self.joint_limits),
            ("action.target_clip", &self.action.target_clip),
        ] {
            if !pairs.is_empty() && pairs.len() != n {
                misfits.push(Misfit::new(
                    field,
                    format!("{n} pairs, one per joint"),
                    pairs.len().to_string(),
                ));
            }
        }
        for (field, gains) in [
            ("joint_stiffness", &self.joint_stiffness),
            ("joint_damping", &self.joint_damping),
        ] {
            if let Some(i) = gains.iter().position(|&v| v < 0.0) {
                misfits.push(Misfit::new(
                    format!("{field}[{i}]"),
                    "zero or more",
                    gains[i].to_string(),
                ));
            }
        }
        let ranges = [
            ("command_ranges.lin_vel_x", Some(self.command_ranges.lin_vel_x)),
            ("command_ranges.lin_vel_y", Some(self.command_ranges.lin_vel_y)),
            ("command_ranges.ang_vel_z", Some(self.command_ranges.ang_vel_z)),
            ("action.clip", self.action.clip),
        ];
        let ranges = ranges
            .into_iter()
            .filter_map(|(field, range)| Some((field.to_owned(), range?)));
        let targets = self.action.target_clip.iter().enumerate();
        let targets = targets.map(|(i, &range)| (format!("action.target_clip[{i}]"), range));
        for (field, [lo, hi]) in ranges.chain(targets) {
            if !(lo <= hi) {
                misfits.push(Misfit::new(
                    field,
                    "[low, high] with low ≤ high",
                    format!("[{lo}, {hi}]"),
                ));
            }
        }
        misfits
    }
}

fn joint_list(robot: &RobotDescription) -> String {
    let names: Vec<_> = robot.joints.iter().map(|joint| joint.name.as_str()).collect();
    names.join(", ")
}
