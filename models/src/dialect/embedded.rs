//! Sinew's contract inside an ONNX file: metadata that make the file describe itself.
//!
//! - `sinew_contract`: the YAML dialect ([`super::draft`]), as JSON. A bound that JSON cannot write,
//!   that of a continuous joint, is `null`.
//! - `sinew_golden`: `[{"observation": […], "action": […]}, …]`.
//! - mjlab's keys ([`super::mjlab`]) beside them, for other tools. Where they contradict
//!   `sinew_contract`, somebody has edited one of the two, and the file is refused.

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json, json};
use sinew_control::contract::{GoldenVector, PolicyContract, TermSpec};
use sinew_control::robot::RobotDescription;

use super::draft::{Draft, VERSION, finite_clip};
use super::origin::Origin;
use super::{ContractError, mjlab};

const CONTRACT: &str = "sinew_contract";
const GOLDEN: &str = "sinew_golden";
pub(super) const DIALECT: &str = "Sinew ONNX metadata";

/// All metadata that carry `contract`.
pub(crate) fn entries(contract: &PolicyContract) -> Vec<(&'static str, String)> {
    let mut entries = vec![
        (CONTRACT, to_json(contract).to_string()),
        (GOLDEN, json!(contract.golden).to_string()),
    ];
    entries.extend(mjlab::entries(contract, &unique_names(&contract.observations)));
    entries
}

/// Whether `metadata` hold a contract of this dialect.
pub(super) fn is_in(metadata: &BTreeMap<String, String>) -> bool {
    metadata.contains_key(CONTRACT)
}

/// The draft and the golden vectors in `metadata`.
pub(super) fn read(
    metadata: &BTreeMap<String, String>,
    origin: &Origin,
) -> Result<(Draft, Vec<GoldenVector>), ContractError> {
    let text = metadata.get(CONTRACT).map_or("null", String::as_str);
    let place = origin.at(CONTRACT);
    let draft = Draft::from_value(place.json(text)?, &place)?;
    if draft.sinew_contract.is_none() {
        return Err(place.error("sinew_contract", VERSION.to_string(), "nothing"));
    }
    mjlab::check_agreement(metadata, &draft, origin)?;
    let golden = metadata.get(GOLDEN).map(|text| origin.at(GOLDEN).json(text));
    let golden = golden.transpose()?.unwrap_or_default();
    Ok((draft, golden))
}

/// What [`read`] makes of [`entries`]: the same contract, unless something in it cannot be written.
pub(crate) fn read_back(entries: &[(&'static str, String)]) -> Result<PolicyContract, ContractError> {
    let metadata = entries
        .iter()
        .map(|(key, value)| ((*key).to_owned(), value.clone()))
        .collect();
    let origin = Origin::new("what would be written".to_owned(), None);
    let (draft, golden) = read(&metadata, &origin)?;
    let nobody = RobotDescription {
        name: "no robot".to_owned(),
        joints: Vec::new(),
    };
    let contract = draft.resolve(&nobody, "", DIALECT, &origin)?;
    Ok(PolicyContract { golden, ..contract })
}

/// `contract` without its golden vectors, in the form of the YAML dialect.
fn to_json(contract: &PolicyContract) -> Json {
    let names = unique_names(&contract.observations);
    let settings: Map<String, Json> = names
        .iter()
        .zip(&contract.observations)
        .map(|(name, term)| (name.clone(), Json::Object(term_settings(term))))
        .filter(|(_, settings)| settings.as_object().is_some_and(|settings| !settings.is_empty()))
        .collect();
    let mut action = json!({"scale": contract.action.scale, "offset": contract.action.offset});
    if let Some(clip) = contract.action.clip.and_then(finite_clip) {
        action["clip"] = json!(clip);
    }
    if !contract.action.target_clip.is_empty() {
        action["target_clip"] = json!(contract.action.target_clip);
    }
    let mut json = json!({
        "sinew_contract": VERSION,
        "name": contract.name,
        "policy_rate_hz": contract.policy_rate_hz,
        "joint_names": contract.joint_names,
        "default_joint_pos": contract.default_joint_pos,
        "joint_stiffness": contract.joint_stiffness,
        "joint_damping": contract.joint_damping,
        "action": action,
        "observation_names": names,
        "observations": settings,
        "history_layout": contract.history_layout,
        "history_start": contract.history_start,
        "clip_after_scale": contract.clip_after_scale,
        "command_ranges": contract.command_ranges,
        "tensors": contract.tensors,
    });
    if !contract.other_joints.is_empty() {
        let held = contract.other_joints.iter().map(|joint| {
            let settings = [
                ("position", joint.position),
                ("stiffness", joint.stiffness),
                ("damping", joint.damping),
            ];
            let given = settings
                .into_iter()
                .filter_map(|(key, value)| Some((key.to_owned(), json!(value?))));
            (joint.name.clone(), Json::Object(given.collect()))
        });
        json["other_joints"] = Json::Object(held.collect());
    }
    if !contract.joint_limits.is_empty() {
        json["joint_limits"] = json!(contract.joint_limits);
    }
    json
}

/// Term names as the YAML dialect needs them: a term's second use is `name#2`.
fn unique_names(terms: &[TermSpec]) -> Vec<String> {
    let name = |(i, term): (usize, &TermSpec)| {
        let uses = terms[..=i].iter().filter(|other| other.name == term.name).count();
        match uses {
            1 => term.name.clone(),
            n => format!("{}#{n}", term.name),
        }
    };
    terms.iter().enumerate().map(name).collect()
}

fn term_settings(term: &TermSpec) -> Map<String, Json> {
    let short = |numbers: &[f64]| match numbers {
        [one] => json!(one),
        many => json!(many),
    };
    let mut settings = Map::new();
    if !term.scale.is_empty() {
        settings.insert("scale".into(), short(&term.scale));
    }
    if let Some(clip) = term.clip.and_then(finite_clip) {
        settings.insert("clip".into(), json!(clip));
    }
    if term.history != 1 {
        settings.insert("history".into(), json!(term.history));
    }
    settings.extend(term.params.iter().map(|(key, value)| (key.clone(), short(value))));
    settings
}
