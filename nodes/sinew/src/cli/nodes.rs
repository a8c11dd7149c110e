//! `sinew nodes`

use std::process::ExitCode;

use clap::Args;
use sinew::node::App;

/// Lists the nodes that this program has, one on each line: its name, and what it does.
#[derive(Debug, Args)]
#[command(
    after_help = "Each is a section of robot files, a name for `sinew up --nodes`, and on ROS 2 a node of that name."
)]
pub(crate) struct NodesArgs {}

impl NodesArgs {
    pub(crate) fn run(self, app: &App) -> anyhow::Result<ExitCode> {
        for node in app.nodes() {
            println!("{:<12} {}", node.name, node.description);
        }
        Ok(ExitCode::SUCCESS)
    }
}
