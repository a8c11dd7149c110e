//! What is recorded runs again, and is the same to the bit: by the commands that a user types.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod command;
mod common;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use command::{json, sinew};
use common::root;
use serde_json::Value;
use sinew_messages::sinew_msgs::msg::Tick;
use sinew_messages::{Message, cdr};
use sinew_recording::{ChannelSpec, Reader, Writer, WriterOptions};
use tempfile::TempDir;

const STRIDER: &str = "launch/robots/strider.yaml";

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// Records a run in virtual time.
fn recorded(folder: &TempDir, robot: &str, seconds: &str, more: &[&str]) -> PathBuf {
    let file = folder.path().join("run.mcap");
    let mut args = vec![
        "run",
        robot,
        "--pace",
        "fast",
        "--seconds",
        seconds,
        "--record",
        text(&file),
    ];
    args.extend(more);
    let output = sinew(&args);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    file
}

fn replayed(file: &Path) -> (Output, Value) {
    let output = sinew(&["replay", text(file), "--json", "-"]);
    let replay = json(&output);
    (output, replay)
}

fn assert_same(file: &Path) -> Value {
    let (output, replay) = replayed(file);
    assert_eq!(output.status.code(), Some(0), "{replay:#}");
    assert_eq!(replay["extent"], "whole_loop", "{replay:#}");
    assert_eq!(replay["same"], replay["ticks"], "{replay:#}");
    assert_eq!(replay["missing"], 0);
    assert!(replay["inferences"].as_u64().unwrap() > 100, "{replay:#}");
    replay
}

/// The same recording with `change` made to its ticks.
fn changed(file: &Path, name: &str, mut change: impl FnMut(u64, &mut Tick) -> bool) -> PathBuf {
    let to = file.with_file_name(name);
    let reader = Reader::open(file).unwrap();
    let mut writer = Writer::create(&to, WriterOptions::default()).unwrap();
    for attachment in reader.attachments().unwrap() {
        let attachment = attachment.unwrap();
        writer
            .attach(&attachment.name, &attachment.media_type, &attachment.data)
            .unwrap();
    }
    for (name, map) in &reader.info().metadata {
        if name == "sinew.loop" {
            writer.metadata(name, map).unwrap();
        }
    }
    let mut bytes = Vec::new();
    for (number, message) in reader.messages().unwrap().enumerate() {
        let message = message.unwrap();
        let mut tick = cdr::decode::<Tick>(&message.data).unwrap();
        if !change(number as u64, &mut tick) {
            continue;
        }
        cdr::encode(&tick, &mut bytes).unwrap();
        let channel = writer
            .channel(&ChannelSpec {
                topic: &message.channel.topic,
                schema: Tick::TYPE,
                definition: std::str::from_utf8(&message.channel.definition).unwrap(),
                metadata: &BTreeMap::new(),
            })
            .unwrap();
        writer
            .write(channel, message.log_time_nanos, message.publish_time_nanos, &bytes)
            .unwrap();
    }
    writer.finish().unwrap();
    to
}

#[test]
fn a_run_of_each_pace_is_the_same_to_the_bit_when_it_runs_again() {
    let folder = tempfile::tempdir().unwrap();
    let file = recorded(&folder, STRIDER, "20", &["--seed", "5"]);
    let replay = assert_same(&file);
    assert!(replay["ticks"].as_u64().unwrap() > 4000, "{replay:#}");
    let real = folder.path().join("real.mcap");
    let output = sinew(&["run", STRIDER, "--seconds", "4", "--record", text(&real)]);
    assert!(output.status.code().is_some());
    assert_same(&real);
}

#[test]
fn each_episode_of_an_evaluation_is_recorded_and_runs_again() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("walk.mcap");
    let args = [
        "eval",
        STRIDER,
        "--episodes",
        "2",
        "--seconds",
        "4",
        "--record",
        text(&file),
    ];
    assert!(sinew(&args).status.success());
    for episode in ["walk_episode0.mcap", "walk_episode1.mcap"] {
        assert_same(&folder.path().join(episode));
    }
    // A recording is never written over another.
    let output = sinew(&args);
    assert_eq!(output.status.code(), Some(2));
}

