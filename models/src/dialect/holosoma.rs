//! ONNX metadata as holosoma writes them: each value is JSON.
//!
//! - `dof_names` (policy order), `kp`, `kd`, `command_ranges`.
//! - `experiment_config`, the whole training configuration: rest pose and action scale from `robot`,
//!   terms from `observation.groups.actor_obs`, the rate from `simulator`, the gait from `command`.
//!   A file without it says nothing of them: they must be given as `overrides`.
//! - Terms are concatenated in the alphabetical order of holosoma's names, scaled, then clipped; a
//!   history is each term's own, oldest first, and begins with zeros.
//! - `dof_pos` is relative to rest. Any term that Sinew does not know stays under its own name.

use std::collections::BTreeMap;

use serde::Deserialize;
use sinew_control::contract::{HistoryLayout, HistoryStart};

use super::ContractError;
use super::draft::{ActionDraft, Draft, RangesDraft};
use super::numbers::{Numbers, PerJoint};
use super::origin::Origin;

pub(super) const DIALECT: &str = "holosoma ONNX metadata";
const CONFIG: &str = "experiment_config";
/// Below this norm of the command holosoma's clocks stand still.
const STANDING_BELOW: f64 = 0.01;

type Metadata = BTreeMap<String, String>;

#[derive(Deserialize)]
struct Ranges {
    lin_vel_x: [f64; 2],
    lin_vel_y: [f64; 2],
    ang_vel_yaw: [f64; 2],
}

#[derive(Deserialize)]
struct Config {
    robot: Robot,
    observation: Observation,
    simulator: Simulator,
    command: Option<Commands>,
}

#[derive(Deserialize)]
struct Robot {
    init_state: InitState,
    control: Control,
    #[serde(default)]
    dof_effort_limit_list: Vec<f64>,
}

#[derive(Deserialize)]
struct InitState {
    default_joint_angles: BTreeMap<String, f64>,
}

#[derive(Deserialize)]
struct Control {
    control_type: String,
    action_scale: f64,
    #[serde(default)]
    action_clip_value: f64,
    #[serde(default)]
    clip_actions: bool,
    #[serde(default)]
    action_scales_by_effort_limit_over_p_gain: bool,
}

#[derive(Deserialize)]
struct Observation {
    groups: BTreeMap<String, Group>,
    clip_observations: Option<f64>,
}

#[derive(Deserialize)]
struct Group {
    terms: BTreeMap<String, Term>,
    #[serde(default = "one")]
    history_length: f64,
}

fn one() -> f64 {
    1.0
}

#[derive(Deserialize)]
struct Term {
    scale: Option<Numbers>,
    clip: Option<[f64; 2]>,
}

#[derive(Deserialize)]
struct Simulator {
    config: SimulatorConfig,
}

#[derive(Deserialize)]
struct SimulatorConfig {
    sim: Engine,
}

#[derive(Deserialize)]
struct Engine {
    fps: f64,
    control_decimation: f64,
}

#[derive(Deserialize)]
struct Commands {
    #[serde(default)]
    setup_terms: BTreeMap<String, CommandTerm>,
}

#[derive(Deserialize)]
struct CommandTerm {
    #[serde(default)]
    params: Gait,
}

#[derive(Deserialize, Default)]
struct Gait {
    gait_period: Option<f64>,
    stand_phase_value: Option<f64>,
}

/// Whether `metadata` hold a contract of this dialect.
pub(super) fn is_in(metadata: &Metadata) -> bool {
    metadata.contains_key("dof_names") && metadata.contains_key("kp")
}

/// Reads what the metadata say.
pub(super) fn read(metadata: &Metadata, origin: &Origin) -> Result<Draft, ContractError> {
    let value = |key: &str| metadata.get(key).map_or("null", String::as_str);
    let names: Vec<String> = origin.at("dof_names").json(value("dof_names"))?;
    let gains = |key: &str| -> Result<Option<Vec<f64>>, ContractError> { origin.at(key).json(value(key)) };
    let (stiffness, damping) = (gains("kp")?, gains("kd")?);
    let ranges: Option<Ranges> = origin.at("command_ranges").json(value("command_ranges"))?;
    let mut draft = Draft {
        joint_stiffness: stiffness.clone().map(PerJoint::Each),
        joint_damping: damping.map(PerJoint::Each),
        history_layout: Some(HistoryLayout::TermOldestFirst),
        history_start: Some(HistoryStart::Zero),
        clip_after_scale: Some(true),
        ..Draft::default()
    };
    if let Some(ranges) = ranges {
        draft.command_ranges = RangesDraft {
            lin_vel_x: Some(ranges.lin_vel_x),
            lin_vel_y: Some(ranges.lin_vel_y),
            ang_vel_z: Some(ranges.ang_vel_yaw),
        };
    }
    if metadata.contains_key(CONFIG) {
        let place = origin.at(CONFIG);
        let config: Config = place.json(value(CONFIG))?;
        let Engine {
            fps,
            control_decimation,
        } = config.simulator.config.sim;
        draft.policy_rate_hz = Some(fps / control_decimation);
        draft.default_joint_pos = Some(rest_pose(&config.robot, &names, &place)?);
        draft.action = action(&config.robot, &names, stiffness.as_deref(), &place)?;
        read_observations(&config, &mut draft, &place)?;
    }
    draft.joint_names = Some(names);
    Ok(draft)
}

