//! Uploads to a folder.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use sha2::{Digest, Sha256};
use sinew_node_uploader::{
    Bandwidth, Claim, FilterParams, FolderError, Manifest, Rule, Step, Unwatched, UploadError, UploadSettings, Uploads,
    Verified, status,
};

use crate::common::{folder, large_recording, settings, tree, unlimited, upload_all, upload_one};

/// Says to this test's own program where to upload from and to.
const CHILD: &str = "SINEW_TEST_UPLOAD";

fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

fn manifest(to: &Path, name: &str) -> Manifest {
    serde_json::from_slice(&fs::read(to.join(name).join("manifest.json")).unwrap()).unwrap()
}

/// Whoever sees the manifest has all of it.
fn assert_whole(from: &Path, to: &Path, name: &str) {
    let manifest = manifest(to, name);
    for file in &manifest.files {
        let there = fs::read(to.join(name).join(&file.name)).unwrap();
        assert_eq!(there, fs::read(from.join(&file.name)).unwrap(), "{}", file.name);
        assert_eq!((file.size, &file.sha256), (there.len() as u64, &sha256(&there)));
    }
}

#[test]
fn a_recording_is_there_with_its_proof_and_a_manifest_and_once() {
    let (from, to) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    large_recording(from.path(), "run", 20);
    let written = upload_one(from.path(), to.path(), &FilterParams::default());
    let expected = [
        "run/claim.json",
        "run/manifest.json",
        "run/run.mcap",
        "run/run.mcap.proof",
    ];
    assert_eq!(tree(to.path()), expected);
    assert_whole(from.path(), to.path(), "run");
    assert_eq!(manifest(to.path(), "run"), written);
    assert_eq!((written.robot.as_str(), written.left_out.as_ref()), ("strider", None));
    assert!(written.files.iter().all(|file| file.verified == Verified::ReadBack));
    let topic = &written.contents.topics[0];
    assert_eq!((topic.name.as_str(), topic.messages), ("/noise", 20));
    assert_eq!(written.contents.start_ns, Some(1_000_000_000));
    assert!(upload_all(from.path(), settings(folder(to.path())), &FilterParams::default()).is_empty());
    let (known, untouched) = status(from.path()).unwrap();
    assert!(
        known.len() == 1 && known[0].is_done && untouched.is_empty(),
        "{known:?} {untouched:?}"
    );
}

#[test]
fn nothing_there_is_replaced_and_a_clash_is_told() {
    for (other, clashing) in [
        ("run/run.mcap", "run/run.mcap"),
        ("run/manifest.json", "run/manifest.json"),
    ] {
        let (from, to) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        large_recording(from.path(), "run", 10);
        fs::create_dir(to.path().join("run")).unwrap();
        fs::write(to.path().join(other), "somebody else's").unwrap();
        let mut uploads = Uploads::open(from.path(), settings(folder(to.path())), None, unlimited()).unwrap();
        match uploads.step(&Unwatched).unwrap() {
            Step::Failed {
                error: UploadError::Clash { key },
                ..
            } => assert_eq!(key, clashing),
            step => panic!("{step:?}"),
        }
        assert_eq!(fs::read(to.path().join(other)).unwrap(), b"somebody else's");
        assert!(
            matches!(uploads.step(&Unwatched).unwrap(), Step::Rest),
            "it waits before it tries again"
        );
    }
}

#[test]
fn two_robots_with_recordings_of_one_name_do_not_mix() {
    let (from, to) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    large_recording(from.path(), "run", 2);
    upload_one(from.path(), to.path(), &FilterParams::default());
    let another = tempfile::tempdir().unwrap();
    large_recording(another.path(), "run", 1);
    let settings = UploadSettings {
        robot: "g1".to_owned(),
        ..settings(folder(to.path()))
    };
    let mut uploads = Uploads::open(another.path(), settings, None, unlimited()).unwrap();
    match uploads.step(&Unwatched).unwrap() {
        Step::Failed { error, .. } => {
            let error = error.to_string();
            assert!(error.starts_with("run/claim.json: expected nothing"), "{error}");
        }
        step => panic!("{step:?}"),
    }
    let claim: Claim = serde_json::from_slice(&fs::read(to.path().join("run/claim.json")).unwrap()).unwrap();
    assert_eq!(claim.robot, "strider");
    assert_whole(from.path(), to.path(), "run");
}

