//! What moves must have an inertia.

use nalgebra::Isometry3;

use super::error::DescriptionError;
use super::model::{Inertia, RobotModel};

/// Least share of a body's largest moment that its smallest may be: below it, the body can be turned
/// about one axis by nothing.
const LEAST_SHARE: f64 = 1e-9;

impl RobotModel {
    /// Refuses what moves and has a mass, but about some axis no inertia: its acceleration would have
    /// no end. Parts that are rigidly fixed count together.
    pub(super) fn check_moving_inertias(&self) -> Result<(), DescriptionError> {
        for (head, whole) in self.rigid_groups() {
            let moments = whole.about_com.symmetric_eigenvalues();
            if whole.mass <= 0.0 || moments.min() > LEAST_SHARE * moments.max() {
                continue;
            }
            let body = &self.bodies[head];
            let [a, b, c] = [moments.x, moments.y, moments.z];
            return Err(DescriptionError::Element {
                file: self.file.clone(),
                element: format!("body \"{}\"", body.name),
                problem: format!(
                    "it moves and weighs {} kg, so its inertia must be above 0 about every axis, found {a:.4e}, \
                     {b:.4e} and {c:.4e} kg·m² about its principal axes, all that is fixed to it included: give the \
                     moments of its shape, or `boundinertia=\"1e-6\"` in <compiler> (of a URDF: in its <mujoco>)",
                    whole.mass
                ),
            });
        }
        Ok(())
    }

    /// Every body that moves, by the index of the one that its joint moves, with the mass of all that
    /// is rigidly fixed to it, in its frame.
    fn rigid_groups(&self) -> Vec<(usize, Inertia)> {
        let mut groups: Vec<(usize, Inertia)> = Vec::new();
        // For each body its group, and its frame in that of the group's head.
        let mut places: Vec<(usize, Isometry3<f64>)> = Vec::with_capacity(self.bodies.len());
        for (index, body) in self.bodies.iter().enumerate() {
            match body.parent {
                Some(parent) if body.joint.is_none() => {
                    let (group, frame) = places[parent];
                    let pose = frame * body.pose;
                    groups[group].1 = groups[group].1.merged(&body.inertia.transformed(&pose));
                    places.push((group, pose));
                }
                _ => {
                    groups.push((index, body.inertia));
                    places.push((groups.len() - 1, Isometry3::identity()));
                }
            }
        }
        groups.retain(|&(head, _)| self.floating_base || self.bodies[head].joint.is_some());
        groups
    }
}
