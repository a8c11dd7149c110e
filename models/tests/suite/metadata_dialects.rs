//! ONNX metadata as mjlab, whole_body_tracking and holosoma write them.

use std::path::PathBuf;

use serde_json::json;
use sinew_control::contract::{HistoryLayout, HistoryStart};
use sinew_control::robot::RobotDescription;
use sinew_models::onnx::with_metadata;
use tempfile::TempDir;

use crate::build::mlp;
use crate::support::{Described, assert_says, inline, read, robot, terms, write_bytes};

fn bot() -> RobotDescription {
    robot(&["hip", "knee"])
}

fn model(folder: &TempDir, metadata: &[(&str, String)]) -> PathBuf {
    let entries: Vec<_> = metadata.iter().map(|(key, value)| (*key, value.as_str())).collect();
    let bytes = with_metadata(&mlp(&[4, 2]).model(), &entries).unwrap();
    write_bytes(folder, "policy.onnx", &bytes)
}

/// What mjlab writes for a velocity task, with one metadata value changed.
fn mjlab(change: Option<(&str, &str)>) -> Vec<(&'static str, String)> {
    let plain = [
        ("run_path", "local"),
        ("joint_names", "hip,knee"),
        ("joint_stiffness", "40.179,99.098"),
        ("joint_damping", "2.558,6.309"),
        ("default_joint_pos", "-0.312,0.669"),
        ("command_names", "twist"),
        (
            "observation_names",
            "base_lin_vel,base_ang_vel,projected_gravity,joint_pos,joint_vel,actions,command",
        ),
        ("action_scale", "0.548,0.351"),
    ];
    let mut metadata = plain.map(|(key, value)| (key, value.to_owned())).to_vec();
    if let Some((key, value)) = change {
        match metadata.iter_mut().find(|(name, _)| *name == key) {
            Some((_, old)) => *old = value.to_owned(),
            None => panic!("{key} is not there"),
        }
    }
    metadata
}

