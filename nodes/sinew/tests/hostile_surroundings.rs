//! `sinew` where its surroundings are not what it would like: outputs that nobody reads, names that are commands to a
//! terminal, numbers that are none, no threads to be had.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use std::ffi::OsStr;
use std::io::Read;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use common::root;
use tempfile::TempDir;

const STRIDER: &str = "launch/robots/strider.yaml";

fn sinew() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sinew"));
    command.current_dir(root());
    command
}

fn run(args: &[&str]) -> Output {
    sinew().args(args).output().unwrap()
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn a_time_that_is_none_is_refused_with_what_is_expected() {
    for command in ["up", "run", "eval"] {
        for secs in ["nan", "-1", "0", "inf", "1e30", "ten"] {
            let output = run(&[command, STRIDER, &format!("--seconds={secs}")]);
            assert_eq!(output.status.code(), Some(2), "{command} {secs}: {}", said(&output));
            let said = said(&output);
            assert!(said.contains("expected seconds") && said.contains(secs), "{said}");
        }
    }
}

#[test]
fn a_negative_time_is_told_as_such() {
    for command in ["up", "run", "eval"] {
        let output = run(&[command, STRIDER, "--seconds", "-1"]);
        assert!(said(&output).contains("expected seconds"), "{}", said(&output));
    }
}

#[test]
fn numbers_on_the_command_line_have_ends() {
    let perceive = ["perceive", "models/spotter/spotter.onnx", "models/spotter/seen.jpg"];
    for (option, value, named) in [
        ("--threads", "4000", "4000 is not in 0..=256"),
        ("--threshold", "-1", "expected a number from 0 to 1"),
        ("--overlap", "-1", "expected a number from 0 to 1"),
    ] {
        let output = run(&[&perceive[..], &[option, value]].concat());
        assert_eq!(output.status.code(), Some(2), "{}", said(&output));
        assert!(said(&output).contains(named), "{}", said(&output));
    }
    for threads in ["0", "3000"] {
        let output = run(&["eval", STRIDER, "--threads", threads]);
        assert!(said(&output).contains("is not in 1..=256"), "{}", said(&output));
    }
}

#[test]
fn a_file_need_not_have_a_name_in_utf_8() {
    let folder = TempDir::new().unwrap();
    let odd = |name: &[u8]| folder.path().join(OsStr::from_bytes(name));
    let description = root().join("sim/robots/strider/scene.xml");
    let policy = root().join("models/strider/walk.onnx");
    let text = format!(
        "/**: {{ros__parameters: {{robot_description: {description:?}}}}}\n\
         control: {{ros__parameters: {{rate_hz: 200.0, policy: {{path: {policy:?}}}}}}}\n"
    );
    let file = odd(b"caf\xe9.yaml");
    std::fs::write(&file, text).unwrap();
    let picture = odd(b"caf\xe9.png");
    let fast = ["--pace", "fast", "--seconds", "0.5"];
    let output = sinew()
        .arg("run")
        .arg(&file)
        .args(fast)
        .arg("--picture")
        .arg(&picture)
        .output();
    let output = output.unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    assert!(picture.exists());
    for args in [&["run"][..], &["up"], &["policy", "check"], &["run", STRIDER, "--cmd"]] {
        let output = sinew().args(args).arg(odd(b"no\xe9.yaml")).output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{args:?}: {}", said(&output));
    }
}

#[test]
fn a_place_that_cannot_be_written_is_refused_before_the_work() {
    for args in [
        ["run", STRIDER, "--json", "/no/such/folder/out.json"],
        ["run", STRIDER, "--json", "/tmp"],
        ["run", STRIDER, "--picture", "/no/such/folder/out.png"],
        ["eval", STRIDER, "--json", "/no/such/folder/out.json"],
    ] {
        let output = run(&args);
        let said = said(&output);
        assert_eq!(output.status.code(), Some(2), "{said}");
        assert!(
            said.starts_with(&format!("error: {}: {}: cannot be written", args[2], args[3])),
            "{said}"
        );
    }
}

#[test]
fn a_picture_is_not_written_to_standard_output_nor_to_a_file_called_dash() {
    let output = run(&["run", STRIDER, "--pace", "fast", "--seconds", "0.1", "--picture", "-"]);
    assert_eq!(output.status.code(), Some(2), "{}", said(&output));
    assert!(said(&output).contains("--picture: expected"), "{}", said(&output));
    assert!(!root().join("-").exists());
}

#[test]
fn a_result_that_cannot_be_written_is_an_error() {
    let check = ["policy", "check", STRIDER];
    for args in [&check[..], &["nodes"], &["plan", STRIDER], &["plan", STRIDER, "--json"]] {
        let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
        let output = sinew().args(args).stdout(full).output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{args:?}: {}", said(&output));
        assert!(
            said(&output).contains("standard output cannot be written: No space left"),
            "{}",
            said(&output)
        );
    }
}

#[test]
fn a_process_that_ends_before_its_nodes_are_configured_says_so() {
    let output = run(&["up", STRIDER, "--seconds", "0.001"]);
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    assert!(
        said(&output).contains("control: has to end before it is configured"),
        "{}",
        said(&output)
    );
}

#[test]
fn ros_arguments_are_refused_where_nobody_reads_them() {
    let output = run(&["run", STRIDER, "--ros-args", "-p", "sim:seed:=3"]);
    assert_eq!(output.status.code(), Some(2), "{}", said(&output));
    assert!(
        said(&output).contains("`sinew up` alone takes ROS arguments"),
        "{}",
        said(&output)
    );
}

/// strider_ball.yaml, or the file that it extends, changed, in a file of its own.
fn changed(folder: &TempDir, from: &str, to: &str) -> String {
    let text = |name: &str| std::fs::read_to_string(root().join("launch/robots").join(name)).unwrap();
    let texts = [text("strider_ball.yaml"), text("strider.yaml")];
    let text = texts.iter().find(|text| text.contains(from)).unwrap().replace(from, to);
    let root = root().canonicalize().unwrap();
    let text = text.replace("../../", &format!("{}/", root.display()));
    let text = text.replace("extends: ", &format!("extends: {}/launch/robots/", root.display()));
    let file = folder.path().join("changed.yaml");
    std::fs::write(&file, text).unwrap();
    file.to_str().unwrap().to_owned()
}

#[test]
fn a_run_refuses_what_the_node_would() {
    let folder = TempDir::new().unwrap();
    for (from, to, named) in [
        (
            "rate_hz: 200.0",
            "rate_hz: 200.0\n    realtime: {priority: 5000}",
            "node `control`: `realtime.priority`: expected",
        ),
        (
            "model: ../",
            "threshold: 7\n    model: ../",
            "node `perception`: `threshold`: expected",
        ),
        (
            "target: ball",
            "target: ball\n    max_speed_m_s: 50.0",
            "node `follow`: `max_speed_m_s`: expected",
        ),
        ("target: ball", "target: zebra", "expected a class of"),
    ] {
        let file = changed(&folder, from, to);
        let output = run(&["run", &file, "--pace", "fast", "--seconds", "0.5"]);
        assert_eq!(output.status.code(), Some(2), "{to}: {}", said(&output));
        assert!(said(&output).contains(named), "{}", said(&output));
    }
}

#[test]
fn a_section_of_no_node_is_told() {
    let folder = TempDir::new().unwrap();
    let file = changed(&folder, "follow:", "folow:");
    let output = run(&["up", &file, "--seconds", "0.5"]);
    assert_eq!(output.status.code(), Some(2), "{}", said(&output));
    assert!(
        said(&output).contains("no such node; did you mean `follow`?"),
        "{}",
        said(&output)
    );
    let file = changed(&folder, "follow:", "planner: {ros__parameters: {}}\nfollow:");
    let output = run(&["up", &file, "--seconds", "0.5"]);
    assert!(said(&output).contains("no node `planner` here"), "{}", said(&output));
    let whole = run(&["up", "launch/robots/strider_ball.yaml", "--seconds", "0.5"]);
    assert!(!said(&whole).contains("no node"), "{}", said(&whole));
}

#[test]
fn a_node_is_run_once() {
    let output = run(&["up", STRIDER, "--nodes", "control,sim,control"]);
    assert_eq!(output.status.code(), Some(2), "{}", said(&output));
    assert!(said(&output).contains("found `control` twice"), "{}", said(&output));
}

#[test]
fn the_shipped_example_that_sees_goes_by_one_clock() {
    let output = run(&["up", "launch/robots/strider_ball.yaml", "--seconds", "4"]);
    let said = said(&output);
    assert_eq!(output.status.code(), Some(0), "{said}");
    assert!(said.contains("searching") && !said.contains("clock"), "{said}");
}

#[test]
fn a_reader_that_has_seen_enough_is_no_panic() {
    let check = [
        "policy",
        "check",
        "models/strider/walk.onnx",
        "--robot",
        "sim/robots/strider/strider.xml",
    ];
    let show = ["model", "show", "models/strider/walk.onnx"];
    let json = ["run", STRIDER, "--pace", "fast", "--seconds", "0.5", "--json", "-"];
    let doctor = ["doctor"];
    for args in [&check[..], &show, &json, &doctor] {
        let mut child = sinew()
            .args(args)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // Gone before the first line, which is the worst of `| head`.
        drop(child.stdout.take());
        let mut said = String::new();
        child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
        let status = child.wait().unwrap();
        assert!(!said.contains("panicked"), "{args:?}: {said}");
        assert!(
            status.code().is_some_and(|code| code <= 3),
            "{args:?}: {status}: {said}"
        );
    }
}

#[test]
fn nobody_who_reads_the_errors_is_no_panic_either() {
    let fast = ["run", STRIDER, "--pace", "fast", "--seconds", "0.5"];
    let refused = ["run", "no/such/file.yaml"];
    for (args, expected) in [(&fast[..], 0), (&refused, 2)] {
        let mut child = sinew().args(args).stderr(Stdio::piped()).spawn().unwrap();
        drop(child.stderr.take());
        assert_eq!(child.wait().unwrap().code(), Some(expected), "{args:?}");
    }
}

/// Nothing in it moves a terminal's cursor, and no line but its own begins at the left.
#[track_caller]
fn assert_plain(text: &str) {
    let control = |c: char| c.is_control() && c != '\n' && c != '\t';
    assert!(!text.contains(control), "{text:?}");
    assert!(!text.lines().any(|line| line.starts_with("ERROR forged")), "{text}");
}

const EVIL: &str = "evil\u{1b}[2J\u{7}\r\nERROR forged";

#[test]
fn names_of_files_and_metadata_are_shown_escaped() {
    let folder = TempDir::new().unwrap();
    let policy = std::fs::read(root().join("models/strider/walk.onnx")).unwrap();
    let policy = sinew_models::onnx::with_metadata(&policy, &[(EVIL, EVIL), ("run_path", EVIL)]).unwrap();
    let file = folder.path().join(format!("{EVIL}.onnx"));
    std::fs::write(&file, policy).unwrap();
    let file = file.to_str().unwrap();
    let robot = "sim/robots/strider/strider.xml";
    let evil_yaml = folder.path().join(format!("{EVIL}.yaml"));
    std::fs::write(&evil_yaml, format!("{:?}: {{ros__parameters: {{}}}}", "nobody")).unwrap();
    let evil_yaml = evil_yaml.to_str().unwrap();
    for args in [
        &["model", "show", file][..],
        &["policy", "check", file, "--robot", robot],
        &["policy", "check", file, "--robot", EVIL],
        &["run", EVIL],
        &["run", evil_yaml],
        &["up", evil_yaml],
        &["perceive", "--model", EVIL, EVIL],
        &["up", STRIDER, "--nodes", EVIL],
    ] {
        let output = run(args);
        assert!(!output.stdout.is_empty() || !output.stderr.is_empty(), "{args:?}");
        assert_plain(&String::from_utf8_lossy(&output.stdout));
        assert_plain(&said(&output));
    }
}

fn is_root() -> bool {
    // The kernel gives /proc/self the effective user of the process.
    std::fs::metadata("/proc/self").unwrap().uid() == 0
}

/// Runs `sinew` as a user who may have so many threads in all, or `None` where this one may not become another.
fn with_threads(most: u32, args: &[&str]) -> Option<Output> {
    if !is_root() {
        eprintln!("skipped: only root becomes a user who has no other threads");
        return None;
    }
    let output = Command::new("setpriv")
        .args(["--reuid", "65111", "--regid", "65111", "--clear-groups", "prlimit"])
        .arg(format!("--nproc={most}"))
        .arg(env!("CARGO_BIN_EXE_sinew"))
        .args(args)
        .current_dir(root())
        .output();
    let output = output.unwrap();
    if said(&output).contains("Permission denied") {
        eprintln!("skipped: another user may not read this folder: {}", said(&output));
        return None;
    }
    Some(output)
}

#[test]
fn where_no_thread_can_be_made_is_an_error_and_no_panic() {
    for most in [1, 2, 3] {
        for args in [
            &["run", STRIDER, "--pace", "fast", "--seconds", "0.5"][..],
            &["up", STRIDER, "--seconds", "1"],
            &["eval", STRIDER, "--episodes", "2", "--seconds", "1"],
        ] {
            let Some(output) = with_threads(most, args) else { return };
            let said = said(&output);
            assert!(!said.contains("panicked"), "{most} threads, {args:?}: {said}");
            let code = output.status.code();
            let good = code == Some(0) || code == Some(2) && said.contains("thread");
            assert!(good, "{most} threads, {args:?}: {:?}: {said}", output.status);
        }
    }
}

#[test]
fn a_cut_or_foreign_onnx_runtime_is_an_error_with_its_reason() {
    let Some(library) = std::env::var_os("ORT_DYLIB_PATH") else {
        eprintln!("skipped: ORT_DYLIB_PATH names no library to be cut");
        return;
    };
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("libonnxruntime.so");
    let whole = std::fs::read(library).unwrap();
    let refused = |bytes: &[u8], reason: &str| {
        std::fs::write(&file, bytes).unwrap();
        let output = sinew()
            .args(["model", "show", "models/strider/walk.onnx"])
            .env("ORT_DYLIB_PATH", &file)
            .output()
            .unwrap();
        let said = said(&output);
        assert_eq!(output.status.code(), Some(2), "{said}");
        assert!(
            said.contains(reason) && said.contains(&*file.to_string_lossy()),
            "{said}"
        );
    };
    refused(&whole[..whole.len() / 2], "truncated");
    refused(&whole[..whole.len() - 1], "truncated");
    refused(b"", "not a library");
    let foreign = Path::new("/lib/x86_64-linux-gnu/libc.so.6");
    if foreign.exists() {
        refused(&std::fs::read(foreign).unwrap(), "OrtGetApiBase");
    }
}
