//! Strider walks, by the command that a user types.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod command;
mod common;

use std::process::{Command, Stdio};

use command::{json, sinew};
use common::root;
use serde_json::Value;

const STRIDER: &str = "launch/robots/strider.yaml";

#[test]
fn the_course_is_walked_without_fall_or_stop() {
    let output = sinew(&["run", STRIDER, "--pace", "fast", "--seconds", "20", "--json", "-"]);
    let summary = json(&output);
    assert_eq!(output.status.code(), Some(0), "{summary:#}");
    assert_eq!(summary["fell"], false);
    assert_eq!(summary["safety"]["stopped"], Value::Null);
    assert_eq!(summary["rust_allocations_in_ticks"], 0);
    assert_eq!(summary["missed_deadlines"], 0, "virtual time misses nothing");
    // The course asks for some 8 m; a robot that only stamps its feet makes none.
    assert!(summary["distance_m"].as_f64().unwrap() > 5.0, "{summary:#}");
    assert!(summary["velocity_error_mps"].as_f64().unwrap() < 0.2, "{summary:#}");
    for key in ["p50", "p99", "p999", "max"] {
        for duration in ["tick_us", "inference_us", "jitter_us"] {
            assert!(summary[duration][key].is_number(), "{duration}.{key}");
        }
    }
    assert_eq!(summary["policy"]["sha256"].as_str().unwrap().len(), 64);
    assert!(summary["real_time_factor"].as_f64().unwrap() > 0.0);
}

#[test]
fn a_run_is_a_function_of_its_seed() {
    let run = |seed: &str| {
        let output = sinew(&[
            "run",
            STRIDER,
            "--pace",
            "fast",
            "--seconds",
            "5",
            "--seed",
            seed,
            "--json",
            "-",
        ]);
        let summary = json(&output);
        ["distance_m", "velocity_error_mps", "mean_power_w"].map(|key| summary[key].as_f64().unwrap())
    };
    let first = run("7");
    assert_eq!(first, run("7"));
    assert_ne!(first, run("8"));
}

#[test]
fn standing_still_does_not_drift() {
    let output = sinew(&[
        "eval",
        STRIDER,
        "--episodes",
        "4",
        "--seed",
        "11",
        "--cmd",
        "0,0,0",
        "--no-pushes",
        "--json",
        "-",
    ]);
    let result = json(&output);
    assert_eq!(result["survival"], 1.0);
    let drift = result["displacement_max_m"].as_f64().unwrap();
    assert!(drift < 0.05, "drifted {drift} m");
}

#[test]
fn randomised_episodes_are_survived() {
    // A sample of the evaluation in models/strider/README.md, small enough for every test run.
    let output = sinew(&["eval", STRIDER, "--episodes", "24", "--seed", "2026", "--json", "-"]);
    let result = json(&output);
    assert!(result["survival"].as_f64().unwrap() >= 0.95, "{result:#}");
    assert!(result["velocity_error_mps"].as_f64().unwrap() <= 0.15, "{result:#}");
}

#[test]
fn a_robot_pushed_over_ends_with_exit_code_3_and_the_reason() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("robot.yaml");
    let text = std::fs::read_to_string(root().join(STRIDER)).unwrap();
    let here = root().canonicalize().unwrap();
    let text = text.replace("../..", here.to_str().unwrap()).replace(
        "\nsim:\n  ros__parameters:\n",
        "\nsim:\n  ros__parameters:\n    push_speed_m_s: 4.0\n    push_period_secs: 2.0\n",
    );
    assert!(text.contains("push_speed_m_s"));
    std::fs::write(&file, text).unwrap();
    let output = sinew(&["run", file.to_str().unwrap(), "--pace", "fast", "--json", "-"]);
    let summary = json(&output);
    assert_eq!(output.status.code(), Some(3), "{summary:#}");
    assert_eq!(summary["safety"]["stopped"]["check"], "tilt", "{summary:#}");
}

#[test]
fn the_loop_keeps_up_with_real_time() {
    let output = sinew(&["run", STRIDER, "--seconds", "3", "--json", "-"]);
    let summary = json(&output);
    assert_eq!(output.status.code(), Some(0), "{summary:#}");
    // Pacing, not speed: simulated and real time agree, however busy the machine is.
    let factor = summary["real_time_factor"].as_f64().unwrap();
    assert!((0.95..1.05).contains(&factor), "{factor}");
}

#[test]
fn an_interrupt_ends_a_run_in_the_safe_action_and_without_a_fault() {
    let run = Command::new(env!("CARGO_BIN_EXE_sinew"))
        .args(["run", STRIDER, "--seconds", "600", "--json", "-"])
        .current_dir(root())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    // Long enough to have begun; were it not, the signal would end the process and the test fail.
    std::thread::sleep(std::time::Duration::from_secs(3));
    // SAFETY: `kill` takes no pointers, and the child was not waited for yet.
    assert_eq!(unsafe { libc::kill(run.id() as i32, libc::SIGINT) }, 0);
    let output = run.wait_with_output().unwrap();
    let summary = json(&output);
    assert_eq!(output.status.code(), Some(0), "{summary:#}");
    assert_eq!(summary["safety"]["stopped"]["check"], "operator_stop");
}

#[test]
fn a_parameter_file_can_be_checked_without_running_it() {
    let output = sinew(&["policy", "check", STRIDER]);
    let table = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(0), "{table}");
    assert!(
        table.contains("left_knee_joint") && table.contains("verdict: fits strider"),
        "{table}"
    );
    let output = sinew(&["policy", "check", "models/strider/walk.onnx"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8(output.stderr).unwrap().contains("--robot is missing"));
}

#[test]
fn help_teaches() {
    let text = String::from_utf8(sinew(&["--help"]).stdout).unwrap();
    for word in ["run", "eval", "policy", "doctor", "Exit codes"] {
        assert!(text.contains(word), "{text}");
    }
    assert_eq!(sinew(&["run"]).status.code(), Some(2));
}

#[test]
fn joints_that_damp_by_themselves_walk_as_well() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("damped.yaml");
    let strider = root().join(STRIDER);
    let text = format!(
        "/**:\n  ros__parameters: {{extends: {}}}\ncontrol:\n  ros__parameters: {{drive_damping: true}}\n",
        strider.display()
    );
    std::fs::write(&file, text).unwrap();
    let file = file.to_str().unwrap();
    let output = sinew(&["run", file, "--pace", "fast", "--seconds", "10", "--json", "-"]);
    let summary = json(&output);
    assert_eq!(
        (&summary["fell"], &summary["safety"]["stopped"]),
        (&Value::Bool(false), &Value::Null)
    );
    assert!(summary["velocity_error_mps"].as_f64().unwrap() < 0.2, "{summary:#}");
    assert_eq!(summary["rust_allocations_in_ticks"], 0);
    // The one file means the same to the other commands: the simulator's joints damp with the policy's kd.
    let plan = sinew(&["plan", file, "--json"]);
    let plan = json(&plan);
    let nodes = plan["nodes"].as_array().unwrap();
    let sim = nodes.iter().find(|node| node["name"] == "sim").unwrap();
    let damping = sim["parameters"]["drive_damping"].as_array().unwrap();
    assert_eq!((damping.len(), damping[0].as_f64()), (19, Some(6.0)), "{plan:#}");
    let output = sinew(&[
        "eval",
        file,
        "--episodes",
        "2",
        "--seed",
        "3",
        "--no-pushes",
        "--json",
        "-",
    ]);
    assert_eq!(json(&output)["survival"], 1.0);
}
