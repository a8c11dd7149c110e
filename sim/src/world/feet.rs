//! Which parts of the robot are its feet.

use nalgebra::Isometry3;
use rapier3d::prelude::ColliderHandle;

use super::WorldError;
use super::build::Builder;
use super::colliders::RobotCollider;

/// How far above the lowest point of the robot a foot may hang in the start pose, m.
const FOOT_CLEARANCE: f64 = 0.02;

/// A foot by its name, with what touches the ground.
pub(super) type Foot = (String, Vec<ColliderHandle>);

impl Builder<'_> {
    /// The feet and their colliders: those that are asked for by name, else the ends of limbs
    /// that stand on the ground in the start pose.
    pub(super) fn feet(
        &self,
        colliders: &[RobotCollider],
        start: &Isometry3<f64>,
        start_joints: &[f64],
    ) -> Result<Vec<Foot>, WorldError> {
        let model = self.model;
        let on_carrier = |carrier: usize| -> Vec<ColliderHandle> {
            let of_it = colliders.iter().filter(|one| self.carried[one.body].0 == carrier);
            of_it.map(|one| one.handle).collect()
        };
        if !self.params.feet.is_empty() {
            return self
                .params
                .feet
                .iter()
                .map(|name| {
                    let by_geom: Vec<ColliderHandle> = colliders
                        .iter()
                        .filter(|one| one.geom == *name)
                        .map(|one| one.handle)
                        .collect();
                    if !by_geom.is_empty() {
                        return Ok((name.clone(), by_geom));
                    }
                    let body = model.body_index(name).or(model.site(name).map(|(body, _)| body));
                    match body.map(|body| on_carrier(self.carried[body].0)) {
                        Some(colliders) if !colliders.is_empty() => Ok((name.clone(), colliders)),
                        _ => Err(WorldError::Setting {
                            key: "feet",
                            expected: "names of bodies, geoms or sites with a shape that touches the ground".to_owned(),
                            found: format!("\"{name}\""),
                        }),
                    }
                })
                .collect();
        }
        let poses = model.body_poses(start, start_joints);
        let mut feet = Vec::new();
        for (index, carrier) in self.carriers.iter().enumerate() {
            let is_end = !self.carriers.iter().any(|other| {
                let parent = model.bodies[other.head].parent;
                parent.is_some_and(|parent| self.carried[parent].0 == index)
            });
            let lowest = model
                .geoms()
                .filter(|(body, _)| self.carried[*body].0 == index)
                .filter_map(|(body, geom)| model.clearance(&self.fixed_geoms, geom, &poses[body]))
                .min_by(f64::total_cmp);
            if is_end && lowest.is_some_and(|height| height < FOOT_CLEARANCE) {
                feet.push((model.bodies[carrier.head].name.clone(), on_carrier(index)));
            }
        }
        Ok(feet)
    }
}