#[test]
fn one_flipped_bit_of_one_observation_is_found_and_named() {
    let folder = tempfile::tempdir().unwrap();
    let file = recorded(&folder, STRIDER, "5", &[]);
    let mut flipped_tick = 0;
    let flipped = changed(&file, "flipped.mcap", |number, tick| {
        if number >= 900 && flipped_tick == 0 && !tick.observation.is_empty() {
            flipped_tick = tick.tick;
            tick.observation[17] = f32::from_bits(tick.observation[17].to_bits() ^ 1);
        }
        true
    });
    let (output, replay) = replayed(&flipped);
    assert_eq!(output.status.code(), Some(4), "{replay:#}");
    let difference = &replay["difference"];
    assert_eq!(difference["tick"], flipped_tick, "{replay:#}");
    assert_eq!(
        (&difference["field"], &difference["index"]),
        (&"observation".into(), &17.into())
    );
    assert_ne!(difference["recorded"], difference["replayed"]);
}

#[test]
fn a_recording_that_begins_late_or_lacks_ticks_is_compared_by_its_policy_alone() {
    let folder = tempfile::tempdir().unwrap();
    let file = recorded(&folder, STRIDER, "5", &[]);
    let late = changed(&file, "late.mcap", |number, _| number >= 700);
    let (output, replay) = replayed(&late);
    assert_eq!(
        (output.status.code(), &replay["extent"]),
        (Some(0), &"policy_alone".into()),
        "{replay:#}"
    );
    assert_eq!(replay["missing"], 700);
    let gap = changed(&file, "gap.mcap", |number, _| !(700..705).contains(&number));
    let (output, replay) = replayed(&gap);
    assert_eq!(
        (output.status.code(), &replay["missing"]),
        (Some(0), &5.into()),
        "{replay:#}"
    );
    // What the policy then gave is still compared.
    let other = changed(&late, "other.mcap", |_, tick| {
        if let Some(first) = tick.action.first_mut() {
            *first += 1e-3;
        }
        true
    });
    let (output, replay) = replayed(&other);
    assert_eq!(
        (output.status.code(), &replay["difference"]["field"]),
        (Some(4), &"action".into()),
        "{replay:#}"
    );
}

#[test]
fn tighter_limits_and_the_same_policy_show_what_would_have_been() {
    let folder = tempfile::tempdir().unwrap();
    let file = recorded(&folder, STRIDER, "5", &["--cmd", "0.6,0,0"]);
    let limits = folder.path().join("limits.yaml");
    std::fs::write(
        &limits,
        "control:\n  ros__parameters:\n    safety:\n      torque_share: 0.2\n",
    )
    .unwrap();
    let picture = folder.path().join("divergence.png");
    let output = sinew(&[
        "replay",
        text(&file),
        "--gate",
        text(&limits),
        "--json",
        "-",
        "--picture",
        text(&picture),
    ]);
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let json: Value = serde_json::from_str(&said).unwrap();
    let [was, would_be] = [0, 1].map(|i| json["verdicts"]["torque_limit"][i].as_u64().unwrap());
    assert!(would_be > was + 100, "{was} then {would_be}");
    assert!(json["divergence"]["rms_nm"].as_f64().unwrap() > 0.01);
    assert!(std::fs::read(&picture).unwrap().starts_with(b"\x89PNG"));

    let policy = root().join("models/strider/walk.onnx");
    let output = sinew(&["replay", text(&file), "--policy", text(&policy)]);
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(said.contains("every command is the same to the bit"), "{said}");
}

#[test]
fn a_recording_is_a_page_for_people() {
    let folder = tempfile::tempdir().unwrap();
    let file = recorded(&folder, STRIDER, "5", &[]);
    let page = folder.path().join("walk.html");
    let output = sinew(&["inspect", text(&file), "--html", text(&page), "--json", "-"]);
    let inspection = json(&output);
    assert_eq!(inspection["control"]["missing"], 0);
    assert_eq!(
        inspection["control"]["facts"]["policy_sha256"].as_str().unwrap().len(),
        64
    );
    let modes = inspection["control"]["modes"].as_array().unwrap();
    let names: Vec<_> = modes.iter().map(|change| change["mode"].as_str().unwrap()).collect();
    assert_eq!(names, ["damp", "stand", "run"]);
    let html = std::fs::read_to_string(page).unwrap();
    assert!(html.contains("data:image/png;base64,iVBOR") && html.contains("strider_walk"));
    assert!(
        !html.contains("src=\"http") && !html.contains("<script"),
        "the page is one file"
    );

    let foreign = folder.path().join("foreign.mcap");
    std::fs::write(&foreign, b"no recording").unwrap();
    for command in ["inspect", "replay"] {
        let output = sinew(&[command, text(&foreign)]);
        assert_eq!(output.status.code(), Some(2));
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(said.contains("foreign.mcap"), "{said}");
    }
}

