//! The parameter files of a robot, as commands take them.

use std::path::PathBuf;

use clap::Args;
use sinew::control::LoopAssemblyError;
use sinew::control::updates::PolicyChoice;
use sinew::plan::{Plan, PlanError, Robot};

/// ROS 2 parameter files, of which later ones win.
#[derive(Debug, Args)]
pub(crate) struct RobotFiles {
    /// ROS 2 parameter files of the robot, for example launch/robots/strider.yaml; they add up, and later ones win.
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
    /// Another policy than the robot's own, which is the one in charge of `policy.updates.store` where the files name a
    /// store: a policy file in the place of `policy.path`, the folder of a release, or the word `path` for `policy.path`
    /// whatever the store has in charge.
    #[arg(long, value_name = "POLICY")]
    policy: Option<PolicyChoice>,
}

impl RobotFiles {
    /// What they mean for a simulated robot; what people should know about that is told.
    pub(crate) fn plan(&self) -> anyhow::Result<Plan> {
        let policy = self.policy.as_ref().unwrap_or(&PolicyChoice::InCharge);
        let plan = Plan::with_policy(&self.files, Robot::Simulated, policy);
        let plan = plan.map_err(|error| match error {
            PlanError::Loop(LoopAssemblyError::Store { .. }) => {
                anyhow::Error::new(error).context("no policy to run; `--policy path` takes that of `policy.path`")
            }
            error => error.into(),
        })?;
        for note in plan.notes() {
            tracing::warn!("{note}");
        }
        Ok(plan)
    }
}
