//! Primitive shapes as triangles.

use std::f64::consts::{PI, TAU};

use nalgebra::{Point3, Vector3};
use sinew_robot::Shape;

/// Corners of a circle.
const SECTORS: usize = 24;

/// The triangles of a shape in its own frame; `None` for a plane, which has no end, and for a mesh,
/// which has its own.
pub(super) fn triangles(shape: &Shape) -> Option<Vec<[Point3<f64>; 3]>> {
    Some(match shape {
        Shape::Plane | Shape::Mesh(_) => return None,
        Shape::Box(half) => cuboid(half),
        Shape::Sphere(radius) => ball(&Vector3::repeat(*radius), 0.0, SECTORS),
        Shape::Ellipsoid(half) => ball(half, 0.0, SECTORS),
        Shape::Capsule { radius, half_length } => ball(&Vector3::repeat(*radius), *half_length, SECTORS),
        Shape::Cylinder { radius, half_length } => {
            let rings = [
                (0.0, -half_length),
                (*radius, -half_length),
                (*radius, *half_length),
                (0.0, *half_length),
            ];
            revolved(&rings, 1.0, SECTORS)
        }
    })
}

/// An ellipsoid whose halves are pulled apart along z.
pub(super) fn ball(half: &Vector3<f64>, half_length: f64, sectors: usize) -> Vec<[Point3<f64>; 3]> {
    let steps = sectors / 4;
    let arc = |k: usize, side: f64| {
        let angle = k as f64 / steps as f64 * PI / 2.0;
        (half.x * angle.sin(), side * (half.z * angle.cos() + half_length))
    };
    let lower = (0..=steps).map(|k| arc(k, -1.0));
    // Without a length the two halves share their equator.
    let skipped = usize::from(half_length == 0.0);
    let upper = (0..=steps - skipped).rev().map(|k| arc(k, 1.0));
    let rings: Vec<(f64, f64)> = lower.chain(upper).collect();
    revolved(&rings, half.y / half.x, sectors)
}

/// A profile of (radius, height) from bottom to top, turned about z and stretched along y.
fn revolved(rings: &[(f64, f64)], stretch: f64, sectors: usize) -> Vec<[Point3<f64>; 3]> {
    let at = |ring: usize, sector: usize| {
        let (radius, height) = rings[ring];
        let angle = (sector % sectors) as f64 / sectors as f64 * TAU;
        // At the poles all sectors meet in the very same point.
        let (x, y) = if ring == 0 || ring + 1 == rings.len() {
            (0.0, 0.0)
        } else {
            (radius * angle.cos(), stretch * radius * angle.sin())
        };
        Point3::new(x, y, height)
    };
    let mut triangles = Vec::with_capacity(2 * rings.len() * sectors);
    for ring in 0..rings.len() - 1 {
        for sector in 0..sectors {
            let (a, b) = (at(ring, sector), at(ring, sector + 1));
            let (c, d) = (at(ring + 1, sector + 1), at(ring + 1, sector));
            if ring > 0 {
                triangles.push([a, b, c]);
            }
            if ring + 2 < rings.len() {
                triangles.push([a, c, d]);
            }
        }
    }
    triangles
}

/// A box.
pub(super) fn cuboid(half: &Vector3<f64>) -> Vec<[Point3<f64>; 3]> {
    let mut triangles = Vec::with_capacity(12);
    for axis in 0..3 {
        for side in [-1.0, 1.0] {
            let corner = |first: f64, second: f64| {
                let mut point = Point3::origin();
                point[axis] = side * half[axis];
                point[(axis + 1) % 3] = side * first * half[(axis + 1) % 3];
                point[(axis + 2) % 3] = second * half[(axis + 2) % 3];
                point
            };
            let quad = [
                corner(-1.0, -1.0),
                corner(1.0, -1.0),
                corner(1.0, 1.0),
                corner(-1.0, 1.0),
            ];
            triangles.push([quad[0], quad[1], quad[2]]);
            triangles.push([quad[0], quad[2], quad[3]]);
        }
    }
    triangles
}
