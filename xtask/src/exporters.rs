//! Models as the public exporters write them, for the tests in `perception/tests/exports`: PyTorch from Debian, the
//! exporters from PyPI.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result};

use crate::provision::provision;
use crate::{process, project, python};

/// The Python that Debian's packages are for, whichever comes first in the path.
const PYTHON: &str = "/usr/bin/python3";
const REQUIREMENTS: &str = "perception/tests/exports/requirements.txt";
const SCRIPT: &str = "perception/tests/exports/export.py";
const PURPOSE: &str = "writing models with the public exporters";

/// Has the models written to `.sinew/exports/models`, unless the same script did so before.
pub(crate) fn set_up() -> Result<()> {
    let python = environment()?;
    let folder = project::provisioned().join("exports");
    let script = project::root().join(SCRIPT);
    let script = fs::read_to_string(&script).with_context(|| format!("cannot read {}", script.display()))?;
    let recipe = python::recipe(PYTHON, &[REQUIREMENTS])? + &script;
    provision(&folder, &recipe, "models/same.png", || {
        process::quietly(
            "Exporting models with random weights",
            process::command(python).arg(SCRIPT).arg(folder.join("models")),
        )
        .map(drop)
    })
    .map(drop)
}

/// The Python of a virtual environment that has the exporters.
fn environment() -> Result<PathBuf> {
    python::require(PYTHON, "ensurepip", "python3-venv", PURPOSE)?;
    python::require(PYTHON, "torchvision", "python3-torchvision", PURPOSE)?;
    let folder = project::provisioned().join("exporters");
    let recipe = python::recipe(PYTHON, &[REQUIREMENTS])?;
    let python = folder.join("bin/python");
    provision(&folder, &recipe, "bin/python", || {
        let venv = ["-m", "venv", "--clear", "--system-site-packages"];
        process::quietly(
            "Making a Python environment for the exporters",
            process::command(PYTHON).args(venv).arg(&folder),
        )?;
        python::install(&python, REQUIREMENTS)
    })?;
    Ok(python)
}
