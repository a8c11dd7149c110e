//! The meshes of a robot, of its world, and of the unit shapes that props are made of.

use std::collections::HashMap;
use std::error::Error;
use std::path::PathBuf;
use std::sync::Arc;

use nalgebra::{Isometry3, Vector3};
use sinew_robot::{Geom, RobotModel, Shape};

use super::mesh::Mesh;
use super::pieces::UnitShape;
use super::shapes;

/// Geoms of this group and above are hidden, as MuJoCo's viewer does: they are there to collide.
const FIRST_HIDDEN_GROUP: i32 = 3;
/// What is more transparent than this is not drawn; the rest is opaque.
const LEAST_OPACITY: f32 = 0.1;
/// The greys that the readers give to what has no colour.
const COLOURLESS: [[f32; 3]; 2] = [[0.5; 3], [0.7; 3]];
/// Colours that bodies without one are given in turn.
const PALETTE: [[f32; 3]; 6] = [
    [0.86, 0.87, 0.89],
    [0.34, 0.37, 0.42],
    [0.30, 0.55, 0.62],
    [0.72, 0.74, 0.77],
    [0.46, 0.50, 0.58],
    [0.80, 0.72, 0.58],
];

/// One mesh of the robot or of its world.
#[derive(Debug)]
pub(super) struct Part {
    /// The body that carries it; `None` for the world.
    pub(super) body: Option<usize>,
    /// Its frame in the body's (in the world's).
    pub(super) pose: Isometry3<f64>,
    pub(super) mesh: Arc<Mesh>,
    pub(super) colour: [f32; 3],
}

/// All that can be drawn: the parts of the robot and its world, and the unit shapes of props.
#[derive(Debug)]
pub(super) struct SceneMeshes {
    pub(super) parts: Vec<Part>,
    /// Poses of the grounds in the world.
    pub(super) planes: Vec<Isometry3<f64>>,
    units: [Mesh; 4],
}

impl SceneMeshes {
    pub(super) fn new(model: &RobotModel) -> Self {
        let on_robot: Vec<(Option<usize>, &Geom)> = model.geoms().map(|(body, geom)| (Some(body), geom)).collect();
        let fixed = model.fixed_geoms(0.0);
        let in_world: Vec<(Option<usize>, &Geom)> = fixed.iter().map(|geom| (None, geom)).collect();
        let mut meshes = Meshes::default();
        let planes = fixed
            .iter()
            .filter(|geom| matches!(geom.shape, Shape::Plane))
            .map(|geom| geom.pose)
            .collect();
        let shown = visible(&on_robot).into_iter().chain(visible(&in_world));
        let parts = shown
            .filter_map(|(body, geom)| {
                Some(Part {
                    body,
                    pose: geom.pose,
                    mesh: meshes.of(&geom.shape)?,
                    colour: colour(body, geom),
                })
            })
            .collect();
        Self {
            parts,
            planes,
            units: [
                Mesh::new(&shapes::ball(&Vector3::repeat(1.0), 0.0, 40)),
                Mesh::new(&shapes::cuboid(&Vector3::repeat(1.0))),
                primitive(&Shape::Cylinder {
                    radius: 1.0,
                    half_length: 1.0,
                }),
                limb(),
            ],
        }
    }

    pub(super) fn unit(&self, unit: UnitShape) -> &Mesh {
        match unit {
            UnitShape::Ball => &self.units[0],
            UnitShape::Box => &self.units[1],
            UnitShape::Cylinder => &self.units[2],
            UnitShape::Limb => &self.units[3],
        }
    }
}

/// A capsule of length 1 that hangs from the origin.
fn limb() -> Mesh {
    let mut triangles = shapes::ball(&Vector3::new(0.09, 0.09, 0.09), 0.41, 16);
    triangles.iter_mut().flatten().for_each(|corner| corner.z -= 0.5);
    Mesh::new(&triangles)
}

fn primitive(shape: &Shape) -> Mesh {
    Mesh::new(&shapes::triangles(shape).unwrap_or_default())
}

/// The geoms that are there to look at; where there is none, those that collide.
fn visible<'a>(geoms: &[(Option<usize>, &'a Geom)]) -> Vec<(Option<usize>, &'a Geom)> {
    let opaque = geoms.iter().filter(|(_, geom)| geom.rgba[3] >= LEAST_OPACITY);
    let (mut shown, hidden): (Vec<_>, Vec<_>) = opaque.partition(|(_, geom)| geom.group < FIRST_HIDDEN_GROUP);
    if shown.is_empty() {
        shown = hidden;
    }
    shown
}

fn colour(body: Option<usize>, geom: &Geom) -> [f32; 3] {
    let [red, green, blue, _] = geom.rgba;
    let written = [red, green, blue].map(|channel| channel.clamp(0.0, 1.0));
    match body {
        Some(index) if COLOURLESS.contains(&written) => PALETTE[index % PALETTE.len()],
        _ => written,
    }
}

/// Meshes, each read and prepared once.
#[derive(Default)]
struct Meshes {
    files: HashMap<(PathBuf, [u64; 10]), Option<Arc<Mesh>>>,
}

impl Meshes {
    /// `None` for a plane, and for a mesh that is not there or cannot be read, which is logged.
    fn of(&mut self, shape: &Shape) -> Option<Arc<Mesh>> {
        let Shape::Mesh(mesh) = shape else {
            return shapes::triangles(shape).map(|triangles| Arc::new(Mesh::new(&triangles)));
        };
        let reference = mesh.reference;
        let mut placing = [0; 10];
        let numbers = mesh
            .scale
            .iter()
            .chain(&reference.translation.vector)
            .chain(reference.rotation.coords.iter());
        for (slot, number) in placing.iter_mut().zip(numbers) {
            *slot = number.to_bits();
        }
        let load = || match mesh.load() {
            Ok(triangles) => Some(Arc::new(Mesh::new(&triangles))),
            Err(error) => {
                let cause = error.source().map_or_else(String::new, |cause| format!(": {cause}"));
                tracing::warn!("the camera leaves out a mesh: {error}{cause}");
                None
            }
        };
        self.files
            .entry((mesh.file.clone(), placing))
            .or_insert_with(load)
            .clone()
    }
}
