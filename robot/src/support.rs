//! How far shapes reach.

use nalgebra::{Isometry3, Point3, Vector3};

use super::model::{Geom, Shape};

impl Shape {
    /// The point of the shape that lies furthest along a direction of its own frame. `None` for a
    /// plane, which has no end, and for a mesh whose triangles were not read.
    pub fn support(&self, direction: &Vector3<f64>) -> Option<Point3<f64>> {
        let unit = direction.try_normalize(1e-12)?;
        let rim = |radius: f64| {
            let flat = Vector3::new(unit.x, unit.y, 0.0);
            flat.try_normalize(1e-9).unwrap_or_default() * radius
        };
        let end = |half_length: f64| Vector3::z() * half_length.copysign(unit.z);
        let point = match self {
            Self::Plane => return None,
            Self::Box(half) => unit.zip_map(half, |d, h| h.copysign(d)),
            Self::Sphere(radius) => unit * *radius,
            Self::Capsule { radius, half_length } => end(*half_length) + unit * *radius,
            Self::Cylinder { radius, half_length } => end(*half_length) + rim(*radius),
            Self::Ellipsoid(half) => {
                let stretched = half.component_mul(&unit);
                half.component_mul(&stretched) / stretched.norm()
            }
            Self::Mesh(mesh) => {
                let along = |p: &&Point3<f64>| p.coords.dot(&unit);
                mesh.triangles
                    .as_ref()?
                    .iter()
                    .flatten()
                    .max_by(|a, b| along(a).total_cmp(&along(b)))?
                    .coords
            }
        };
        Some(point.into())
    }
}

impl Geom {
    /// The point furthest along a direction of the world, for a body at `body_pose`.
    pub fn support_in_world(&self, body_pose: &Isometry3<f64>, direction: &Vector3<f64>) -> Option<Point3<f64>> {
        let pose = body_pose * self.pose;
        let local = pose.rotation.inverse_transform_vector(direction);
        self.shape.support(&local).map(|point| pose * point)
    }
}
