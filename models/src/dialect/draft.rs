//! Sinew's YAML dialect, which is also the form in which every other dialect is read before what
//! it leaves out is filled in.
//! The crate's `README.md` has every key, its form, its unit and what it is when left out.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::Deserialize;
use serde_yaml_ng::Value;
use sinew_control::contract::{
    ActionSpec, CommandRanges, HistoryLayout, HistoryStart, PolicyContract, TensorNames, TermSpec,
};
use sinew_control::robot::RobotDescription;

use super::ContractError;
use super::held::{self, OtherJoints};
use super::numbers::{Numbers, PerJoint};
use super::origin::Origin;

pub(super) const DIALECT: &str = "Sinew YAML";
/// The version of the dialect that this program reads.
pub const VERSION: u32 = 1;

/// A low and a high bound; `null`, the form of an infinity that JSON has, bounds nothing.
pub(super) type Bounds = [Option<f64>; 2];

type TermDraft = BTreeMap<String, Option<Numbers>>;

/// A contract with holes.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Draft {
    pub(super) sinew_contract: Option<u32>,
    pub(super) name: Option<String>,
    pub(super) policy_rate_hz: Option<f64>,
    pub(super) joint_names: Option<Vec<String>>,
    pub(super) joint_limits: Option<Vec<Bounds>>,
    pub(super) default_joint_pos: Option<PerJoint>,
    pub(super) joint_stiffness: Option<PerJoint>,
    pub(super) joint_damping: Option<PerJoint>,
    pub(super) other_joints: OtherJoints,
    pub(super) action: ActionDraft,
    pub(super) observation_names: Option<Vec<String>>,
    pub(super) observations: BTreeMap<String, TermDraft>,
    pub(super) history_layout: Option<HistoryLayout>,
    pub(super) history_start: Option<HistoryStart>,
    pub(super) clip_after_scale: Option<bool>,
    pub(super) command_ranges: RangesDraft,
    pub(super) tensors: TensorsDraft,
    pub(super) golden: Option<PathBuf>,
}

#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct ActionDraft {
    pub(super) scale: Option<PerJoint>,
    pub(super) offset: Option<PerJoint>,
    pub(super) clip: Option<[f64; 2]>,
    pub(super) target_clip: Option<Vec<Bounds>>,
}

#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct RangesDraft {
    pub(super) lin_vel_x: Option<[f64; 2]>,
    pub(super) lin_vel_y: Option<[f64; 2]>,
    pub(super) ang_vel_z: Option<[f64; 2]>,
}

#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct TensorsDraft {
    pub(super) observation: Option<String>,
    pub(super) action: Option<String>,
    pub(super) hidden_in: Option<Vec<String>>,
    pub(super) hidden_out: Option<Vec<String>>,
}

impl Draft {
    /// Reads a draft from YAML values.
    pub(super) fn from_value(value: Value, origin: &Origin) -> Result<Self, ContractError> {
        let draft: Self = origin.deserialize(value)?;
        match draft.sinew_contract {
            None | Some(VERSION) => Ok(draft),
            Some(other) => Err(origin.error("sinew_contract", VERSION.to_string(), other.to_string())),
        }
    }

    /// Settings of one term, made if there are none.
    pub(super) fn term(&mut self, name: &str) -> &mut TermDraft {
        self.observations.entry(name.to_owned()).or_default()
    }

    /// The history of a term, where it has one.
    pub(super) fn history(&self, name: &str) -> Option<usize> {
        match self.observations.get(name)?.get("history") {
            Some(Some(Numbers(steps))) => steps.first().map(|&steps| steps as usize),
            _ => None,
        }
    }

