//! What a world is built with.

use sinew_robot::{RobotModel, UnknownKeyframe};
use thiserror::Error;

/// What a world is built with.
#[derive(Debug, Clone, PartialEq)]
pub struct WorldSettings {
    /// Length of a physics step in s.
    pub timestep_secs: f64,
    /// Substeps of the solver in each step.
    pub solver_iterations: usize,
    /// Friction of all contacts with the ground; `None` for the description's own.
    pub friction: Option<f64>,
    /// Angle of the ground in rad; positive climbs towards +x.
    pub slope_rad: f64,
    /// Gravity in m/s², downwards; `None` for the description's own.
    pub gravity_m_s2: Option<f64>,
    /// The keyframe to start from; `None` for `home`, else the first, else zero.
    pub keyframe: Option<String>,
    /// Factor on every mass and inertia.
    pub mass_scale: f64,
    /// Whether a drive's kd stands for its joint's own damping too, up to that damping, where the
    /// description has a position actuator without `kv`. Else the two add up.
    pub kd_includes_joint_damping: bool,
    /// Bodies, geoms or sites that are the feet; empty to find them by what stands on the ground.
    pub feet: Vec<String>,
}

impl Default for WorldSettings {
    fn default() -> Self {
        Self {
            timestep_secs: 0.004,
            solver_iterations: 1,
            friction: None,
            slope_rad: 0.0,
            gravity_m_s2: None,
            keyframe: None,
            mass_scale: 1.0,
            kd_includes_joint_damping: true,
            feet: Vec::new(),
        }
    }
}

/// Why a world could not be built from a robot that could be loaded.
#[derive(Debug, Clone, PartialEq, Error)]
#[non_exhaustive]
pub enum WorldError {
    /// A setting cannot be.
    #[error("`{key}` must be {expected}, found {found}")]
    Setting {
        /// The setting.
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
    /// More contact pairs than the collision masks have room for.
    #[error("the {count} <pair>s of geoms need more bits than the contact masks leave free")]
    TooManyPairs {
        /// How many there are.
        count: usize,
    },
}

impl WorldSettings {
    /// Checks them against each other's limits and against what the robot has.
    pub(super) fn check(&self, model: &RobotModel) -> Result<(), WorldError> {
        let within = |key, value: f64, low: f64, high: f64| {
            if (low..=high).contains(&value) {
                return Ok(());
            }
            Err(WorldError::Setting {
                key,
                expected: format!("from {low} to {high}"),
                found: value.to_string(),
            })
        };
        within("timestep_secs", self.timestep_secs, 1e-5, 0.02)?;
        within("solver_iterations", self.solver_iterations as f64, 1.0, 64.0)?;
        within("friction", self.friction.unwrap_or(1.0), 0.0, 10.0)?;
        within("slope_rad", self.slope_rad, -1.0, 1.0)?;
        within("gravity_m_s2", self.gravity_m_s2.unwrap_or(0.0), 0.0, 100.0)?;
        within("mass_scale", self.mass_scale, 0.01, 100.0)?;
        Ok(model.check_keyframe(self.keyframe.as_deref())?)
    }
}
