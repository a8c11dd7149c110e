//! Variants of unitree_rl_lab's `deploy.yaml`, and overrides on top of it.

use sinew_control::contract::{HistoryLayout, PolicyContract};
use sinew_control::robot::RobotDescription;
use sinew_models::ContractGiven;
use tempfile::TempDir;

use crate::build::mlp;
use crate::support::{Described, assert_says, inline, read, robot, terms, write_bytes, write_model};

/// SDK order is a, b, c; the policy drives c, a, b.
const DEPLOY: &str = "
joint_ids_map: [2, 0, 1]
step_dt: 0.02
stiffness: [10.0, 20.0, 30.0]
damping: [1.0, 2.0, 3.0]
default_joint_pos: [0.3, 0.1, 0.2]
commands:
  base_velocity: {ranges: {lin_vel_x: [-0.5, 1.0], lin_vel_y: [-0.3, 0.3], ang_vel_z: [-0.2, 0.2], heading: null}}
actions:
  JointPositionAction:
    clip: null
    joint_names: [.*]
    scale: [0.25, 0.5, 0.75]
    offset: [0.3, 0.1, 0.2]
    joint_ids: !!python/object/apply:builtins.slice [null, null, null]
observations:
  base_ang_vel: {params: {}, clip: [-5.0, 5.0], scale: [0.2, 0.2, 0.2], history_length: 2}
  joint_pos_rel: {params: {}, clip: null, scale: [1.0, 1.0, 1.0], history_length: 2}
";

fn bot() -> RobotDescription {
    robot(&["a", "b", "c"])
}

fn deployed(yaml: &str, robot: &RobotDescription) -> Result<PolicyContract, String> {
    let folder = TempDir::new().unwrap();
    let file = write_bytes(&folder, "deploy.yaml", yaml.as_bytes());
    read(
        &Described::of_model("policy.onnx").with(ContractGiven::File(file)),
        robot,
    )
}

fn changed(old: &str, new: &str) -> Result<PolicyContract, String> {
    assert!(DEPLOY.contains(old), "{old}");
    deployed(&DEPLOY.replacen(old, new, 1), &bot())
}

#[test]
fn gains_are_in_sdk_order_and_everything_else_in_policy_order() {
    let contract = deployed(DEPLOY, &bot()).unwrap();
    assert_eq!(contract.dialect, "unitree_rl_lab deploy.yaml");
    assert_eq!(contract.joint_names, ["c", "a", "b"]);
    assert_eq!(contract.joint_stiffness, [30.0, 10.0, 20.0]);
    assert_eq!(contract.joint_damping, [3.0, 1.0, 2.0]);
    assert_eq!(contract.default_joint_pos, [0.3, 0.1, 0.2]);
    assert_eq!(contract.action.scale, [0.25, 0.5, 0.75]);
    assert_eq!(contract.action.target_clip, [[0.0; 2]; 0]);
    assert_eq!(contract.policy_rate_hz, 50.0);
    assert_eq!(contract.history_layout, HistoryLayout::TermOldestFirst);
    assert!(!contract.clip_after_scale);
    assert_eq!(contract.observations[0].clip, Some([-5.0, 5.0]));
    assert_eq!(contract.misfits(&bot()), []);
}

#[test]
fn gym_history_stacks_whole_observations() {
    let contract = changed(
        "observations:\n",
        "observations:\n  use_gym_history: true\n  scale_first: true\n",
    )
    .unwrap();
    assert_eq!(contract.history_layout, HistoryLayout::FrameOldestFirst);
    assert!(contract.clip_after_scale);
    let expected = [("base_ang_vel".to_owned(), 6), ("joint_pos_rel".to_owned(), 6)];
    assert_eq!(terms(&contract, &bot()).unwrap(), expected);
    assert_says(
        changed("observations:\n", "observations:\n  use_gym_history: often\n").unwrap_err(),
        &["deploy.yaml", "`observations.use_gym_history`", "true or false"],
    );
}

#[test]
fn one_group_of_terms_is_one_input_of_that_name() {
    let (head, terms) = DEPLOY.split_once("observations:\n").unwrap();
    let indented = terms.replace("\n  ", "\n    ").replacen("  base", "    base", 1);
    let grouped = format!("{head}observations:\n  obs:\n{indented}");
    let contract = deployed(&grouped, &bot()).unwrap();
    assert_eq!(contract.tensors.observation, "obs");
    assert_eq!(contract.observations, deployed(DEPLOY, &bot()).unwrap().observations);

    let two = format!("{grouped}  teacher:\n{indented}");
    assert_says(
        deployed(&two, &bot()).unwrap_err(),
        &["`observations`", "one group", "obs, teacher"],
    );
}