fn text(pairs: &[(&'static str, &str)]) -> Vec<(&'static str, String)> {
    pairs.iter().map(|(key, value)| (*key, (*value).to_owned())).collect()
}

/// What unitree_rl_mjlab leaves beside such a network: it knows the gait, and no joint's name.
const DEPLOY: &str = "
joint_ids_map: [1, 0]
step_dt: 0.04
stiffness: [99.1, 40.2]
damping: [6.3, 2.6]
default_joint_pos: [-0.31, 0.67]
commands: {base_velocity: {ranges: {lin_vel_x: [-0.5, 1.0], lin_vel_y: [-0.5, 0.5], ang_vel_z: [-1, 1], heading: null}}}
actions: {JointPositionAction: {clip: null, joint_names: [.*], scale: [0.55, 0.35], offset: [-0.31, 0.67], joint_ids: null}}
observations:
  gait_phase: {params: {period: 0.6}, clip: null, scale: [1, 1], history_length: 1}
  joint_pos_rel: {params: {}, clip: null, scale: [1, 1], history_length: 1}
";

#[test]
fn a_deploy_yaml_beside_mjlab_metadata_tells_the_gait_and_they_the_names() {
    let folder = TempDir::new().unwrap();
    let file = model(&folder, &mjlab(Some(("observation_names", "phase,joint_pos"))));
    write_bytes(&folder, "deploy.yaml", DEPLOY.as_bytes());
    // A robot whose actuators are not in SDK order (knee, hip).
    let contract = read(&Described::of_model(&file), &bot()).unwrap();
    assert_eq!(contract.dialect, "unitree_rl_mjlab deploy.yaml and ONNX metadata");
    assert_eq!(contract.joint_names, ["hip", "knee"]);
    assert_eq!(contract.joint_stiffness, [40.2, 99.1]);
    assert_eq!(contract.default_joint_pos, [-0.31, 0.67]);
    assert_eq!(contract.policy_rate_hz, 25.0);
    assert_eq!(contract.observations[0].name, "gait_phase");
    assert_eq!(contract.misfits(&bot()), []);

    let other_pose = DEPLOY.replacen("default_joint_pos: [-0.31", "default_joint_pos: [-0.2", 1);
    write_bytes(&folder, "deploy.yaml", other_pose.as_bytes());
    assert_says(
        read(&Described::of_model(&file), &bot()).unwrap_err(),
        &["deploy.yaml", "`default_joint_pos[0]`", "-0.312", "`hip`", "found -0.2"],
    );
    let one_joint = DEPLOY.replacen("[1, 0]", "[0]", 1);
    write_bytes(&folder, "deploy.yaml", one_joint.as_bytes());
    assert_says(
        read(&Described::of_model(&file), &bot()).unwrap_err(),
        &["deploy.yaml", "`joint_ids_map`", "2 numbers", "found 1 numbers"],
    );
}

#[test]
fn mjlab_names_gains_scale_and_rest_pose_are_read() {
    let folder = TempDir::new().unwrap();
    let contract = read(&Described::of_model(model(&folder, &mjlab(None))), &bot()).unwrap();
    assert_eq!(contract.dialect, "mjlab ONNX metadata");
    assert_eq!(contract.joint_names, ["hip", "knee"]);
    assert_eq!(contract.joint_stiffness, [40.179, 99.098]);
    assert_eq!(contract.joint_damping, [2.558, 6.309]);
    assert_eq!(contract.default_joint_pos, [-0.312, 0.669]);
    assert_eq!(contract.action.scale, [0.548, 0.351]);
    assert_eq!(contract.action.offset, [-0.312, 0.669]);
    assert_eq!(contract.policy_rate_hz, 50.0);
    let names: Vec<_> = contract.observations.iter().map(|term| term.name.as_str()).collect();
    assert_eq!(
        names,
        [
            "base_lin_vel",
            "base_ang_vel",
            "projected_gravity",
            "joint_pos_rel",
            "joint_vel_rel",
            "last_action",
            "velocity_commands",
        ]
    );
    assert_eq!(contract.misfits(&bot()), []);
    let lengths: Vec<_> = terms(&contract, &bot())
        .unwrap()
        .into_iter()
        .map(|(_, len)| len)
        .collect();
    assert_eq!(lengths, [3, 3, 3, 2, 2, 2, 3]);
}

#[test]
fn settings_of_mjlab_terms_are_read_in_both_of_its_forms() {
    let folder = TempDir::new().unwrap();
    for (scale, clip, flat) in [
        ("1.0,0.5;0.25", "-inf;inf,-100.0;100.0", "True,True"),
        ("1.000,[0.5, 0.25]", "[-inf, inf],[-100.0, 100.0]", "1.000,1.000"),
    ] {
        let mut metadata = mjlab(Some(("observation_names", "base_ang_vel,joint_pos")));
        metadata.extend(text(&[
            ("observation_terms_scale", scale),
            ("observation_terms_clip", clip),
            ("observation_terms_history_length", "0,3"),
            ("observation_terms_flatten_history_dim", flat),
        ]));
        let contract = read(&Described::of_model(model(&folder, &metadata)), &bot()).unwrap();
        let [gyro, joints] = contract.observations.as_slice() else {
            panic!("two terms")
        };
        assert_eq!(
            (gyro.scale.as_slice(), gyro.clip, gyro.history),
            ([1.0].as_slice(), None, 1)
        );
        assert_eq!(joints.scale, [0.5, 0.25]);
        assert_eq!((joints.clip, joints.history), (Some([-100.0, 100.0]), 3));
        assert_eq!(contract.history_layout, HistoryLayout::TermOldestFirst);
        assert_eq!(contract.history_start, HistoryStart::Repeat);
        assert!(!contract.clip_after_scale);
    }
}

#[test]
fn mjlab_histories_that_are_not_flattened_are_stacked_by_observation() {
    let folder = TempDir::new().unwrap();
    let with_flat = |flat: &str| {
        let mut metadata = mjlab(Some(("observation_names", "base_ang_vel,joint_pos")));
        metadata.extend(text(&[
            ("observation_terms_history_length", "3,3"),
            ("observation_terms_flatten_history_dim", flat),
        ]));
        read(&Described::of_model(model(&folder, &metadata)), &bot())
    };
    assert_eq!(
        with_flat("False,False").unwrap().history_layout,
        HistoryLayout::FrameOldestFirst
    );
    assert_eq!(
        with_flat("0.000,0.000").unwrap().history_layout,
        HistoryLayout::FrameOldestFirst
    );
    assert_says(
        with_flat("False,True").unwrap_err(),
        &["policy.onnx", "`observation_terms_flatten_history_dim`", "the same"],
    );
}

#[test]
fn whole_body_tracking_histories_are_read_and_its_motion_terms_refused_by_name() {
    let folder = TempDir::new().unwrap();
    let mut metadata = mjlab(Some((
        "observation_names",
        "command,motion_anchor_ori_b,base_ang_vel,actions",
    )));
    metadata.retain(|(key, _)| *key != "command_names");
    metadata.extend(text(&[
        ("command_names", "motion"),
        ("observation_history_lengths", "1,1,10.000,0"),
        ("anchor_body_name", "torso_link"),
    ]));
    let file = model(&folder, &metadata);
    let contract = read(&Described::of_model(&file), &bot()).unwrap();
    assert_eq!(contract.dialect, "whole_body_tracking ONNX metadata");
    let histories: Vec<_> = contract.observations.iter().map(|term| term.history).collect();
    assert_eq!(histories, [1, 1, 10, 1]);
    assert_says(
        terms(&contract, &bot()).unwrap_err(),
        &["observation_names.command", "`command`, which is not registered"],
    );
    let overrides = "{observation_names: [motion_anchor_ori_b, base_ang_vel]}";
    let contract = read(&inline(&file, None, Some(overrides)), &bot()).unwrap();
    assert_eq!(
        contract.observations[1].history, 10,
        "settings of the terms that stay are kept"
    );
    assert_says(
        terms(&contract, &bot()).unwrap_err(),
        &["`motion_anchor_ori_b`, which is not registered"],
    );
}

#[test]
fn mjlab_lists_that_do_not_fit_are_refused_with_their_key() {
    let folder = TempDir::new().unwrap();
    for (key, value, parts) in [
        ("joint_damping", "1.0,fast", ["`joint_damping`", "`fast`"]),
        (
            "joint_stiffness",
            "1.0,2.0,3.0",
            ["`joint_stiffness`", "found 3 numbers"],
        ),
        ("default_joint_pos", "", ["", ""]),
    ] {
        let source = Described::of_model(model(&folder, &mjlab(Some((key, value)))));
        match value {
            // An empty list says nothing: the robot's rest pose is taken.
            "" => assert_eq!(read(&source, &bot()).unwrap().default_joint_pos, [0.0, 0.0]),
            _ => assert_says(read(&source, &bot()).unwrap_err(), &["policy.onnx", parts[0], parts[1]]),
        }
    }
    let mut metadata = mjlab(None);
    metadata.extend(text(&[("observation_terms_scale", "1.0,1.0")]));
    assert_says(
        read(&Described::of_model(model(&folder, &metadata)), &bot()).unwrap_err(),
        &["`observation_terms_scale`", "7 entries", "found 2"],
    );
}

/// What holosoma writes, as far as it matters here.
fn holosoma() -> serde_json::Value {
    let term =
        |scale: f64| json!({"func": "module:function", "params": {}, "scale": scale, "noise": 0.0, "clip": null});
    json!({
        "dof_names": ["knee", "hip"],
        "kp": [100.0, 40.0],
        "kd": [2.0, 1.0],
        "command_ranges": {"lin_vel_x": [-1.0, 1.5], "lin_vel_y": [-0.5, 0.5], "ang_vel_yaw": [-0.7, 0.7], "heading": [-3.0, 3.0]},
        "robot_urdf": "<robot/>",
        "iteration": 100,
        "experiment_config": {
            "robot": {
                "dof_effort_limit_list": [80.0, 40.0],
                "init_state": {"default_joint_angles": {"hip": -0.3, "knee": 0.6}},
                "control": {
                    "control_type": "P", "action_scale": 0.25, "action_clip_value": 20.0, "clip_actions": true,
                    "action_scales_by_effort_limit_over_p_gain": false
                }
            },
            "observation": {
                "clip_observations": 100.0,
                "groups": {"actor_obs": {"history_length": 4, "terms": {
                    "sin_phase": term(1.0), "dof_pos": term(1.0), "base_ang_vel": term(0.25), "actions": term(1.0),
                    "command_lin_vel": term(1.0), "command_ang_vel": term(1.0), "cos_phase": term(1.0),
                    "projected_gravity": term(1.0), "dof_vel": term(0.05)
                }}}
            },
            "command": {"setup_terms": {
                "locomotion_gait": {"params": {"gait_period": 0.8, "gait_period_randomization_width": 0.2}},
                "locomotion_command": {"params": {"stand_prob": 0.2}}
            }},
            "simulator": {"config": {"sim": {"fps": 200, "control_decimation": 4}}}
        }
    })
}

fn holosoma_model(folder: &TempDir, metadata: &serde_json::Value) -> PathBuf {
    let entries = metadata.as_object().unwrap().iter();
    let entries: Vec<_> = entries.map(|(key, value)| (key.as_str(), value.to_string())).collect();
    model(folder, &entries)
}

#[test]
fn holosoma_configuration_is_a_whole_contract() {
    let folder = TempDir::new().unwrap();
    let contract = read(&Described::of_model(holosoma_model(&folder, &holosoma())), &bot()).unwrap();
    assert_eq!(contract.dialect, "holosoma ONNX metadata");
    assert_eq!(contract.joint_names, ["knee", "hip"]);
    assert_eq!(contract.default_joint_pos, [0.6, -0.3]);
    assert_eq!(contract.action.offset, [0.6, -0.3]);
    assert_eq!(contract.action.scale, [0.25, 0.25]);
    assert_eq!(contract.action.clip, Some([-20.0, 20.0]));
    assert_eq!((contract.joint_stiffness[1], contract.joint_damping[1]), (40.0, 1.0));
    assert_eq!(contract.policy_rate_hz, 50.0);
    assert_eq!(contract.command_ranges.ang_vel_z, [-0.7, 0.7]);
    assert_eq!(contract.history_start, HistoryStart::Zero);
    assert!(contract.clip_after_scale);
    assert!(
        contract
            .observations
            .iter()
            .all(|term| term.history == 4 && term.clip == Some([-100.0, 100.0]))
    );
    let built = terms(&contract, &bot()).unwrap();
    let expected = [
        ("last_action", 8),
        ("base_ang_vel", 12),
        ("command_ang_vel", 4),
        ("command_lin_vel", 8),
        ("cos_phase", 8),
        ("joint_pos_rel", 8),
        ("joint_vel", 8),
        ("projected_gravity", 12),
        ("sin_phase", 8),
    ];
    assert_eq!(built, expected.map(|(name, len)| (name.to_owned(), len)));
    assert_eq!(contract.observations[4].params["period_secs"], [0.8]);
    assert_eq!(contract.observations[6].scale, [0.05]);
}

#[test]
fn holosoma_action_scale_by_effort_over_gain() {
    let folder = TempDir::new().unwrap();
    let mut metadata = holosoma();
    metadata["experiment_config"]["robot"]["control"]["action_scales_by_effort_limit_over_p_gain"] = json!(true);
    let file = holosoma_model(&folder, &metadata);
    let contract = read(&Described::of_model(file), &bot()).unwrap();
    assert_eq!(contract.action.scale, [0.25 * 80.0 / 100.0, 0.25 * 40.0 / 40.0]);
}

#[test]
fn holosoma_without_its_configuration_needs_overrides() {
    let folder = TempDir::new().unwrap();
    let mut metadata = holosoma();
    metadata.as_object_mut().unwrap().remove("experiment_config");
    let file = holosoma_model(&folder, &metadata);
    assert_says(
        read(&Described::of_model(&file), &bot()).unwrap_err(),
        &[
            "policy.onnx",
            "`action.scale`",
            "under `overrides` in the parameter file",
        ],
    );
    let overrides = "{policy_rate_hz: 50, action: {scale: 0.25}, observation_names: [base_ang_vel, joint_pos_rel]}";
    let contract = read(&inline(&file, None, Some(overrides)), &bot()).unwrap();
    assert_eq!(contract.joint_stiffness, [100.0, 40.0]);
    assert_eq!(contract.history_start, HistoryStart::Zero);
}

#[test]
fn holosoma_values_that_do_not_fit_are_refused_with_their_path() {
    let folder = TempDir::new().unwrap();
    let refused = |change: &dyn Fn(&mut serde_json::Value), parts: &[&str]| {
        let mut metadata = holosoma();
        change(&mut metadata);
        let file = holosoma_model(&folder, &metadata);
        assert_says(read(&Described::of_model(file), &bot()).unwrap_err(), parts);
    };
    refused(
        &|m| m["experiment_config"]["robot"]["control"]["control_type"] = json!("T"),
        &[
            "metadata `experiment_config`",
            "`robot.control.control_type`",
            "found `T`",
        ],
    );
    refused(
        &|m| m["experiment_config"]["robot"]["init_state"]["default_joint_angles"] = json!({"hip": 0.0}),
        &["`robot.init_state.default_joint_angles.knee`"],
    );
    refused(
        &|m| m["experiment_config"]["observation"]["groups"] = json!({"critic_obs": {"terms": {}}}),
        &["`observation.groups`", "actor_obs", "found critic_obs"],
    );
    refused(&|m| m["kp"] = json!("stiff"), &["metadata `kp`", "stiff"]);
    refused(
        &|m| m["experiment_config"]["simulator"] = json!(3),
        &["metadata `experiment_config`", "`simulator`"],
    );
}
