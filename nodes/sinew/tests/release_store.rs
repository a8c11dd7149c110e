//! `sinew release` on a robot, and `sinew fleet status`.
#![cfg(feature = "release")]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;
use sinew_releases::Digest;
use sinew_releases::bundle::{FileEntry, Kind, MANIFEST, Manifest, Requires};
use sinew_releases::fleet::RobotReport;
use sinew_releases::rollout::Subscriber;
use sinew_releases::store::{By, Store, StoredRelease};

fn sinew(args: &[&str], folder: &Path) -> Output {
    Command::new(env!("CARGO_BIN_EXE_sinew"))
        .args(args)
        .current_dir(folder)
        .output()
        .unwrap()
}

fn said(args: &[&str], folder: &Path) -> String {
    let output = sinew(args, folder);
    assert!(
        output.status.success(),
        "{args:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).unwrap()
}

fn refused(args: &[&str], folder: &Path) -> String {
    let output = sinew(args, folder);
    assert_eq!(output.status.code(), Some(2), "{args:?}");
    String::from_utf8(output.stderr).unwrap()
}

fn write_release(folder: &Path, version: u64) -> StoredRelease {
    write_model(folder, version, format!("model {version}").as_bytes())
}

fn write_model(folder: &Path, version: u64, model: &[u8]) -> StoredRelease {
    fs::create_dir_all(folder).unwrap();
    let requires = Requires {
        sinew: "0.1.0".parse().unwrap(),
        onnxruntime: None,
    };
    let mut manifest = Manifest::new("walk", version, Kind::Policy, "walk.onnx", requires);
    let entry = FileEntry {
        bytes: model.len() as u64,
        sha256: Digest::of(model),
    };
    manifest.files.insert("walk.onnx".to_owned(), entry);
    fs::write(folder.join("walk.onnx"), model).unwrap();
    fs::write(folder.join(MANIFEST), manifest.to_bytes().unwrap()).unwrap();
    StoredRelease::of(&manifest).unwrap()
}

#[test]
fn an_operator_installs_looks_promotes_rolls_back_holds_and_retries() {
    let scene = tempfile::tempdir().unwrap();
    let folder = scene.path();
    let missing = refused(&["release", "status", "--store", "store"], folder);
    assert!(missing.contains("store: no store of releases is here"), "{missing}");
    assert!(!folder.join("store").exists());
    write_release(&folder.join("one"), 1);
    said(&["release", "factory", "one", "--store", "store"], folder);
    let nothing = refused(&["release", "rollback", "--store", "store"], folder);
    assert!(nothing.contains("the factory release is in charge"), "{nothing}");
    let nothing = refused(&["release", "promote", "--store", "store"], folder);
    assert!(nothing.contains("there is no candidate to promote"), "{nothing}");

    let (store, _) = Store::open(&folder.join("store")).unwrap();
    let incoming = store.incoming().join("two");
    let release = write_release(&incoming, 2);
    store.stage(&release, &incoming).unwrap();
    let early = refused(&["release", "promote", "--store", "store"], folder);
    assert!(
        early.contains("version `walk-2` is staged; expected admitted"),
        "{early}"
    );
    store.begin_admission("walk-2").unwrap();
    store.admit("walk-2").unwrap();
    said(&["release", "promote", "--store", "store"], folder);
    let (_, held) = {
        let state = store.status().unwrap().state;
        let (slot, held) = state.candidate().unwrap();
        (slot, held.clone())
    };
    assert!(held.promotion_asked);
    store.promote("walk-2", By::Operator).unwrap();

    let status = said(&["release", "status", "--store", "store", "--json"], folder);
    let status: Value = serde_json::from_str(&status).unwrap();
    assert_eq!(
        (
            &status["in_charge"],
            &status["version"],
            &status["on_probation"],
            &status["fallback"]
        ),
        (&"a".into(), &"walk-2".into(), &true.into(), &"factory".into())
    );
    assert_eq!(status["slots"]["a"]["damage"], Value::Null);
    said(&["release", "rollback", "--store", "store"], folder);
    let table = said(&["release", "status", "--store", "store"], folder);
    assert!(table.contains("factory  walk-1                   in charge"), "{table}");
    assert!(
        table.contains("not tried again: walk-2 (rolled back: operator)"),
        "{table}"
    );
    said(&["release", "pin", "--store", "store"], folder);
    let table = said(&["release", "unpin", "--store", "store"], folder);
    assert!(table.contains("unpinned") && table.contains("walk-1"), "{table}");
    let never = refused(&["release", "retry", "walk-3", "--store", "store"], folder);
    assert!(never.contains("neither refused nor rolled back"), "{never}");
    said(&["release", "retry", "walk-2", "--store", "store"], folder);
    assert!(store.status().unwrap().state.barred().is_empty());
}

#[test]
fn a_fleet_is_shown_in_a_table_as_json_and_as_a_page() {
    let scene = tempfile::tempdir().unwrap();
    let folder = scene.path();
    write_release(&folder.join("one"), 1);
    said(&["release", "factory", "one", "--store", "store"], folder);
    let state = Store::existing(&folder.join("store")).unwrap().status().unwrap().state;
    fs::create_dir(folder.join("reports")).unwrap();
    for robot in ["strider-1", "strider-2"] {
        let subscriber = Subscriber {
            robot: robot.to_owned(),
            channel: "stable".to_owned(),
            groups: Vec::new(),
        };
        let report = RobotReport::of(&subscriber, 0, &state);
        report.write(&folder.join("reports")).unwrap();
    }
    let table = said(
        &[
            "fleet",
            "status",
            "--reports",
            "reports",
            "--robots",
            "--html",
            "fleet.html",
        ],
        folder,
    );
    assert!(table.starts_with("2 robots\n"), "{table}");
    assert!(table.contains("strider-2            walk-1, slot factory"), "{table}");
    assert!(
        fs::read_to_string(folder.join("fleet.html"))
            .unwrap()
            .contains("<td>strider-1")
    );
    let json = said(&["fleet", "status", "--reports", "reports", "--json"], folder);
    let json: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["versions"][0]["settled"], 2);
}

