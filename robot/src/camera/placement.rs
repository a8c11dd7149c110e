//! Poses as parameters.

use nalgebra::{Isometry3, Translation3, UnitQuaternion};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A pose by a position and three angles (REP-103: x forward, y left, z up).
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Placement {
    /// Position in m.
    pub position_m: [f64; 3],
    /// Roll, pitch and yaw in rad, about the fixed axes in this order, as URDF has them.
    pub rpy_rad: [f64; 3],
}

impl Placement {
    /// At a position, not turned.
    pub fn at(position_m: [f64; 3]) -> Self {
        Self {
            position_m,
            rpy_rad: [0.0; 3],
        }
    }

    /// The same pose turned about the vertical.
    #[must_use]
    pub fn turned(mut self, yaw_rad: f64) -> Self {
        self.rpy_rad[2] += yaw_rad;
        self
    }

    /// The pose as a transform.
    pub fn isometry(&self) -> Isometry3<f64> {
        let [x, y, z] = self.position_m;
        let [roll, pitch, yaw] = self.rpy_rad;
        Isometry3::from_parts(
            Translation3::new(x, y, z),
            UnitQuaternion::from_euler_angles(roll, pitch, yaw),
        )
    }
}

impl From<Isometry3<f64>> for Placement {
    fn from(pose: Isometry3<f64>) -> Self {
        let (roll, pitch, yaw) = pose.rotation.euler_angles();
        Self {
            position_m: pose.translation.vector.into(),
            rpy_rad: [roll, pitch, yaw],
        }
    }
}
