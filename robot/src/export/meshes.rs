//! Mesh files that go with a robot.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use super::names::{plain, unused};
use super::{Content, ExportedFile};
use crate::model::MeshShape;

/// Where they lie in an exported folder.
pub(super) const FOLDER: &str = "meshes";
/// The name of the sphere with radius 1 that ellipsoids are scaled from.
const UNIT_SPHERE: &str = "unit_sphere.stl";
/// Rings and sectors of that sphere.
const RINGS: usize = 12;
const SECTORS: usize = 24;

/// The meshes that an export has used so far.
#[derive(Debug, Default)]
pub(super) struct Meshes {
    /// Each file of the description, with its name in the exported folder.
    copied: Vec<(PathBuf, String)>,
    taken: HashSet<String>,
    missing: Vec<PathBuf>,
    has_sphere: bool,
}

impl Meshes {
    /// The name of a mesh's file, below [`FOLDER`]; `None` where the description's is not there.
    pub(super) fn name(&mut self, mesh: &MeshShape) -> Option<String> {
        if let Some((_, name)) = self.copied.iter().find(|(file, _)| *file == mesh.file) {
            return Some(name.clone());
        }
        if !mesh.file.is_file() {
            if !self.missing.contains(&mesh.file) {
                self.missing.push(mesh.file.clone());
            }
            return None;
        }
        let given = mesh.file.file_name().map(|name| name.to_string_lossy().into_owned());
        let given = plain(&given.unwrap_or_default(), "mesh");
        let (stem, ending) = given.rsplit_once('.').unwrap_or((given.as_str(), "stl"));
        let name = format!("{}.{ending}", unused(stem, &mut self.taken));
        self.copied.push((mesh.file.clone(), name.clone()));
        Some(name)
    }

    /// The name of the file of the sphere with radius 1.
    pub(super) fn unit_sphere(&mut self) -> String {
        self.has_sphere = true;
        self.taken.insert("unit_sphere".to_owned());
        UNIT_SPHERE.to_owned()
    }

    /// The files, and a line for those that are missing.
    pub(super) fn finish(self) -> (Vec<ExportedFile>, Option<String>) {
        let file = |name: &str, content| ExportedFile {
            name: Path::new(FOLDER).join(name),
            content,
        };
        let copies = self
            .copied
            .into_iter()
            .map(|(source, name)| file(&name, Content::CopyOf(source)));
        let mut files: Vec<ExportedFile> = copies.collect();
        if self.has_sphere {
            files.push(file(UNIT_SPHERE, Content::Text(unit_sphere())));
        }
        let missing = self.missing.first().map(|first| {
            format!(
                "{} meshes are left out, for their files are not there: {} and so on",
                self.missing.len(),
                first.display()
            )
        });
        (files, missing)
    }
}

/// A sphere with radius 1 as a text STL.
fn unit_sphere() -> String {
    use std::f64::consts::{PI, TAU};
    let at = |ring: usize, sector: usize| {
        let (polar, azimuth) = (PI * ring as f64 / RINGS as f64, TAU * sector as f64 / SECTORS as f64);
        let around = polar.sin();
        format!(
            "{:.9} {:.9} {:.9}",
            around * azimuth.cos(),
            around * azimuth.sin(),
            polar.cos()
        )
    };
    let mut text = "solid unit_sphere\n".to_owned();
    let mut facet = |corners: [String; 3]| {
        text += "facet normal 0 0 0\nouter loop\n";
        for corner in corners {
            text += &format!("vertex {corner}\n");
        }
        text += "endloop\nendfacet\n";
    };
    for ring in 0..RINGS {
        for sector in 0..SECTORS {
            let next = (sector + 1) % SECTORS;
            if ring > 0 {
                facet([at(ring, sector), at(ring + 1, sector), at(ring, next)]);
            }
            if ring + 1 < RINGS {
                facet([at(ring, next), at(ring + 1, sector), at(ring + 1, next)]);
            }
        }
    }
    text + "endsolid unit_sphere\n"
}
