//! A ROS 2 parameter YAML becomes typed parameters, or an error that names file, node, key and what
//! was expected.
//!
//! ```yaml
//! /**:
//!   ros__parameters:
//!     robot_description: ../robots/strider/scene.xml
//! control:
//!   ros__parameters:
//!     rate_hz: 200.0
//!     policy: {path: ../models/walk.onnx}
//! ```
//!
//! Paths are relative to the file that holds them.

use std::path::{Path, PathBuf};

use serde::Deserialize;
use sinew_node::declared::{ParameterError, ParameterFile};
use sinew_node_camera::CameraParams;
use sinew_node_control::{ControlParams, LoopSource};
use sinew_node_course::{Course, CourseParams};
use sinew_node_follow::FollowParams;
use sinew_node_perception::PerceptionParams;
use sinew_sim::SimParams;

/// Parameters that every node shares (`/**`).
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct CommonParams {
    robot_description: PathBuf,
    #[serde(default)]
    keyframe: Option<String>,
}

/// All parameters of a run.
#[derive(Debug, Clone)]
pub struct Params {
    /// The file they came from.
    pub file: PathBuf,
    /// MJCF or URDF file of the robot.
    pub robot_description: PathBuf,
    /// `control`
    pub control: ControlParams,
    /// `sim`
    pub sim: SimParams,
    /// `course`
    pub course: Course,
    /// `perception`
    pub perception: Option<PerceptionParams>,
    /// `follow`: the robot goes to what it sees, instead of following the course.
    pub follow: Option<FollowParams>,
}

impl Params {
    /// Reads and checks a parameter file.
    pub fn load(path: &Path) -> Result<Self, ParameterError> {
        let mut file = ParameterFile::read(path)?;
        // What a node needs and a run does not: its clock is its own, and nothing in it waits to be started.
        file.leave_out_flags(&["use_sim_time", "autostart"])?;
        let common: CommonParams = file.required("/**")?;
        let control: ControlParams = file.required("control")?;
        let mut control = file.in_range("control", control)?;
        let sim: SimParams = file.optional("sim")?;
        let course: CourseParams = file.optional("course")?;
        let perception: Option<PerceptionParams> = file.checked("perception")?;
        let follow: Option<FollowParams> = file.checked("follow")?;
        // A run sees through the simulator's camera; what the file says of another is checked all the same.
        let _: Option<CameraParams> = file.checked("camera")?;
        file.finish(&["/**", "control", "sim", "course", "perception", "follow", "camera"])?;
        sim.check()
            .map_err(|message| ParameterError::value(path, "sim", message))?;
        let course = Course::new(&course).map_err(|message| ParameterError::value(path, "course", message))?;
        let mut keyframe = common.keyframe;
        let carried = follow.as_ref().and_then(|follow| follow.keyframe.clone());
        // The rest pose of the controller, the start of the simulator, and where a camera is carried are one.
        for (node, own) in [
            ("control", &control.keyframe),
            ("sim", &sim.keyframe),
            ("follow", &carried),
        ] {
            if let (Some(shared), Some(own)) = (&keyframe, own)
                && shared != own
            {
                let message =
                    format!("`keyframe`: expected `{shared}` as elsewhere in this file, or none, found `{own}`");
                return Err(ParameterError::value(path, node, message));
            }
            keyframe = keyframe.or_else(|| own.clone());
        }
        let beside = |relative: &Path| path.parent().unwrap_or(Path::new("")).join(relative);
        control.policy.path = beside(&control.policy.path);
        control.policy.inference = control.policy.inference.with_files(beside);
        Ok(Self {
            robot_description: beside(&common.robot_description),
            control: ControlParams { keyframe, ..control },
            sim,
            course,
            perception,
            follow,
            file: path.to_owned(),
        })
    }

    /// What the control loop is made from.
    pub fn loop_source(&self) -> LoopSource {
        LoopSource {
            params_file: self.file.clone(),
            robot_description: self.robot_description.clone(),
            control: self.control.clone(),
        }
    }

    /// A path that the file names: relative ones lie beside it.
    pub fn beside(&self, path: &Path) -> PathBuf {
        self.file.parent().unwrap_or(Path::new("")).join(path)
    }
}
