//! The names of cameras, which are part of the names of topics.

use std::path::Path;

use serde_yaml_ng::Value;
use sinew_node::declared::{ParameterError, ParameterFiles};

use super::policy::Cameras;

/// What the nodes call their camera where nothing else is said.
const USUAL: &str = "camera";

impl Cameras {
    /// Those of a robot's parameter file, and of the files that it extends. Where `perception` looks at one camera, the
    /// others mean that one, too, as in a plan.
    ///
    /// # Errors
    /// Where it cannot be read, or a name is no text.
    pub fn of_file(path: &Path, namespace: &str) -> Result<Self, ParameterError> {
        let files = ParameterFiles::read([path])?;
        let expected = |node: &str, message: &str| ParameterError::value(path, node, message);
        let seen = match files.said("perception", "cameras", namespace) {
            None => vec![USUAL.to_owned()],
            Some(Value::Sequence(names)) => names
                .iter()
                .map(|name| name.as_str().map(str::to_owned))
                .collect::<Option<_>>()
                .ok_or_else(|| expected("perception", "`cameras`: expected names"))?,
            Some(_) => return Err(expected("perception", "`cameras`: expected a list of names")),
        };
        let usual = match &seen[..] {
            [one] => one.clone(),
            _ => USUAL.to_owned(),
        };
        let one = |node: &str, parameter: &str| match files.said(node, parameter, namespace) {
            None => Ok(usual.clone()),
            Some(Value::String(name)) => Ok(name),
            Some(_) => Err(expected(node, &format!("`{parameter}`: expected a name"))),
        };
        Ok(Self {
            own: one("camera", "camera_name")?,
            simulated: one("sim", "scene.camera_name")?,
            followed: one("follow", "camera_name")?,
            seen,
        })
    }
}
