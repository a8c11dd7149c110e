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

mod file;

use std::path::{Path, PathBuf};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sinew_control::StartParams;
use sinew_control::gate::SafetyParams;
use sinew_control::realtime::RealtimeParams;
use sinew_control::tick::LoopParams;
use sinew_models::ProviderOptions;
use sinew_sim::SimParams;

use crate::camera::CameraParams;
use crate::control::TopicParams;
use crate::course::{Course, CourseParams};
use crate::declared::NodeParams;
use crate::follow::FollowParams;
use crate::perception::PerceptionParams;
pub use file::ParameterError;
pub(crate) use file::ParameterFile;

/// Parameters that every node shares (`/**`).
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CommonParams {
    /// MJCF or URDF file of the robot.
    pub robot_description: PathBuf,
    /// Keyframe of the description that gives the rest pose; `home`, or the first, when absent.
    pub keyframe: Option<String>,
}

/// Which policy drives the robot.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PolicyParams {
    /// ONNX file (or kinfer archive).
    pub path: PathBuf,
    /// The contract, where the policy does not carry it: a file, or the contract itself in Sinew's
    /// YAML dialect.
    #[serde(default)]
    #[schemars(with = "serde_json::Value")]
    pub contract: serde_yaml_ng::Value,
    /// Keys of the same dialect that win over what the policy says of itself.
    #[serde(default)]
    #[schemars(with = "serde_json::Value")]
    pub overrides: serde_yaml_ng::Value,
    /// On what the policy runs.
    #[serde(default)]
    pub inference: ProviderOptions,
}

/// Parameters of the node `control`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ControlParams {
    /// Ticks per second; a whole multiple of the policy's rate.
    #[serde(default = "default_rate_hz")]
    #[schemars(range(min = 1.0, max = 10_000.0))]
    pub rate_hz: f64,
    /// The policy.
    pub policy: PolicyParams,
    /// Keyframe of the description that gives the rest pose; `home`, or the first, when absent.
    /// Usually given for all nodes, under `/**`.
    #[serde(default)]
    pub keyframe: Option<String>,
    /// Limits and reactions of the safety gate.
    #[serde(default)]
    pub safety: SafetyParams,
    /// How the robot is brought from limp to walking.
    #[serde(default)]
    pub start: StartParams,
    /// What the control thread asks of the machine.
    #[serde(default)]
    pub realtime: RealtimeParams,
    /// How the node reaches a robot behind topics; `sinew run` has its robot in itself.
    #[serde(default)]
    pub topics: TopicParams,
    /// URDF file that the node publishes on `robot_description`, for tools that cannot read the
    /// description itself.
    #[serde(default)]
    pub urdf: Option<PathBuf>,
    /// File that keeps a stop, and that the robot moves, beyond the end of the process: the next one then begins
    /// stopped. When absent `sinew/NODE.latch.json` in `$XDG_STATE_HOME` or `~/.local/state`, and none where a
    /// simulator plays the robot (in the same process, or with `use_sim_time`); `none` for none.
    #[serde(default)]
    pub latch_file: Option<PathBuf>,
}

fn default_rate_hz() -> f64 {
    LoopParams::default().rate_hz
}

impl ControlParams {
    /// The part that the loop itself needs.
    pub fn loop_params(&self) -> LoopParams {
        LoopParams {
            rate_hz: self.rate_hz,
            start: self.start.clone(),
            safety: self.safety.clone(),
        }
    }
}

impl NodeParams for ControlParams {}

impl NodeParams for SimParams {
    fn validate(&self) -> Result<(), String> {
        self.check()
    }
}

/// All parameters of a run.
#[derive(Debug, Clone)]
pub struct Params {
    /// The file they came from.
    pub file: PathBuf,
    /// `/**`
    pub common: CommonParams,
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
            common: CommonParams {
                robot_description: beside(&common.robot_description),
                keyframe,
            },
            control,
            sim,
            course,
            perception,
            follow,
            file: path.to_owned(),
        })
    }

    /// A path that the file names: relative ones lie beside it.
    pub fn beside(&self, path: &Path) -> PathBuf {
        self.file.parent().unwrap_or(Path::new("")).join(path)
    }
}
