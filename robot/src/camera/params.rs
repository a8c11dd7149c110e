//! What a camera is set up with.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sinew_control::ranges::OutOfRange;
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
    #[schemars(inner(range(min = -1e3, max = 1e3)))]
    pub position_m: [f64; 3],
    /// How it is turned on its mount: roll, pitch and yaw in rad; a positive pitch looks down.
    #[schemars(inner(range(min = -10.0, max = 10.0)))]
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

/// Why there is no camera for its parameters.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum CameraError {
    /// A parameter is out of range.
    #[error(transparent)]
    Params(#[from] OutOfRange),
    /// There is no such mount.
    #[error("`mount`: expected {expected}, found \"{found}\"")]
    Mount {
        /// What there is.
        expected: String,
        /// What it was to be.
        found: String,
    },
}
