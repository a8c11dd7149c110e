//! `<asset>`: meshes and materials by name.

use std::cell::{Cell, OnceCell};
use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use nalgebra::{Isometry3, Translation3, UnitQuaternion, Vector3};

use super::compiler::{Compiler, quaternion};
use super::defaults::Defaults;
use super::include::{folder, locate};
use crate::error::DescriptionError;
use crate::mesh;
use crate::model::MeshShape;
use crate::xml::{Element, numbers};

/// Meshes and colours that geoms refer to.
#[derive(Debug)]
pub(super) struct Assets {
    meshes: HashMap<String, MeshAsset>,
    colours: HashMap<String, [f32; 4]>,
    /// How many triangles were handed out.
    triangles: Cell<usize>,
}

#[derive(Debug)]
struct MeshAsset {
    /// The mesh without its triangles.
    shape: MeshShape,
    /// Read when first needed.
    triangles: OnceCell<Arc<Vec<mesh::Triangle>>>,
}

impl Assets {
    /// Gathers the assets from every `<asset>` below the root.
    pub(super) fn read(root: &Element, compiler: &Compiler, defaults: &Defaults) -> Result<Self, DescriptionError> {
        let mut this = Self {
            meshes: HashMap::new(),
            colours: HashMap::new(),
            triangles: Cell::new(0),
        };
        let main_folder = folder(&root.file);
        for element in root.children_named("asset").flat_map(|asset| &asset.children) {
            match element.tag.as_str() {
                "mesh" => this.read_mesh(element, compiler, defaults, &main_folder)?,
                "material" => {
                    let resolved = defaults.resolve(element, None, &["material"])?;
                    let name = resolved.required("name", "a name")?.to_owned();
                    let colour = match resolved.text("rgba") {
                        Some(text) => rgba(element, text)?,
                        None => [1.0; 4],
                    };
                    this.colours.insert(name, colour);
                }
                "texture" | "hfield" | "skin" => {}
                _ => return Err(element.error("this asset is not supported")),
            }
        }
        Ok(this)
    }

    fn read_mesh(
        &mut self,
        element: &Element,
        compiler: &Compiler,
        defaults: &Defaults,
        main_folder: &Path,
    ) -> Result<(), DescriptionError> {
        let resolved = defaults.resolve(element, None, &["mesh"])?;
        let file_name = resolved.required("file", "the name of an STL or OBJ file")?;
        let stem = Path::new(file_name).file_stem();
        let name = match (resolved.text("name"), stem) {
            (Some(name), _) => name.to_owned(),
            (None, Some(stem)) => stem.to_string_lossy().into_owned(),
            (None, None) => return Err(element.attribute_error("name", "a name", None)),
        };
        let file_name = match Path::new(file_name).file_name() {
            Some(bare) if compiler.strip_path => Path::new(bare),
            _ => Path::new(file_name),
        };
        let placed = Path::new(&compiler.mesh_folder).join(file_name);
        let position = resolved.vector("refpos")?.unwrap_or_default();
        let rotation = match resolved.text("refquat") {
            Some(text) => quaternion(&numbers(element, "refquat", text, 4..=4)?)
                .ok_or_else(|| element.attribute_error("refquat", "a quaternion that is not zero", Some(text)))?,
            None => UnitQuaternion::identity(),
        };
        let asset = MeshAsset {
            shape: MeshShape {
                file: locate(&placed.to_string_lossy(), &folder(&element.file), main_folder),
                scale: resolved.vector("scale")?.unwrap_or_else(|| Vector3::repeat(1.0)),
                reference: Isometry3::from_parts(Translation3::from(position), rotation),
                triangles: None,
            },
            triangles: OnceCell::new(),
        };
        self.meshes.insert(name, asset);
        Ok(())
    }

    /// The mesh of this name, with its triangles when `wanted`.
    pub(super) fn mesh(&self, element: &Element, name: &str, wanted: bool) -> Result<MeshShape, DescriptionError> {
        let asset = self
            .meshes
            .get(name)
            .ok_or_else(|| element.attribute_error("mesh", "the name of a mesh in <asset>", Some(name)))?;
        let triangles = wanted.then(|| asset.triangles()).transpose()?;
        let count = triangles.as_ref().map_or(0, |triangles| triangles.len());
        self.triangles.set(self.triangles.get() + count);
        mesh::check_all(self.triangles.get(), &element.file)?;
        Ok(MeshShape {
            triangles,
            ..asset.shape.clone()
        })
    }

    /// The colour of the material of this name.
    pub(super) fn colour(&self, name: &str) -> Option<[f32; 4]> {
        self.colours.get(name).copied()
    }
}

impl MeshAsset {
    fn triangles(&self) -> Result<Arc<Vec<mesh::Triangle>>, DescriptionError> {
        if let Some(triangles) = self.triangles.get() {
            return Ok(Arc::clone(triangles));
        }
        let triangles = self.shape.load()?;
        Ok(Arc::clone(self.triangles.get_or_init(|| triangles)))
    }
}

/// A colour.
pub(super) fn rgba(element: &Element, text: &str) -> Result<[f32; 4], DescriptionError> {
    let mut colour = [1.0; 4];
    for (slot, value) in colour.iter_mut().zip(numbers(element, "rgba", text, 1..=4)?) {
        *slot = value as f32;
    }
    Ok(colour)
}
