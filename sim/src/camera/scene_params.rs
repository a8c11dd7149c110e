//! What stands around the robot, how it looks, and the camera that sees it, as parameters.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sinew_control::ranges::{self, OutOfRange};
use sinew_robot::camera::CameraParams;

use super::prop::Prop;
use super::variation::SceneVariation;

/// Parameters of a simulation that is looked at. All have defaults; an unknown key is an error.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct SceneParams {
    /// Pictures per second; 0 for no camera.
    #[schemars(range(min = 0.0, max = 1000.0))]
    pub rate_hz: f64,
    /// Begins the names of the camera's topics: `<camera_name>/image_raw`.
    pub camera_name: String,
    /// The camera.
    pub camera: CameraParams,
    /// Things in the world.
    pub props: Vec<Prop>,
    /// How everything looks.
    pub look: SceneVariation,
}

impl Default for SceneParams {
    fn default() -> Self {
        Self {
            rate_hz: 0.0,
            camera_name: "camera".to_owned(),
            camera: CameraParams::default(),
            props: Vec::new(),
            look: SceneVariation::default(),
        }
    }
}

impl SceneParams {
    /// Whether they can be, on whatever robot.
    ///
    /// # Errors
    /// The first parameter that is out of range.
    pub fn check(&self) -> Result<(), OutOfRange> {
        ranges::check(self)?;
        for (i, prop) in self.props.iter().enumerate() {
            prop.check().map_err(|outside| outside.within(&format!("props[{i}]")))?;
        }
        Ok(())
    }

    /// The props where they are after `secs`.
    pub fn props_at(&self, secs: f64, props: &mut Vec<Prop>) {
        props.clone_from(&self.props);
        for prop in props {
            prop.pose = prop.path.pose_at(&prop.pose, secs);
        }
    }
}
