//! A LeRobot data set has the layout that its readers expect, and the values that were recorded.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use common::{BEGIN, Recorder, Tick, grey, walk};
use serde_json::{Value, json};
use sinew_datasets::Recording;
use sinew_datasets::lerobot::{Exported, Options, export};
use sinew_messages::geometry_msgs::msg::Twist;
use sinew_messages::nav_msgs::msg::Odometry;
use sinew_messages::sensor_msgs::msg::{Imu, JointState};

fn options() -> Options {
    Options {
        task: "walk to the ball".to_owned(),
        robot: Some("strider".to_owned()),
        ..Options::default()
    }
}

fn exported(recordings: &[PathBuf], options: &Options, out: &Path) -> Result<Exported, String> {
    let opened = recordings.iter().map(|path| Recording::open(path).unwrap());
    let mut last = (0, 1);
    let result = export(&opened.collect::<Vec<_>>(), options, out, &mut |done, total| {
        last = (done, total)
    });
    if result.is_ok() {
        assert_eq!(last.0, last.1, "all of the work was foreseen");
    }
    result.map_err(|error| {
        let mut text = error.to_string();
        if let Some(cause) = std::error::Error::source(&error) {
            text += &format!(": {cause}");
        }
        text
    })
}

fn has_ffmpeg() -> bool {
    let mut command = Command::new("ffmpeg");
    let there = command
        .arg("-version")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok();
    if !there {
        eprintln!("skipped: ffmpeg is missing");
    }
    there
}

/// pyarrow, which knows nothing of Sinew, looks at the data set in `out`. `expected` is what it must find.
fn checked_by_pyarrow(out: &Path, expected: &Value) {
    let Some(python) = std::env::var_os("SINEW_READERS") else {
        eprintln!("skipped: `cargo xtask test` makes the Python environment that SINEW_READERS must name");
        return;
    };
    let output = Command::new(Path::new(&python).join("bin/python"))
        .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/check_lerobot.py"))
        .arg(out)
        .arg(expected.to_string())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
}

#[test]
fn the_layout_and_the_values_are_those_that_readers_expect() {
    if !has_ffmpeg() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let recordings: Vec<_> = ["one.mcap", "two.mcap"]
        .iter()
        .map(|name| folder.path().join(name))
        .collect();
    walk(&recordings[0], 130, true);
    walk(&recordings[1], 90, true);
    let out = folder.path().join("set");
    let found = exported(&recordings, &options(), &out).unwrap();
    // From the first image at 95 ms to the last tick at 1290 ms and 890 ms, at 30 Hz.
    let lengths = [36, 24];
    assert_eq!((found.episodes, found.frames, found.fps), (2, 60, 30));
    checked_by_pyarrow(
        &out,
        &json!({
            "fps": 30, "lengths": lengths, "files": [[0, 0], [0, 0]], "begin": BEGIN, "first": 95_000_000,
            "camera": "head", "task": "walk to the ball", "robot": "strider",
        }),
    );
}

#[test]
fn files_that_are_large_enough_are_followed_by_others() {
    if !has_ffmpeg() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let recordings: Vec<_> = ["one.mcap", "two.mcap"]
        .iter()
        .map(|name| folder.path().join(name))
        .collect();
    recordings.iter().for_each(|path| walk(path, 60, true));
    let out = folder.path().join("set");
    let options = Options {
        data_file_mb: 0,
        video_file_mb: 0,
        fps: Some(50),
        ..options()
    };
    let found = exported(&recordings, &options, &out).unwrap();
    assert_eq!((found.episodes, found.frames, found.fps), (2, 50, 50));
    checked_by_pyarrow(
        &out,
        &json!({
            "fps": 50, "lengths": [25, 25], "files": [[0, 0], [0, 1]], "begin": BEGIN, "first": 95_000_000,
            "camera": "head", "task": "walk to the ball", "robot": "strider",
        }),
    );
}

