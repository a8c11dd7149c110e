//! Bodies of a description that move as one.

use nalgebra::Isometry3;
use sinew_robot::{Inertia, RobotModel};

/// A jointed body (or the base) with everything that is rigidly fixed to it.
pub(crate) struct Carrier {
    /// Its first body, whose joint it has.
    pub(crate) head: usize,
    /// Mass of all of it, in the head's frame.
    pub(crate) inertia: Inertia,
    /// The part of that mass that gravity pulls at, kg.
    pub(crate) weighing: f64,
}

/// The carriers of a robot, and for each body its carrier and its frame in the carrier's head.
pub(crate) fn carriers(model: &RobotModel, mass_scale: f64) -> (Vec<Carrier>, Vec<(usize, Isometry3<f64>)>) {
    let mut carriers: Vec<Carrier> = Vec::new();
    let mut carried: Vec<(usize, Isometry3<f64>)> = Vec::with_capacity(model.bodies.len());
    for (index, body) in model.bodies.iter().enumerate() {
        let inertia = body.inertia.scaled(mass_scale);
        let weighing = inertia.mass * (1.0 - body.gravity_compensation);
        match body.parent {
            Some(parent) if body.joint.is_none() => {
                let (carrier, frame) = carried[parent];
                let pose = frame * body.pose;
                let whole = &mut carriers[carrier];
                whole.inertia = whole.inertia.merged(&inertia.transformed(&pose));
                whole.weighing += weighing;
                carried.push((carrier, pose));
            }
            _ => {
                carriers.push(Carrier {
                    head: index,
                    inertia,
                    weighing,
                });
                carried.push((carriers.len() - 1, Isometry3::identity()));
            }
        }
    }
    (carriers, carried)
}
