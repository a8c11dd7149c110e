//! Who sees through which camera: names that must be the same for the node that publishes images and for those that
//! look at them.

use sinew_node::declared::{ParameterError, ParameterFiles};
use sinew_node::node::{RosArgs, parameters_of};
use sinew_node_camera::Camera;
use sinew_node_follow::Follow;
use sinew_node_perception::Perception;
use sinew_node_sim::Sim;

use super::{PlanError, Robot};

/// Gives the nodes the names of cameras that the others have, and refuses an input that nobody publishes.
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
    let cameras = parameters_of::<Perception>(files, ros)?.value().cameras.clone();
    // Where one name is all there is, the others need not say it.
    if let [camera] = &cameras[..] {
        files.derive("follow", "camera_name", camera.as_str());
        match robot {
            Robot::Simulated => files.derive("sim", "scene.camera_name", camera.as_str()),
            Robot::OnTopics => files.derive("camera", "camera_name", camera.as_str()),
        }
    }
    let known = cameras.join(", ");
    match robot {
        Robot::Simulated => {
            for node in ["perception", "follow"] {
                // Images are stamped with the simulator's time.
                files.derive(node, "use_sim_time", true);
            }
            let sim = parameters_of::<Sim>(files, ros)?;
            let scene = &sim.value().0.scene;
            if let Some(blind) = cameras.iter().find(|camera| **camera != scene.camera_name) {
                let message = format!(
                    "`cameras`: expected the simulator's camera alone, {}, found {blind}, which nobody publishes",
                    scene.camera_name
                );
                return refused("perception", message);
            }
            if scene.rate_hz <= 0.0 {
                let message = "`scene.rate_hz`: expected above 0, for `perception` needs a camera, found 0";
                return refused("sim", message.to_owned());
            }
        }
        // Images of other names may come from another node: a camera's driver.
        Robot::OnTopics if files.has("camera") => {
            let own = &parameters_of::<Camera>(files, ros)?.value().camera_name.clone();
            if !cameras.contains(own) {
                let message =
                    format!("`camera_name`: expected a camera that `perception` looks at: {known}; found {own}");
                return refused("camera", message);
            }
        }
        Robot::OnTopics => {}
    }
    if files.has("follow") {
        let follow = parameters_of::<Follow>(files, ros)?;
        let followed = &follow.value().camera_name;
        if !cameras.contains(followed) {
            let message =
                format!("`camera_name`: expected a camera that `perception` looks at: {known}; found {followed}");
            return refused("follow", message);
        }
    }
    Ok(())
}
