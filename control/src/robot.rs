//! What is known about a robot before it moves: its joints, their order and what they can take.

use serde::{Deserialize, Serialize};

/// One actuated joint, as its MJCF or URDF describes it. Units are SI; revolute joints are assumed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct JointDescription {
    /// The joint's name in the robot description.
    pub name: String,
    /// Lower position limit in rad; `-inf` for a continuous joint.
    pub lower_rad: f64,
    /// Upper position limit in rad; `inf` for a continuous joint.
    pub upper_rad: f64,
    /// Largest joint speed in rad/s; `inf` where the description does not say (MJCF cannot).
    pub velocity_rad_s: f64,
    /// Largest motor torque in N·m; `inf` where the description does not say.
    pub effort_nm: f64,
    /// Rest position in rad: the description's first keyframe, else zero moved into the limits.
    pub default_rad: f64,
    /// Stiffness of the drive in N·m/rad, where the description gives one (a position actuator's `kp`).
    pub stiffness: Option<f64>,
    /// Damping of the drive in N·m·s/rad, where the description gives one (actuator `kv` or joint `damping`).
    pub damping: Option<f64>,
}

impl JointDescription {
    /// Stiffness (N·m/rad) and damping (N·m·s/rad) that hold the joint: the drive's own. Where the
    /// description gives none, full torque `effort_nm` at half a radian, and damping at a twentieth of the
    /// stiffness, which holds a light limb without shaking it.
    pub fn holding_gains(&self, effort_nm: f64) -> (f64, f64) {
        let kp = self.stiffness.unwrap_or(effort_nm / 0.5);
        let kd = self.damping.filter(|kd| *kd > 0.0).unwrap_or(0.05 * kp);
        (kp, kd)
    }
}

/// The robot as the control loop sees it: a list of joints in *robot order*, which is the order of
/// every per-joint array outside a policy.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RobotDescription {
    /// The model's name.
    pub name: String,
    /// Actuated joints, in robot order.
    pub joints: Vec<JointDescription>,
}

impl RobotDescription {
    /// Number of actuated joints.
    pub fn dof(&self) -> usize {
        self.joints.len()
    }

    /// Index of a joint in robot order.
    pub fn joint_index(&self, name: &str) -> Option<usize> {
        self.joints.iter().position(|joint| joint.name == name)
    }

    /// Rest position of every joint in rad, robot order.
    pub fn default_positions(&self) -> Vec<f64> {
        self.joints.iter().map(|joint| joint.default_rad).collect()
    }
}