    /// The same with every key of `over` that is there.
    pub(super) fn overridden_by(self, over: Self) -> Self {
        let mut observations = self.observations;
        if let Some(names) = &over.observation_names {
            observations.retain(|term, _| names.contains(term));
        }
        for (term, settings) in over.observations {
            observations.entry(term).or_default().extend(settings);
        }
        Self {
            sinew_contract: over.sinew_contract.or(self.sinew_contract),
            name: over.name.or(self.name),
            policy_rate_hz: over.policy_rate_hz.or(self.policy_rate_hz),
            joint_names: over.joint_names.or(self.joint_names),
            joint_limits: over.joint_limits.or(self.joint_limits),
            default_joint_pos: over.default_joint_pos.or(self.default_joint_pos),
            joint_stiffness: over.joint_stiffness.or(self.joint_stiffness),
            joint_damping: over.joint_damping.or(self.joint_damping),
            other_joints: self.other_joints.overridden_by(over.other_joints),
            action: ActionDraft {
                scale: over.action.scale.or(self.action.scale),
                offset: over.action.offset.or(self.action.offset),
                clip: over.action.clip.or(self.action.clip),
                target_clip: over.action.target_clip.or(self.action.target_clip),
            },
            observation_names: over.observation_names.or(self.observation_names),
            observations,
            history_layout: over.history_layout.or(self.history_layout),
            history_start: over.history_start.or(self.history_start),
            clip_after_scale: over.clip_after_scale.or(self.clip_after_scale),
            command_ranges: RangesDraft {
                lin_vel_x: over.command_ranges.lin_vel_x.or(self.command_ranges.lin_vel_x),
                lin_vel_y: over.command_ranges.lin_vel_y.or(self.command_ranges.lin_vel_y),
                ang_vel_z: over.command_ranges.ang_vel_z.or(self.command_ranges.ang_vel_z),
            },
            tensors: TensorsDraft {
                observation: over.tensors.observation.or(self.tensors.observation),
                action: over.tensors.action.or(self.tensors.action),
                hidden_in: over.tensors.hidden_in.or(self.tensors.hidden_in),
                hidden_out: over.tensors.hidden_out.or(self.tensors.hidden_out),
            },
            golden: over.golden.or(self.golden),
        }
    }

    /// Fills in what the robot knows, and refuses what nobody does.
    pub(super) fn resolve(
        self,
        robot: &RobotDescription,
        name: &str,
        dialect: &str,
        origin: &Origin,
    ) -> Result<PolicyContract, ContractError> {
        let joint_names = match self.joint_names.clone() {
            Some(names) => names,
            None => robot.joints.iter().map(|joint| joint.name.clone()).collect(),
        };
        let mut this = self;
        held::gather(&mut this, &joint_names, robot, origin)?;
        let other_joints = held::resolve(&this.other_joints, &joint_names, robot, origin)?;
        let per_joint = |key: &str, given: &Option<PerJoint>| {
            given
                .as_ref()
                .map(|given| given.expand(key, &joint_names, origin))
                .transpose()
        };
        let of_robot = |key: &str, value: &dyn Fn(usize) -> Option<f64>| -> Result<Vec<f64>, ContractError> {
            joint_names
                .iter()
                .enumerate()
                .map(|(i, joint)| {
                    let index = robot.joint_index(joint).ok_or_else(|| {
                        let joints: Vec<_> = robot.joints.iter().map(|joint| joint.name.as_str()).collect();
                        origin.error(
                            &format!("joint_names[{i}]"),
                            format!("a joint of {}: {}", robot.name, joints.join(", ")),
                            format!("`{joint}`"),
                        )
                    })?;
                    value(index).ok_or_else(|| {
                        origin.error(
                            key,
                            format!("a number for joint `{joint}`, since the robot description gives none"),
                            "nothing",
                        )
                    })
                })
                .collect()
        };
        let default_joint_pos = match per_joint("default_joint_pos", &this.default_joint_pos)? {
            Some(values) => values,
            None => of_robot("default_joint_pos", &|j| Some(robot.joints[j].default_rad))?,
        };
        let joint_stiffness = match per_joint("joint_stiffness", &this.joint_stiffness)? {
            Some(values) => values,
            None => of_robot("joint_stiffness", &|j| robot.joints[j].stiffness)?,
        };
        let joint_damping = match per_joint("joint_damping", &this.joint_damping)? {
            Some(values) => values,
            None => of_robot("joint_damping", &|j| robot.joints[j].damping)?,
        };
        let action = ActionSpec {
            scale: per_joint("action.scale", &this.action.scale)?.ok_or_else(|| {
                origin.missing(
                    "action.scale",
                    "rad per unit of the network's output",
                    "action: {scale: 0.25}",
                )
            })?,
            offset: per_joint("action.offset", &this.action.offset)?.unwrap_or_else(|| default_joint_pos.clone()),
            clip: this.action.clip.and_then(finite_clip),
            target_clip: unbounded(this.action.target_clip),
        };
        let observation_names = this.observation_names.ok_or_else(|| {
            origin.missing(
                "observation_names",
                "the observation's terms in order",
                "observation_names: [base_ang_vel, projected_gravity, velocity_commands, joint_pos_rel, \
                 joint_vel_rel, last_action]",
            )
        })?;
        if let Some(term) = this.observations.keys().find(|term| !observation_names.contains(term)) {
            return Err(origin.error(
                &format!("observations.{term}"),
                format!("a term of observation_names: {}", observation_names.join(", ")),
                format!("`{term}`"),
            ));
        }
        let terms = observation_names.iter().map(|name| {
            let settings = this.observations.get(name).cloned().unwrap_or_default();
            term_spec(name, settings, origin)
        });
        let ranges = CommandRanges::default();
        Ok(PolicyContract {
            name: this.name.unwrap_or_else(|| name.to_owned()),
            dialect: dialect.to_owned(),
            policy_rate_hz: this
                .policy_rate_hz
                .ok_or_else(|| origin.missing("policy_rate_hz", "policy steps per second", "policy_rate_hz: 50"))?,
            joint_limits: unbounded(this.joint_limits),
            default_joint_pos,
            joint_stiffness,
            joint_damping,
            other_joints,
            action,
            observations: terms.collect::<Result<_, _>>()?,
            history_layout: this.history_layout.unwrap_or_default(),
            history_start: this.history_start.unwrap_or_default(),
            clip_after_scale: this.clip_after_scale.unwrap_or_default(),
            command_ranges: CommandRanges {
                lin_vel_x: this.command_ranges.lin_vel_x.unwrap_or(ranges.lin_vel_x),
                lin_vel_y: this.command_ranges.lin_vel_y.unwrap_or(ranges.lin_vel_y),
                ang_vel_z: this.command_ranges.ang_vel_z.unwrap_or(ranges.ang_vel_z),
            },
            tensors: TensorNames {
                observation: this.tensors.observation.unwrap_or_default(),
                action: this.tensors.action.unwrap_or_default(),
                hidden_in: this.tensors.hidden_in.unwrap_or_default(),
                hidden_out: this.tensors.hidden_out.unwrap_or_default(),
            },
            golden: match this.golden {
                Some(file) => origin.read_golden(&file)?,
                None => Vec::new(),
            },
            joint_names,
        })
    }
}

