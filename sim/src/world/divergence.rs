//! Physics that have left the real numbers, by the name of where it shows.

use super::World;
use crate::physics::{Divergence, Physics};

/// What to call the parts of a world.
#[derive(Debug, Default)]
pub(super) struct Names {
    /// Of all joints, in tree order.
    pub(super) joints: Vec<String>,
    pub(super) base: String,
}

impl World {
    pub(super) fn find_divergence(&self) -> Option<Divergence> {
        let bad_joint = self
            .joints
            .iter()
            .position(|joint| !(joint.position().is_finite() && joint.velocity().is_finite()));
        let place = match bad_joint {
            Some(joint) => format!("joint \"{}\"", self.names.joints[joint]),
            None => {
                let base = self.body(0);
                let numbers = base.pose.translation.vector.sum()
                    + base.pose.rotation.coords.sum()
                    + base.linear_velocity.sum()
                    + base.angular_velocity.sum();
                if numbers.is_finite() {
                    return None;
                }
                format!("body \"{}\"", self.names.base)
            }
        };
        Some(Divergence {
            place,
            step: self.steps,
        })
    }
}
