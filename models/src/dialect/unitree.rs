//! unitree_rl_lab's `deploy.yaml` (also that of unitree_rl_mjlab), as its exporter writes it and its
//! C++ controller reads it.
//!
//! - Joints have no names: policy joint `i` is SDK joint `joint_ids_map[i]`, and SDK joints are taken
//!   to be the robot's actuators in order, unless the network's own metadata name them. Where the map leaves SDK joints out that the robot does
//!   not have (a 23-joint G1), its joints are matched in order.
//! - `stiffness` and `damping` are in SDK order, everything else is in policy order.
//! - Each term is clipped, then scaled (`scale_first: true`: the other way round), and stacked over
//!   its own history, oldest first; `use_gym_history: true` stacks whole observations instead.
//! - An action clip bounds the *joint target*, in rad.
//! - `params.asset_cfg.joint_ids` picks joints of a term, numbered in policy order.
//! - `gait_phase` is sine, then cosine, of one clock of `params.period` seconds.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_yaml_ng::{Mapping, Value};
use sinew_control::contract::HistoryLayout;
use sinew_control::robot::RobotDescription;

use super::ContractError;
use super::draft::{ActionDraft, Bounds, Draft, RangesDraft};
use super::numbers::{Numbers, PerJoint};
use super::origin::Origin;

/// The `deploy.yaml` that belongs to a network: beside it, or in `params/` beside its folder.
pub fn beside(model: &Path) -> Option<PathBuf> {
    let folder = model.parent()?;
    let candidates = [
        folder.join("deploy.yaml"),
        folder.join("params/deploy.yaml"),
        folder.join("../params/deploy.yaml"),
    ];
    candidates.into_iter().find(|file| file.is_file())
}

#[derive(Deserialize)]
struct Deploy {
    joint_ids_map: Vec<usize>,
    step_dt: f64,
    stiffness: Vec<f64>,
    damping: Vec<f64>,
    default_joint_pos: Vec<f64>,
    #[serde(default)]
    commands: BTreeMap<String, Command>,
    actions: BTreeMap<String, Action>,
    observations: Mapping,
}

#[derive(Deserialize)]
struct Command {
    #[serde(default)]
    ranges: BTreeMap<String, Option<[f64; 2]>>,
}

#[derive(Deserialize)]
struct Action {
    clip: Option<Vec<Bounds>>,
    scale: Option<PerJoint>,
    offset: Option<PerJoint>,
    joint_ids: Option<Value>,
}

#[derive(Deserialize)]
struct Term {
    #[serde(default)]
    params: Option<BTreeMap<String, Value>>,
    clip: Option<[f64; 2]>,
    scale: Option<Numbers>,
    #[serde(default = "one")]
    history_length: f64,
}

fn one() -> f64 {
    1.0
}

