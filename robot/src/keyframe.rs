//! Named poses of a robot, and the one that it rests at.

use nalgebra::{Isometry3, Translation3};
use thiserror::Error;

use super::model::{Keyframe, RobotModel};

impl Keyframe {
    /// The base's pose, `world_from_base`.
    pub fn base_pose(&self) -> Isometry3<f64> {
        Isometry3::from_parts(Translation3::from(self.base_position), self.base_orientation)
    }
}

/// A keyframe was asked for that the description does not have.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("`keyframe` must be one of the description's keyframes ({}), found \"{found}\"", known.join(", "))]
pub struct UnknownKeyframe {
    /// The names of those that there are.
    pub known: Vec<String>,
    /// The name that was asked for.
    pub found: String,
}

impl RobotModel {
    /// The keyframe of this name; without a name `home` if there is one, else the first.
    pub fn keyframe(&self, name: Option<&str>) -> Option<&Keyframe> {
        let named = |wanted: &str| self.keyframes.iter().find(|key| key.name == wanted);
        match name {
            Some(name) => named(name),
            None => named("home").or(self.keyframes.first()),
        }
    }

    /// Whether there is a keyframe of this name; no name is always right.
    ///
    /// # Errors
    /// [`UnknownKeyframe`] with the names of those that there are.
    pub fn check_keyframe(&self, name: Option<&str>) -> Result<(), UnknownKeyframe> {
        match name {
            Some(found) if self.keyframe(name).is_none() => Err(UnknownKeyframe {
                known: self.keyframes.iter().map(|key| key.name.clone()).collect(),
                found: found.to_owned(),
            }),
            _ => Ok(()),
        }
    }
}
