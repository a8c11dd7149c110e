//! `policy.inference` chooses on what a policy runs, and what came of it is said. How long an inference takes on a robot's
//! own computer counts in simulated time, and is judged by the loop.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod command;
mod common;

use std::path::PathBuf;

use command::{json, sinew};
use common::root;
use serde_json::Value;
use sinew_models::providers::{Provider, try_provider};
use tempfile::TempDir;

/// Why CUDA does not work here; `None`, said aloud, where it does.
fn no_cuda() -> Option<String> {
    match try_provider(Provider::Cuda) {
        Err(failure) => Some(failure.reason),
        Ok(()) => {
            println!("skipped: CUDA works here");
            None
        }
    }
}

/// Strider with a line of its own about inference.
fn strider(folder: &TempDir, inference: &str) -> PathBuf {
    let (scene, policy) = (
        root().join("sim/robots/strider/scene.xml"),
        root().join("models/strider/walk.onnx"),
    );
    let text = format!(
        "/**:\n  ros__parameters: {{robot_description: {}}}\ncontrol:\n  ros__parameters:\n    rate_hz: 200.0\n    \
         policy: {{path: {}, inference: {inference}}}\n",
        scene.display(),
        policy.display()
    );
    let file = folder.path().join("robot.yaml");
    std::fs::write(&file, text).unwrap();
    file
}

#[test]
fn a_policy_that_falls_back_says_so_in_words_and_in_the_summary() {
    let Some(reason) = no_cuda() else { return };
    let folder = TempDir::new().unwrap();
    let file = strider(&folder, "{providers: [cuda, cpu]}");
    let output = sinew(&[
        "run",
        file.to_str().unwrap(),
        "--pace",
        "fast",
        "--seconds",
        "0.5",
        "--json",
        "-",
    ]);
    let told = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{told}");
    assert!(told.contains("the policy runs on cpu"), "{told}");
    let line = format!("walk.onnx: the provider cuda does not work, cpu is used: {reason}");
    assert!(told.contains(&line), "{told}");
    let inference = &json(&output)["policy"]["inference"];
    assert_eq!(inference["used"], "cpu");
    assert_eq!(inference["failed"][0]["provider"], "cuda");
    assert_eq!(inference["failed"][0]["reason"], reason);
}

#[test]
fn strict_refuses_a_fallback_in_a_run_and_in_nodes_alike() {
    let Some(reason) = no_cuda() else { return };
    let folder = TempDir::new().unwrap();
    let file = strider(&folder, "{providers: [cuda, cpu], strict: true}");
    for arguments in [["run", "--pace", "fast"].as_slice(), &["up"]] {
        let output = sinew(&[arguments, &["--seconds", "1", file.to_str().unwrap()]].concat());
        let told = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {told}");
        let expected = format!(
            "robot.yaml: node `control`: `policy.inference`: strict: expected the provider cuda, which does not work: \
             {reason}"
        );
        assert!(told.contains(&expected), "{arguments:?}: {told}");
    }
}

#[test]
fn a_provider_that_does_not_exist_is_refused_by_its_key() {
    let folder = TempDir::new().unwrap();
    for (inference, word) in [
        ("{providers: [gpu]}", "gpu"),
        (
            "{providers: []}",
            "`policy.inference`: providers: expected at least one",
        ),
    ] {
        let file = strider(&folder, inference);
        let output = sinew(&["run", file.to_str().unwrap(), "--pace", "fast", "--seconds", "1"]);
        let told = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{told}");
        assert!(told.contains("inference") && told.contains(word), "{told}");
    }
}

const WALK: &str = "launch/robots/strider.yaml";

/// A file as `--latency-from` takes it.
fn board(folder: &TempDir, p50: f64, p99: f64) -> String {
    let file = folder.path().join("board.json");
    let text =
        format!("{{\"robot\": \"strider\", \"inference_us\": {{\"p50\": {p50}, \"p99\": {p99}, \"max\": 1e6}}}}");
    std::fs::write(&file, text).unwrap();
    file.to_str().unwrap().to_owned()
}

fn walked(more: &[&str]) -> (Option<i32>, Value) {
    let args = [&["run", WALK, "--pace", "fast", "--seconds", "4", "--json", "-"], more].concat();
    let output = sinew(&args);
    (output.status.code(), json(&output))
}

