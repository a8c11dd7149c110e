//! Physics that have left the real numbers, by the name of where it shows.

use std::fmt;

use super::World;

/// Why a simulation stopped being one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Failure<'a> {
    /// A position or velocity is no number any more.
    Diverged(&'a Divergence),
    /// The physics engine panicked in this step, counted from 1.
    Panicked(u64),
}

/// Where and when a position or velocity was no number any more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Divergence {
    /// The joint or body, with its name.
    pub place: String,
    /// The step after which it was seen, counted from 1.
    pub step: u64,
}

impl fmt::Display for Failure<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Diverged(Divergence { place, step }) => write!(
                f,
                "the simulation diverged at {place} in step {step}: its motion is no number any more"
            )?,
            Self::Panicked(step) => write!(f, "the simulation failed in step {step}: its physics engine panicked")?,
        }
        f.write_str("; look at masses, inertias and gains in the description, or give a smaller `timestep_secs`")
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
    /// Why the world stands still for ever, where it does.
    pub fn failure(&self) -> Option<Failure<'_>> {
        match (&self.diverged, self.stepping) {
            (Some(divergence), _) => Some(Failure::Diverged(divergence)),
            (None, true) => Some(Failure::Panicked(self.steps + 1)),
            (None, false) => None,
        }
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
