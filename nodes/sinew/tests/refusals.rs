//! A wrong contract never moves a joint: `sinew run` refuses it with exit code 2 and a message that
//! names the field, before the first tick.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use std::path::{Path, PathBuf};
use std::process::Command;

use common::root;
use tempfile::TempDir;

/// A folder with Strider's policy, contract and parameters, to be broken.
struct Bench {
    folder: TempDir,
}

impl Bench {
    fn new() -> Self {
        let folder = TempDir::new().unwrap();
        let policy = root().join("models/strider");
        std::fs::copy(policy.join("walk.onnx"), folder.path().join("walk.onnx")).unwrap();
        std::fs::copy(
            policy.join("walk.contract.yaml"),
            folder.path().join("walk.contract.yaml"),
        )
        .unwrap();
        Self { folder }
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Changes the contract's YAML; every piece must be there to be replaced.
    fn edit_contract(&self, changes: &[(&str, &str)]) {
        let file = self.file("walk.contract.yaml");
        let mut text = std::fs::read_to_string(&file).unwrap();
        for (from, to) in changes {
            assert!(text.contains(from), "the contract does not hold `{from}`:\n{text}");
            text = text.replace(from, to);
        }
        std::fs::write(file, text).unwrap();
    }

    fn edit_policy(&self, change: impl FnOnce(Vec<u8>) -> Vec<u8>) {
        let file = self.file("walk.onnx");
        let bytes = std::fs::read(&file).unwrap();
        std::fs::write(file, change(bytes)).unwrap();
    }

    /// Runs with the contract's YAML, or with what the policy says of itself, and asserts the refusal.
    fn must_refuse(&self, with_yaml: bool, expected: &[&str]) {
        let params = self.file("robot.yaml");
        let scene = root().join("sim/robots/strider/scene.xml");
        let contract = if with_yaml {
            "\n      contract: walk.contract.yaml"
        } else {
            ""
        };
        let text = format!(
            "/**:\n  ros__parameters:\n    robot_description: {}\ncontrol:\n  ros__parameters:\n    policy:\n      path: walk.onnx{contract}\n",
            scene.display()
        );
        std::fs::write(&params, text).unwrap();
        let message = refusal(&params);
        for part in expected {
            assert!(message.contains(part), "`{part}` is not in:\n{message}");
        }
        let file = if with_yaml && message.contains(".yaml") {
            "walk.contract.yaml"
        } else {
            "walk.onnx"
        };
        assert!(message.contains(file), "the message does not name {file}:\n{message}");
    }
}

/// Standard error of a run that must end with exit code 2.
fn refusal(params: &Path) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_sinew"))
        .args(["run", "--pace", "fast", "--seconds", "1"])
        .arg(params)
        .output()
        .unwrap();
    let message = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{message}");
    assert!(!message.contains("panicked"), "{message}");
    message
}

/// Replaces one metadata entry of an ONNX file.
fn with_entry(bytes: &[u8], key: &str, change: impl FnOnce(&str) -> String) -> Vec<u8> {
    let model = sinew_models::onnx::OnnxModel::parse(bytes).unwrap();
    let value = &model.metadata[key];
    let changed = change(value);
    assert_ne!(&changed, value);
    sinew_models::onnx::with_metadata(bytes, &[(key, &changed)]).unwrap()
}

#[test]
fn the_unbroken_contract_is_accepted() {
    // Otherwise the refusals below would prove nothing.
    let output = Command::new(env!("CARGO_BIN_EXE_sinew"))
        .args(["policy", "check", "--contract"])
        .arg(root().join("models/strider/walk.contract.yaml"))
        .arg("--robot")
        .arg(root().join("sim/robots/strider/strider.xml"))
        .arg(root().join("models/strider/walk.onnx"))
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(0), "{text}");
    assert!(text.contains("verdict: fits strider"), "{text}");
}

#[test]
fn swapped_joints_in_the_yaml() {
    let bench = Bench::new();
    bench.edit_contract(&[
        ("left_hip_pitch_joint", "swap"),
        ("left_knee_joint", "left_hip_pitch_joint"),
        ("swap", "left_knee_joint"),
    ]);
    bench.must_refuse(true, &["default_joint_pos[0]", "left_knee_joint", "another order"]);
}

#[test]
fn swapped_joints_in_the_metadata() {
    let bench = Bench::new();
    bench.edit_policy(|bytes| {
        with_entry(&bytes, "sinew_contract", |json| {
            json.replace("left_hip_roll_joint", "swap")
                .replace("left_hip_yaw_joint", "left_hip_roll_joint")
                .replace("swap", "left_hip_yaw_joint")
        })
    });
    bench.must_refuse(false, &["joint_names"]);
}

#[test]
fn a_joint_that_the_robot_lacks() {
    let bench = Bench::new();
    bench.edit_contract(&[("left_knee_joint", "left_tail_joint")]);
    bench.must_refuse(true, &["joint_names[3]", "left_tail_joint", "left_knee_joint"]);
}

