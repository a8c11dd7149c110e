//! Robots and policies as they are found: what a user types, and what comes of it.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::AtomicBool;

use common::root;
use sinew::course::Course;
use sinew::params::Params;
use sinew::run::{CommandSource, Limits, Metrics, PolicyOnRobot, PolicySummary, Summary, drive, simulator};
use sinew_control::Mode;
use sinew_control::clock::VirtualClock;
use sinew_control::command::VelocityCommand;
use sinew_control::io::{Capabilities, IoError, Policy, PolicyError, RobotIo};
use sinew_control::state::{JointCommand, RobotState};
use tempfile::TempDir;

/// A policy that asks for its rest pose.
struct Rest;

impl Policy for Rest {
    fn infer(&mut self, _: &[f32], action: &mut [f32]) -> Result<(), PolicyError> {
        action.fill(0.0);
        Ok(())
    }
}

const ARM: &str = r#"<mujoco model="arm"><compiler angle="radian"/><worldbody><geom type="plane" size="0 0 1" pos="0 0 FLOOR"/>
<body name="mount" pos="0 0 0.8" quat="0.7071068 0.7071068 0 0"><geom type="box" size="0.1 0.1 0.05" mass="5" contype="0" conaffinity="0"/>
<body name="l1"><joint name="a1" axis="0 1 0" range="-2 2"/><geom type="capsule" fromto="0 0 0 0 0 -0.3" size="0.02" mass="1"/></body>
<body name="l2"><joint name="a2" axis="0 1 0" range="-2 2"/><geom type="capsule" fromto="0 0 0 0 0 -0.2" size="0.02" mass="0.5" contype="0" conaffinity="0"/></body></body></worldbody>
<actuator><motor joint="a1" ctrlrange="-50 50" ctrllimited="true"/><motor joint="a2" ctrlrange="-50 50" ctrllimited="true"/></actuator></mujoco>"#;

/// Parameters of a robot in a folder of its own; `contract` may hold further keys.
fn params(folder: &TempDir, robot: &str, contract: &str) -> Params {
    std::fs::write(folder.path().join("robot.xml"), robot).unwrap();
    // ONNX of IR version 8 with an empty graph: the test brings a policy of its own.
    std::fs::write(folder.path().join("policy.onnx"), [0x08, 0x08, 0x3a, 0x00]).unwrap();
    let file = folder.path().join("robot.yaml");
    let text = format!(
        "\u{feff}/**:\n  ros__parameters: {{robot_description: robot.xml}}\ncontrol:\n  ros__parameters:\n    rate_hz: 200.0\n    \
         policy:\n      path: policy.onnx\n      contract: {{sinew_contract: 1, policy_rate_hz: 50, action: {{scale: 1.0}}, \
         joint_stiffness: 3.0, joint_damping: 1.0, observation_names: [joint_pos], {contract}}}\n"
    );
    std::fs::write(&file, text).unwrap();
    Params::load(&file).unwrap()
}

fn run(params: &Params, seconds: f64) -> (PolicyOnRobot, Metrics, sinew_control::tick::ControlLoop) {
    let loaded = PolicyOnRobot::new(&params.loop_source()).unwrap();
    let sim = simulator(&loaded, params).unwrap();
    run_on(params, loaded, Box::new(sim), seconds)
}

fn run_on(
    params: &Params,
    loaded: PolicyOnRobot,
    io: Box<dyn RobotIo>,
    seconds: f64,
) -> (PolicyOnRobot, Metrics, sinew_control::tick::ControlLoop) {
    let clock = Box::new(VirtualClock::default());
    let (mut control, operator) = loaded
        .control_loop(&params.control, io, Box::new(Rest), clock, 1)
        .unwrap();
    let mut metrics = Metrics::new(&loaded.model, 0);
    let limits = Limits {
        seconds,
        linger_secs: f64::INFINITY,
        interrupted: &AtomicBool::new(false),
    };
    let course = Course::constant(VelocityCommand::new(0.0, 0.0, 0.0));
    drive(
        &mut control,
        &operator,
        &mut CommandSource::Course(course),
        limits,
        &mut metrics,
        || {},
    );
    (loaded, metrics, control)
}

