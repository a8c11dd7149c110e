//! The parameter files of a robot, as commands take them.

use std::path::PathBuf;

use clap::Args;
use sinew::plan::{Plan, PlanError, Robot};

/// ROS 2 parameter files, of which later ones win.
#[derive(Debug, Args)]
pub(crate) struct RobotFiles {
    /// ROS 2 parameter files of the robot, for example launch/robots/strider.yaml; they add up, and later ones win.
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
}

impl RobotFiles {
    /// What they mean for a simulated robot; what people should know about that is told.
    pub(crate) fn plan(&self) -> Result<Plan, PlanError> {
        let plan = Plan::of_files(&self.files, Robot::Simulated)?;
        let policy = &plan.source().control.policy;
        if let Some(store) = &policy.updates.store {
            tracing::warn!(
                "`policy.updates.store`: only the node `control` takes its policy out of {}; this is about `policy.path`, {}",
                store.display(),
                policy.path.display()
            );
        }
        for note in plan.notes() {
            tracing::warn!("{note}");
        }
        Ok(plan)
    }
}
