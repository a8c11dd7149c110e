//! Logs in JSON: one object a line, whatever is logged, and by whomever.

use std::process::Command;

use serde_json::Value;

use crate::common::root;

/// Each line of standard error as an object.
fn logged(command: &mut Command) -> Vec<Value> {
    let output = command.env_remove("RUST_LOG").output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    let line = |line: &str| serde_json::from_str::<Value>(line).unwrap_or_else(|error| panic!("{error}: {line}"));
    let lines: Vec<_> = said.lines().map(line).collect();
    for line in &lines {
        for key in ["timestamp", "level", "target", "message"] {
            assert!(line[key].is_string(), "{key}: {line}");
        }
    }
    lines
}

fn sinew() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sinew"));
    command.current_dir(root()).env_remove("SINEW_LOG_FORMAT");
    command
}

#[test]
fn what_nodes_say_is_an_object_a_line_with_the_nodes_full_name() {
    let up = [
        "up",
        "launch/robots/strider.yaml",
        "--bus",
        "local",
        "--seconds",
        "3",
        "--log-format",
        "json",
    ];
    let lines = logged(sinew().args(up).args(["--ros-args", "-r", "__ns:=/left"]));
    let introduced = |line: &&Value| line["message"].as_str().unwrap().contains("driven by");
    let line = lines.iter().find(introduced).unwrap();
    assert_eq!(
        (&line["level"], &line["node"]),
        (&"INFO".into(), &"/left/control".into()),
        "{line}"
    );
    let span = serde_json::json!({"name": "transition", "node": "/left/control", "transition": "configure"});
    assert_eq!(line["spans"], serde_json::json!([span]), "{line}");
}

#[test]
fn the_error_that_ends_a_program_is_an_object_too() {
    let mut command = sinew();
    command
        .env("SINEW_LOG_FORMAT", "json")
        .args(["run", "no\n\u{1b}[2Jwhere.yaml"]);
    let lines = logged(&mut command);
    assert_eq!(lines.len(), 1);
    assert_eq!(
        (&lines[0]["level"], &lines[0]["target"]),
        (&"ERROR".into(), &"sinew".into())
    );
    assert!(
        lines[0]["message"].as_str().unwrap().contains("where.yaml"),
        "{}",
        lines[0]
    );
}

#[test]
fn what_is_wrong_with_the_command_line_is_an_object_too() {
    for (line, named) in [
        (
            vec!["run", "--no-such-option", "--log-format", "json"],
            "--no-such-option",
        ),
        (vec!["--log-format=json"], "Usage"),
        (vec!["no-such-command", "--log-format", "json"], "no-such-command"),
    ] {
        let lines = logged(sinew().args(line));
        assert_eq!(lines.len(), 1);
        assert_eq!(lines[0]["level"], "ERROR");
        let message = lines[0]["message"].as_str().unwrap();
        assert!(message.contains(named) && !message.starts_with("error"), "{message}");
    }
}

#[test]
fn another_format_is_refused_by_name() {
    let refused = sinew().env("SINEW_LOG_FORMAT", "xml").arg("nodes").output().unwrap();
    let said = String::from_utf8_lossy(&refused.stderr);
    assert_eq!(refused.status.code(), Some(2));
    assert!(
        said.contains("SINEW_LOG_FORMAT: expected text or json, found `xml`"),
        "{said}"
    );
}
