//! Readers of recordings by other makers, from PyPI, for the tests of the crate `sinew-recording`.

use anyhow::Result;

use crate::provision::provision;
use crate::{project, python};

const REQUIREMENTS: &str = "recording/tests/readers/requirements.txt";

/// A virtual environment with them under `.sinew/recording-readers/`, where the tests look for it.
pub(crate) fn set_up() -> Result<()> {
    let folder = project::provisioned().join("recording-readers");
    let recipe = python::recipe(python::PYTHON, &[REQUIREMENTS])?;
    provision(&folder, &recipe, "bin/python", || {
        python::make_environment(python::PYTHON, &folder, &[REQUIREMENTS])
    })
    .map(drop)
}
