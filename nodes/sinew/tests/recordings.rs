//! `sinew identity` and `sinew record` as they are typed.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;
use sinew::bus::Kind;
use sinew_messages::cdr;
use sinew_messages::diagnostic_msgs::msg::{DiagnosticArray, DiagnosticStatus};
use sinew_recording::{ChannelSpec, Identity, Writer, WriterOptions};

/// Runs `sinew` for a user whose configuration is in `home`.
fn sinew(home: &Path, args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_sinew"))
        .args(args)
        .env("XDG_CONFIG_HOME", home)
        .current_dir(home)
        .output()
        .unwrap()
}

fn told(output: &Output) -> String {
    [&output.stdout, &output.stderr]
        .map(|bytes| String::from_utf8_lossy(bytes))
        .concat()
}

/// Records twenty messages. How long the file was after ten of them.
fn record(home: &Path, identity: Option<Identity>) -> u64 {
    let options = WriterOptions {
        identity,
        ..WriterOptions::default()
    };
    let mut writer = Writer::create(&home.join("walk.mcap"), options).unwrap();
    let metadata = &BTreeMap::new();
    let spec = ChannelSpec {
        topic: "/text",
        schema: "std_msgs/msg/String",
        definition: "string data\n",
        metadata,
    };
    let channel = writer.channel(&spec).unwrap();
    let mut write = |times: std::ops::Range<u64>| {
        for time in times {
            let text = [0, 1, 0, 0, 2, 0, 0, 0, b'a', 0];
            writer.write(channel, time, time, &text).unwrap();
        }
        writer.flush().unwrap();
        fs::metadata(home.join("walk.mcap")).unwrap().len()
    };
    let half = write(0..10);
    write(10..20);
    writer.finish().unwrap();
    half
}

#[test]
fn a_recording_is_genuine_until_somebody_touches_it_and_without_a_key_nothing_is() {
    let home = tempfile::tempdir().unwrap();
    let home = home.path();
    let output = sinew(home, &["identity", "show"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(
        told(&output).contains("`sinew identity new` makes one"),
        "{}",
        told(&output)
    );
    let output = sinew(home, &["identity", "new"]);
    assert_eq!(output.status.code(), Some(0), "{}", told(&output));
    let shown = sinew(home, &["identity", "show"]);
    assert_eq!(told(&shown), told(&output));
    let again = sinew(home, &["identity", "new"]);
    assert_eq!(again.status.code(), Some(2));

    let identity = Identity::load(&home.join("sinew/identity")).unwrap();
    let half = record(home, Some(identity.clone()));
    let output = sinew(home, &["record", "verify", "walk.mcap"]);
    assert_eq!(output.status.code(), Some(0), "{}", told(&output));
    let expected = format!(
        "Genuine: all 1 files are as {} signed them",
        identity.public().fingerprint()
    );
    assert!(told(&output).contains(&expected), "{}", told(&output));

    let file = fs::OpenOptions::new().write(true).open(home.join("walk.mcap")).unwrap();
    file.set_len(half + 30).unwrap();
    let output = sinew(home, &["record", "verify", "walk.mcap"]);
    assert_eq!(output.status.code(), Some(4), "{}", told(&output));
    assert!(told(&output).contains("walk.mcap: cut, record"), "{}", told(&output));

    let output = sinew(home, &["record", "repair", "walk.mcap"]);
    assert_eq!(output.status.code(), Some(0), "{}", told(&output));
    for part in ["repaired/walk.mcap: ", "lost: ", "proven: records 0 to "] {
        assert!(told(&output).contains(part), "{}", told(&output));
    }
    let output = sinew(home, &["record", "repair", "walk.mcap"]);
    assert_eq!(output.status.code(), Some(2), "never over a file: {}", told(&output));
    let output = sinew(home, &["record", "verify", "."]);
    assert!(
        told(&output).contains("1 findings") && told(&output).contains("walk.mcap: cut, record"),
        "the copy is no second file of the recording: {}",
        told(&output)
    );

    fs::remove_dir_all(home.join("sinew")).unwrap();
    let output = sinew(home, &["record", "verify", "walk.mcap"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(
        told(&output).contains("there is no key to verify with"),
        "{}",
        told(&output)
    );
}

#[test]
fn who_asked_for_what_is_told_of_a_recording() {
    let home = tempfile::tempdir().unwrap();
    let home = home.path();
    let mut writer = Writer::create(&home.join("asked.mcap"), WriterOptions::default()).unwrap();
    let definition = Kind::of_name("diagnostic_msgs/msg/DiagnosticArray").unwrap().schema();
    let spec = ChannelSpec {
        topic: "/interventions",
        schema: "diagnostic_msgs/msg/DiagnosticArray",
        definition: &definition,
        metadata: &BTreeMap::new(),
    };
    let channel = writer.channel(&spec).unwrap();
    let stopped = DiagnosticStatus {
        name: "/control".to_owned(),
        message: "/panel\u{1b}[2J asked for ~/stop".to_owned(),
        hardware_id: "this process".to_owned(),
        ..DiagnosticStatus::default()
    };
    let message = DiagnosticArray {
        status: vec![stopped],
        ..DiagnosticArray::default()
    };
    let mut bytes = Vec::new();
    cdr::encode(&message, &mut bytes).unwrap();
    writer.write(channel, 1_000_000_000, 0, &bytes).unwrap();
    // What is no such message is none.
    writer.write(channel, 2_000_000_000, 0, &[0, 1, 0, 0, 7]).unwrap();
    writer.write(channel, 3_500_000_000, 0, &bytes).unwrap();
    writer.finish().unwrap();
    let output = sinew(
        home,
        &["inspect", "asked.mcap", "--html", "asked.html", "--json", "asked.json"],
    );
    assert!(output.status.success(), "{}", told(&output));
    let line = "2.50 s  /control: /panel\\u{1b}[2J asked for ~/stop (this process)";
    assert!(told(&output).contains(line), "{}", told(&output));
    let page = fs::read_to_string(home.join("asked.html")).unwrap();
    assert!(page.contains("asked for ~/stop") && page.contains("this process"));
    let json: Value = serde_json::from_slice(&fs::read(home.join("asked.json")).unwrap()).unwrap();
    let interventions = json["interventions"].as_array().unwrap();
    assert_eq!(interventions.len(), 2);
    assert_eq!(interventions[0]["node"], "/control");
}

#[test]
fn what_is_no_recording_cannot_be_verified_and_is_said_to_be_none() {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path();
    assert!(sinew(home, &["identity", "new"]).status.success());
    fs::create_dir(home.join("nothing")).unwrap();
    fs::write(home.join("empty.mcap"), "").unwrap();
    fs::write(home.join("notes.txt"), "walked well").unwrap();
    assert!(
        Command::new("mkfifo")
            .arg(home.join("pipe"))
            .status()
            .unwrap()
            .success()
    );
    for (path, found) in [
        ("pipe", "expected a plain file, found a pipe"),
        ("/dev/zero", "expected a plain file, found a device"),
        ("nothing", "expected recordings (*.mcap), found none"),
        ("empty.mcap", "expected an MCAP file, found an empty file"),
        ("notes.txt", "expected an MCAP file, found the bytes "),
    ] {
        let output = sinew(home, &["record", "verify", path]);
        assert_eq!(output.status.code(), Some(2), "{path}: {}", told(&output));
        assert!(told(&output).contains(found), "{path}: {}", told(&output));
    }
}