/// Where the names of the joints come from.
#[derive(Clone, Copy)]
pub(super) enum Joints<'a> {
    /// From a robot whose actuators are in SDK order.
    Of(&'a RobotDescription),
    /// From elsewhere, in policy order.
    Named(&'a [String]),
}

/// Reads a `deploy.yaml` whose tags have been dropped.
pub(super) fn read(value: Value, joints: Joints<'_>, origin: &Origin) -> Result<Draft, ContractError> {
    let deploy: Deploy = origin.deserialize(value)?;
    let n = deploy.joint_ids_map.len();
    let names = joints.in_policy_order(&deploy.joint_ids_map, origin)?;
    if !(deploy.step_dt.is_finite() && deploy.step_dt > 0.0) {
        return Err(origin.error("step_dt", "seconds, more than 0", deploy.step_dt.to_string()));
    }
    let sdk_order = |key: &str, values: &[f64]| -> Result<PerJoint, ContractError> {
        // The 23-joint G1's file lists its own joints only, in the same order.
        let by_position = values.len() == n && deploy.joint_ids_map.iter().any(|&id| id >= n);
        let pick = |(i, &id): (usize, &usize)| values.get(if by_position { i } else { id }).copied();
        let picked: Option<Vec<f64>> = deploy.joint_ids_map.iter().enumerate().map(pick).collect();
        picked.map(PerJoint::Each).ok_or_else(|| {
            let needed = deploy.joint_ids_map.iter().max().map_or(0, |max| max + 1);
            origin.error(
                key,
                format!("{needed} numbers in SDK order"),
                format!("{} numbers", values.len()),
            )
        })
    };
    let mut draft = Draft {
        policy_rate_hz: Some(1.0 / deploy.step_dt),
        default_joint_pos: Some(PerJoint::Each(deploy.default_joint_pos.clone())),
        joint_stiffness: Some(sdk_order("stiffness", &deploy.stiffness)?),
        joint_damping: Some(sdk_order("damping", &deploy.damping)?),
        action: read_action(&deploy.actions, &names, origin)?,
        joint_names: Some(names),
        command_ranges: read_ranges(&deploy.commands, origin)?,
        ..Draft::default()
    };
    read_observations(deploy.observations, n, &mut draft, origin)?;
    Ok(draft)
}

impl Joints<'_> {
    /// Name of every policy joint.
    fn in_policy_order(self, map: &[usize], origin: &Origin) -> Result<Vec<String>, ContractError> {
        let robot = match self {
            Self::Named(names) if names.len() == map.len() => return Ok(names.to_vec()),
            Self::Named(names) => {
                let expected = format!("{} numbers, one per joint in the policy's metadata", names.len());
                return Err(origin.error("joint_ids_map", expected, format!("{} numbers", map.len())));
            }
            Self::Of(robot) => robot,
        };
        let name = |id: usize| robot.joints[id].name.clone();
        if map.iter().all(|&id| id < robot.dof()) {
            return Ok(map.iter().map(|&id| name(id)).collect());
        }
        if map.len() != robot.dof() {
            let expected = format!(
                "SDK joint numbers below {}, the number of joints of {}",
                robot.dof(),
                robot.name
            );
            return Err(origin.error("joint_ids_map", expected, format!("{map:?}")));
        }
        let mut sorted = map.to_vec();
        sorted.sort_unstable();
        let place = |id: &usize| sorted.partition_point(|other| other < id);
        Ok(map.iter().map(|id| name(place(id))).collect())
    }
}

fn read_action(
    actions: &BTreeMap<String, Action>,
    names: &[String],
    origin: &Origin,
) -> Result<ActionDraft, ContractError> {
    let listed = || actions.keys().map(String::as_str).collect::<Vec<_>>().join(", ");
    let (1, Some(action)) = (actions.len(), actions.get("JointPositionAction")) else {
        return Err(origin.error("actions", "one action, JointPositionAction", listed()));
    };
    let key = |part: &str| format!("actions.JointPositionAction.{part}");
    if !all_joints(action.joint_ids.as_ref(), names.len()) {
        let found = action.joint_ids.as_ref().map(|ids| format!("{ids:?}"));
        return Err(origin.error(&key("joint_ids"), "all joints, in order", found.unwrap_or_default()));
    }
    let expand = |part: &str, given: &Option<PerJoint>, default: f64| match given {
        Some(given) => given.expand(&key(part), names, origin).map(PerJoint::Each),
        None => Ok(PerJoint::Same(default)),
    };
    if let Some(clip) = &action.clip
        && clip.len() != names.len()
    {
        let expected = format!("{} pairs, one per joint", names.len());
        return Err(origin.error(&key("clip"), expected, format!("{} pairs", clip.len())));
    }
    Ok(ActionDraft {
        scale: Some(expand("scale", &action.scale, 1.0)?),
        offset: Some(expand("offset", &action.offset, 0.0)?),
        clip: None,
        target_clip: action.clip.clone(),
    })
}