#[test]
fn an_arm_on_a_wall_neither_falls_nor_leans_over_whatever_floor() {
    for floor in ["0", "-1"] {
        let folder = TempDir::new().unwrap();
        let robot = ARM.replace("FLOOR", floor);
        let params = params(&folder, &robot, "default_joint_pos: 0.2");
        let (loaded, metrics, control) = run(&params, 2.0);
        assert!(!metrics.fell);
        assert_eq!(control.stop(), None);
        assert_eq!(control.gate().counts().total(), 0);
        let summary = Summary::new(&loaded, &control, &metrics, None, 1.0);
        assert!(summary.is_good());
        assert!(summary.to_string().starts_with("arm: no stop\n"), "{summary}");
        assert!(loaded.introduction(&control).contains("bolted down"));
    }
}

#[test]
fn joints_that_the_policy_does_not_drive_are_held_where_the_contract_says() {
    let folder = TempDir::new().unwrap();
    let robot = ARM
        .replace("FLOOR", "0")
        .replace("quat=\"0.7071068 0.7071068 0 0\"", "");
    let contract =
        "joint_names: [a1], default_joint_pos: {a1: 0.0, a2: 1.0}, other_joints: {a2: {stiffness: 200, damping: 5}}";
    let (_, _, control) = run(&params(&folder, &robot, contract), 2.0);
    assert_eq!(control.mode(), Mode::Run);
    // 0.5 kg at 0.1 m sag by less than 0.49 / 200 rad.
    let position = control.state().position[1];
    assert!((position - 1.0).abs() < 0.01, "{position}");
    let written = control.gate().written();
    assert_eq!((written.position[1], written.kp[1], written.kd[1]), (1.0, 200.0, 5.0));
}

#[test]
fn the_harness_lets_go_half_a_second_after_the_policy_has_begun() {
    let folder = TempDir::new().unwrap();
    let crate_on_legs = r#"<mujoco model="crate"><worldbody><geom type="plane" size="0 0 1"/><body name="base" pos="0 0 1">
        <freejoint/><geom type="box" size="0.1 0.1 0.1" mass="3"/><body name="leg"><joint name="a1" axis="0 1 0"/>
        <geom type="capsule" fromto="0 0 0 0 0 -0.5" size="0.03" mass="1"/></body></body></worldbody>
        <actuator><motor joint="a1" ctrlrange="-50 50" ctrllimited="true"/></actuator></mujoco>"#;
    let mut params = params(&folder, crate_on_legs, "");
    let released = |params: &Params| {
        let loaded = PolicyOnRobot::new(&params.loop_source()).unwrap();
        let mut robot = simulator(&loaded, params).unwrap();
        let mut state = RobotState::new(1, robot.capabilities().feet.len());
        robot.read(0, &mut state).unwrap();
        let held = state.truth.unwrap().position;
        for tick in 1..5000_u64 {
            robot.write(&JointCommand::zeros(1), &state).unwrap();
            robot.read(tick * 4_000_000, &mut state).unwrap();
            if (state.truth.unwrap().position - held).norm() > 1e-6 {
                return tick as f64 * 0.004;
            }
        }
        panic!("it is held for ever");
    };
    let start = params.control.start.total_secs();
    let by_default = released(&params);
    assert!((by_default - start - 0.5).abs() < 0.05, "{by_default} {start}");
    params.sim.harness_secs = 1.0;
    assert!((released(&params) - 1.0).abs() < 0.05);
}

/// A simulator that has diverged.
struct Diverged;

impl RobotIo for Diverged {
    fn read(&mut self, _: u64, _: &mut RobotState) -> Result<(), IoError> {
        Err(IoError::NoState)
    }
    fn write(&mut self, _: &JointCommand, _: &RobotState) -> Result<(), IoError> {
        Ok(())
    }
    fn capabilities(&self) -> Capabilities {
        Capabilities::default()
    }
    fn failure(&self) -> Option<String> {
        Some("the simulation diverged at joint \"a1\" in step 7".to_owned())
    }
}

#[test]
fn a_run_whose_simulation_diverged_says_so_first() {
    let folder = TempDir::new().unwrap();
    let params = params(&folder, &ARM.replace("FLOOR", "0"), "");
    let loaded = PolicyOnRobot::new(&params.loop_source()).unwrap();
    let (loaded, metrics, control) = run_on(&params, loaded, Box::new(Diverged), 1.0);
    let summary = Summary::new(&loaded, &control, &metrics, None, 1.0);
    assert!(!summary.is_good());
    let text = summary.to_string();
    assert!(
        text.starts_with("arm: the simulation diverged at joint \"a1\" in step 7\n"),
        "{text}"
    );
    let json = serde_json::to_value(&summary).unwrap();
    assert_eq!(json["failure"], "the simulation diverged at joint \"a1\" in step 7");
}

