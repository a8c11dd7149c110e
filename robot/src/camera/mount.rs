//! Where on the robot, or in the world, a camera sits.

use nalgebra::Isometry3;
use sinew_control::ranges;

use super::optical_frame::link_from_optical;
use super::params::{CameraError, CameraParams};
use super::placement::Placement;
use crate::model::{CameraMount, RobotModel};

/// The mount that means no body of the robot.
const WORLD: &str = "world";
/// Field of view of a camera that the description does not have.
const DEFAULT_FOVY_RAD: f64 = 1.0;

/// A camera's place.
#[derive(Debug, Clone, PartialEq)]
pub struct Mount {
    /// Index of the body that carries it; `None` for the world.
    pub body: Option<usize>,
    /// `body_from_optical` (`world_from_optical` in the world).
    pub pose: Isometry3<f64>,
    /// Field of view from top to bottom in rad.
    pub fovy_rad: f64,
}

impl Mount {
    /// The place that the parameters name.
    ///
    /// # Errors
    /// [`CameraError`] naming the parameter.
    pub fn find(model: &RobotModel, params: &CameraParams) -> Result<Self, CameraError> {
        ranges::check(params)?;
        let of_body = |body: Option<usize>, pose: Isometry3<f64>, name: &str| CameraMount {
            name: name.to_owned(),
            body,
            pose: if name.ends_with("optical_frame") {
                pose * link_from_optical().inverse()
            } else {
                pose
            },
            fovy_rad: DEFAULT_FOVY_RAD,
        };
        let here = Isometry3::identity();
        let found = match params.mount.as_deref() {
            None => model
                .cameras
                .first()
                .cloned()
                .or_else(|| Some(of_body(Some(0), here, ""))),
            Some(name) => {
                let camera = model.cameras.iter().find(|camera| camera.name == name).cloned();
                let site = || {
                    model
                        .site(name)
                        .map(|(body, site)| of_body(Some(body), site.pose, name))
                };
                let body = || model.body_index(name).map(|body| of_body(Some(body), here, name));
                let world = || (name == WORLD).then(|| of_body(None, here, name));
                camera.or_else(site).or_else(body).or_else(world)
            }
        };
        let mount = found.ok_or_else(|| {
            let cameras: Vec<&str> = model.cameras.iter().map(|camera| camera.name.as_str()).collect();
            CameraError::Mount {
                expected: format!(
                    "a camera ({}), a site or a body of {}, or \"{WORLD}\"",
                    if cameras.is_empty() {
                        "it has none".to_owned()
                    } else {
                        cameras.join(", ")
                    },
                    model.file.display()
                ),
                found: params.mount.clone().unwrap_or_default(),
            }
        })?;
        let offset = Placement {
            position_m: params.position_m,
            rpy_rad: params.rpy_rad,
        };
        Ok(Self {
            body: mount.body,
            pose: mount.pose * offset.isometry() * link_from_optical(),
            fovy_rad: params.fovy_rad.unwrap_or(mount.fovy_rad),
        })
    }
}
