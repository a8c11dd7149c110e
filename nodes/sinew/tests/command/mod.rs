//! The command that a user types, and what it prints.

use std::path::PathBuf;
use std::process::{Command, Output};

use serde_json::Value;

/// Runs `sinew` in the repository's root.
pub(crate) fn sinew(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_sinew"))
        .args(args)
        .current_dir(PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../.."))
        .output()
        .unwrap()
}

/// The JSON on its standard output.
pub(crate) fn json(output: &Output) -> Value {
    let told = String::from_utf8_lossy(&output.stderr);
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {told}"))
}
