//! Programs that know nothing of Sinew, from PyPI: readers of the files that it writes (MCAP, Parquet), and those that
//! publish and sign models in the same formats.

use std::path::PathBuf;

use anyhow::Result;

use crate::provision::provision;
use crate::{project, python};

/// The folder of a virtual environment that has the readers. Tests find it as SINEW_READERS.
pub(crate) fn environment() -> Result<PathBuf> {
    of("readers", "xtask/readers-requirements.txt")
}

/// The folder of a virtual environment that has python-tuf and model-signing. Tests find it as SINEW_RELEASE_PEERS.
pub(crate) fn release_peers() -> Result<PathBuf> {
    of("release-peers", "xtask/release-peers-requirements.txt")
}

fn of(name: &str, requirements: &str) -> Result<PathBuf> {
    let folder = project::provisioned().join(name);
    let recipe = python::recipe(python::PYTHON, &[requirements])?;
    provision(&folder, &recipe, "bin/python", || {
        python::make_environment(python::PYTHON, &folder, &[requirements])
    })?;
    Ok(folder)
}
