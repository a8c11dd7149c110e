//! `sinew up`

use std::process::ExitCode;

use clap::Args;
use sinew::node::{App, NodesArgs, RosArgs};

/// Runs a robot's nodes in one process until Ctrl-C: control, sim and course, or, where FILE has a section
/// `follow`, control, sim, perception and follow; unless `--nodes` says otherwise.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    sinew up launch/robots/strider.yaml                                 everything, no ROS needed\n  \
    sinew up launch/robots/strider_ball.yaml                            it goes to the ball that it sees\n  \
    sinew up launch/robots/strider.yaml --bus ros2                      everything, on ROS 2\n  \
    sinew up launch/robots/strider.yaml --bus ros2 --nodes control      the controller alone\n  \
    sinew up launch/robots/strider.yaml --bus ros2 --ros-args -r __ns:=/left -p control:rate_hz:=400.0")]
pub(crate) struct UpArgs {
    #[command(flatten)]
    nodes: NodesArgs,
}

impl UpArgs {
    pub(crate) fn run(self, app: &App, ros: &RosArgs) -> anyhow::Result<ExitCode> {
        app.run(&self.nodes.of_simulated_robot()?, &self.nodes, ros)?;
        Ok(ExitCode::SUCCESS)
    }
}