#[test]
fn files_of_one_recording_are_one_episode() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    walk(&path("whole.mcap"), 100, false);
    let [mut first, mut second] = ["0.mcap", "1.mcap"].map(|name| Recorder::new(&path(name)));
    for number in 0..100_u32 {
        let nanos = u64::from(number) * 10_000_000;
        // The imu is recorded at once, ticks later, so that the files overlap.
        let tick = if number < 55 { &mut first } else { &mut second };
        tick.tick(nanos, &Tick::number(number));
        let imu = if number < 50 { &mut first } else { &mut second };
        imu.message("/imu/data", nanos + 1000, &Imu::default());
    }
    first.finish();
    second.finish();
    let whole = Recording::open(&path("whole.mcap")).unwrap();
    let files = Recording::of_files(&path("0.mcap"), &[path("1.mcap")]).unwrap();
    assert_eq!(whole.topics(), files.topics());
    let out = [path("from_whole"), path("from_files")];
    for (recording, out) in [whole, files].into_iter().zip(&out) {
        let found = export(&[recording], &options(), out, &mut |_, _| {}).unwrap();
        assert_eq!((found.episodes, found.frames), (1, 50));
    }
    let [one, other] = out.map(|out| fs::read(out.join("data/chunk-000/file-000.parquet")).unwrap());
    assert!(one == other, "the frames are those of one file with all of it");
}

#[test]
fn a_set_without_images_needs_no_ffmpeg() {
    let folder = tempfile::tempdir().unwrap();
    let recording = folder.path().join("run.mcap");
    walk(&recording, 100, false);
    let out = folder.path().join("set");
    let found = exported(&[recording], &options(), &out).unwrap();
    assert_eq!((found.episodes, found.frames, found.fps), (1, 50, 50));
    assert!(!out.join("videos").exists());
    checked_by_pyarrow(
        &out,
        &json!({
            "fps": 50, "lengths": [50], "files": [[0, 0]], "begin": BEGIN, "first": 0, "camera": null,
            "task": "walk to the ball", "robot": "strider",
        }),
    );
}

#[test]
fn each_stretch_with_the_policy_in_charge_can_be_an_episode() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("run.mcap");
    let mut recorder = Recorder::new(&path);
    for number in 0..100 {
        let mode = if (10..40).contains(&number) || (60..90).contains(&number) {
            2
        } else {
            1
        };
        recorder.tick(
            u64::from(number) * 10_000_000,
            &Tick {
                mode,
                ..Tick::number(number)
            },
        );
    }
    recorder.finish();
    let out = folder.path().join("set");
    let options = Options {
        only_running: true,
        fps: Some(100),
        ..options()
    };
    let found = exported(&[path], &options, &out).unwrap();
    assert_eq!((found.episodes, found.frames), (2, 60));
}

#[test]
fn a_recording_without_ticks_gives_what_its_topics_say() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("run.mcap");
    let mut recorder = Recorder::new(&path);
    for number in 0..50_u32 {
        let value = f64::from(number);
        let mut state = JointState {
            name: vec!["hip".into()],
            position: vec![value],
            ..JointState::default()
        };
        state.velocity = vec![0.5];
        recorder.message("/joint_states", u64::from(number) * 20_000_000, &state);
        recorder.message("/joint_commands", u64::from(number) * 20_000_000, &state);
        recorder.message("/cmd_vel", u64::from(number) * 20_000_000, &Twist::default());
    }
    recorder.finish();
    let out = folder.path().join("set");
    let refused = exported(std::slice::from_ref(&path), &options(), &out).unwrap_err();
    assert!(refused.contains("found /joint_commands, /joint_states"), "{refused}");
    let options = Options {
        action: Some("/joint_commands".to_owned()),
        ..options()
    };
    let found = exported(&[path], &options, &out).unwrap();
    assert_eq!(found.frames, 50);
    assert_eq!(
        found.features[..3],
        ["observation.state", "action", "observation.command"]
    );
    let info: Value = serde_json::from_str(&fs::read_to_string(out.join("meta/info.json")).unwrap()).unwrap();
    assert_eq!(
        info["features"]["action"],
        json!({"dtype": "float32", "shape": [1], "names": ["hip.position"]})
    );
}