#[test]
fn an_action_clip_bounds_the_targets() {
    let contract = changed(
        "clip: null\n    joint_names",
        "clip: [[-1, 1], [-.inf, 0.5], [0.0, 2.0]]\n    joint_names",
    )
    .unwrap();
    assert_eq!(contract.action.clip, None);
    assert_eq!(
        contract.action.target_clip,
        [[-1.0, 1.0], [f64::NEG_INFINITY, 0.5], [0.0, 2.0]]
    );
    assert_eq!(contract.misfits(&bot()), []);
    assert_says(
        changed("clip: null\n    joint_names", "clip: [[-1, 1]]\n    joint_names").unwrap_err(),
        &["`actions.JointPositionAction.clip`", "3 pairs", "found 1 pairs"],
    );
}

#[test]
fn a_robot_without_some_sdk_joints_is_matched_in_order() {
    // SDK joints 0, 2 and 5 are there; the lists have an entry for each joint of the robot.
    let contract = changed("joint_ids_map: [2, 0, 1]", "joint_ids_map: [5, 0, 2]").unwrap();
    assert_eq!(contract.joint_names, ["c", "a", "b"]);
    assert_eq!(contract.joint_stiffness, [10.0, 20.0, 30.0]);

    // The lists have an entry for each SDK joint.
    let yaml = DEPLOY
        .replacen("joint_ids_map: [2, 0, 1]", "joint_ids_map: [5, 0, 2]", 1)
        .replacen("stiffness: [10.0, 20.0, 30.0]", "stiffness: [1, 0, 3, 0, 0, 6]", 1);
    let contract = deployed(&yaml, &bot()).unwrap();
    assert_eq!(contract.joint_stiffness, [6.0, 1.0, 3.0]);

    // A robot with other joints than those is not this one.
    assert_says(
        deployed(&yaml, &robot(&["a", "b"])).unwrap_err(),
        &["deploy.yaml", "`joint_ids_map`", "below 2", "[5, 0, 2]"],
    );
}

#[test]
fn a_gait_phase_is_sine_and_cosine_of_its_period() {
    let contract = changed(
        "observations:\n",
        "observations:\n  gait_phase: {params: {period: 0.8}, clip: null, scale: [1.0, 1.0], history_length: 1}\n",
    )
    .unwrap();
    let phase = &contract.observations[0];
    assert_eq!(phase.params["period_secs"], [0.8]);
    assert_eq!(terms(&contract, &bot()).unwrap()[0], ("gait_phase".to_owned(), 2));
    assert_says(
        changed(
            "observations:\n",
            "observations:\n  gait_phase: {params: {}, clip: null, scale: null, history_length: 1}\n",
        )
        .unwrap_err(),
        &["observations.gait_phase", "`params.period`", "seconds"],
    );
}

#[test]
fn a_term_may_show_some_joints_only() {
    let subset = "joint_pos_rel: {params: {asset_cfg: {joint_ids: [0, 2]}}";
    let contract = changed("joint_pos_rel: {params: {}", subset).unwrap();
    assert_eq!(contract.observations[1].params["elements"], [0.0, 2.0]);
    let misfit = terms(&contract, &bot()).unwrap_err();
    assert_says(
        misfit,
        &["`observations.joint_pos_rel.scale`", "1 or 2 numbers", "found 3"],
    );
    let everything = "joint_pos_rel: {params: {asset_cfg: {joint_ids: !!python/x [null, null, null]}}";
    let contract = changed("joint_pos_rel: {params: {}", everything).unwrap();
    assert!(contract.observations[1].params.is_empty());
    assert_says(
        changed(
            "joint_pos_rel: {params: {}",
            "joint_pos_rel: {params: {asset_cfg: {joint_ids: legs}}",
        )
        .unwrap_err(),
        &[
            "deploy.yaml: observations.joint_pos_rel: `params.asset_cfg.joint_ids`",
            "joint numbers",
            "legs",
        ],
    );
}

