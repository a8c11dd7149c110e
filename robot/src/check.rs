//! What must hold for every robot, whichever format it was written in.

use std::collections::HashSet;
use std::path::Path;

use nalgebra::Isometry3;

use super::error::DescriptionError;
use super::model::{Body, Inertia, RobotModel};

/// Most joints of a robot: the time of a physics step grows with their cube.
const MAX_JOINTS: usize = 256;

/// Refuses more joints than can be simulated.
pub(super) fn check_joints(bodies: &[Body], file: &Path) -> Result<(), DescriptionError> {
    let joints = bodies.iter().filter(|body| body.joint.is_some()).count();
    if joints <= MAX_JOINTS {
        return Ok(());
    }
    Err(DescriptionError::Limit {
        file: file.to_owned(),
        what: "joints",
        limit: MAX_JOINTS,
    })
}

/// Least share of a body's largest moment that its smallest may be: below it, the body can be turned
/// about one axis by nothing.
const LEAST_SHARE: f64 = 1e-9;

impl RobotModel {
    /// Checks what must hold for a robot to be simulated: unique names, and mass where things
    /// move.
    pub(super) fn check(&self) -> Result<(), DescriptionError> {
        let error = |element: String, problem: &str| DescriptionError::Element {
            file: self.file.clone(),
            element,
            problem: problem.to_owned(),
        };
        let mut names = HashSet::new();
        for joint in self.bodies.iter().filter_map(|body| body.joint.as_ref()) {
            if !names.insert(joint.name.as_str()) {
                let element = format!("joint \"{}\"", joint.name);
                return Err(error(element, "another joint has the same name"));
            }
        }
        self.check_moving_inertias()?;
        // Mass and rotor inertia that each joint moves, children into parents.
        let mut moved: Vec<f64> = self.bodies.iter().map(|b| b.inertia.mass).collect();
        for index in (0..self.bodies.len()).rev() {
            let body = &self.bodies[index];
            if body.joint.is_some() && moved[index] <= 0.0 {
                let element = format!("body \"{}\"", body.name);
                return Err(error(element, "it moves, so it or what hangs on it must have a mass"));
            }
            if let Some(parent) = body.parent {
                moved[parent] += moved[index];
            }
        }
        if self.floating_base && moved.first().is_none_or(|mass| *mass <= 0.0) {
            let name = self.bodies.first().map_or("", |body| body.name.as_str());
            let element = format!("body \"{name}\"");
            return Err(error(element, "a floating robot must have a mass"));
        }
        Ok(())
    }

    /// Refuses what moves and has a mass, but about some axis no inertia: its acceleration would have
    /// no end. Parts that are rigidly fixed count together.
    fn check_moving_inertias(&self) -> Result<(), DescriptionError> {
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