#[test]
fn the_files_with_a_policys_weights_are_hashed_too() {
    let shared = root().join("../shared/cases/policy/pack_external_data");
    if !shared.is_dir() {
        eprintln!("skipped: {} is missing", shared.display());
        return;
    }
    let folder = TempDir::new().unwrap();
    for name in ["policy.onnx", "policy.onnx.data", "robot.xml"] {
        std::fs::copy(shared.join(name), folder.path().join(name)).unwrap();
    }
    let file = folder.path().join("robot.yaml");
    let text = "/**: {ros__parameters: {robot_description: robot.xml}}\ncontrol: {ros__parameters: {policy: {path: policy.onnx, \
                contract: {policy_rate_hz: 50, action: {scale: 1}, joint_stiffness: 20, joint_damping: 1, \
                observation_names: [joint_pos, joint_vel]}}}}\n";
    std::fs::write(&file, text).unwrap();
    let hash = || {
        let loaded = PolicyOnRobot::new(&Params::load(&file).unwrap().loop_source()).unwrap();
        PolicySummary::of(&loaded).weights_sha256["policy.onnx.data"].clone()
    };
    let before = hash();
    let data = folder.path().join("policy.onnx.data");
    let mut bytes = std::fs::read(&data).unwrap();
    bytes[0] ^= 1;
    std::fs::write(&data, bytes).unwrap();
    assert_ne!(hash(), before);
}

/// Exit code and all that a command prints, run in a copy of a folder.
fn outcome(folder: &Path, args: &[&str]) -> (i32, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_sinew"))
        .args(args)
        .current_dir(folder)
        .output()
        .unwrap();
    let text = [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).unwrap());
    (output.status.code().unwrap(), text.concat())
}

#[test]
fn a_policy_that_asks_for_its_base_velocity_walks_as_nodes_too_and_is_told_where_a_robot_has_none() {
    if !root().join("../shared/robots").is_dir() {
        eprintln!("skipped: ../shared/robots is missing");
        return;
    }
    let go1 = "nodes/sinew/tests/robots/unitree_go1.yaml";
    let (code, text) = outcome(&root(), &["up", go1, "--seconds", "5"]);
    assert_eq!(code, 0, "{text}");
    assert!(
        text.contains("the topic odom") && text.contains("mode: run") && !text.contains("stopped"),
        "{text}"
    );
    let alone = ["up", go1, "--nodes", "control", "--bus", "local", "--seconds", "1"];
    let (code, text) = outcome(&root(), &alone);
    assert_eq!(code, 2, "{text}");
    assert!(text.contains("`topics.base_velocity`: expected true"), "{text}");
}

/// Cases from public bug reports, which lie in `../shared/cases/policy`; where that is missing the test
/// says so and skips.
#[test]
fn cases_of_the_field_end_as_a_user_would_have_them() {
    let cases: PathBuf = root().join("../shared/cases/policy");
    if !cases.is_dir() {
        eprintln!("skipped: {} is missing", cases.display());
        return;
    }
    const STILL: [&str; 6] = ["--pace", "fast", "--seconds", "1", "--cmd", "0,0,0"];
    let check = ["policy", "check", "p.yaml"];
    let mjlab = ["policy", "check", "policy.onnx", "--robot", "robot.xml"];
    let still = |file| [&["run", file][..], &STILL].concat();
    let runs: [(&str, Vec<&str>, i32, &str); 10] = [
        ("fixed_base_falls_to_origin", still("floor0.yaml"), 0, "verdicts: none"),
        ("fixed_base_falls_to_origin", still("floor-1.yaml"), 0, "verdicts: none"),
        ("passive_damping_dropped", still("motor.yaml"), 0, "verdicts: none"),
        ("passive_damping_dropped", still("position.yaml"), 0, "verdicts: none"),
        ("frame_layout_starts_at", check.to_vec(), 0, "2, 6"),
        ("helper_body_refused", check.to_vec(), 0, "\"unused\""),
        ("other_joints_pose", check.to_vec(), 0, "1.500"),
        ("urdf_mimic_refused", check.to_vec(), 0, "a2 follows a1"),
        ("yaml_byte_order_mark", check.to_vec(), 0, "verdict: fits"),
        ("mjlab_placeholder_gains", mjlab.to_vec(), 2, "joint_damping"),
    ];
    for (case, args, code, words) in runs {
        let (found, text) = outcome(&cases.join(case), &args);
        assert_eq!(found, code, "{case}: {text}");
        assert!(text.contains(words), "{case}: {words} is not in {text}");
    }
}
