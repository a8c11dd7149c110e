//! A packed policy describes itself, and whoever tampers with the description is refused.

use std::path::Path;

use serde_yaml_ng::Value;
use sinew_control::contract::PolicyContract;
use sinew_control::robot::RobotDescription;
use sinew_models::onnx::{OnnxModel, with_metadata};
use sinew_models::pack::{golden_vectors, pack};
use sinew_models::{ContractGiven, SessionOptions, load_contract};
use tempfile::TempDir;

use crate::build::{mlp, recurrent};
use crate::support::{self, Described, assert_says, joint, model_file, read, write_bytes, write_model};

/// Two joints of other limits and one that turns for ever.
fn bot() -> RobotDescription {
    let mut joints = vec![joint("hip", 0.1), joint("knee", -0.25), joint("wheel", 0.0)];
    (joints[1].lower_rad, joints[1].upper_rad) = (-2.0, 0.5);
    (joints[2].lower_rad, joints[2].upper_rad) = (f64::NEG_INFINITY, f64::INFINITY);
    RobotDescription {
        name: "bot".to_owned(),
        joints,
    }
}

/// Every field away from its default.
const YAML: &str = "
sinew_contract: 1
name: walk
policy_rate_hz: 33.3
joint_names: [hip, knee, wheel]
joint_limits: [[-3, 3], [-2, 0.5], [null, null]]
default_joint_pos: [0.123456789, -0.25, 0]
joint_stiffness: [40, 30.5, 0.00012345]
joint_damping: 1.1
action: {scale: [0.25, 0.3, 4], offset: [0.1, -0.2, 0], clip: [-5, .inf], target_clip: [[-1, 1], [-2, null], [null, null]]}
observation_names: [base_ang_vel, joint_pos, joint_vel, last_action, last_action#2, velocity_commands, gait_phase]
observations:
  base_ang_vel: {scale: 0.25, clip: [-.inf, 100], history: 3}
  joint_vel: {scale: [0.05, 0.1, 0.2], history: 3}
  last_action#2: {lag: 1}
  gait_phase: {frequency_hz: 1.5, offsets: [0.0, 3.14159265]}
history_layout: term_newest_first
history_start: zero
clip_after_scale: true
command_ranges: {lin_vel_x: [-0.2, 0.7]}
tensors: {observation: obs}
";
const OBSERVATION_LEN: u64 = 9 + 3 + 9 + 3 + 3 + 3 + 4;

fn described(file: &Path) -> PolicyContract {
    let value: Value = serde_yaml_ng::from_str(YAML).unwrap();
    load_contract(&model_file(file), &ContractGiven::Inline(value).into(), &bot()).unwrap()
}

fn reread(file: &Path) -> Result<PolicyContract, String> {
    read(&Described::of_model(file), &bot())
}

/// A policy packed into `packed.onnx`, and its contract.
fn packed(folder: &TempDir) -> (std::path::PathBuf, PolicyContract) {
    let raw = write_model(folder, "raw.onnx", &mlp(&[OBSERVATION_LEN, 16, 3]));
    let mut contract = described(&raw);
    let mut policy = support::load(&raw, &contract, &SessionOptions::default()).unwrap();
    contract.golden = golden_vectors(&mut policy, 4).unwrap();
    let output = folder.path().join("packed.onnx");
    pack(&model_file(&raw), &contract, &output).unwrap();
    (output, contract)
}

/// The file with one of its metadata changed.
fn tampered(folder: &TempDir, file: &Path, changes: &[(&str, &str, &str)]) -> std::path::PathBuf {
    let bytes = std::fs::read(file).unwrap();
    let metadata = OnnxModel::parse(&bytes).unwrap().metadata;
    let mut changed = metadata.clone();
    for (key, from, to) in changes {
        assert!(metadata[*key].contains(from), "{from} is not in {}", metadata[*key]);
        let value = changed[*key].replacen(from, to, 1);
        changed.insert((*key).to_owned(), value);
    }
    let entries: Vec<_> = changed
        .iter()
        .map(|(key, value)| (key.as_str(), value.as_str()))
        .collect();
    write_bytes(folder, "tampered.onnx", &with_metadata(&bytes, &entries).unwrap())
}

#[test]
fn a_packed_policy_reads_back_as_the_same_contract_and_loads() {
    let folder = TempDir::new().unwrap();
    let (file, contract) = packed(&folder);
    let read = reread(&file).unwrap();
    assert_eq!(read.dialect, "Sinew ONNX metadata");
    let same = PolicyContract {
        dialect: contract.dialect.clone(),
        ..read.clone()
    };
    assert_eq!(same, contract);
    assert_eq!(read.joint_limits[2], [f64::NEG_INFINITY, f64::INFINITY]);
    assert_eq!(read.misfits(&bot()), []);
    assert_eq!(read.golden.len(), 4);
    assert!(read.golden[0].observation.iter().all(|&value| value == 0.0));
    assert_ne!(read.golden[1], read.golden[2]);
    support::load(&file, &read, &SessionOptions::default()).unwrap();
}

#[test]
fn packing_keeps_the_network_and_may_be_repeated_in_place() {
    let folder = TempDir::new().unwrap();
    let (file, mut contract) = packed(&folder);
    let raw = std::fs::read(folder.path().join("raw.onnx")).unwrap();
    assert!(std::fs::read(&file).unwrap().starts_with(&raw));

    contract.name = "second".to_owned();
    contract.golden.truncate(1);
    pack(&model_file(&file), &contract, &file).unwrap();
    assert!(std::fs::read(&file).unwrap().starts_with(&raw));
    let read = reread(&file).unwrap();
    assert_eq!((read.name.as_str(), read.golden.len()), ("second", 1));
    assert_eq!(
        std::fs::read_dir(folder.path()).unwrap().count(),
        2,
        "no scratch file is left"
    );
}

#[test]
fn other_tools_find_the_keys_of_mjlab() {
    let folder = TempDir::new().unwrap();
    let (file, _) = packed(&folder);
    let metadata = OnnxModel::parse(&std::fs::read(&file).unwrap()).unwrap().metadata;
    for (key, value) in [
        ("joint_names", "hip,knee,wheel"),
        ("joint_stiffness", "40,30.5,0.00012345"),
        ("joint_damping", "1.1,1.1,1.1"),
        ("default_joint_pos", "0.123456789,-0.25,0"),
        ("action_scale", "0.25,0.3,4"),
        (
            "observation_names",
            "base_ang_vel,joint_pos_abs,joint_vel,actions,last_action#2,command,gait_phase",
        ),
        ("observation_terms_scale", "0.25,1,0.05;0.1;0.2,1,1,1,1"),
        ("observation_terms_history_length", "3,0,3,0,0,0,0"),
        ("command_names", "twist"),
    ] {
        assert_eq!(metadata[key], value, "{key}");
    }
    let json: serde_json::Value = serde_json::from_str(&metadata["sinew_contract"]).unwrap();
    assert_eq!(json["action"]["scale"], serde_json::json!([0.25, 0.3, 4.0]));
    assert_eq!(json["observations"]["gait_phase"]["frequency_hz"], 1.5);
    assert_eq!(json["joint_limits"][2], serde_json::json!([null, null]));
}

#[test]
fn numbers_that_another_tool_has_rounded_still_agree() {
    let folder = TempDir::new().unwrap();
    let (file, _) = packed(&folder);
    let rounded = tampered(
        &folder,
        &file,
        &[
            ("default_joint_pos", "0.123456789", "0.123"),
            ("joint_stiffness", "0.00012345", "0.000"),
        ],
    );
    reread(&rounded).unwrap();
    let changed = tampered(&folder, &file, &[("default_joint_pos", "0.123456789", "0.125")]);
    assert_says(
        reread(&changed).unwrap_err(),
        &["tampered.onnx", "`default_joint_pos[0]`", "0.125"],
    );
}

#[test]
fn names_swapped_in_one_place_are_refused_by_the_other() {
    let folder = TempDir::new().unwrap();
    let (file, _) = packed(&folder);
    let swap = ("sinew_contract", r#""hip","knee""#, r#""knee","hip""#);
    let one = tampered(&folder, &file, &[swap]);
    assert_says(
        reread(&one).unwrap_err(),
        &["tampered.onnx", "`joint_names[0]`", "expected `hip`", "found `knee`"],
    );

    let both = tampered(&folder, &file, &[swap, ("joint_names", "hip,knee", "knee,hip")]);
    let misfits = reread(&both).unwrap().misfits(&bot());
    assert_says(
        &misfits[0],
        &[
            "joint_names[0]",
            "limits -3.000 to 3.000",
            "found knee with limits -2.000",
        ],
    );
}

#[test]
fn terms_gains_and_scales_that_disagree_are_refused() {
    let folder = TempDir::new().unwrap();
    let (file, _) = packed(&folder);
    for (key, from, to, field) in [
        ("observation_names", "joint_vel", "joint_pos", "`observation_names[2]`"),
        (
            "observation_names",
            ",gait_phase",
            "",
            "`observation_names`: expected 6 names",
        ),
        ("joint_stiffness", "30.5", "31.5", "`joint_stiffness[1]`"),
        ("joint_damping", "1.1,", "", "`joint_damping`: expected 2 numbers"),
        ("action_scale", "0.3", "NaN", "`action.scale[1]`"),
        (
            "action_scale",
            "0.3",
            "much",
            "`action_scale`: expected numbers, found `much`",
        ),
    ] {
        let file = tampered(&folder, &file, &[(key, from, to)]);
        assert_says(reread(&file).unwrap_err(), &["tampered.onnx", field]);
    }
}

#[test]
fn a_golden_vector_that_is_off_is_refused() {
    let folder = TempDir::new().unwrap();
    let (file, contract) = packed(&folder);
    let action = contract.golden[2].action[1];
    let off = tampered(
        &folder,
        &file,
        &[("sinew_golden", &action.to_string(), &(action + 1e-2).to_string())],
    );
    let contract = reread(&off).unwrap();
    let error = support::load(&off, &contract, &SessionOptions::default()).unwrap_err();
    assert_says(error, &["tampered.onnx", "golden[2].action[1]", "± 0.001"]);
}

#[test]
fn damaged_metadata_are_refused_with_their_key() {
    let folder = TempDir::new().unwrap();
    let (file, _) = packed(&folder);
    for (key, from, to, message) in [
        ("sinew_contract", "{", "", "metadata `sinew_contract`: not well-formed"),
        (
            "sinew_contract",
            "\"sinew_contract\":1",
            "\"sinew_contract\":7",
            "expected 1, found 7",
        ),
        (
            "sinew_contract",
            "\"sinew_contract\":1,",
            "",
            "`sinew_contract`: expected 1, found nothing",
        ),
        (
            "sinew_contract",
            "policy_rate_hz",
            "rate",
            "metadata `sinew_contract`: `rate`",
        ),
        (
            "sinew_golden",
            "observation",
            "input",
            "metadata `sinew_golden`: `[0].input`",
        ),
        (
            "sinew_golden",
            "0.0,",
            "null,",
            "metadata `sinew_golden`: `[0].observation[0]`",
        ),
    ] {
        let file = tampered(&folder, &file, &[(key, from, to)]);
        assert_says(reread(&file).unwrap_err(), &["tampered.onnx", message]);
    }
}

#[test]
fn golden_vectors_of_a_recurrent_policy_come_from_its_first_state() {
    let folder = TempDir::new().unwrap();
    let file = write_model(&folder, "recurrent.onnx", &recurrent());
    let mut contract = crate::support::recurrent_contract();
    let mut policy = support::load(&file, &contract, &SessionOptions::default()).unwrap();
    contract.golden = golden_vectors(&mut policy, 3).unwrap();
    for golden in &contract.golden {
        assert_eq!(golden.action, golden.observation, "state starts at zero");
    }
    support::load(&file, &contract, &SessionOptions::default()).unwrap();
}

#[test]
fn contracts_that_cannot_be_written_leave_the_output_untouched() {
    let folder = TempDir::new().unwrap();
    let (file, contract) = packed(&folder);
    let before = std::fs::read(&file).unwrap();
    let mut nan = contract.clone();
    nan.joint_damping[1] = f64::NAN;
    assert_says(
        pack(&model_file(&file), &nan, &file).unwrap_err(),
        &["joint_damping", "expected a number"],
    );
    let mut odd = contract.clone();
    odd.observations[0].params.insert("history".to_owned(), vec![2.0]);
    assert_says(
        pack(&model_file(&file), &odd, &file).unwrap_err(),
        &["walk", "read back as another"],
    );
    assert_eq!(std::fs::read(&file).unwrap(), before);

    let nowhere = folder.path().join("no/such/folder.onnx");
    assert_says(
        pack(&model_file(&file), &contract, &nowhere).unwrap_err(),
        &["folder.onnx: cannot be written"],
    );
}
