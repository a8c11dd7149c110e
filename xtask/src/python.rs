//! Python for the chores that need it: pip to fetch with, and a virtual environment. No package
//! index is named here: pip's own configuration decides.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};

use crate::provision::provision;
use crate::{apt, process, project};

const PYTHON: &str = "python3";
const PIP: [&str; 5] = ["-m", "pip", "--no-input", "--disable-pip-version-check", "--quiet"];

/// What the virtual environment holds: for training, for its tests and for the benches' peers.
const REQUIREMENTS: &str = "models/train/requirements.txt";

/// `python3 -m pip`, unattended. Gets pip where it is missing.
pub(crate) fn pip() -> Result<Command> {
    require("pip", "python3-pip", "fetching from PyPI")?;
    let mut command = process::command(PYTHON);
    command.args(PIP);
    Ok(command)
}

/// `python3 -c` with `code`.
pub(crate) fn snippet(code: &str) -> Command {
    let mut command = process::command(PYTHON);
    command.args(["-c", code]);
    command
}

/// The Python of a virtual environment that has all of [`REQUIREMENTS`]. Where they are the same as
/// before, nothing is done.
pub(crate) fn environment() -> Result<Command> {
    let requirements = project::root().join(REQUIREMENTS);
    let requirements =
        fs::read_to_string(&requirements).with_context(|| format!("cannot read {}", requirements.display()))?;
    let python = process::output(&mut snippet("import sys; print(sys.version, sys.base_prefix)"))?;
    let folder = project::provisioned().join("venv");
    provision(&folder, &(python + &requirements), "bin/python", || {
        make_environment(&folder)
    })?;
    Ok(process::command(folder.join("bin/python")))
}

fn make_environment(folder: &Path) -> Result<()> {
    require("ensurepip", "python3-venv", "a virtual environment")?;
    process::quietly(
        "Making a Python environment",
        process::command(PYTHON).args(["-m", "venv", "--clear"]).arg(folder),
    )?;
    process::quietly(
        &format!("Installing {REQUIREMENTS} from PyPI"),
        process::command(folder.join("bin/python"))
            .args(PIP)
            .args(["install", "--requirement", REQUIREMENTS]),
    )
    .map(drop)
}

fn require(module: &str, package: &str, purpose: &str) -> Result<()> {
    match process::output(&mut snippet(&format!("import {module}"))) {
        Ok(_) => Ok(()),
        Err(_) => apt::install(package, purpose),
    }
}
