//! What a camera is set up with.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// Parameters of a camera. All have defaults; an unknown key is an error.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct CameraParams {
    /// What carries the camera: a camera of the description, a site, a body, or `world`. Without it the
    /// description's first camera, else the base. It looks along the x of its mount, with z up, except
    /// on a body or site whose name ends in `optical_frame`, where it looks along z (REP-103).
    pub mount: Option<String>,
    /// Where it sits on its mount, in m.
    pub position_m: [f64; 3],
    /// How it is turned on its mount: roll, pitch and yaw in rad; a positive pitch looks down.
    pub rpy_rad: [f64; 3],
    /// Pixels in a row.
    #[schemars(range(min = 1, max = 4096))]
    pub width: u32,
    /// Rows of pixels.
    #[schemars(range(min = 1, max = 4096))]
    pub height: u32,
    /// Field of view from the upper edge of the image to the lower, in rad. Without it that of the
    /// description's camera, else 1.
    #[schemars(range(min = 0.01, max = 3.0))]
    pub fovy_rad: Option<f64>,
    /// Nothing nearer than this is seen, in m.
    #[schemars(range(min = 0.001, max = 1.0))]
    pub near_m: f64,
}

impl Default for CameraParams {
    fn default() -> Self {
        Self {
            mount: None,
            position_m: [0.0; 3],
            rpy_rad: [0.0; 3],
            width: 320,
            height: 240,
            fovy_rad: None,
            near_m: 0.02,
        }
    }
}

impl CameraParams {
    /// Whether a camera can be made with these, on whatever robot.
    ///
    /// # Errors
    /// [`CameraError`] naming the parameter.
    pub fn check(&self) -> Result<(), CameraError> {
        let bounds = [
            ("width", f64::from(self.width), 1.0, 4096.0),
            ("height", f64::from(self.height), 1.0, 4096.0),
            ("fovy_rad", self.fovy_rad.unwrap_or(1.0), 0.01, 3.0),
            ("near_m", self.near_m, 0.001, 1.0),
        ];
        let positions = self.position_m.map(|x| ("position_m", x, -1e3, 1e3));
        let angles = self.rpy_rad.map(|x| ("rpy_rad", x, -10.0, 10.0));
        let mut all = bounds.into_iter().chain(positions).chain(angles);
        match all.find(|(_, value, low, high)| !(*low..=*high).contains(value)) {
            None => Ok(()),
            Some((key, value, low, high)) => Err(CameraError {
                key,
                expected: format!("from {low} to {high}"),
                found: value.to_string(),
            }),
        }
    }
}

/// A parameter of a camera that cannot be.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("`{key}`: expected {expected}, found {found}")]
pub struct CameraError {
    /// The parameter.
    pub key: &'static str,
    /// What it must be.
    pub expected: String,
    /// What it is.
    pub found: String,
}
