//! `sinew export` makes data sets out of recordings, or says what is missing.
#![cfg(feature = "export")]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "../../../datasets/tests/common/mod.rs"]
mod recordings;

use std::path::Path;
use std::process::{Command, Output};

use recordings::walk;

fn export(arguments: &[&str], out: &Path, path: Option<&Path>) -> (Output, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sinew"));
    command.arg("export").args(arguments).arg("--out").arg(out);
    if let Some(path) = path {
        command.env("PATH", path);
    }
    let output = command.output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    (output, said)
}

#[test]
fn a_recording_becomes_frames_or_tables() {
    let folder = tempfile::tempdir().unwrap();
    let recording = folder.path().join("run.mcap");
    walk(&recording, 100, true);
    let recording = recording.to_str().unwrap();

    let frames = ["lerobot", recording, "--task", "walk", "--no-images"];
    let (output, said) = export(&frames, &folder.path().join("frames"), None);
    assert!(output.status.success(), "{said}");
    let answer = String::from_utf8_lossy(&output.stdout);
    assert!(answer.contains("1 episodes, 50 frames, 50 a second"), "{answer}");

    let tables = ["parquet", recording, "--topics", "/control/tick"];
    let (output, said) = export(&tables, &folder.path().join("tables"), None);
    assert!(output.status.success(), "{said}");
    assert!(folder.path().join("tables/control.tick.parquet").is_file());
}

#[test]
fn without_ffmpeg_its_package_is_named_and_nothing_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let recording = folder.path().join("run.mcap");
    walk(&recording, 20, true);
    let out = folder.path().join("frames");
    let arguments = ["lerobot", recording.to_str().unwrap(), "--task", "walk"];
    let (output, said) = export(&arguments, &out, Some(folder.path()));
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(
        said.contains("apt install ffmpeg") && said.contains("--no-images"),
        "{said}"
    );
    assert!(!out.exists());
}
