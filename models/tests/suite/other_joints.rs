//! Joints that the policy does not drive are held where the contract says.

use sinew_control::contract::HeldJoint;
use sinew_control::robot::RobotDescription;
use tempfile::TempDir;

use crate::build::mlp;
use crate::support::{assert_says, inline, read, robot, write_bytes};

fn bot() -> RobotDescription {
    robot(&["hip", "knee", "left_arm", "right_arm"])
}

const LEGS: &str = "
policy_rate_hz: 50
joint_names: [hip, knee]
action: {scale: 0.25}
observation_names: [joint_pos]
";

fn held(extra: &str) -> Result<Vec<HeldJoint>, String> {
    let source = inline("none.onnx", Some(&format!("{LEGS}{extra}")), None);
    read(&source, &bot()).map(|contract| contract.other_joints)
}

fn arm(name: &str, position: Option<f64>, stiffness: Option<f64>, damping: Option<f64>) -> HeldJoint {
    HeldJoint {
        name: name.to_owned(),
        position,
        stiffness,
        damping,
    }
}

#[test]
fn other_joints_are_named_by_pattern_with_what_the_robot_does_not_say() {
    assert_eq!(held("").unwrap(), []);
    let yaml = "other_joints: {'*_arm': {position: 1.5, damping: 2}, left_arm: {position: -1, stiffness: 30}}\n";
    assert_eq!(
        held(yaml).unwrap(),
        [
            arm("left_arm", Some(-1.0), Some(30.0), Some(2.0)),
            arm("right_arm", Some(1.5), None, Some(2.0)),
        ]
    );
}

#[test]
fn patterns_that_match_none_of_the_policys_joints_speak_of_the_others() {
    let source = inline(
        "none.onnx",
        Some(&format!(
            "{LEGS}default_joint_pos: {{hip: -0.2, knee: 0.4, '*_arm': 1.5}}\njoint_stiffness: {{left_arm: 30}}\n"
        )),
        None,
    );
    let contract = read(&source, &bot()).unwrap();
    assert_eq!(contract.default_joint_pos, [-0.2, 0.4]);
    // A map of other joints alone says nothing of the policy's, which are the robot's.
    assert_eq!(contract.joint_stiffness, [40.0, 40.0]);
    assert_eq!(
        contract.other_joints,
        [
            arm("left_arm", Some(1.5), Some(30.0), None),
            arm("right_arm", Some(1.5), None, None)
        ]
    );
    assert_eq!(contract.misfits(&bot()), []);
}

#[test]
fn an_override_of_other_joints_leaves_the_policys_own_pose() {
    let contract =
        format!("{LEGS}default_joint_pos: [-0.2, 0.4]\nother_joints: {{left_arm: {{position: 1, damping: 3}}}}\n");
    let source = inline("none.onnx", Some(&contract), Some("default_joint_pos: {left_arm: 2}"));
    let contract = read(&source, &bot()).unwrap();
    assert_eq!(contract.default_joint_pos, [-0.2, 0.4]);
    assert_eq!(contract.other_joints, [arm("left_arm", Some(2.0), None, Some(3.0))]);
}

#[test]
fn what_names_no_other_joint_is_refused() {
    for (yaml, words) in [
        (
            "other_joints: {hip: {position: 1}}",
            vec!["`other_joints.hip`", "left_arm, right_arm"],
        ),
        (
            "other_joints: {'*_leg': {position: 1}}",
            vec!["`other_joints.*_leg`", "does not drive"],
        ),
        ("other_joints: {left_arm: {pose: 1}}", vec!["other_joints", "pose"]),
        (
            "default_joint_pos: {'*': 0, '*_leg': 1}",
            vec!["`default_joint_pos.*_leg`"],
        ),
        (
            "default_joint_pos: {'*': 0, left_arm: 1}\nother_joints: {left_arm: {position: 2}}",
            vec!["`default_joint_pos.left_arm`", "`other_joints.left_arm`", "found 1"],
        ),
        (
            "other_joints: {'left*': {position: 1}, '*_arm': {position: 2}}",
            vec!["one closest pattern for joint `left_arm`"],
        ),
    ] {
        assert_says(held(yaml).unwrap_err(), &words);
    }
}

#[test]
fn a_joint_that_the_robot_has_not_or_cannot_hold_is_a_misfit() {
    for (settings, words) in [
        ("wing: {position: 1}", vec!["`other_joints.wing`", "does not drive"]),
        (
            "left_arm: {position: 3.5}",
            vec!["`other_joints.left_arm.position`", "-3.000 to 3.000", "3.5"],
        ),
        (
            "left_arm: {position: .nan}",
            vec!["`other_joints.left_arm.position`", "NaN"],
        ),
        (
            "left_arm: {stiffness: -1}",
            vec!["`other_joints.left_arm.stiffness`", "from 0", "-1"],
        ),
        (
            "left_arm: {damping: 1e9}",
            vec!["`other_joints.left_arm.damping`", "1000000000"],
        ),
    ] {
        let source = inline("none.onnx", Some(&format!("{LEGS}other_joints: {{{settings}}}")), None);
        let misfits = read(&source, &bot()).unwrap().misfits(&bot());
        assert_says(&misfits[0], &words);
    }
}

#[test]
fn a_packed_policy_keeps_them() {
    let folder = TempDir::new().unwrap();
    let raw = write_bytes(&folder, "raw.onnx", &mlp(&[2, 2]).model());
    let yaml = format!("{LEGS}other_joints: {{left_arm: {{position: 1.5}}, right_arm: {{stiffness: 30, damping: 2}}}}");
    let contract = read(&inline(&raw, Some(&yaml), None), &bot()).unwrap();
    let packed = folder.path().join("packed.onnx");
    sinew_models::pack::pack(&crate::support::model_file(&raw), &contract, &packed).unwrap();
    let again = read(&crate::support::Described::of_model(&packed), &bot()).unwrap();
    assert_eq!(again.other_joints, contract.other_joints);
    assert_eq!(again.other_joints.len(), 2);
}