/// Whether a `joint_ids` (null, a Python slice's arguments, or a list) means every joint in order.
fn all_joints(ids: Option<&Value>, n: usize) -> bool {
    match ids {
        None | Some(Value::Null) => true,
        Some(Value::Sequence(ids)) => {
            ids.iter().all(Value::is_null)
                || (ids.len() == n && ids.iter().enumerate().all(|(i, id)| id.as_u64() == Some(i as u64)))
        }
        Some(_) => false,
    }
}

fn read_ranges(commands: &BTreeMap<String, Command>, origin: &Origin) -> Result<RangesDraft, ContractError> {
    let Some(command) = commands.get("base_velocity") else {
        return Ok(RangesDraft::default());
    };
    let range = |axis: &str| match command.ranges.get(axis) {
        Some(Some(range)) => Ok(Some(*range)),
        _ => Err(origin.error(
            &format!("commands.base_velocity.ranges.{axis}"),
            "[low, high]",
            "nothing",
        )),
    };
    Ok(RangesDraft {
        lin_vel_x: range("lin_vel_x")?,
        lin_vel_y: range("lin_vel_y")?,
        ang_vel_z: range("ang_vel_z")?,
    })
}

fn read_observations(
    mut observations: Mapping,
    joints: usize,
    draft: &mut Draft,
    origin: &Origin,
) -> Result<(), ContractError> {
    // A file for several network inputs has one group each; one group is one input.
    let grouped = observations
        .values()
        .all(|term| term.get("params").is_none() && term.is_mapping());
    if let (true, 1, Some(group)) = (grouped, observations.len(), observations.values().next()) {
        draft.tensors.observation = observations.keys().next().and_then(Value::as_str).map(String::from);
        observations = group.as_mapping().cloned().unwrap_or_default();
    } else if grouped {
        let groups: Vec<_> = observations.keys().filter_map(Value::as_str).collect();
        return Err(origin.error("observations", "one group of terms", groups.join(", ")));
    }
    let mut flag = |key: &str| match observations.shift_remove(key) {
        None => Ok(false),
        Some(value) => value
            .as_bool()
            .ok_or_else(|| origin.error(&format!("observations.{key}"), "true or false", format!("{value:?}"))),
    };
    let by_frame = flag("use_gym_history")?;
    draft.clip_after_scale = Some(flag("scale_first")?);
    draft.history_layout = Some(if by_frame {
        HistoryLayout::FrameOldestFirst
    } else {
        HistoryLayout::TermOldestFirst
    });
    let mut names = Vec::new();
    for (key, value) in observations {
        let written = key.as_str().unwrap_or_default().to_owned();
        let place = Origin::new(format!("{}: observations.{written}", origin.label), None);
        let term: Term = place.deserialize(value)?;
        let name = match written.as_str() {
            "keyboard_velocity_commands" => "velocity_commands",
            other => other,
        };
        let settings = draft.term(name);
        settings.insert("scale".into(), term.scale);
        settings.insert("clip".into(), term.clip.map(|clip| Numbers(clip.to_vec())));
        settings.insert("history".into(), Some(Numbers(vec![term.history_length.max(1.0)])));
        let params = term.params.unwrap_or_default();
        let subset = params.get("asset_cfg").and_then(|asset| asset.get("joint_ids"));
        if let Some(subset) = subset.filter(|ids| !all_joints(Some(ids), joints)) {
            let elements = serde_yaml_ng::from_value(subset.clone()).map_err(|_| {
                let key = "params.asset_cfg.joint_ids";
                place.error(key, "joint numbers in policy order", format!("{subset:?}"))
            })?;
            settings.insert("elements".into(), Some(elements));
        }
        if name == "gait_phase" {
            let period = params.get("period").and_then(Value::as_f64);
            let period =
                period.ok_or_else(|| place.error("params.period", "the gait's period in seconds", "nothing"))?;
            settings.insert("period_secs".into(), Some(Numbers(vec![period])));
            settings.insert("offsets".into(), Some(Numbers(vec![0.0])));
            settings.insert("layout".into(), Some(Numbers(vec![1.0])));
        }
        names.push(name.to_owned());
    }
    draft.observation_names = Some(names);
    Ok(())
}
