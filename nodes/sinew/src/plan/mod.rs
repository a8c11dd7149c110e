//! What a robot's parameter files mean, decided once for `sinew run`, `eval`, `policy check`, `up`, `plan` and
//! `ros2 launch`.
//!
//! A [`Plan`] says which nodes there are, who commands the robot, and which parameters follow from others. It refuses
//! what cannot be: parameters outside their ranges, names that nobody knows, an input that nobody publishes.
//!
//! ```no_run
//! use sinew::plan::{Plan, Robot};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let plan = Plan::of_files(["launch/robots/strider.yaml"], Robot::Simulated)?;
//! assert_eq!(plan.nodes(), ["control", "sim", "course"]);
//! # Ok(())
//! # }
//! ```

mod cameras;
mod said;
mod simulated;

use std::path::Path;
use std::sync::Arc;

use serde::Serialize;
use sinew_node::declared::{InitialError, ParameterError, ParameterFiles};
use sinew_node::node::{App, RosArgs, parameters_of};
use sinew_node_control::updates::PolicyChoice;
use sinew_node_control::{Control, LoopAssemblyError, LoopSource, PolicyOnRobot};
use thiserror::Error;

#[cfg(feature = "run")]
use crate::params::Params;
#[cfg(feature = "run")]
use crate::run::{RunError, commanded_loop};

/// Who plays the robot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Robot {
    /// The embedded simulator.
    Simulated,
    /// Who publishes joint states on topics: a real robot, or another simulator.
    OnTopics,
}

impl Robot {
    /// A simulated one, where the program has the simulator.
    pub fn usual() -> Self {
        if cfg!(feature = "run") {
            Self::Simulated
        } else {
            Self::OnTopics
        }
    }
}

/// Who commands the robot's velocity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Commander {
    /// The velocities of the node `course`.
    Course,
    /// The node `follow`, which goes to what the robot sees.
    Follow,
    /// Whoever publishes `cmd_vel`.
    External,
}

