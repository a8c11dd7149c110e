//! Shapes of a description as rapier's colliders.

use std::collections::HashSet;
use std::f64::consts::{FRAC_PI_2, PI};

use nalgebra::{Isometry3, Point3, UnitQuaternion, Vector3};
use rapier3d::prelude::SharedShape;
use sinew_robot::Shape;

use super::convert::{point, vector};

/// The collision shape, and its frame in the frame of the description's shape. `None` when a
/// mesh has no convex hull.
pub(super) fn collision_shape(shape: &Shape) -> Option<(SharedShape, Isometry3<f64>)> {
    let here = Isometry3::identity();
    let single = |x: f64| x as f32;
    Some(match shape {
        Shape::Plane => (SharedShape::halfspace(vector(&Vector3::z())), here),
        Shape::Box(half) => {
            let half = half.map(single);
            (SharedShape::cuboid(half.x, half.y, half.z), here)
        }
        Shape::Sphere(radius) => (SharedShape::ball(single(*radius)), here),
        Shape::Capsule { radius, half_length } => (SharedShape::capsule_z(single(*half_length), single(*radius)), here),
        Shape::Cylinder { radius, half_length } => {
            // Rapier's cylinders lie along y.
            let z_from_y = UnitQuaternion::from_axis_angle(&Vector3::x_axis(), FRAC_PI_2);
            (
                SharedShape::cylinder(single(*half_length), single(*radius)),
                Isometry3::from_parts(Vector3::zeros().into(), z_from_y),
            )
        }
        Shape::Ellipsoid(half) => (hull(ellipsoid_points(half).iter())?, here),
        Shape::Mesh(mesh) => (hull(mesh.triangles.as_ref()?.iter().flatten())?, here),
    })
}

fn hull<'a>(points: impl Iterator<Item = &'a Point3<f64>>) -> Option<SharedShape> {
    let mut seen = HashSet::new();
    let points: Vec<_> = points
        .map(point)
        .filter(|p| seen.insert([p.x.to_bits(), p.y.to_bits(), p.z.to_bits()]))
        .collect();
    SharedShape::convex_hull(&points)
}

/// Points on an ellipsoid, whose hull stands for it: rapier has no ellipsoid.
fn ellipsoid_points(half: &Vector3<f64>) -> Vec<Point3<f64>> {
    const RINGS: usize = 9;
    const SEGMENTS: usize = 16;
    let mut points = vec![Point3::new(0.0, 0.0, half.z), Point3::new(0.0, 0.0, -half.z)];
    for ring in 1..RINGS {
        let polar = PI * ring as f64 / RINGS as f64;
        for segment in 0..SEGMENTS {
            let around = 2.0 * PI * segment as f64 / SEGMENTS as f64;
            let unit = Vector3::new(polar.sin() * around.cos(), polar.sin() * around.sin(), polar.cos());
            points.push(half.component_mul(&unit).into());
        }
    }
    points
}
