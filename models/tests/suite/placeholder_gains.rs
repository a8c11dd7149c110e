//! Gains that exporters write because they do not know better are refused, until somebody gives others.

use sinew_models::onnx::with_metadata;
use tempfile::TempDir;

use crate::build::mlp;
use crate::support::{assert_says, inline, read, robot, write_bytes};

fn mjlab(stiffness: &str, damping: &str, overrides: Option<&str>) -> Result<(Vec<f64>, Vec<f64>), String> {
    let entries = [
        ("joint_names", "hip,knee"),
        ("joint_stiffness", stiffness),
        ("joint_damping", damping),
        ("default_joint_pos", "0,0"),
        ("observation_names", "joint_pos,joint_vel"),
        ("action_scale", "0.5,0.5"),
    ];
    let folder = TempDir::new().unwrap();
    let file = write_bytes(
        &folder,
        "policy.onnx",
        &with_metadata(&mlp(&[4, 2]).model(), &entries).unwrap(),
    );
    let contract = read(&inline(&file, None, overrides), &robot(&["hip", "knee"]))?;
    Ok((contract.joint_stiffness, contract.joint_damping))
}

#[test]
fn gains_of_one_and_nothing_are_those_of_nobody() {
    for (stiffness, damping, kp) in [
        ("1.000,1.000", "0.000,0.000", "stiffness of 1"),
        ("1", "-0.000,-0.000", "stiffness of 1"),
        ("0,0", "0,0", "stiffness of 0"),
    ] {
        let error = mjlab(stiffness, damping, None).unwrap_err();
        assert_says(
            error,
            &[
                "policy.onnx",
                "`joint_stiffness`",
                "`joint_damping`",
                "overrides",
                "explicit actuators",
                kp,
            ],
        );
    }
}

#[test]
fn one_of_the_two_given_is_not_enough_and_both_are() {
    assert!(mjlab("1,1", "0,0", Some("joint_stiffness: 1")).is_err());
    let gains = mjlab("1,1", "0,0", Some("{joint_stiffness: 20, joint_damping: [1, 2]}")).unwrap();
    assert_eq!(gains, (vec![20.0, 20.0], vec![1.0, 2.0]));
    // Somebody who writes the same numbers means them.
    assert!(mjlab("1,1", "0,0", Some("{joint_stiffness: 1, joint_damping: 0}")).is_ok());
}

#[test]
fn gains_that_are_only_small_are_believed() {
    assert!(mjlab("1,1.5", "0,0", None).is_ok());
    assert!(mjlab("1,1", "0,0.1", None).is_ok());
    assert!(mjlab("0,0", "2,2", None).is_ok());
}

#[test]
fn a_contract_that_a_user_writes_is_believed() {
    let yaml = "{policy_rate_hz: 50, action: {scale: 1}, observation_names: [joint_pos], joint_stiffness: 1, joint_damping: 0}";
    assert!(read(&inline("none.onnx", Some(yaml), None), &robot(&["hip"])).is_ok());
}

#[test]
fn a_contract_with_a_byte_order_mark_is_read_and_one_in_utf16_named() {
    let folder = TempDir::new().unwrap();
    let yaml = "sinew_contract: 1\npolicy_rate_hz: 50\naction: {scale: 1}\nobservation_names: [joint_pos]\n";
    let bot = robot(&["hip"]);
    let source = |bytes: &[u8]| {
        let file = write_bytes(&folder, "walk.contract.yaml", bytes);
        crate::support::Described::of_model("none.onnx").with(sinew_models::ContractGiven::File(file))
    };
    let marked = read(&source(format!("\u{feff}{yaml}").as_bytes()), &bot).unwrap();
    assert_eq!(marked.policy_rate_hz, 50.0);
    let wide: Vec<u8> = format!("\u{feff}{yaml}")
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    assert_says(
        read(&source(&wide), &bot).unwrap_err(),
        &["walk.contract.yaml", "UTF-16", "save it as UTF-8"],
    );
}
