//! Uploads to a real S3 server, which checks signatures.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use sinew_node_uploader::{
    Bandwidth, Location, LocationOptions, Manifest, Step, Unwatched, UploadError, Uploads, Verified,
};

use crate::common::{large_recording, settings, unlimited};
use crate::weed::{KEY, SECRET, Weed};

/// Far more than an upload takes.
const PATIENCE: Duration = Duration::from_secs(120);

/// Says to this test's own program where to upload from and to.
const CHILD: &str = "SINEW_TEST_UPLOAD_S3";

fn uploads(from: &Path, to: Location) -> Uploads {
    Uploads::open(from, settings(to), None, unlimited()).unwrap()
}

/// Whoever sees the manifest has all of it.
fn assert_whole(weed: &Weed, prefix: &str, from: &Path, name: &str) -> Manifest {
    let manifest = weed
        .object(&format!("{prefix}/{name}/manifest.json"))
        .expect("the manifest is there");
    let manifest: Manifest = serde_json::from_slice(&manifest).unwrap();
    for file in &manifest.files {
        let there = weed.object(&format!("{prefix}/{name}/{}", file.name)).unwrap();
        assert!(there == fs::read(from.join(&file.name)).unwrap(), "{}", file.name);
    }
    manifest
}

/// One server for all of it: it takes seconds to start.
#[test]
fn a_server_that_checks_signatures_has_all_of_it_and_nothing_is_replaced() {
    let Some(weed) = Weed::start() else { return };
    whole_and_once(&weed);
    a_wrong_key_is_refused(&weed);
    another_object_of_the_name_stays(&weed);
    slower_than_the_limit(&weed);
}

fn whole_and_once(weed: &Weed) {
    let from = tempfile::tempdir().unwrap();
    large_recording(from.path(), "run", 20);
    let mut uploads = uploads(from.path(), weed.location("whole", KEY, SECRET));
    let Step::Uploaded(written) = uploads.step(&Unwatched).unwrap() else {
        panic!("it is there")
    };
    assert!(matches!(uploads.step(&Unwatched).unwrap(), Step::Rest));
    assert_eq!(assert_whole(weed, "whole", from.path(), "run"), *written);
    assert!(
        written.files.iter().all(|file| file.verified == Verified::Etag),
        "{:?}",
        written.files
    );
    // Without its journal it finds what is there.
    drop(uploads);
    fs::remove_dir_all(from.path().join(".upload")).unwrap();
    let again = Uploads::open(
        from.path(),
        settings(weed.location("whole", KEY, SECRET)),
        None,
        unlimited(),
    );
    assert!(matches!(again.unwrap().step(&Unwatched).unwrap(), Step::Uploaded(found) if found == written));
}

fn a_wrong_key_is_refused(weed: &Weed) {
    for (key, secret) in [(KEY, "not-the-secret"), ("nobody", SECRET)] {
        let from = tempfile::tempdir().unwrap();
        large_recording(from.path(), "run", 1);
        let mut uploads = uploads(from.path(), weed.location("wrong", key, secret));
        let Step::Failed { error, .. } = uploads.step(&Unwatched).unwrap() else {
            panic!("it is refused")
        };
        let text = error.to_string();
        assert!(text.contains("refuses it, check the credentials"), "{text}");
        assert!(!text.contains(secret), "{text}");
        assert!(weed.object("wrong/run/claim.json").is_none());
    }
}

fn another_object_of_the_name_stays(weed: &Weed) {
    for megabytes in [1, 20] {
        let prefix = format!("clash_{megabytes}");
        let key = format!("{prefix}/run/run.mcap");
        let from = tempfile::tempdir().unwrap();
        large_recording(from.path(), "run", megabytes);
        weed.put(&key, b"somebody else's");
        let mut uploads = uploads(from.path(), weed.location(&prefix, KEY, SECRET));
        let step = uploads.step(&Unwatched).unwrap();
        let is_clash = |error: &UploadError| matches!(error, UploadError::Clash { key } if key == "run/run.mcap");
        assert!(
            matches!(&step, Step::Failed { error, .. } if is_clash(error)),
            "{step:?}"
        );
        assert_eq!(weed.object(&key).unwrap(), b"somebody else's");
        assert!(weed.object(&format!("{prefix}/run/manifest.json")).is_none());
    }
}