#[test]
fn values_that_do_not_fit_are_refused_with_their_key() {
    let cases = [
        (
            "step_dt: 0.02",
            "step_dt: 0",
            "`step_dt`: expected seconds, more than 0",
        ),
        ("step_dt: 0.02", "step_dt: fast", "`step_dt`: expected a number"),
        (
            "damping: [1.0, 2.0, 3.0]",
            "damping: [1.0, 2.0]",
            "`damping`: expected 3 numbers in SDK order, found 2",
        ),
        (
            "JointPositionAction",
            "JointVelocityAction",
            "expected one action, JointPositionAction",
        ),
        (
            "scale: [0.25, 0.5, 0.75]",
            "scale: [0.25]",
            "`actions.JointPositionAction.scale`",
        ),
        (
            "[null, null, null]",
            "[0, 2]",
            "`actions.JointPositionAction.joint_ids`",
        ),
        (
            "lin_vel_y: [-0.3, 0.3], ",
            "",
            "`commands.base_velocity.ranges.lin_vel_y`",
        ),
        (
            "joint_ids_map: [2, 0, 1]",
            "joint_ids_map: [2, 0, -1]",
            "`joint_ids_map[2]`",
        ),
        ("clip: [-5.0, 5.0]", "clip: 5", "observations.base_ang_vel: `clip`"),
        ("joint_ids_map: [2, 0, 1]", "joint_ids_map: [2, 0", "not well-formed"),
    ];
    for (old, new, message) in cases {
        assert_says(changed(old, new).unwrap_err(), &["deploy.yaml", message]);
    }
    assert_says(
        deployed("policy_rate_hz: 50", &bot()).unwrap_err(),
        &["`sinew_contract: 1`", "`joint_ids_map`", "found neither"],
    );
}

#[test]
fn overrides_win_key_by_key() {
    let folder = TempDir::new().unwrap();
    write_bytes(&folder, "deploy.yaml", DEPLOY.as_bytes());
    let model = write_model(&folder, "policy.onnx", &mlp(&[12, 3]));
    let overrides = "
joint_stiffness: {'*': 5, b: 7}
action: {clip: [-1, 1]}
observations: {base_ang_vel: {scale: 0.3}}
command_ranges: {lin_vel_x: [0, 2]}
policy_rate_hz: 100
";
    let plain = read(&Described::of_model(&model), &bot()).unwrap();
    let contract = read(&inline(&model, None, Some(overrides)), &bot()).unwrap();
    assert_eq!(contract.joint_stiffness, [5.0, 5.0, 7.0]);
    assert_eq!(contract.action.clip, Some([-1.0, 1.0]));
    assert_eq!(contract.observations[0].scale, [0.3]);
    assert_eq!(contract.command_ranges.lin_vel_x, [0.0, 2.0]);
    assert_eq!(contract.policy_rate_hz, 100.0);
    let rest = PolicyContract {
        joint_stiffness: plain.joint_stiffness.clone(),
        action: plain.action.clone(),
        command_ranges: plain.command_ranges,
        policy_rate_hz: plain.policy_rate_hz,
        observations: plain.observations.clone(),
        ..contract.clone()
    };
    assert_eq!(rest, plain, "what no override names stays");
    assert_eq!(contract.action.scale, plain.action.scale);
    assert_eq!(contract.observations[0].clip, plain.observations[0].clip);
    assert_says(
        read(&inline(&model, None, Some("{joint_stifness: 5}")), &bot()).unwrap_err(),
        &["params.yaml (overrides)", "`joint_stifness`", "expected one of"],
    );
    assert_says(
        read(&inline(&model, None, Some("{joint_damping: [1, 2]}")), &bot()).unwrap_err(),
        &[
            "deploy.yaml with params.yaml (overrides)",
            "`joint_damping`",
            "3 numbers",
        ],
    );
}

#[test]
fn the_policys_own_contract_file_comes_before_a_deploy_yaml() {
    let folder = TempDir::new().unwrap();
    write_bytes(&folder, "deploy.yaml", DEPLOY.as_bytes());
    let model = write_model(&folder, "walk.onnx", &mlp(&[3, 3]));
    let own = "{sinew_contract: 1, policy_rate_hz: 25, action: {scale: 1}, observation_names: [base_ang_vel]}";
    write_bytes(&folder, "walk.contract.yaml", own.as_bytes());
    let contract = read(&Described::of_model(&model), &bot()).unwrap();
    assert_eq!(
        (contract.dialect.as_str(), contract.policy_rate_hz),
        ("Sinew YAML", 25.0)
    );

    let alone = TempDir::new().unwrap();
    let model = write_model(&alone, "walk.onnx", &mlp(&[3, 3]));
    assert_says(
        read(&Described::of_model(&model), &bot()).unwrap_err(),
        &[
            "walk.onnx",
            "`walk.contract.yaml`",
            "`deploy.yaml`",
            "`contract` in the parameter file",
        ],
    );
}
