//! Why a world could not be built.

use sinew_control::ranges::OutOfRange;
use sinew_robot::UnknownKeyframe;
use thiserror::Error;

/// Why a world could not be built from a robot that could be loaded.
#[derive(Debug, Clone, PartialEq, Error)]
#[non_exhaustive]
pub enum WorldError {
    /// A parameter is out of range.
    #[error(transparent)]
    Params(#[from] OutOfRange),
    /// A parameter does not go with the description.
    #[error("`{key}`: expected {expected}, found {found}")]
    Setting {
        /// The parameter.
        key: &'static str,
        /// What it must be.
        expected: String,
        /// What it is.
        found: String,
    },
    /// The description has no keyframe of this name.
    #[error(transparent)]
    Keyframe(#[from] UnknownKeyframe),
    /// A collision mesh has no convex hull.
    #[error("body \"{body}\": the mesh of geom \"{geom}\" has no convex hull")]
    NoHull {
        /// The body.
        body: String,
        /// The geom.
        geom: String,
    },
    /// MuJoCo cannot move the robot.
    #[cfg(feature = "mujoco")]
    #[error(transparent)]
    Mujoco(#[from] crate::mujoco::MujocoError),
    /// More contact pairs than the collision masks have room for.
    #[error("the {count} <pair>s of geoms need more bits than the contact masks leave free")]
    TooManyPairs {
        /// How many there are.
        count: usize,
    },
}
