//! Which shapes of a robot touch the ground, and with what friction.

use crate::model::{Geom, RobotModel};

/// How a robot's shapes meet its ground.
#[derive(Debug)]
pub(super) struct Surface {
    ground: Vec<Geom>,
}

impl Surface {
    pub(super) fn of(model: &RobotModel) -> Self {
        Self {
            ground: model.fixed_geoms(0.0),
        }
    }

    /// The friction of a geom of the robot on the ground; `None` where they never touch.
    pub(super) fn friction(&self, model: &RobotModel, geom: &Geom) -> Option<f64> {
        let with = self.ground.iter().filter_map(|ground| model.friction(geom, ground));
        with.reduce(f64::max)
    }

    /// The friction of a body's shapes on the ground, the largest where they differ; `None` where none touches it.
    pub(super) fn of_body(&self, model: &RobotModel, body: usize) -> Option<f64> {
        let geoms = model.bodies[body].geoms.iter();
        geoms.filter_map(|geom| self.friction(model, geom)).reduce(f64::max)
    }
}

/// Whether parts of the robot can touch each other, by their masks or by pairs.
pub(super) fn parts_touch(model: &RobotModel) -> bool {
    if !model.self_collision {
        return false;
    }
    let geoms: Vec<(usize, &Geom)> = model.geoms().collect();
    let meets = |(one, a): &(usize, &Geom), (other, b): &(usize, &Geom)| {
        let named = |pair: &crate::model::ContactPair| {
            !a.name.is_empty()
                && !b.name.is_empty()
                && [&pair.geom1, &pair.geom2].contains(&&a.name)
                && [&pair.geom1, &pair.geom2].contains(&&b.name)
        };
        let by_mask = a.contact.kind & b.contact.affinity != 0 || b.contact.kind & a.contact.affinity != 0;
        one != other && (by_mask || model.pairs.iter().any(named))
    };
    (0..geoms.len()).any(|i| geoms[i + 1..].iter().any(|other| meets(&geoms[i], other)))
}