fn slower_than_the_limit(weed: &Weed) {
    let from = tempfile::tempdir().unwrap();
    large_recording(from.path(), "run", 12);
    let limit = Arc::new(Bandwidth::new(Some(4e6)));
    let to = settings(weed.location("slow", KEY, SECRET));
    let mut uploads = Uploads::open(from.path(), to, None, limit).unwrap();
    let began = Instant::now();
    let step = uploads.step(&Unwatched).unwrap();
    assert!(matches!(step, Step::Uploaded(_)), "{step:?}");
    let rate = 12.0 * f64::from(1 << 20) / began.elapsed().as_secs_f64();
    // No bound below: a busy machine is slower.
    assert!(rate < 4e6 * 1.2, "{rate}");
    println!("{:.2} MB/s of 4", rate / 1e6);
}

#[test]
fn a_server_that_is_killed_on_the_way_and_comes_back_has_all_of_it_in_the_end() {
    let Some(mut weed) = Weed::start() else { return };
    let from = tempfile::tempdir().unwrap();
    large_recording(from.path(), "run", 48);
    let to = weed.location("killed", KEY, SECRET);
    let uploading = {
        let from = from.path().to_owned();
        std::thread::spawn(move || {
            let limit = Arc::new(Bandwidth::new(Some(16e6)));
            let mut uploads = Uploads::open(&from, settings(to), None, limit).unwrap();
            let mut failures = Vec::new();
            loop {
                match uploads.step(&Unwatched).unwrap() {
                    Step::Uploaded(_) => return failures,
                    Step::Failed { error, .. } => failures.push(error.to_string()),
                    _ => std::thread::sleep(Duration::from_millis(100)),
                }
            }
        })
    };
    // The recording takes three seconds at that limit.
    std::thread::sleep(Duration::from_millis(1500));
    weed.kill();
    std::thread::sleep(Duration::from_secs(8));
    weed.resume();
    let failures = uploading.join().unwrap();
    assert!(!failures.is_empty(), "the server was away");
    assert_whole(&weed, "killed", from.path(), "run");
}

#[test]
fn a_process_that_is_killed_at_any_moment_goes_on_where_it_was() {
    let Some(weed) = Weed::start() else { return };
    let from = tempfile::tempdir().unwrap();
    large_recording(from.path(), "run", 24);
    let child = |prefix: &str| {
        weed.location(prefix, KEY, SECRET);
        Command::new(std::env::current_exe().unwrap())
            .args([
                "--exact",
                "s3::uploads_when_it_is_told_where",
                "--ignored",
                "--nocapture",
            ])
            .env(
                CHILD,
                format!("{}\n{prefix}\n{}", from.path().display(), weed.endpoint()),
            )
            .env("AWS_ACCESS_KEY_ID", KEY)
            .env("AWS_SECRET_ACCESS_KEY", SECRET)
            .stdout(Stdio::null())
            .spawn()
            .unwrap()
    };
    let (mut kills, mut whole) = (0, 0);
    while kills < 30 {
        let prefix = format!("kill_{whole}");
        let mut running = child(&prefix);
        std::thread::sleep(Duration::from_millis(50 + kills * 7919 % 900));
        running.kill().unwrap();
        if running.wait().unwrap().success() {
            assert_whole(&weed, &prefix, from.path(), "run");
            whole += 1;
        } else {
            kills += 1;
        }
    }
    let prefix = format!("kill_{whole}");
    assert!(child(&prefix).wait().unwrap().success());
    assert_whole(&weed, &prefix, from.path(), "run");
    println!("{kills} kills, {} whole recordings", whole + 1);
}

#[test]
#[ignore = "the process that another test kills"]
fn uploads_when_it_is_told_where() {
    let Ok(told) = std::env::var(CHILD) else { return };
    let [from, prefix, endpoint] = told.split('\n').collect::<Vec<_>>().try_into().unwrap();
    let options = LocationOptions {
        endpoint: Some(endpoint.to_owned()),
        ..LocationOptions::default()
    };
    let to = Location::parse(&format!("s3://robots/{prefix}"), options).unwrap();
    // Slowly, so that most kills are in the middle, and the server's disk takes what is whole.
    let limit = Arc::new(Bandwidth::new(Some(10e6)));
    let mut uploads = Uploads::open(Path::new(from), settings(to), None, limit).unwrap();
    let began = Instant::now();
    loop {
        match uploads.step(&Unwatched).unwrap() {
            Step::Rest if uploads.standing().pending == 0 => return,
            Step::Uploaded(_) => {}
            Step::Failed { error, .. } => {
                // A busy server's answer may be too late once; what somebody else has written stays.
                eprintln!("{error}");
                let is_clash = matches!(error, UploadError::Clash { .. });
                assert!(!is_clash && began.elapsed() < PATIENCE, "{error}");
            }
            _ => std::thread::sleep(Duration::from_millis(100)),
        }
    }
}
