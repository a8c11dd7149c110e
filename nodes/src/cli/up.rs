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
        let usual = self.nodes.of_simulated_robot()?;
        let mut ros = ros.clone();
        if usual.contains(&"follow") && !self.nodes.are_chosen() {
            // The simulator stamps its images with its own time. Before what was given, which wins.
            let by_sim_time = |node: &str| (Some(node.to_owned()), "use_sim_time".to_owned(), "true".to_owned());
            ros.overrides.splice(0..0, ["perception", "follow"].map(by_sim_time));
        }
        app.run(&usual, &self.nodes, &ros)?;
        Ok(ExitCode::SUCCESS)
    }
}