#[test]
fn a_latency_is_the_same_whether_it_is_said_or_measured() {
    let folder = tempfile::tempdir().unwrap();
    let measured = board(&folder, 4000.0, 4000.0);
    let numbers =
        |summary: &Value| ["distance_m", "velocity_error_mps", "mean_power_w"].map(|key| summary[key].clone());
    let (without, said, from) = (
        walked(&[]).1,
        walked(&["--latency-us", "4000"]).1,
        walked(&["--latency-from", &measured]).1,
    );
    assert_eq!(numbers(&said), numbers(&from));
    assert_ne!(
        numbers(&said),
        numbers(&without),
        "the robot goes on with its last command for 4 ms"
    );
    assert_eq!(said["latency_us"], serde_json::json!({"p50": 4000.0, "p99": 4000.0}));
    assert_eq!(
        (&said["late_inferences"], &said["missed_deadlines"]),
        (&0.into(), &0.into())
    );
    assert_eq!(
        (&said["rust_allocations_in_ticks"], &said["fell"]),
        (&0.into(), &false.into())
    );
    assert_eq!(without.get("latency_us"), None);

    let evaluated = |latency: &[&str]| {
        let args = ["eval", WALK, "--episodes", "2", "--seconds", "3", "--json", "-"];
        json(&sinew(&[&args[..], latency].concat()))
    };
    let said = evaluated(&["--latency-us", "4000"]);
    assert_eq!(said, evaluated(&["--latency-from", &measured]));
    assert_eq!(
        (&said["latency_us"]["p99"], &said["survival"]),
        (&4000.0.into(), &1.0.into())
    );
}

/// Strider's loop has 200 ticks a second, and so 5 ms for an inference.
#[test]
fn an_answer_that_comes_after_its_budget_is_late() {
    let folder = tempfile::tempdir().unwrap();
    let (code, summary) = walked(&["--latency-us", "150000"]);
    assert_eq!(code, Some(3), "{summary:#}");
    let (code, summary) = walked(&["--latency-us", "6000"]);
    assert_eq!(code, Some(3), "{summary:#}");
    assert!(
        summary["safety"]["verdicts"]["late_inference"].as_u64().unwrap() > 0,
        "{summary:#}"
    );
    let output = sinew(&["eval", WALK, "--episodes", "2", "--latency-us", "6000", "--json", "-"]);
    assert_eq!(json(&output)["survival"], 0.0);
    // A ninth of what is drawn between a millisecond and six is more than five.
    let (_, summary) = walked(&["--latency-from", &board(&folder, 1000.0, 6000.0)]);
    let late = summary["late_inferences"].as_f64().unwrap();
    let share = late / (50.0 * summary["seconds"].as_f64().unwrap());
    assert!((0.04..0.25).contains(&share), "{share}: {summary:#}");
}

#[test]
fn a_walk_with_a_latency_is_recorded_and_runs_again() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("walk.mcap");
    let file = file.to_str().unwrap();
    let measured = board(&folder, 1000.0, 6000.0);
    walked(&["--latency-from", &measured, "--record", file]);
    let output = sinew(&["replay", file]);
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{said}");
}

#[test]
fn a_latency_that_nothing_can_have_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let none = folder.path().join("none.json");
    std::fs::write(&none, "{\"tick_us\": 3}").unwrap();
    let wrong = board(&folder, 500.0, 300.0);
    for (args, expected) in [
        (&["run", WALK, "--latency-us", "300"][..], "expected `--pace fast`"),
        (
            &["run", WALK, "--latency-us", "-3"],
            "expected 0 to 10000000 µs, found -3",
        ),
        (
            &["eval", WALK, "--latency-us", "soon"],
            "expected a number, found `soon`",
        ),
        (&["eval", WALK, "--latency-from", &wrong], "found p50 500 and p99 300"),
        (
            &["eval", WALK, "--latency-from", none.to_str().unwrap()],
            "`inference_us: {p50, p99}`",
        ),
        (
            &["eval", WALK, "--latency-from", &wrong, "--latency-us", "3"],
            "cannot be used with",
        ),
    ] {
        let output = sinew(args);
        let message = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(2), "{args:?}: {message}");
        assert!(message.contains(expected), "{args:?}: {message}");
    }
}