fn rest_pose(robot: &Robot, names: &[String], place: &Origin) -> Result<PerJoint, ContractError> {
    let angles = &robot.init_state.default_joint_angles;
    let angle = |name: &String| {
        let angle = angles.get(name).copied();
        angle.ok_or_else(|| {
            let key = format!("robot.init_state.default_joint_angles.{name}");
            place.error(&key, "a rest position in rad", "nothing")
        })
    };
    Ok(PerJoint::Each(names.iter().map(angle).collect::<Result<_, _>>()?))
}

fn action(
    robot: &Robot,
    names: &[String],
    stiffness: Option<&[f64]>,
    place: &Origin,
) -> Result<ActionDraft, ContractError> {
    let control = &robot.control;
    if control.control_type != "P" {
        let found = format!("`{}`", control.control_type);
        return Err(place.error("robot.control.control_type", "`P`, joint positions", found));
    }
    let scale = if control.action_scales_by_effort_limit_over_p_gain {
        let efforts = &robot.dof_effort_limit_list;
        let stiffness = stiffness.unwrap_or_default();
        if efforts.len() != names.len() || stiffness.len() != names.len() {
            return Err(place.error(
                "robot.dof_effort_limit_list",
                format!("{} numbers, and as many in the metadata `kp`", names.len()),
                format!("{} and {}", efforts.len(), stiffness.len()),
            ));
        }
        let scale = |(effort, kp): (&f64, &f64)| {
            if *kp == 0.0 {
                0.0
            } else {
                control.action_scale * effort / kp
            }
        };
        PerJoint::Each(efforts.iter().zip(stiffness).map(scale).collect())
    } else {
        PerJoint::Same(control.action_scale)
    };
    let bound = control.action_clip_value;
    Ok(ActionDraft {
        scale: Some(scale),
        clip: control.clip_actions.then_some([-bound, bound]),
        ..ActionDraft::default()
    })
}

fn read_observations(config: &Config, draft: &mut Draft, place: &Origin) -> Result<(), ContractError> {
    let groups = &config.observation.groups;
    let group = groups.get("actor_obs").ok_or_else(|| {
        let found: Vec<_> = groups.keys().map(String::as_str).collect();
        place.error("observation.groups", "a group `actor_obs`", found.join(", "))
    })?;
    let everywhere = config.observation.clip_observations.map(|bound| [-bound, bound]);
    let mut terms = Vec::new();
    // A `BTreeMap` goes through its keys in the order in which holosoma concatenates them.
    for (name, term) in &group.terms {
        let ours = match name.as_str() {
            "dof_pos" => "joint_pos_rel",
            "dof_vel" => "joint_vel",
            "actions" => "last_action",
            other => other,
        };
        let settings = draft.term(ours);
        let clip = term.clip.or(everywhere).map(|clip| Numbers(clip.to_vec()));
        settings.insert("scale".to_owned(), term.scale.clone());
        settings.insert("clip".to_owned(), clip);
        settings.insert("history".to_owned(), Some(Numbers(vec![group.history_length])));
        if matches!(ours, "sin_phase" | "cos_phase") {
            let gaits = config
                .command
                .as_ref()
                .and_then(|command| command.setup_terms.get("locomotion_gait"));
            let gait = gaits.map(|gait| &gait.params);
            let number = |number: Option<f64>, default: f64| Some(Numbers(vec![number.unwrap_or(default)]));
            let period = number(gait.and_then(|gait| gait.gait_period), 1.0);
            let standing = number(gait.and_then(|gait| gait.stand_phase_value), std::f64::consts::PI);
            settings.insert("period_secs".to_owned(), period);
            settings.insert("standing_phase".to_owned(), standing);
            settings.insert("standing_below".to_owned(), number(None, STANDING_BELOW));
        }
        terms.push(ours.to_owned());
    }
    draft.observation_names = Some(terms);
    Ok(())
}
