//! From a file to a [`RobotModel`], whichever format it is in.

use std::collections::BTreeSet;
use std::path::Path;

use crate::error::DescriptionError;
use crate::model::{RobotModel, Shape};
use crate::xml::Element;
use crate::{mjcf, urdf};

/// How a description is to be read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LoadOptions {
    /// Bolts a URDF's root link to the world instead of letting it float.
    pub fixed_base: bool,
}

/// Reads a robot; the root element says whether the file is MJCF or URDF.
///
/// # Errors
/// [`DescriptionError`] names the file, the element and the attribute at fault.
pub fn load(file: &Path) -> Result<RobotModel, DescriptionError> {
    load_with(file, &LoadOptions::default())
}

/// Like [`load`], with options.
///
/// # Errors
/// As [`load`].
pub fn load_with(file: &Path, options: &LoadOptions) -> Result<RobotModel, DescriptionError> {
    let root = Element::read(file)?;
    let model = match root.tag.as_str() {
        "mujoco" => mjcf::build(root)?,
        "robot" => urdf::build(&root, options.fixed_base)?,
        _ => return Err(root.error("the root must be <mujoco> (MJCF) or <robot> (URDF)")),
    };
    model.check()?;
    warn_of_missing_meshes(&model);
    Ok(model)
}

/// Says how many meshes that are only looked at are not there. (One that collides is an error.)
fn warn_of_missing_meshes(model: &RobotModel) {
    let geoms = model.bodies.iter().flat_map(|body| &body.geoms);
    let missing: BTreeSet<&Path> = geoms
        .chain(&model.world_geoms)
        .filter_map(|geom| match &geom.shape {
            Shape::Mesh(mesh) if mesh.triangles.is_none() => Some(mesh.file.as_path()),
            _ => None,
        })
        .filter(|file| !file.exists())
        .collect();
    if let Some(first) = missing.first() {
        tracing::warn!(first = %first.display(), "{} meshes to look at are missing", missing.len());
    }
}
