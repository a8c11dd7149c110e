//! Which parts of the robot are its feet.

use nalgebra::Isometry3;
use sinew_robot::RobotModel;

use crate::carriers::Carrier;
use crate::params::SimParams;
use crate::world::WorldError;

/// How far above the lowest point of the robot a foot may hang in the start pose, m.
const FOOT_CLEARANCE: f64 = 0.02;

/// A shape of the robot that can touch something.
#[derive(Debug, Clone, Copy)]
pub(crate) struct TouchingShape<'a> {
    /// Its body.
    pub(crate) body: usize,
    /// The geom's name; empty where it has none.
    pub(crate) geom: &'a str,
}

/// A foot: its name, and which of the shapes are its own.
pub(crate) type FootShapes = (String, Vec<usize>);

/// The robot as its feet are looked for.
pub(crate) struct Standing<'a> {
    pub(crate) model: &'a RobotModel,
    pub(crate) params: &'a SimParams,
    pub(crate) carriers: &'a [Carrier],
    pub(crate) carried: &'a [(usize, Isometry3<f64>)],
    /// The base at the start, and all joints in tree order.
    pub(crate) start: &'a Isometry3<f64>,
    pub(crate) joints: &'a [f64],
}

impl Standing<'_> {
    /// The feet among these shapes: those that are asked for by name, else the ends of limbs that stand on the ground
    /// in the start pose.
    pub(crate) fn feet(&self, shapes: &[TouchingShape<'_>]) -> Result<Vec<FootShapes>, WorldError> {
        let of_carrier = |carrier: usize| -> Vec<usize> {
            let shapes = shapes.iter().enumerate();
            let of_it = shapes.filter(|(_, shape)| self.carried[shape.body].0 == carrier);
            of_it.map(|(index, _)| index).collect()
        };
        if self.params.feet.is_empty() {
            let feet = self.ends_on_ground().into_iter();
            let named = feet.map(|carrier| {
                let head = self.carriers[carrier].head;
                (self.model.bodies[head].name.clone(), of_carrier(carrier))
            });
            return Ok(named.collect());
        }
        let named = self.params.feet.iter().map(|name| {
            let shapes_of_geom = shapes.iter().enumerate().filter(|(_, shape)| shape.geom == *name);
            let by_geom: Vec<usize> = shapes_of_geom.map(|(index, _)| index).collect();
            if !by_geom.is_empty() {
                return Ok((name.clone(), by_geom));
            }
            let body = self.model.body_index(name);
            let body = body.or(self.model.site(name).map(|(body, _)| body));
            match body.map(|body| of_carrier(self.carried[body].0)) {
                Some(shapes) if !shapes.is_empty() => Ok((name.clone(), shapes)),
                _ => Err(WorldError::Setting {
                    key: "feet",
                    expected: "names of bodies, geoms or sites with a shape that touches the ground".to_owned(),
                    found: format!("\"{name}\""),
                }),
            }
        });
        named.collect()
    }

    /// The carriers at the ends of limbs that stand on the ground.
    fn ends_on_ground(&self) -> Vec<usize> {
        let model = self.model;
        let fixed = model.fixed_geoms(self.params.slope_rad);
        let poses = model.body_poses(self.start, self.joints);
        let is_end = |index: usize| {
            !self.carriers.iter().any(|other| {
                let parent = model.bodies[other.head].parent;
                parent.is_some_and(|parent| self.carried[parent].0 == index)
            })
        };
        let height = |index: usize| {
            model
                .geoms()
                .filter(|(body, _)| self.carried[*body].0 == index)
                .filter_map(|(body, geom)| model.clearance(&fixed, geom, &poses[body]))
                .min_by(f64::total_cmp)
        };
        (0..self.carriers.len())
            .filter(|&index| is_end(index) && height(index).is_some_and(|height| height < FOOT_CLEARANCE))
            .collect()
    }
}
