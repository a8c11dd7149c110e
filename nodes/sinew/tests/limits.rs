//! Whatever is given as a file, the command ends soon and in little memory, with exit code 2 and an error that names the
//! file.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use std::process::Command;

use common::root;
use tempfile::TempDir;

/// Far more than any of these takes, far less than the endless would.
const SECS: &str = "60";
/// Memory that the command may map, KiB.
const MEMORY_KIB: &str = "3145728";

/// Standard error of a command that must refuse what it is given.
fn refusal(args: &[&str]) -> String {
    let output = Command::new("sh")
        .args([
            "-c",
            "ulimit -v \"$1\"; shift; exec timeout \"$@\"",
            "sh",
            MEMORY_KIB,
            SECS,
        ])
        .arg(env!("CARGO_BIN_EXE_sinew"))
        .args(args)
        .current_dir(root())
        .output()
        .unwrap();
    let message = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(2), "{args:?}: {message}");
    assert!(message.len() < 20_000, "{} bytes of error", message.len());
    message
}

fn assert_refused(args: &[&str], expected: &str) {
    let message = refusal(args);
    assert!(
        message.contains(expected),
        "{args:?}: `{expected}` is not in:\n{message}"
    );
}

#[test]
fn pipes_devices_and_folders_are_no_files() {
    let folder = TempDir::new().unwrap();
    let pipe = folder.path().join("pipe");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let pipe = pipe.to_str().unwrap();
    let strider = std::fs::read_to_string(root().join("launch/robots/strider.yaml")).unwrap();
    let strider = strider.replace("../../", &format!("{}/", root().display()));
    let with = |name: &str, of: &str, by: &str| {
        let of = root().join(of).display().to_string();
        assert!(strider.contains(&of), "{of}");
        let file = folder.path().join(name);
        std::fs::write(&file, strider.replace(&of, by)).unwrap();
        file.display().to_string()
    };
    let policy = "models/strider/walk.onnx";
    let robot = "sim/robots/strider/strider.xml";
    for (path, found) in [("/dev/zero", "a device"), (pipe, "a pipe"), ("/", "a folder")] {
        let said = format!("{path}: cannot be read: expected a plain file, found {found}");
        assert_refused(&["run", path], &said);
        assert_refused(
            &["run", &with("scene.yaml", "sim/robots/strider/scene.xml", path)],
            &said,
        );
        assert_refused(&["run", &with("policy.yaml", policy, path)], &said);
        assert_refused(&["policy", "check", path, "--robot", robot], &said);
        assert_refused(&["policy", "check", policy, "--robot", path], &said);
        assert_refused(
            &["policy", "check", policy, "--robot", robot, "--contract", path],
            &said,
        );
        assert_refused(&["model", "show", path], &said);
    }
    for path in ["/dev/zero", pipe] {
        assert_refused(
            &["perceive", "models/spotter/spotter.onnx", path],
            "expected a plain file",
        );
    }
}

#[test]
fn yaml_that_costs_more_than_it_says_is_refused() {
    let folder = TempDir::new().unwrap();
    let refused = |text: String, expected: &str| {
        let file = folder.path().join("robot.yaml");
        std::fs::write(&file, text).unwrap();
        assert_refused(&["run", file.to_str().unwrap()], expected);
        let policy = root().join("models/strider/walk.onnx");
        let robot = root().join("sim/robots/strider/strider.xml");
        let args = [
            "policy",
            "check",
            policy.to_str().unwrap(),
            "--robot",
            robot.to_str().unwrap(),
            "--contract",
        ];
        refusal(&[&args[..], &[file.to_str().unwrap()]].concat());
    };
    let nested = "nested more than 100 deep";
    refused(
        format!("control: {}{}", "[".repeat(100_000), "]".repeat(100_000)),
        nested,
    );
    refused(format!("control: {}", "[".repeat(100_000)), nested);
    refused(
        format!("control: {{ros__parameters: {}1", "{a: ".repeat(100_000)),
        nested,
    );
    let square = format!("a: &a [{}]\nb: [{}]\n", "1,".repeat(100_000), "*a,".repeat(100_000));
    refused(square, "what its aliases repeat");
    let dotted = format!(
        "control: {{ros__parameters: {{? {} : 1}}}}",
        vec!["a"; 200_000].join(".")
    );
    refused(dotted, "at most 100 levels");
    refused(" ".repeat(5 << 20), "");
}