#[test]
fn a_joint_left_out() {
    let bench = Bench::new();
    bench.edit_contract(&[("left_knee_joint, ", "")]);
    bench.must_refuse(true, &["default_joint_pos", "11 numbers", "found 12"]);
}

#[test]
fn a_wrong_history() {
    let bench = Bench::new();
    bench.edit_contract(&[("history: 4", "history: 3")]);
    bench.must_refuse(true, &["observation", "133", "175"]);
}

#[test]
fn a_scale_of_the_wrong_length() {
    let bench = Bench::new();
    bench.edit_contract(&[("scale: [0.4, ", "scale: [")]);
    bench.must_refuse(true, &["action.scale", "12", "11"]);
}

#[test]
fn a_term_too_few() {
    let bench = Bench::new();
    bench.edit_contract(&[("velocity_commands, ", "")]);
    bench.must_refuse(true, &["observation", "172", "175"]);
}

#[test]
fn a_term_that_nobody_knows() {
    let bench = Bench::new();
    bench.edit_contract(&[("velocity_commands, ", "velocity_wishes, ")]);
    bench.must_refuse(true, &["velocity_wishes", "velocity_commands"]);
}

#[test]
fn a_golden_vector_off_by_a_hundredth() {
    let bench = Bench::new();
    bench.edit_policy(|bytes| {
        with_entry(&bytes, "sinew_golden", |json| {
            let mut golden: serde_json::Value = serde_json::from_str(json).unwrap();
            let action = &mut golden[1]["action"][4];
            *action = (action.as_f64().unwrap() + 1e-2).into();
            golden.to_string()
        })
    });
    bench.must_refuse(false, &["golden[1].action[4]"]);
}

#[test]
fn nan_in_the_weights() {
    let bench = Bench::new();
    bench.edit_policy(|mut bytes| {
        // Eight bytes of ones hold one whole float wherever they lie, and the middle is weights.
        let middle = bytes.len() / 2;
        bytes[middle..middle + 8].fill(0xff);
        bytes
    });
    bench.must_refuse(false, &["not finite"]);
}

#[test]
fn a_truncated_network() {
    let bench = Bench::new();
    bench.edit_policy(|bytes| bytes[..bytes.len() / 2].to_vec());
    bench.must_refuse(false, &["truncated"]);
}

#[test]
fn a_stiffness_that_the_motor_cannot_take() {
    let bench = Bench::new();
    bench.edit_contract(&[("joint_stiffness: [250.0", "joint_stiffness: [250000.0")]);
    bench.must_refuse(true, &["joint_stiffness[0]", "left_hip_pitch_joint", "120"]);
}

#[test]
fn a_damping_that_the_motor_cannot_take() {
    let bench = Bench::new();
    bench.edit_contract(&[("joint_damping: [6.0", "joint_damping: [60000.0")]);
    bench.must_refuse(true, &["joint_damping[0]", "left_hip_pitch_joint"]);
}

#[test]
fn bad_parameter_files_name_file_node_and_key() {
    let folder = TempDir::new().unwrap();
    let scene = root().join("sim/robots/strider/scene.xml");
    let policy = root().join("models/strider/walk.onnx");
    let good = format!(
        "/**:\n  ros__parameters:\n    robot_description: {}\ncontrol:\n  ros__parameters:\n    policy: {{path: {}}}\n",
        scene.display(),
        policy.display()
    );
    let cases = [
        ("control:\n", "contrl:\n", &["contrl", "control"][..]),
        ("policy:", "ratehz: 3\n    policy:", &["control", "ratehz", "rate_hz"]),
        ("policy:", "rate_hz: fast\n    policy:", &["control", "rate_hz", "fast"]),
        ("policy:", "rate_hz: 77.0\n    policy:", &["77", "50", "multiple"]),
        (
            "policy:",
            "safety: {stale_secs: -1.0}\n    policy:",
            &["stale_secs", "-1"],
        ),
        ("scene.xml", "scenery.xml", &["scenery.xml"]),
        ("walk.onnx", "run.onnx", &["run.onnx"]),
        (
            "/**:",
            "sim: {ros__parameters: {timestep_secs: 9.0}}\n/**:",
            &["timestep_secs", "9"],
        ),
        (
            "/**:",
            "course: {ros__parameters: {at_secs: [1.0], lin_vel_x: [1.0]}}\n/**:",
            &["course", "at_secs"],
        ),
        (
            "/**:",
            "sim: {ros__parameters: {keyframe: crouch}}\n/**:",
            &["keyframe", "crouch", "home"],
        ),
        ("/**:", "{", &["not YAML"]),
    ];
    for (from, to, expected) in cases {
        assert!(good.contains(from));
        let file = folder.path().join("robot.yaml");
        std::fs::write(&file, good.replacen(from, to, 1)).unwrap();
        let message = refusal(&file);
        for part in expected {
            assert!(message.contains(part), "`{part}` is not in:\n{message}");
        }
    }
    let message = refusal(&folder.path().join("gone.yaml"));
    assert!(message.contains("gone.yaml"), "{message}");
}
