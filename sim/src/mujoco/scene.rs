//! What MuJoCo is given to read: the description, and what it lacks to stand somewhere and be driven.

use std::fmt::Write;

use sinew_robot::{RobotModel, Shape};

use super::error::MujocoError;

/// An MJCF that includes the description's file, which lies beside it.
pub(super) fn scene(model: &RobotModel) -> Result<String, MujocoError> {
    let file = &model.file;
    if file
        .extension()
        .is_some_and(|ending| ending.eq_ignore_ascii_case("urdf"))
    {
        return Err(MujocoError::Urdf { file: file.clone() });
    }
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    let mut scene = format!("<mujoco><include file=\"{}\"/>", escaped(&name));
    // What is only looked at is drawn by Sinew, and would take MuJoCo seconds to load.
    scene += "<compiler discardvisual=\"true\"/>";
    if !model.world_geoms.iter().any(|geom| matches!(geom.shape, Shape::Plane)) {
        // Touches everything, with the friction of what touches it.
        scene += "<worldbody><geom name=\"floor\" type=\"plane\" size=\"0 0 1\" contype=\"-1\" conaffinity=\"-1\" \
                  priority=\"-2147483648\"/></worldbody>";
    }
    if model.actuators.is_empty() {
        scene += "<actuator>";
        for body in model.driven_bodies() {
            if let Some(joint) = &model.bodies[body].joint {
                // Writing to a string cannot fail.
                let _ = write!(scene, "<motor joint=\"{}\"/>", escaped(&joint.name));
            }
        }
        scene += "</actuator>";
    }
    Ok(scene + "</mujoco>")
}

/// A text as an attribute of XML has it.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;")
}