/// Strider, whose policy comes out of the store `releases` beside the second file.
fn strider_of_a_store(folder: &Path) -> [String; 2] {
    let store = folder.join("store.yaml");
    let text = "control: {ros__parameters: {policy: {updates: {store: releases}}}}\n";
    fs::write(&store, text).unwrap();
    let robot = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../launch/robots/strider.yaml");
    [robot, store].map(|file| file.to_str().unwrap().to_owned())
}

const SHORT: [(&str, &[&str]); 2] = [
    ("run", &["--pace", "fast", "--seconds", "0.1", "--json", "-"]),
    ("eval", &["--episodes", "1", "--seconds", "0.1", "--json", "-"]),
];

/// All files of a store with their bytes.
fn bytes_of(folder: &Path) -> Vec<(std::path::PathBuf, Vec<u8>)> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                found.push((path.clone(), fs::read(path).unwrap()));
            }
        }
    }
    found.sort();
    found
}

/// A release of Strider's own policy, written to a folder.
fn write_walk(folder: &Path, version: u64) -> StoredRelease {
    let walk = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../models/strider/walk.onnx");
    write_model(folder, version, &fs::read(walk).unwrap())
}

#[test]
fn run_and_eval_take_the_policy_that_the_store_has_in_charge_and_leave_the_store_as_it_is() {
    let scene = tempfile::tempdir().unwrap();
    let folder = scene.path();
    let files = strider_of_a_store(folder);
    let files = [files[0].as_str(), files[1].as_str()];
    write_walk(&folder.join("one"), 1);
    said(&["release", "factory", "one", "--store", "releases"], folder);
    let store = Store::existing(&folder.join("releases")).unwrap();
    let incoming = store.incoming().join("two");
    store.stage(&write_walk(&incoming, 2), &incoming).unwrap();
    store.begin_admission("walk-2").unwrap();
    store.admit("walk-2").unwrap();
    store.promote("walk-2", By::Operator).unwrap();
    let before = bytes_of(&folder.join("releases"));
    let plan = said(&["plan", files[0], files[1]], folder);
    assert!(plan.contains("  the release walk-2 is in charge of "), "{plan}");
    for (command, short) in SHORT {
        let output = sinew(&[&[command], &files[..], short].concat(), folder);
        let told = String::from_utf8_lossy(&output.stderr);
        assert!(
            told.contains("the policy is that of the release walk-2"),
            "{command}: {told}"
        );
        let summary: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(summary["policy"]["release"], "walk-2", "{command}");
        let path = said(&[&[command], &files[..], short, &["--policy", "path"]].concat(), folder);
        let summary: Value = serde_json::from_str(&path).unwrap();
        assert_eq!(summary["policy"]["release"], Value::Null, "{command}");
        let one = said(&[&[command], &files[..], short, &["--policy", "one"]].concat(), folder);
        let summary: Value = serde_json::from_str(&one).unwrap();
        assert_eq!(summary["policy"]["release"], "walk-1", "{command}");
    }
    assert_eq!(bytes_of(&folder.join("releases")), before);

    // A slot whose bytes are not what was signed is passed over, here too, and stays as it is.
    let slot = store.in_charge().unwrap().folder;
    fs::write(slot.join("walk.onnx"), b"other weights").unwrap();
    let damaged = bytes_of(&folder.join("releases"));
    for (command, short) in SHORT {
        let output = sinew(&[&[command], &files[..], short].concat(), folder);
        let told = String::from_utf8_lossy(&output.stderr);
        assert!(
            told.contains("slot a: ") && told.contains("the release walk-1"),
            "{command}: {told}"
        );
    }
    let refused = refused(&["eval", files[0], "--policy", slot.to_str().unwrap()], folder);
    assert!(refused.contains("walk.onnx"), "{refused}");
    assert_eq!(bytes_of(&folder.join("releases")), damaged);
}

#[test]
fn run_and_eval_refuse_a_store_without_a_verified_release_and_make_none() {
    let folder = tempfile::tempdir().unwrap();
    let files = strider_of_a_store(folder.path());
    let files = [files[0].as_str(), files[1].as_str()];
    let refuses = |words: &str| {
        for (command, short) in SHORT {
            let told = refused(&[&[command], &files[..], short].concat(), folder.path());
            assert!(
                told.contains("--policy path") && told.contains(words),
                "{command}: {told}"
            );
            said(
                &[&[command], &files[..], short, &["--policy", "path"]].concat(),
                folder.path(),
            );
        }
    };
    refuses("no store of releases is here");
    assert!(!folder.path().join("releases").exists());
    let plan = said(&["plan", files[0], files[1]], folder.path());
    assert!(plan.contains("walk.onnx becomes the factory release of "), "{plan}");
    assert!(!folder.path().join("releases").exists());
    write_walk(&folder.path().join("one"), 1);
    said(&["release", "factory", "one", "--store", "releases"], folder.path());
    for (path, _) in bytes_of(&folder.path().join("releases/factory")) {
        fs::write(path, b"other bytes").unwrap();
    }
    refuses("no release in this store is what was signed");
}
