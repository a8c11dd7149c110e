//! What stands around the robot, how it looks, and the camera that sees it, as parameters.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sinew_robot::camera::CameraParams;

use super::prop::Prop;
use super::variation::SceneVariation;

/// Parameters of a simulation that is looked at. All have defaults; an unknown key is an error.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct SceneParams {
    /// Pictures per second; 0 for no camera.
    #[schemars(range(min = 0.0, max = 1000.0))]
    pub rate_hz: f64,
    /// The camera.
    pub camera: CameraParams,
    /// Things in the world.
    pub props: Vec<Prop>,
    /// How everything looks.
    pub look: SceneVariation,
}

impl SceneParams {
    /// Whether they can be, on whatever robot.
    ///
    /// # Errors
    /// The parameter, what was expected and what was found.
    pub fn check(&self) -> Result<(), String> {
        if !(0.0..=1000.0).contains(&self.rate_hz) {
            return Err(format!(
                "`scene.rate_hz`: expected from 0 to 1000, found {}",
                self.rate_hz
            ));
        }
        self.camera
            .check()
            .map_err(|error| format!("`scene.camera`: {error}"))?;
        for (i, prop) in self.props.iter().enumerate() {
            prop.check().map_err(|error| format!("`scene.props[{i}]`: {error}"))?;
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

#[cfg(test)]
mod tests {
    use super::super::path::PropPath;
    use super::*;

    #[test]
    fn what_cannot_be_is_named_with_its_place() {
        let mut scene = SceneParams {
            props: vec![
                Prop::ball(0.1, 1.0, 0.0, [1.0; 3]),
                Prop::ball(-1.0, 1.0, 0.0, [1.0; 3]),
            ],
            ..SceneParams::default()
        };
        let error = scene.check().unwrap_err();
        assert!(
            error.contains("scene.props[1]") && error.contains("radius_m"),
            "{error}"
        );
        scene.props.truncate(1);
        scene.camera.fovy_rad = Some(4.0);
        let error = scene.check().unwrap_err();
        assert!(error.contains("scene.camera") && error.contains("fovy_rad"), "{error}");
        scene.camera.fovy_rad = None;
        assert_eq!(scene.check(), Ok(()));
    }

    #[test]
    fn props_move_as_their_paths_say() {
        let mut ball = Prop::ball(0.1, 0.0, 0.0, [1.0; 3]);
        ball.path = PropPath::Line {
            to_m: [4.0, 0.0, 0.1],
            speed_m_s: 0.5,
        };
        let scene = SceneParams {
            props: vec![ball],
            ..SceneParams::default()
        };
        let mut props = Vec::new();
        scene.props_at(2.0, &mut props);
        assert!((props[0].pose.position_m[0] - 1.0).abs() < 1e-9);
        scene.props_at(0.0, &mut props);
        assert_eq!(props, scene.props);
    }
}
