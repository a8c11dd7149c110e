//! `policy.inference` chooses on what a policy runs, and what came of it is said.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod command;
mod common;

use std::path::PathBuf;

use command::{json, sinew};
use common::root;
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
