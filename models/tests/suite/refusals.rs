//! A contract or network that does not fit is refused with a message that says what does not.

use std::path::Path;

use sinew_control::contract::{GoldenVector, PolicyContract};
use sinew_control::io::{Capabilities, Policy};
use sinew_control::observation::{ObservationBuilder, TermRegistry};
use sinew_control::robot::RobotDescription;
use sinew_models::{LoadError, ModelFile, SessionOptions};
use tempfile::TempDir;

use crate::build::{Graph, INT64, mlp, recurrent, weights};
use crate::support::{self, assert_says, contract, inline, load, recurrent_contract, robot, write_bytes, write_model};

fn refusal(file: &Path, contract: &PolicyContract) -> LoadError {
    match load(file, contract, &SessionOptions::default()) {
        Ok(_) => panic!("{} was not refused", file.display()),
        Err(error) => error,
    }
}

const YAML: &str = "
sinew_contract: 1
policy_rate_hz: 50
joint_names: [left_hip, left_knee, right_hip]
default_joint_pos: [0.2, -0.5, 0.1]
action: {scale: 0.25}
observation_names: [base_ang_vel, projected_gravity, joint_pos_rel]
observations:
  base_ang_vel: {scale: 0.25, history: 3}
";

fn bot() -> RobotDescription {
    let mut robot = robot(&["left_hip", "left_knee", "right_hip"]);
    (robot.joints[1].lower_rad, robot.joints[1].upper_rad) = (-2.0, 0.0);
    robot
}

fn read(yaml: &str) -> Result<PolicyContract, String> {
    support::read(&inline("policy.onnx", Some(yaml), None), &bot())
}

/// The first misfit between a contract and the robot, as the product finds them.
fn misfit(yaml: &str) -> String {
    let contract = read(yaml).unwrap();
    contract.misfits(&bot()).first().expect("a misfit").to_string()
}

#[test]
fn the_untouched_contract_fits() {
    assert_eq!(read(YAML).unwrap().misfits(&bot()), []);
}

#[test]
fn swapped_joint_order() {
    let yaml = YAML.replace("[left_hip, left_knee, right_hip]", "[left_knee, left_hip, right_hip]");
    assert_says(misfit(&yaml), &["default_joint_pos[0]", "left_knee", "found 0.2"]);
}

#[test]
fn a_joint_that_the_robot_does_not_have() {
    let yaml = YAML.replace("left_knee", "left_elbow") + "joint_stiffness: 40\njoint_damping: 1\n";
    assert_says(misfit(&yaml), &["joint_names[1]", "`left_elbow`", "left_knee"]);
}

#[test]
fn a_missing_joint() {
    let yaml = YAML.replace("[left_hip, left_knee, right_hip]", "[left_hip, left_knee]");
    assert_says(
        read(&yaml).unwrap_err(),
        &["params.yaml", "`default_joint_pos`", "2 numbers", "found 3"],
    );
}

#[test]
fn wrong_scale_length() {
    let yaml = YAML.replace("scale: 0.25}\nobs", "scale: [0.25, 0.25]}\nobs");
    assert_says(
        read(&yaml).unwrap_err(),
        &["`action.scale`", "3 numbers", "found 2 numbers"],
    );
}

#[test]
fn gains_that_the_motor_cannot_take() {
    let yaml = format!("{YAML}joint_stiffness: [40, 1.0e6, 40]\n");
    assert_says(
        misfit(&yaml),
        &["joint_stiffness[1]", "left_knee", "100 N·m", "found 1000000"],
    );
}

#[test]
fn keys_and_values_that_the_dialect_does_not_have() {
    let cases = [
        ("policy_rate_hz: 50", "policy_rate: 50", "policy_rate"),
        (
            "policy_rate_hz: 50",
            "",
            "`policy_rate_hz`: expected policy steps per second, found nothing",
        ),
        ("action: {scale: 0.25}", "", "`action.scale`"),
        (
            "action: {scale: 0.25}",
            "action: {scale: fast}",
            "`action.scale`: expected a number",
        ),
        ("history: 3", "history: 2.5", "`observations.base_ang_vel.history`"),
        (
            "history: 3",
            "clip: 5",
            "`observations.base_ang_vel.clip`: expected [low, high]",
        ),
        ("  base_ang_vel: {", "  base_angvel: {", "`observations.base_angvel`"),
        (
            "sinew_contract: 1",
            "sinew_contract: 2",
            "`sinew_contract`: expected 1, found 2",
        ),
    ];
    for (old, new, message) in cases {
        assert_says(
            read(&YAML.replacen(old, new, 1)).unwrap_err(),
            &["params.yaml", message],
        );
    }
}

#[test]
fn wrong_history() {
    let folder = TempDir::new().unwrap();
    // 3 × base_ang_vel, projected_gravity, 3 joints: 15 values.
    let file = write_model(&folder, "policy.onnx", &mlp(&[15, 3]));
    let sizes = |yaml: &str| {
        let contract = read(yaml).unwrap();
        let policy = load(&file, &contract, &SessionOptions::default()).unwrap();
        let builder =
            ObservationBuilder::new(&contract, &bot(), &Capabilities::default(), &TermRegistry::builtin()).unwrap();
        policy.expect_observation_len(builder.len())
    };
    assert_eq!(sizes(YAML), Ok(()));
    let error = sizes(&YAML.replace("history: 3", "history: 2")).unwrap_err();
    assert_says(error, &["observations", "15 values", "`obs` [1, 15]", "found 12"]);
}

