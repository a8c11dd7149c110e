//! Python for the chores that need it: pip to fetch with, and a virtual environment. No package
//! index is named here: pip's own configuration decides.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};

use crate::provision::provision;
use crate::{apt, process, project};

/// The system's Python.
pub(crate) const PYTHON: &str = "python3";
const PIP: [&str; 5] = ["-m", "pip", "--no-input", "--disable-pip-version-check", "--quiet"];

/// What the virtual environment holds: for training, for its tests and for the benches' peers.
const REQUIREMENTS: &str = "models/train/requirements.txt";

/// `python3 -m pip`, unattended. Gets pip where it is missing.
pub(crate) fn pip() -> Result<Command> {
    require(PYTHON, "pip", "python3-pip", "fetching from PyPI")?;
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
    let folder = project::provisioned().join("venv");
    let recipe = recipe(PYTHON, REQUIREMENTS)?;
    provision(&folder, &recipe, "bin/python", || {
        make_environment(PYTHON, &folder, REQUIREMENTS)
    })?;
    Ok(process::command(folder.join("bin/python")))
}

/// What a virtual environment of `python` with `requirements` (relative to the project's root) is made
/// from.
pub(crate) fn recipe(python: &str, requirements: &str) -> Result<String> {
    let path = project::root().join(requirements);
    let text = fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
    let version =
        process::output(process::command(python).args(["-c", "import sys; print(sys.version, sys.base_prefix)"]))?;
    Ok(version + &text)
}

/// Makes a virtual environment of `python` that has all of `requirements`.
pub(crate) fn make_environment(python: &str, folder: &Path, requirements: &str) -> Result<()> {
    require(python, "ensurepip", &format!("{python}-venv"), "a virtual environment")?;
    process::quietly(
        "Making a Python environment",
        process::command(python).args(["-m", "venv", "--clear"]).arg(folder),
    )?;
    install(&folder.join("bin/python"), &["--requirement", requirements])
}

/// `pip install` with `args`, of which the last is what to install.
pub(crate) fn install(python: &Path, args: &[&str]) -> Result<()> {
    let what = args.last().unwrap_or(&"");
    process::quietly(
        &format!("Installing {what} from PyPI"),
        process::command(python).args(PIP).arg("install").args(args),
    )
    .map(drop)
}

/// Gets the Debian `package` where `python` lacks `module`.
pub(crate) fn require(python: &str, module: &str, package: &str, purpose: &str) -> Result<()> {
    match process::output(process::command(python).args(["-c", &format!("import {module}")])) {
        Ok(_) => Ok(()),
        Err(_) => apt::install(package, purpose),
    }
}
