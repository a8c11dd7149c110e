//! How props move.

use nalgebra::Vector3;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sinew_robot::camera::Placement;

/// How a prop moves. Time counts from when it is where it starts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", deny_unknown_fields, rename_all = "snake_case")]
pub enum PropPath {
    /// It stays.
    #[default]
    Still,
    /// To a point and back, at an even speed, looking where it goes.
    Line {
        /// The other end in the world, m.
        to_m: [f64; 3],
        /// Speed in m/s.
        speed_m_s: f64,
    },
    /// Round a circle to the left of where it starts, looking where it goes.
    Circle {
        /// Radius in m.
        radius_m: f64,
        /// Speed in m/s.
        speed_m_s: f64,
    },
}

impl PropPath {
    /// Where a prop that started at `start` is after `secs`.
    pub fn pose_at(&self, start: &Placement, secs: f64) -> Placement {
        match *self {
            Self::Still => *start,
            Self::Line { to_m, speed_m_s } => {
                let (from, to) = (Vector3::from(start.position_m), Vector3::from(to_m));
                let length = (to - from).norm();
                let way = (secs * speed_m_s).rem_euclid(2.0 * length);
                if !way.is_finite() || length == 0.0 {
                    return *start;
                }
                let (distance, direction) = if way <= length {
                    (way, 1.0)
                } else {
                    (2.0 * length - way, -1.0)
                };
                let ahead = (to - from) * direction;
                Placement {
                    position_m: (from + (to - from) * (distance / length)).into(),
                    rpy_rad: [start.rpy_rad[0], start.rpy_rad[1], ahead.y.atan2(ahead.x)],
                }
            }
            Self::Circle { radius_m, speed_m_s } => {
                let angle = secs * speed_m_s / radius_m;
                if !angle.is_finite() {
                    return *start;
                }
                let yaw = start.rpy_rad[2];
                let [x, y, z] = start.position_m;
                let middle = [x - radius_m * yaw.sin(), y + radius_m * yaw.cos()];
                let now = yaw + angle;
                Placement {
                    position_m: [middle[0] + radius_m * now.sin(), middle[1] - radius_m * now.cos(), z],
                    rpy_rad: [start.rpy_rad[0], start.rpy_rad[1], now],
                }
            }
        }
    }
}