#[test]
fn wrong_shapes() {
    let folder = TempDir::new().unwrap();
    let file = write_model(&folder, "policy.onnx", &mlp(&[6, 4]));
    assert_says(
        refusal(&file, &contract(3)),
        &["policy.onnx", "tensors.action", "3 elements", "`actions` [1, 4]"],
    );

    let file = write_model(
        &folder,
        "typed.onnx",
        &Graph::default()
            .typed_input("obs", INT64, &[1.into(), 3.into()])
            .output("actions", &[1.into(), 3.into()])
            .weight("w", &[3], &[1.0; 3])
            .node("Identity", &["w"], &["w2"])
            .node("Unsqueeze", &["w2", "axis"], &["actions"])
            .integers("axis", &[0]),
    );
    assert_says(
        refusal(&file, &contract(3)),
        &["tensors.observation", "float32", "`obs`"],
    );

    let file = write_model(&folder, "recurrent.onnx", &recurrent());
    let mut contract = recurrent_contract();
    contract.tensors.hidden_out = vec!["b_out".into(), "a_out".into()];
    assert_says(
        refusal(&file, &contract),
        &["tensors.hidden_out", "`a_in` [1, 1, 3]", "`b_out` [1, 3]"],
    );
}

#[test]
fn tensors_that_the_contract_does_not_name() {
    let folder = TempDir::new().unwrap();
    let graph = mlp(&[3, 2])
        .input("time_step", &[1.into(), 1.into()])
        .output("joint_pos", &[1.into(), 1.into()])
        .node("Identity", &["time_step"], &["joint_pos"]);
    let file = write_model(&folder, "policy.onnx", &graph);
    let mut contract = contract(2);
    assert_says(
        refusal(&file, &contract),
        &["tensors.observation", "`obs`, `time_step`"],
    );
    contract.tensors.observation = "obs".into();
    assert_says(refusal(&file, &contract), &["tensors.action", "`actions`, `joint_pos`"]);
    contract.tensors.action = "actions".into();
    assert_says(refusal(&file, &contract), &["every input", "none for `time_step`"]);
    contract.tensors.observation = "observation".into();
    assert_says(refusal(&file, &contract), &["tensors.observation", "`observation`"]);

    let file = write_model(&folder, "recurrent.onnx", &recurrent());
    let mut contract = recurrent_contract();
    contract.tensors.hidden_in.pop();
    assert_says(refusal(&file, &contract), &["tensors.hidden_out", "1 names", "found 2"]);
}

#[test]
fn golden_vectors_that_are_off() {
    let folder = TempDir::new().unwrap();
    let file = write_model(&folder, "policy.onnx", &mlp(&[3, 8, 2]));
    let mut contract = contract(2);
    let mut policy = load(&file, &contract, &SessionOptions::default()).unwrap();
    let (observation, mut action) = (vec![0.3, -0.2, 0.1], vec![0.0; 2]);
    policy.infer(&observation, &mut action).unwrap();
    contract.golden = vec![GoldenVector { observation, action }];
    load(&file, &contract, &SessionOptions::default()).unwrap();

    contract.golden[0].action[1] += 1e-2;
    assert_says(
        refusal(&file, &contract),
        &["golden[0].action[1]", "± 0.001", "from the network"],
    );
    contract.golden[0].action[1] = f32::NAN;
    assert_says(refusal(&file, &contract), &["golden[0].action[1]", "NaN"]);
    contract.golden[0].action.pop();
    assert_says(refusal(&file, &contract), &["golden[0].action", "2 numbers", "found 1"]);
}

#[test]
fn nan_weights() {
    let folder = TempDir::new().unwrap();
    let mut values = weights(1, 6);
    values[4] = f32::NAN;
    let graph = Graph::default()
        .input("obs", &[1.into(), 3.into()])
        .output("actions", &[1.into(), 2.into()])
        .weight("layer.0.weight", &[3, 2], &values)
        .node("MatMul", &["obs", "layer.0.weight"], &["actions"]);
    let file = write_model(&folder, "policy.onnx", &graph);
    assert_says(
        refusal(&file, &contract(2)),
        &["policy.onnx", "not finite", "`layer.0.weight`, element 4, is NaN"],
    );
}

#[test]
fn an_output_that_is_not_finite() {
    let folder = TempDir::new().unwrap();
    let graph = Graph::default()
        .input("obs", &[1.into(), 2.into()])
        .output("actions", &[1.into(), 2.into()])
        .node("Log", &["obs"], &["actions"]);
    let file = write_model(&folder, "policy.onnx", &graph);
    assert_says(
        refusal(&file, &contract(2)),
        &["not finite", "action[0] is -inf for an observation of zeros"],
    );
}

#[test]
fn truncated_files() {
    let folder = TempDir::new().unwrap();
    let model = mlp(&[3, 64, 2]).model();
    for len in [0, 1, 10, model.len() / 2, model.len() - 1] {
        let file = write_bytes(&folder, "cut.onnx", &model[..len]);
        assert_says(ModelFile::read(&file).unwrap_err(), &["cut.onnx", "ONNX"]);
    }
    assert_says(
        ModelFile::read("/nowhere/policy.onnx".as_ref()).unwrap_err(),
        &["/nowhere/policy.onnx: cannot be read"],
    );
}