fn term_spec(name: &str, settings: TermDraft, origin: &Origin) -> Result<TermSpec, ContractError> {
    let mut spec = TermSpec::named(name.split('#').next().unwrap_or_default());
    for (key, value) in settings {
        let Some(Numbers(values)) = value else { continue };
        let path = format!("observations.{name}.{key}");
        match (key.as_str(), values.as_slice()) {
            ("scale", _) => spec.scale = values,
            ("clip", &[low, high]) => spec.clip = finite_clip([low, high]),
            ("clip", _) => return Err(origin.error(&path, "[low, high]", format!("{values:?}"))),
            ("history", &[steps]) if steps.fract() == 0.0 && (1.0..=1000.0).contains(&steps) => {
                spec.history = steps as usize;
            }
            ("history", _) => {
                return Err(origin.error(&path, "a whole number of steps, 1 to 1000", format!("{values:?}")));
            }
            _ => {
                spec.params.insert(key, values);
            }
        }
    }
    Ok(spec)
}

/// Bounds with infinities in place of what is not there.
fn unbounded(bounds: Option<Vec<Bounds>>) -> Vec<[f64; 2]> {
    let pairs = bounds.unwrap_or_default().into_iter();
    pairs
        .map(|[low, high]| [low.unwrap_or(f64::NEG_INFINITY), high.unwrap_or(f64::INFINITY)])
        .collect()
}

/// A clip in finite numbers, which JSON can carry; `None` where it bounds nothing.
pub(super) fn finite_clip([low, high]: [f64; 2]) -> Option<[f64; 2]> {
    let unbounded = low == f64::NEG_INFINITY && high == f64::INFINITY;
    (!unbounded).then(|| [low.max(f64::MIN), high.min(f64::MAX)])
}
