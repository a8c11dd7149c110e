//! kinfer's archive: a tar file with `step_fn.onnx`, `init_fn.onnx` and `metadata.json`.
//!
//! - The network's inputs are the observation, each one a term: `joint_angles` (absolute, rad),
//!   `joint_angular_velocities`, `projected_gravity` (m/s²: 9.81 long), `accelerometer`, `gyroscope`,
//!   `quaternion` (in older files), and `command` where it is vx, vy and yaw rate. Any other stays under its own name.
//! - `carry` is recurrent state: `init_fn` gives the first, the second output of `step_fn` the next.
//! - Its first output is the joints' targets in rad, in the order of `joint_names`.
//! - `joint_biases` in `metadata.json` is the rest pose; an older file has none, and takes the robot's.
//! - Gains are the robot's, and the rate is 50 Hz, which is what kinfer's runtimes use.

use serde::Deserialize;

use super::ContractError;
use super::draft::Draft;
use super::numbers::{Numbers, PerJoint};
use super::origin::Origin;
use crate::onnx::OnnxModel;

pub(super) const DIALECT: &str = "kinfer archive";
const CARRY: &str = "carry";
const DEFAULT_RATE_HZ: f64 = 50.0;
const GRAVITY_M_S2: f64 = 9.81;

#[derive(Deserialize)]
struct Metadata {
    joint_names: Vec<String>,
    joint_biases: Option<Vec<f64>>,
    num_commands: Option<usize>,
    command_names: Option<Vec<String>>,
}

impl Metadata {
    /// Whether the command is vx, vy and yaw rate; a file that only counts commands means these.
    fn commands_velocity(&self) -> bool {
        match &self.command_names {
            Some(names) => {
                let says = |i: usize, word: &str| names.get(i).is_some_and(|name| name.contains(word));
                names.len() == 3 && says(0, "x") && says(1, "y") && says(2, "yaw")
            }
            None => self.num_commands == Some(3),
        }
    }
}

/// Reads `metadata.json` and the inputs and outputs of `step_fn`.
pub(super) fn read(metadata: &[u8], step: &OnnxModel, origin: &Origin) -> Result<Draft, ContractError> {
    let metadata: Metadata = origin.json(&String::from_utf8_lossy(metadata))?;
    let mut draft = Draft {
        policy_rate_hz: Some(DEFAULT_RATE_HZ),
        default_joint_pos: metadata.joint_biases.clone().map(PerJoint::Each),
        ..Draft::default()
    };
    draft.action.scale = Some(PerJoint::Same(1.0));
    draft.action.offset = Some(PerJoint::Same(0.0));
    let mut inputs = Vec::new();
    let mut terms = Vec::new();
    for input in step.inputs.iter().map(|input| input.name.as_str()) {
        let term = match input {
            CARRY => continue,
            "joint_angles" => "joint_pos",
            "joint_angular_velocities" => "joint_vel",
            "accelerometer" => "imu_lin_acc",
            "gyroscope" => "base_ang_vel",
            "quaternion" => "base_quat",
            "command" if metadata.commands_velocity() => "velocity_commands",
            other => other,
        };
        if term == "projected_gravity" {
            let scale = Numbers(vec![GRAVITY_M_S2]);
            draft.term(term).insert("scale".to_owned(), Some(scale));
        }
        inputs.push(input);
        terms.push(term.to_owned());
    }
    let outputs: Vec<_> = step.outputs.iter().map(|output| output.name.clone()).collect();
    let [action, carry] = outputs.as_slice() else {
        return Err(origin.error(
            "step_fn.onnx",
            "two outputs, joint targets and carry",
            outputs.len().to_string(),
        ));
    };
    draft.tensors.observation = Some(inputs.join(","));
    draft.tensors.action = Some(action.clone());
    if step.inputs.iter().any(|input| input.name == CARRY) {
        draft.tensors.hidden_in = Some(vec![CARRY.to_owned()]);
        draft.tensors.hidden_out = Some(vec![carry.clone()]);
    }
    draft.observation_names = Some(terms);
    draft.joint_names = Some(metadata.joint_names);
    Ok(draft)
}