#[test]
fn a_topic_of_commands_takes_the_place_of_what_the_ticks_say() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("run.mcap");
    let mut recorder = Recorder::new(&path);
    for number in 0..10_u32 {
        recorder.tick(u64::from(number) * 20_000_000, &Tick::number(number));
        recorder.message("/cmd_vel", u64::from(number) * 20_000_000, &Twist::default());
    }
    recorder.finish();
    let out = folder.path().join("set");
    let options = Options {
        action: Some("/cmd_vel".to_owned()),
        ..options()
    };
    let found = exported(&[path], &options, &out).unwrap();
    assert_eq!(found.features.iter().filter(|name| *name == "action").count(), 1);
    let info: Value = serde_json::from_str(&fs::read_to_string(out.join("meta/info.json")).unwrap()).unwrap();
    assert_eq!(info["features"]["action"]["names"][5], "angular.z");
}

#[test]
fn what_does_not_go_together_is_refused_and_nothing_is_left() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    walk(&path("plain.mcap"), 20, false);
    walk(&path("seeing.mcap"), 20, true);
    let mut recorder = Recorder::new(&path("moved.mcap"));
    recorder.tick(0, &Tick::number(0));
    recorder.message("/odom", 0, &Odometry::default());
    recorder.finish();
    let mut recorder = Recorder::new(&path("odd.mcap"));
    recorder.tick(0, &Tick::number(0));
    recorder.message("/image", 0, &grey(3, 2, 0));
    recorder.finish();
    let mut recorder = Recorder::new(&path("short.mcap"));
    recorder.tick(0, &Tick::number(0));
    recorder.tick(
        1,
        &Tick {
            written_position: vec![1.0],
            ..Tick::number(1)
        },
    );
    recorder.finish();
    fs::create_dir(path("there")).unwrap();

    let refusal = |recordings: &[&str], options: &Options, out: &str| {
        let recordings: Vec<_> = recordings.iter().map(|name| path(name)).collect();
        exported(&recordings, options, &path(out)).unwrap_err()
    };
    assert!(refusal(&["plain.mcap"], &options(), "there").contains("is there already"));
    let cameras = refusal(&["plain.mcap", "seeing.mcap"], &options(), "set");
    assert!(
        cameras.contains("its cameras: expected nothing as in") && cameras.contains("found head (64 × 48)"),
        "{cameras}"
    );
    let ticks = refusal(&["moved.mcap", "plain.mcap"], &options(), "set");
    assert!(
        ticks.contains("its features: expected observation.odometry") && ticks.contains("found stamp.state"),
        "{ticks}"
    );
    assert!(refusal(&["odd.mcap"], &options(), "set").contains("expected an even width and height"));
    let short = refusal(&["short.mcap"], &options(), "set");
    assert!(
        short.contains("/control/tick, recorded at 1790000000000000001 ns: action: expected 2 numbers, found 1"),
        "{short}"
    );
    let named = Options {
        cameras: Some(vec!["/imu/data".to_owned()]),
        ..options()
    };
    assert!(refusal(&["plain.mcap"], &named, "set").contains("found sensor_msgs/msg/Imu"));
    if has_ffmpeg() {
        let codec = Options {
            codec: "nothing".to_owned(),
            ..options()
        };
        let failed = refusal(&["seeing.mcap"], &codec, "set");
        assert!(
            failed.contains("ffmpeg failed: ") && failed.contains("nothing"),
            "{failed}"
        );
    }
    let mut left: Vec<_> = fs::read_dir(folder.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    left.sort();
    assert_eq!(
        left,
        [
            "moved.mcap",
            "odd.mcap",
            "plain.mcap",
            "seeing.mcap",
            "short.mcap",
            "there"
        ]
    );
}

/// The library of LeRobot takes 8 GB, so it is asked only where SINEW_LEROBOT names a Python environment that has it.
#[test]
fn lerobot_itself_reads_the_frames_and_the_task() {
    let Some(python) = std::env::var_os("SINEW_LEROBOT") else {
        eprintln!("skipped: SINEW_LEROBOT names no Python environment with lerobot 0.4.4");
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let recordings: Vec<_> = ["one.mcap", "two.mcap"]
        .iter()
        .map(|name| folder.path().join(name))
        .collect();
    recordings.iter().for_each(|path| walk(path, 130, true));
    let out = folder.path().join("set");
    exported(&recordings, &options(), &out).unwrap();
    let output = Command::new(Path::new(&python).join("bin/python"))
        .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/load_lerobot.py"))
        .args([out.as_os_str(), "walk to the ball".as_ref()])
        .env("HF_HUB_OFFLINE", "1")
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}
