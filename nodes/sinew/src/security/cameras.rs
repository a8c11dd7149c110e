//! The names of cameras, which are part of the names of topics.

use std::path::Path;

use serde_yaml_ng::Value;

use super::policy::Cameras;
use sinew_node::declared::{ParameterError, ParameterFile};

/// What the nodes call their camera where nothing else is said.
const USUAL: &str = "camera";

impl Cameras {
    /// Those of a robot's parameter file.
    ///
    /// # Errors
    /// Where it cannot be read, or a name is no text.
    pub fn of_file(path: &Path, namespace: &str) -> Result<Self, ParameterError> {
        let file = ParameterFile::read(path)?;
        let expected = |node: &str, message: &str| ParameterError::value(path, node, message);
        let one = |node: &str| match file.section(node, node, namespace).get("camera_name") {
            None => Ok(USUAL.to_owned()),
            Some(Value::String(name)) => Ok(name.clone()),
            Some(_) => Err(expected(node, "`camera_name`: expected a name")),
        };
        let seen = match file.section("perception", "perception", namespace).get("cameras") {
            None => vec![USUAL.to_owned()],
            Some(Value::Sequence(names)) => names
                .iter()
                .map(|name| name.as_str().map(str::to_owned))
                .collect::<Option<_>>()
                .ok_or_else(|| expected("perception", "`cameras`: expected names"))?,
            Some(_) => return Err(expected("perception", "`cameras`: expected a list of names")),
        };
        Ok(Self {
            seen,
            own: one("camera")?,
            followed: one("follow")?,
        })
    }
}
