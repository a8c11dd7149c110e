//! Who sees through which camera: names that must be the same for the node that publishes images and for those that
//! look at them.

use sinew_node::declared::{ParameterError, ParameterFiles};
use sinew_node::node::RosArgs;

use super::said::Said;
use super::{PlanError, Robot};

/// What a camera is called where nothing says it.
const CAMERA: &str = "camera";

/// Gives the nodes the names of cameras that the others have, and refuses an input that nobody publishes. Types and
/// ranges were checked before.
pub(super) fn derive(files: &mut ParameterFiles, ros: &RosArgs, robot: Robot) -> Result<(), PlanError> {
    let file = files.last().map(|file| file.to_owned()).unwrap_or_default();
    let refused = |node: &str, message: String| Err(ParameterError::value(&file, node, message).into());
    if !files.has("perception") {
        if files.has("follow") {
            let message = "missing; `follow` needs a detector: expected `model`".to_owned();
            return refused("perception", message);
        }
        return Ok(());
    }
    let cameras = Said { files, ros }.texts("perception", "cameras");
    let cameras = cameras.unwrap_or_else(|| vec![CAMERA.to_owned()]);
    // Where one name is all there is, the others need not say it.
    if let [camera] = &cameras[..] {
        files.derive("follow", "camera_name", camera.as_str());
        match robot {
            Robot::Simulated => files.derive("sim", "scene.camera_name", camera.as_str()),
            Robot::OnTopics => files.derive("camera", "camera_name", camera.as_str()),
        }
    }
    if robot == Robot::Simulated {
        // Images are stamped with the simulator's time.
        for node in ["perception", "follow"] {
            files.derive(node, "use_sim_time", true);
        }
    }
    let said = Said { files, ros };
    let name = |node: &str, parameter: &str| said.text(node, parameter).unwrap_or_else(|| CAMERA.to_owned());
    if robot == Robot::Simulated {
        let own = name("sim", "scene.camera_name");
        if let Some(blind) = cameras.iter().find(|camera| **camera != own) {
            let message = format!(
                "`cameras`: expected the simulator's camera alone, {own}, found {blind}, which nobody publishes"
            );
            return refused("perception", message);
        }
        if said.number("sim", "scene.rate_hz").unwrap_or(0.0) <= 0.0 {
            let message = "`scene.rate_hz`: expected above 0, for `perception` needs a camera, found 0";
            return refused("sim", message.to_owned());
        }
    }
    // Images of other names than the node `camera` has may come from another one: a camera's driver.
    let publishes = robot == Robot::OnTopics && files.has("camera");
    for node in ["follow", "camera"] {
        let own = name(node, "camera_name");
        let counts = if node == "camera" { publishes } else { files.has(node) };
        if counts && !cameras.contains(&own) {
            let known = cameras.join(", ");
            let message = format!("`camera_name`: expected a camera that `perception` looks at: {known}; found {own}");
            return refused(node, message);
        }
    }
    Ok(())
}
