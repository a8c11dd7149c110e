//! The light, and meshes under it.

use nalgebra::{Isometry3, Matrix3, Vector3};

/// Where a mesh is, how it is lit, and what it counts as.
#[derive(Debug, Clone, Copy)]
pub(super) struct PlacedMesh {
    /// Rotation and scale from the mesh to the optical frame.
    pub(super) turn: Matrix3<f32>,
    shift: Vector3<f32>,
    /// Direction to the light in the mesh's frame, by its strength.
    sun: Vector3<f32>,
    /// Upwards in the mesh's frame, by how much brighter what looks up is.
    sky: Vector3<f32>,
    ambient: f32,
    pub(super) part: u16,
}

/// The light that falls on everything, in the world frame.
#[derive(Debug, Clone, Copy)]
pub(super) struct Light {
    /// Unit direction to the light.
    pub(super) towards: Vector3<f64>,
    pub(super) strength: f64,
    pub(super) ambient: f64,
}

impl Light {
    /// Brightness of a surface with this normal.
    pub(super) fn on(&self, normal: &Vector3<f64>) -> f64 {
        self.strength * self.towards.dot(normal).max(0.0) + self.ambient * (0.75 + 0.25 * normal.z)
    }
}

impl PlacedMesh {
    /// `None` for a pose that is not finite.
    pub(super) fn new(
        optical_from_world: &Isometry3<f64>,
        world_from_mesh: &Isometry3<f64>,
        scale: &Vector3<f64>,
        light: &Light,
        part: u16,
    ) -> Option<Self> {
        let pose = optical_from_world * world_from_mesh;
        let turn = pose.rotation.to_rotation_matrix().into_inner() * Matrix3::from_diagonal(scale);
        let into_mesh = world_from_mesh.rotation.inverse();
        let placed = Self {
            turn: turn.map(|x| x as f32),
            shift: pose.translation.vector.map(|x| x as f32),
            sun: (into_mesh * light.towards * light.strength).map(|x| x as f32),
            sky: (into_mesh * Vector3::z() * light.ambient * 0.25).map(|x| x as f32),
            ambient: (light.ambient * 0.75) as f32,
            part,
        };
        let finite = placed
            .turn
            .iter()
            .chain(&placed.shift)
            .chain(&placed.sun)
            .all(|x| x.is_finite());
        finite.then_some(placed)
    }

    pub(super) fn into_optical(self, point: &Vector3<f32>) -> Vector3<f32> {
        self.turn * point + self.shift
    }

    pub(super) fn light(&self, normal: &Vector3<f32>) -> f32 {
        self.ambient + self.sky.dot(normal) + self.sun.dot(normal).max(0.0)
    }
}
