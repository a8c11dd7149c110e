//! Physics that have left the real numbers, by the name of where it shows.

use std::fmt;

use super::World;

/// Where and when a simulation stopped being one: a position or velocity is no number any more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Divergence {
    /// The joint or body, with its name.
    pub place: String,
    /// The step after which it was seen, counted from 1.
    pub step: u64,
}

impl fmt::Display for Divergence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "the simulation diverged at {} in step {}: its motion is no number any more; look at its mass, its \
             inertia and its gains in the description, or give a smaller `timestep_secs`",
            self.place, self.step
        )
    }
}

/// What to call the parts of a world.
#[derive(Debug, Default)]
pub(super) struct Names {
    /// Of all joints, in tree order.
    pub(super) joints: Vec<String>,
    pub(super) base: String,
}

impl World {
    /// Why the world stands still, where it does.
    pub fn divergence(&self) -> Option<&Divergence> {
        self.diverged.as_ref()
    }

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
