//! A table of a topic has what its messages have; and no file, whatever is in it, harms its reader.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use std::fs;
use std::path::Path;
use std::process::Command;

use common::{Recorder, walk};
use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use serde_json::json;
use sinew_datasets::topics::{Exported, export};
use sinew_datasets::{ExportError, Recording};
use sinew_messages::diagnostic_msgs::msg::{DiagnosticArray, DiagnosticStatus, KeyValue};
use sinew_messages::sensor_msgs::msg::JointState;
use sinew_messages::std_msgs::msg::{Empty, Header};

fn exported(recordings: &[&Path], named: &[&str], out: &Path) -> Result<Exported, ExportError> {
    let opened = recordings
        .iter()
        .map(|path| Recording::open(path))
        .collect::<Result<Vec<_>, _>>()?;
    let named: Vec<_> = named.iter().map(|name| (*name).to_owned()).collect();
    export(&opened, &named, out, &mut |_, _| {})
}

#[test]
fn tables_have_the_fields_and_the_stamps_of_all_messages() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("run.mcap");
    let mut recorder = Recorder::new(&path);
    let mut rows = Vec::new();
    for number in 0..300_u32 {
        let message = DiagnosticArray {
            header: Header {
                frame_id: format!("frame {number}"),
                ..Header::default()
            },
            status: vec![
                DiagnosticStatus {
                    level: 1,
                    values: vec![
                        KeyValue {
                            key: "k".into(),
                            value: number.to_string()
                        };
                        (number % 3) as usize
                    ],
                    ..DiagnosticStatus::default()
                };
                (number % 4) as usize
            ],
        };
        recorder.message("/diagnostics", u64::from(number), &message);
        rows.push(serde_json::to_value(&message).unwrap());
    }
    recorder.message("/nothing", 5, &Empty {});
    recorder.finish();
    let out = folder.path().join("tables");
    let found = exported(&[&path], &[], &out).unwrap();
    assert_eq!(
        found.topics,
        [
            ("/diagnostics".to_owned(), "diagnostics.parquet".to_owned(), 300),
            ("/nothing".to_owned(), "nothing.parquet".to_owned(), 1)
        ]
    );
    let Some(python) = std::env::var_os("SINEW_READERS") else {
        eprintln!("skipped: `cargo xtask test` makes the Python environment that SINEW_READERS must name");
        return;
    };
    let expected = folder.path().join("expected.json");
    fs::write(&expected, json!({"rows": rows, "begin": common::BEGIN}).to_string()).unwrap();
    let output = Command::new(Path::new(&python).join("bin/python"))
        .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/topics.py"))
        .args([out.join("diagnostics.parquet"), out.join("nothing.parquet"), expected])
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn the_messages_of_several_recordings_are_one_table_where_their_types_are_one() {
    let folder = tempfile::tempdir().unwrap();
    let [one, two, other] = ["one", "two", "other"].map(|name| folder.path().join(name));
    walk(&one, 20, true);
    walk(&two, 30, false);
    let found = exported(&[&one, &two], &[], &folder.path().join("a")).unwrap();
    let counts: Vec<_> = found
        .topics
        .iter()
        .map(|(topic, _, count)| (topic.as_str(), *count))
        .collect();
    assert_eq!(
        counts,
        [("/control/tick", 50), ("/head/image_raw", 3), ("/imu/data", 50)]
    );

    let mut recorder = Recorder::new(&other);
    recorder.message("/imu/data", 0, &JointState::default());
    recorder.finish();
    let refused = exported(&[&one, &other], &[], &folder.path().join("b"))
        .err()
        .unwrap()
        .to_string();
    assert!(
        refused.contains("expected sensor_msgs/msg/Imu as in the recordings before, found sensor_msgs/msg/JointState")
    );
    let missing = exported(&[&other], &["/imu"], &folder.path().join("b"))
        .err()
        .unwrap()
        .to_string();
    assert!(
        missing.contains("expected the topic /imu, found /imu/data"),
        "{missing}"
    );
    assert!(!folder.path().join("b").exists());
}

#[test]
fn a_recording_that_was_cut_off_or_is_none_is_refused_with_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("run.mcap");
    walk(&path, 20, false);
    let whole = fs::read(&path).unwrap();
    for length in [0, 1, 8, 100, whole.len() / 2, whole.len() - 1] {
        fs::write(&path, &whole[..length]).unwrap();
        let refused = Recording::open(&path).err().unwrap().to_string();
        assert!(refused.contains("`sinew record repair`"), "{length}: {refused}");
    }
    assert!(Recording::open(folder.path()).is_err());
}

#[test]
fn a_message_that_is_not_what_its_schema_says_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("run.mcap");
    let mut recorder = Recorder::new(&path);
    recorder.write("/joints", "sensor_msgs/msg/JointState", "float64 position\n", 0, &7_u8);
    recorder.finish();
    let refused = exported(&[&path], &[], &folder.path().join("a"))
        .err()
        .unwrap()
        .to_string();
    assert!(
        refused.contains("/joints, recorded at 1790000000000000000 ns: not a sensor_msgs/JointState"),
        "{refused}"
    );
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, rng_seed: RngSeed::Fixed(1), ..ProptestConfig::default() })]

    #[test]
    fn damaged_recordings_are_read_or_refused(places in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6)) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("run.mcap");
        walk(&path, 4, false);
        let mut bytes = fs::read(&path).unwrap();
        for (place, byte) in places {
            let place = place.index(bytes.len());
            bytes[place] = byte;
        }
        fs::write(&path, bytes).unwrap();
        let _ = exported(&[&path], &[], &folder.path().join("tables"));
    }
}
