//! What follows for the simulator, and for others, from robot and policy.

use sinew_node::declared::{ParameterError, ParameterFiles};
use sinew_node::node::RosArgs;
use sinew_node_control::{LoopSource, PolicyOnRobot};

use super::PlanError;
use super::said::Said;

/// How long the harness holds a robot whose policy has begun, s: a history of zeros, or a recurrent state, has
/// filled by then with what it would hold of a robot that stands.
const FIRST_STEPS_SECS: f64 = 0.5;

/// The rest pose of the controller, the start of the simulator, and where a camera is carried are one.
pub(super) fn derive_keyframe(files: &mut ParameterFiles, ros: &RosArgs) -> Result<(), PlanError> {
    let said = Said { files, ros };
    let all = ["control", "sim", "follow"].map(|node| (node, said.text(node, "keyframe")));
    let Some(keyframe) = all.iter().find_map(|(_, keyframe)| keyframe.clone()) else {
        return Ok(());
    };
    for (node, own) in &all {
        match own {
            Some(own) if *own != keyframe => {
                let message =
                    format!("`keyframe`: expected `{keyframe}` as elsewhere in this file, or none, found `{own}`");
                let file = files.last().map(|file| file.to_owned()).unwrap_or_default();
                return Err(ParameterError::value(&file, node, message).into());
            }
            Some(_) => {}
            None => files.derive(node, "keyframe", keyframe.as_str()),
        }
    }
    Ok(())
}

/// The simulator holds the robot until the policy has been in charge for half a second, both ends know the base
/// velocity where the policy asks for it, and its joints damp by themselves where commands have no damping.
pub(super) fn derive(files: &mut ParameterFiles, loaded: &PolicyOnRobot, source: &LoopSource) {
    let harness_secs = loaded.start_secs(&source.control) + FIRST_STEPS_SECS;
    files.derive("sim", "harness_secs", harness_secs);
    if source.control.drive_damping {
        let kd = loaded.drive_gains(&source.control).kd;
        files.derive("sim", "drive_damping", kd);
    }
    if loaded.asks_for_base_velocity() {
        files.derive("sim", "base_velocity_truth", true);
        files.derive("control", "topics.base_velocity", true);
    }
}
