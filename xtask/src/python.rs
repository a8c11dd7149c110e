//! Python for the chores that need it: pip to fetch with, and virtual environments under
//! `.sinew/venv/`. No package index is named here: pip's own configuration decides.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result};

use crate::{apt, process, project, stamp};

const PYTHON: &str = "python3";

/// `python3 -m pip`, with what makes it quiet and unattended. Gets pip where it is missing.
pub(crate) fn pip() -> Result<Command> {
    require("pip", "python3-pip", "fetching from PyPI")?;
    let mut command = process::command(PYTHON);
    command.args(PIP);
    Ok(command)
}

const PIP: [&str; 5] = [
    "-m",
    "pip",
    "--no-input",
    "--disable-pip-version-check",
    "--quiet",
];

/// A `python3 -c` that runs `code`.
pub(crate) fn snippet(code: &str) -> Command {
    let mut command = process::command(PYTHON);
    command.args(["-c", code]);
    command
}

fn require(module: &str, package: &str, purpose: &str) -> Result<()> {
    match process::output(&mut snippet(&format!("import {module}"))) {
        Ok(_) => Ok(()),
        Err(_) => apt::install(package, purpose),
    }
}

/// A command of the virtual environment `name`, made from requirements files given relative to the
/// project's root. Where it was made from the same ones before, nothing is done.
pub(crate) fn environment(name: &str, requirements: &[&str]) -> Result<Command> {
    let folder = project::provisioned().join("venv").join(name);
    let python = folder.join("bin/python");
    let recipe = recipe(requirements)?;
    if !stamp::matches(&folder, &recipe) || !python.exists() {
        make(name, requirements, &folder, &python)?;
        stamp::write(&folder, &recipe)?;
    }
    Ok(process::command(python))
}

fn make(name: &str, requirements: &[&str], folder: &PathBuf, python: &PathBuf) -> Result<()> {
    require("ensurepip", "python3-venv", "a virtual environment")?;
    stamp::clear(folder)?;
    process::quietly(
        &format!("Making the Python environment {name}"),
        process::command(PYTHON)
            .args(["-m", "venv", "--clear"])
            .arg(folder),
    )?;
    let mut install = process::command(python);
    install.args(PIP).arg("install");
    for file in requirements {
        install.args(["--requirement", file]);
    }
    process::quietly(
        &format!(
            "Installing {} into the Python environment {name}",
            requirements.join(", ")
        ),
        &mut install,
    )
    .map(drop)
}

/// All that the environment's content depends on: Python and every requirement.
fn recipe(requirements: &[&str]) -> Result<String> {
    let mut recipe = process::output(process::command(PYTHON).arg("--version"))?;
    for file in requirements {
        let path = project::root().join(file);
        recipe += &fs::read_to_string(&path)
            .with_context(|| format!("cannot read {}", path.display()))?;
    }
    Ok(recipe)
}
