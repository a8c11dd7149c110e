//! Where a camera is on a robot that stands at rest.

use nalgebra::Isometry3;
use thiserror::Error;

use super::mount::Mount;
use super::params::{CameraError, CameraParams};
use crate::keyframe::UnknownKeyframe;
use crate::model::RobotModel;

/// Where a camera is on a robot that stands on level ground at its rest pose.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CameraPose {
    /// `base_from_optical`
    pub base_from_optical: Isometry3<f64>,
    /// Height of the base above the ground, m.
    pub base_height_m: f64,
}

/// Why a camera's pose is not known.
#[derive(Debug, Clone, PartialEq, Error)]
#[non_exhaustive]
pub enum CameraPoseError {
    /// The camera's parameters name nothing on the robot.
    #[error("`camera`: {0}")]
    Camera(CameraError),
    /// The camera does not move with the robot.
    #[error("`camera.mount`: expected something on the robot, found the world")]
    NotOnRobot,
    /// The description has no such rest pose.
    #[error(transparent)]
    Keyframe(#[from] UnknownKeyframe),
}

impl CameraPose {
    /// The pose of a camera on a robot at its rest pose, which `keyframe` names. Joints between base and camera are
    /// taken as they are there.
    ///
    /// # Errors
    /// [`CameraPoseError`] where there is no such camera or no such keyframe.
    pub fn find(model: &RobotModel, keyframe: Option<&str>, params: &CameraParams) -> Result<Self, CameraPoseError> {
        let mount = Mount::find(model, params).map_err(CameraPoseError::Camera)?;
        let body = mount.body.ok_or(CameraPoseError::NotOnRobot)?;
        model.check_keyframe(keyframe)?;
        let poses = model.rest_poses(keyframe);
        Ok(Self {
            base_from_optical: poses[0].inverse() * poses[body] * mount.pose,
            base_height_m: poses[0].translation.z,
        })
    }
}