#[test]
fn recordings_are_deleted_only_once_their_manifest_is_there() {
    let (from, to) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    large_recording(from.path(), "first", 1);
    upload_one(from.path(), to.path(), &FilterParams::default());
    large_recording(from.path(), "second", 1);
    fs::create_dir(to.path().join("second")).unwrap();
    fs::write(to.path().join("second/second.mcap.proof"), "another").unwrap();
    let deleting = UploadSettings {
        delete_after_upload: true,
        ..settings(folder(to.path()))
    };
    let mut uploads = Uploads::open(from.path(), deleting, None, unlimited()).unwrap();
    let steps: Vec<_> = (0..3).map(|_| uploads.step(&Unwatched).unwrap()).collect();
    assert!(
        steps.iter().any(|step| matches!(step, Step::Failed { .. })),
        "{steps:?}"
    );
    let left = tree(from.path());
    assert!(!left.contains(&"first.mcap".to_owned()), "{left:?}");
    assert!(
        left.contains(&"second.mcap".to_owned()) && left.contains(&"second.mcap.proof".to_owned()),
        "{left:?}"
    );
}

#[test]
fn one_process_uploads_from_a_folder() {
    let (from, to) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let _first = Uploads::open(from.path(), settings(folder(to.path())), None, unlimited()).unwrap();
    let second = Uploads::open(from.path(), settings(folder(to.path())), None, unlimited());
    assert!(matches!(second, Err(FolderError::InUse { .. })), "{second:?}");
}

#[test]
fn a_recording_that_no_rule_lets_go_stays() {
    let (from, to) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    large_recording(from.path(), "run", 1);
    large_recording(from.path(), "event_fall", 1);
    let events = UploadSettings {
        rules: vec![Rule::OnEvent],
        ..settings(folder(to.path()))
    };
    assert_eq!(upload_all(from.path(), events, &FilterParams::default()).len(), 1);
    assert!(to.path().join("event_fall/manifest.json").exists() && !to.path().join("run").exists());
}

#[test]
fn the_bandwidth_limit_holds_within_a_fifth() {
    let (from, to) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    large_recording(from.path(), "run", 12);
    let limit = std::sync::Arc::new(Bandwidth::new(Some(4e6)));
    let mut uploads = Uploads::open(from.path(), settings(folder(to.path())), None, limit).unwrap();
    let began = Instant::now();
    assert!(matches!(uploads.step(&Unwatched).unwrap(), Step::Uploaded(_)));
    let rate = 12.0 * f64::from(1 << 20) / began.elapsed().as_secs_f64();
    // No bound below: a busy machine is slower.
    assert!(rate < 4e6 * 1.2, "{rate}");
    println!("{:.2} MB/s of 4", rate / 1e6);
}

#[test]
fn a_process_that_is_killed_at_any_moment_goes_on_until_all_is_there_once() {
    let (from, to) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    large_recording(from.path(), "run", 40);
    let mut kills = 0;
    for round in 0..200_u64 {
        let mut child = child(from.path(), to.path());
        // Somewhere in what a whole upload takes, another moment in each round.
        let moment = Duration::from_millis(20 + round * 7919 % 400);
        std::thread::sleep(moment);
        child.kill().unwrap();
        let status = child.wait().unwrap();
        if to.path().join("run/manifest.json").exists() {
            assert_whole(from.path(), to.path(), "run");
        }
        if status.success() {
            if kills >= 30 {
                break;
            }
            // Another one, from the beginning.
            fs::remove_dir_all(to.path().join("run")).unwrap();
            fs::remove_dir_all(from.path().join(".upload")).unwrap();
        } else {
            kills += 1;
        }
    }
    assert!(kills >= 30, "{kills}");
    assert!(child(from.path(), to.path()).wait().unwrap().success());
    assert_whole(from.path(), to.path(), "run");
    let expected = [
        "run/claim.json",
        "run/manifest.json",
        "run/run.mcap",
        "run/run.mcap.proof",
    ];
    assert_eq!(
        tree(to.path()),
        expected,
        "once, and nothing is left of what was killed"
    );
}

fn child(from: &Path, to: &Path) -> std::process::Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "local::uploads_when_it_is_told_where", "--ignored"])
        .env(CHILD, format!("{}\n{}", from.display(), to.display()))
        .stdout(Stdio::null())
        .spawn()
        .unwrap()
}

#[test]
#[ignore = "the process that another test kills"]
fn uploads_when_it_is_told_where() {
    let Ok(told) = std::env::var(CHILD) else { return };
    let (from, to) = told.split_once('\n').unwrap();
    // Slow enough to be killed on the way.
    let limit = std::sync::Arc::new(Bandwidth::new(Some(200e6)));
    let mut uploads = Uploads::open(Path::new(from), settings(folder(Path::new(to))), None, limit).unwrap();
    loop {
        match uploads.step(&Unwatched).unwrap() {
            Step::Rest => return,
            Step::Uploaded(_) => {}
            step => panic!("{step:?}"),
        }
    }
}