#[test]
fn recordings_of_other_robots_run_again() {
    if !root().join("../shared/robots").is_dir() {
        eprintln!("skipped: ../shared/robots is missing, with the robots that this test records");
        return;
    }
    for robot in ["berkeley_humanoid", "unitree_g1"] {
        let folder = tempfile::tempdir().unwrap();
        let robot = format!("nodes/sinew/tests/robots/{robot}.yaml");
        assert_same(&recorded(&folder, &robot, "10", &["--cmd", "0.4,0,0"]));
    }
}

#[test]
fn what_the_nodes_of_a_process_did_on_topics_runs_again_and_a_stop_is_an_event() {
    let folder = tempfile::tempdir().unwrap();
    let params = folder.path().join("recorder.yaml");
    let more = "recorder:\n  ros__parameters:\n    folder: out\n    after_event_secs: 0.5\n    \
                topics: [joint_states, imu/data, cmd_vel, control/mode, /diagnostics diagnostic_msgs/msg/DiagnosticArray]\n\
                control:\n  ros__parameters:\n    safety:\n      deadman_secs: 0.5\n\
                course:\n  ros__parameters:\n    at_secs: [0.0]\n    lin_vel_x: [0.3]\n    lin_vel_y: [0.0]\n    ang_vel_z: [0.0]\n";
    std::fs::write(&params, more).unwrap();
    let output = sinew(&["up", STRIDER, text(&params), "--seconds", "8"]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder.path().join("out"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "mcap"))
        .collect();
    files.sort();
    assert_eq!(files.len(), 1, "an end that was asked for is no event: {files:?}");
    assert_same(&files[0]);
    let inspection = json(&sinew(&["inspect", text(&files[0]), "--json", "-"]));
    let verdicts = inspection["control"]["verdicts"].to_string();
    assert!(
        !verdicts.contains("stale"),
        "the loop ends before its sensors do: {verdicts}"
    );
    let topics: Vec<_> = inspection["topics"]
        .as_array()
        .unwrap()
        .iter()
        .map(|t| t["topic"].as_str().unwrap())
        .collect();
    for topic in [
        "/control/tick",
        "/joint_states",
        "/imu/data",
        "/cmd_vel",
        "/control/mode",
        "/diagnostics",
    ] {
        assert!(topics.contains(&topic), "{topic} is not in {topics:?}");
    }
}

/// Robot file of a recorder alone, with these parameters.
fn recorder(folder: &TempDir, parameters: &str) -> PathBuf {
    let file = folder.path().join("recorder.yaml");
    std::fs::write(
        &file,
        format!("recorder:\n  ros__parameters:\n    folder: out\n{parameters}"),
    )
    .unwrap();
    file
}

#[test]
fn a_topic_whose_type_nobody_says_is_an_error_with_which_the_process_ends() {
    let folder = tempfile::tempdir().unwrap();
    let params = recorder(&folder, "    topics: [joint_states, nobody/says]\n");
    let output = sinew(&["up", STRIDER, text(&params), "--seconds", "8"]);
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(
        said.contains("/nobody/says: not recorded: nobody publishes it"),
        "{said}"
    );
}

#[test]
fn a_full_disk_stops_no_robot_and_is_an_error_with_which_the_process_ends() {
    let folder = tempfile::tempdir().unwrap();
    let params = recorder(&folder, "");
    let out = folder.path().join("out");
    std::fs::create_dir(&out).unwrap();
    let mounted = "mount -t tmpfs -o size=1m none \"$1\" || exit 77; shift; exec \"$@\"";
    let output = Command::new("unshare")
        .args([
            "--mount",
            "sh",
            "-c",
            mounted,
            "sh",
            text(&out),
            env!("CARGO_BIN_EXE_sinew"),
        ])
        .args(["up", STRIDER, text(&params), "--seconds", "8"])
        .current_dir(root())
        .output();
    let Ok(output) = output else {
        eprintln!("skipped: there is no `unshare`, which gives the test a small disk");
        return;
    };
    let said = String::from_utf8(output.stderr).unwrap();
    if output.status.code() == Some(77) || said.contains("unshare failed") {
        eprintln!("skipped: no disk of its own can be had here: {said}");
        return;
    }
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(said.contains("No space left on device"), "{said}");
    assert!(said.contains("ticks and messages are not recorded"), "{said}");
    assert!(!said.contains("stopped"), "the robot walks on: {said}");
}
