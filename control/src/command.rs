//! What an operator or a planner asks of the robot.

use serde::{Deserialize, Serialize};

use crate::contract::CommandRanges;

/// A velocity command in the base frame (REP-103), the content of `geometry_msgs/Twist`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct VelocityCommand {
    /// Forward velocity, m/s.
    pub lin_vel_x: f64,
    /// Leftward velocity, m/s.
    pub lin_vel_y: f64,
    /// Yaw rate, rad/s, counter-clockwise from above.
    pub ang_vel_z: f64,
}

impl VelocityCommand {
    /// A command from its three numbers.
    pub const fn new(lin_vel_x: f64, lin_vel_y: f64, ang_vel_z: f64) -> Self {
        Self {
            lin_vel_x,
            lin_vel_y,
            ang_vel_z,
        }
    }

    /// The three numbers: m/s, m/s, rad/s.
    pub fn to_array(self) -> [f64; 3] {
        [self.lin_vel_x, self.lin_vel_y, self.ang_vel_z]
    }

    /// Whether every number is finite.
    pub fn is_finite(self) -> bool {
        self.to_array().iter().all(|v| v.is_finite())
    }

    /// Euclidean norm of the three numbers, as walking policies use it to tell standing from walking.
    pub fn norm(self) -> f64 {
        self.to_array().iter().map(|v| v * v).sum::<f64>().sqrt()
    }

    /// The nearest command that the policy was trained for.
    pub fn clamped(self, ranges: &CommandRanges) -> Self {
        let clamp = |v: f64, [lo, hi]: [f64; 2]| v.clamp(lo, hi);
        Self::new(
            clamp(self.lin_vel_x, ranges.lin_vel_x),
            clamp(self.lin_vel_y, ranges.lin_vel_y),
            clamp(self.ang_vel_z, ranges.ang_vel_z),
        )
    }
}