/// Why files are no plan.
#[derive(Debug, Error)]
pub enum PlanError {
    /// A file cannot be used, or its nodes do not go together.
    #[error(transparent)]
    File(#[from] ParameterError),
    /// A node's parameters cannot be.
    #[error(transparent)]
    Parameters(#[from] InitialError),
    /// A node's parameters cannot be, or there is no such node.
    #[error(transparent)]
    Node(anyhow::Error),
    /// Robot or policy cannot be read, or do not go together.
    #[error(transparent)]
    Loop(#[from] LoopAssemblyError),
}

/// What the files mean.
#[derive(Debug)]
pub struct Plan {
    files: ParameterFiles,
    ros: RosArgs,
    robot: Robot,
    commander: Commander,
    nodes: Vec<&'static str>,
    notes: Vec<String>,
    source: LoopSource,
    loaded: Arc<PolicyOnRobot>,
}

impl Plan {
    /// The plan of Sinew's own nodes, from files alone.
    ///
    /// # Errors
    /// See [`PlanError`].
    pub fn of_files<P: AsRef<Path>>(files: impl IntoIterator<Item = P>, robot: Robot) -> Result<Self, PlanError> {
        Self::with_policy(files, robot, &PolicyChoice::default())
    }

    /// The same with another policy than the one that the node `control` would begin with.
    ///
    /// # Errors
    /// See [`PlanError`].
    pub fn with_policy<P: AsRef<Path>>(
        files: impl IntoIterator<Item = P>,
        robot: Robot,
        policy: &PolicyChoice,
    ) -> Result<Self, PlanError> {
        let files = ParameterFiles::read(files)?;
        Self::made(&crate::app(), files, RosArgs::default(), robot, policy)
    }

    /// The plan for the nodes of a program, whose command line may add to the files.
    ///
    /// # Errors
    /// See [`PlanError`].
    pub fn new(app: &App, files: ParameterFiles, ros: RosArgs, robot: Robot) -> Result<Self, PlanError> {
        Self::made(app, files, ros, robot, &PolicyChoice::default())
    }

    fn made(
        app: &App,
        mut files: ParameterFiles,
        ros: RosArgs,
        robot: Robot,
        policy: &PolicyChoice,
    ) -> Result<Self, PlanError> {
        let notes = app.strangers(&files, &ros)?;
        let commander = match robot {
            _ if files.has("follow") => Commander::Follow,
            Robot::Simulated => Commander::Course,
            Robot::OnTopics => Commander::External,
        };
        let nodes = nodes(&files, robot, commander);
        for node in app.names().filter(|node| nodes.contains(node) || files.has(node)) {
            app.check(node, &files, &ros).map_err(PlanError::Node)?;
        }
        cameras::derive(&mut files, &ros, robot)?;
        simulated::derive_keyframe(&mut files, &ros)?;
        let source = policy.applied(loop_source(&files, &ros)?);
        let loaded = PolicyOnRobot::chosen(&source, policy)?;
        if robot == Robot::Simulated {
            simulated::derive(&mut files, &loaded, &source);
        }
        // What was derived, too, has to be what the nodes take.
        for node in &nodes {
            app.check(node, &files, &ros).map_err(PlanError::Node)?;
        }
        let source = policy.applied(loop_source(&files, &ros)?);
        Ok(Self {
            files,
            ros,
            robot,
            commander,
            nodes,
            notes,
            source,
            loaded: Arc::new(loaded),
        })
    }

    /// Puts together what the plan means, and takes it apart again: whatever cannot be is refused as `sinew run`
    /// refuses it. Nothing moves.
    ///
    /// # Errors
    /// With what cannot be.
    #[cfg(feature = "run")]
    pub fn check(&self) -> Result<(), RunError> {
        match self.robot {
            Robot::Simulated => commanded_loop(&self.loaded, &Params::of(self)?, false, 1).map(drop),
            Robot::OnTopics => self.loaded.policy().map(drop).map_err(RunError::from),
        }
    }

    /// Makes the policy's session, and lets go of it again.
    ///
    /// # Errors
    /// Where the policy cannot run, or the build has nothing that could play the robot.
    #[cfg(not(feature = "run"))]
    pub fn check(&self) -> Result<(), PlanError> {
        self.loaded.policy().map(drop).map_err(PlanError::from)
    }

    /// Who plays the robot.
    pub fn robot(&self) -> Robot {
        self.robot
    }

    /// Who commands it.
    pub fn commander(&self) -> Commander {
        self.commander
    }

    /// The nodes that there are.
    pub fn nodes(&self) -> &[&'static str] {
        &self.nodes
    }

    /// What to tell people about the files: parameters that nobody takes.
    pub fn notes(&self) -> &[String] {
        &self.notes
    }

    /// The files, and what was derived from them.
    pub fn files(&self) -> &ParameterFiles {
        &self.files
    }

    /// What the command line adds.
    pub fn ros(&self) -> &RosArgs {
        &self.ros
    }

    /// What the control loop is made from.
    pub fn source(&self) -> &LoopSource {
        &self.source
    }

    /// Robot, contract and policy, which were read once.
    pub fn loaded(&self) -> &Arc<PolicyOnRobot> {
        &self.loaded
    }
}

/// The nodes that there are where the files have a section of their name: they look at the robot, and do nothing to it
/// but stop it, or slow it down.
const BESIDE: [&str; 6] = ["recorder", "telemetry", "uploader", "updater", "metrics", "health"];

/// Which nodes there are.
fn nodes(files: &ParameterFiles, robot: Robot, commander: Commander) -> Vec<&'static str> {
    let mut nodes = vec!["control"];
    if robot == Robot::Simulated {
        nodes.push("sim");
    } else if files.has("camera") {
        // A simulated robot sees with the simulator's camera.
        nodes.push("camera");
    }
    nodes.extend(["perception", "follow"].into_iter().filter(|node| files.has(node)));
    // Two must not command the robot.
    if commander == Commander::Course {
        nodes.push("course");
    }
    nodes.extend(BESIDE.into_iter().filter(|node| files.has(node)));
    nodes
}

fn loop_source(files: &ParameterFiles, ros: &RosArgs) -> Result<LoopSource, PlanError> {
    let control = parameters_of::<Control>(files, ros)?;
    let beside = |path: &Path| files.beside(path);
    let Some(description) = &control.common().robot_description else {
        let file = files.last().unwrap_or(Path::new("")).to_owned();
        let message = "`robot_description`: expected a MJCF or URDF file, found none";
        return Err(ParameterError::value(&file, "/**", message).into());
    };
    Ok(LoopSource {
        params_file: files.last().unwrap_or(Path::new("")).to_owned(),
        robot_description: beside(description),
        control: control.value().clone().with_files(beside),
    })
}
