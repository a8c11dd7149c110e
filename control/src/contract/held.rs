//! Joints of the robot that the policy does not drive.

use serde::{Deserialize, Serialize};

use super::{DEFAULT_POSE_SLACK_RAD, MIN_SATURATION_RAD, MIN_SATURATION_RAD_S, Misfit, PolicyContract};
use crate::robot::RobotDescription;

/// A joint of the robot that the policy does not drive, and how it is held. What is not given is the
/// robot's.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HeldJoint {
    /// Its name.
    pub name: String,
    /// Where it is held, rad.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub position: Option<f64>,
    /// Drive stiffness, N·m/rad.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stiffness: Option<f64>,
    /// Drive damping, N·m·s/rad.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub damping: Option<f64>,
}

impl PolicyContract {
    /// Why a joint cannot be held as the contract says.
    pub(super) fn held_misfits(&self, held: &HeldJoint, robot: &RobotDescription, misfits: &mut Vec<Misfit>) {
        let mut misfit = |key: &str, expected: String, found: String| {
            misfits.push(Misfit::new(format!("other_joints.{}{key}", held.name), expected, found));
        };
        let joint = robot.joints.iter().find(|joint| joint.name == held.name);
        let Some(joint) = joint.filter(|joint| !self.joint_names.contains(&joint.name)) else {
            let expected = format!("a joint of {} that the policy does not drive", robot.name);
            return misfit("", expected, format!("`{}`", held.name));
        };
        let range = joint.lower_rad - DEFAULT_POSE_SLACK_RAD..=joint.upper_rad + DEFAULT_POSE_SLACK_RAD;
        if let Some(position) = held.position
            && !(range.contains(&position) && position.is_finite())
        {
            let expected = format!("its limits {:.3} to {:.3} rad", joint.lower_rad, joint.upper_rad);
            misfit(".position", expected, format!("{position} rad"));
        }
        for (key, gain, reach) in [
            (".stiffness", held.stiffness, MIN_SATURATION_RAD),
            (".damping", held.damping, MIN_SATURATION_RAD_S),
        ] {
            let most = joint.effort_nm / reach;
            if let Some(gain) = gain
                && !((0.0..=most).contains(&gain) && gain.is_finite())
            {
                misfit(key, format!("from 0 to {most:.0}"), gain.to_string());
            }
        }
    }
}
