//! Shapes as URDF has them.

use nalgebra::{Isometry3, Translation3, Vector3};

use super::meshes::Meshes;
use crate::model::{Geom, Shape};

/// A shape that URDF knows.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum UrdfShape {
    /// By its whole sizes.
    Box(Vector3<f64>),
    /// By its radius.
    Sphere(f64),
    /// Along z, by radius and length.
    Cylinder(f64, f64),
    /// A file below the folder of meshes, and its scale.
    Mesh(String, Vector3<f64>),
}

/// The shapes that a geom becomes, each with its frame in the body's; none for what URDF cannot say: a plane on a
/// robot, a mesh whose file is missing.
pub(super) fn urdf_shapes(geom: &Geom, meshes: &mut Meshes) -> Vec<(Isometry3<f64>, UrdfShape)> {
    let alone = |shape| vec![(geom.pose, shape)];
    match &geom.shape {
        Shape::Plane => Vec::new(),
        Shape::Box(half) => alone(UrdfShape::Box(half * 2.0)),
        Shape::Sphere(radius) => alone(UrdfShape::Sphere(*radius)),
        Shape::Cylinder { radius, half_length } => alone(UrdfShape::Cylinder(*radius, 2.0 * half_length)),
        Shape::Capsule { radius, half_length } => {
            let end = |side: f64| geom.pose * Translation3::new(0.0, 0.0, side * half_length);
            vec![
                (geom.pose, UrdfShape::Cylinder(*radius, 2.0 * half_length)),
                (end(1.0), UrdfShape::Sphere(*radius)),
                (end(-1.0), UrdfShape::Sphere(*radius)),
            ]
        }
        Shape::Ellipsoid(half) => alone(UrdfShape::Mesh(meshes.unit_sphere(), *half)),
        Shape::Mesh(mesh) => match meshes.name(mesh) {
            Some(name) => vec![(geom.pose * mesh.reference.inverse(), UrdfShape::Mesh(name, mesh.scale))],
            None => Vec::new(),
        },
    }
}

/// Whether a geom is there to be looked at: shapes that do not collide, and those of the groups that viewers show.
pub(super) fn is_shown(geom: &Geom, touches: bool) -> bool {
    const LAST_SHOWN_GROUP: i32 = 2;
    geom.rgba[3] > 0.0
        && (!touches || geom.group <= LAST_SHOWN_GROUP)
        && (!geom.collides() || geom.group <= LAST_SHOWN_GROUP)
}
