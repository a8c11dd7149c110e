//! Programs in Python that know nothing of Sinew.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The Python environment of the peers; says so where there is none.
pub(crate) fn environment() -> Option<PathBuf> {
    let found = std::env::var_os("SINEW_RELEASE_PEERS").map(PathBuf::from);
    if found.is_none() {
        eprintln!("skipped: `cargo xtask test` makes the Python environment that SINEW_RELEASE_PEERS must name");
    }
    found
}

/// Runs a program of the peers; gives what it printed, or what it complained of.
pub(crate) fn run(environment: &Path, program: &str, args: &[&OsStr]) -> Result<String, String> {
    let mut command = Command::new(environment.join("bin/python"));
    if Path::new(program).extension().is_some() {
        command.arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/peers").join(program));
    } else {
        command.args(["-m", program]);
    }
    let output = command.args(args).output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    if output.status.success() {
        Ok(text(&output.stdout))
    } else {
        Err(text(&output.stdout) + &text(&output.stderr))
    }
}
