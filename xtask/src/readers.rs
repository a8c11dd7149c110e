//! Readers of the files that Sinew writes, which know nothing of Sinew: those of MCAP and of Parquet, from PyPI.

use std::path::PathBuf;

use anyhow::Result;

use crate::provision::provision;
use crate::{project, python};

const REQUIREMENTS: &str = "xtask/readers-requirements.txt";

/// The folder of a virtual environment that has the readers. Tests find it as SINEW_READERS.
pub(crate) fn environment() -> Result<PathBuf> {
    let folder = project::provisioned().join("readers");
    let recipe = python::recipe(python::PYTHON, &[REQUIREMENTS])?;
    provision(&folder, &recipe, "bin/python", || {
        python::make_environment(python::PYTHON, &folder, &[REQUIREMENTS])
    })?;
    Ok(folder)
}
