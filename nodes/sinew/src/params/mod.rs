//! The parameters of a simulated run, as a [`Plan`] has them.

use std::path::{Path, PathBuf};

use sinew_node::declared::ParameterError;
use sinew_node::node::parameters_of;
use sinew_node_control::{ControlParams, LoopSource};
use sinew_node_course::{Course, CourseNode};
use sinew_node_follow::{Follow, FollowParams};
use sinew_node_perception::{Perception, PerceptionParams};
use sinew_node_sim::Sim;
use sinew_sim::SimParams;

use crate::plan::{Plan, PlanError, Robot};
use crate::run::InferenceLatency;

/// All parameters of a run.
#[derive(Debug, Clone)]
pub struct Params {
    /// The parameter file, which errors name.
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
    /// How long inferences take where time is virtual: no time, where it is left out. No file says it.
    pub inference_latency: Option<InferenceLatency>,
    folder: PathBuf,
}

impl Params {
    /// Those of a parameter file with a simulated robot.
    ///
    /// # Errors
    /// Where the file is no [`Plan`].
    pub fn load(path: &Path) -> Result<Self, PlanError> {
        Self::of(&Plan::of_files([path], Robot::Simulated)?)
    }

    /// Those of a plan.
    ///
    /// # Errors
    /// Where a node's parameters cannot be.
    pub fn of(plan: &Plan) -> Result<Self, PlanError> {
        let (files, ros, source) = (plan.files(), plan.ros(), plan.source());
        let course = parameters_of::<CourseNode>(files, ros)?;
        let optional = |node: &str| files.has(node).then_some(());
        Ok(Self {
            file: source.params_file.clone(),
            robot_description: source.robot_description.clone(),
            control: source.control.clone(),
            sim: parameters_of::<Sim>(files, ros)?.value().0.clone(),
            course: Course::new(course.value())
                .map_err(|message| ParameterError::value(&source.params_file, "course", message.to_string()))?,
            perception: optional("perception")
                .map(|()| parameters_of::<Perception>(files, ros))
                .transpose()?
                .map(|declared| declared.value().clone()),
            follow: optional("follow")
                .map(|()| parameters_of::<Follow>(files, ros))
                .transpose()?
                .map(|declared| declared.value().clone()),
            inference_latency: None,
            folder: files.beside(Path::new("")),
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

    /// A path that a parameter names: relative ones lie beside the first parameter file.
    pub fn beside(&self, path: &Path) -> PathBuf {
        self.folder.join(path)
    }
}
