//! `sinew up`

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use sinew::declared::ParameterFile;
use sinew::node::{App, Backend, NodesOptions, RosArgs, positive_secs};

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
    /// ROS 2 parameter files, for example launch/robots/strider.yaml; later ones win.
    #[arg(value_name = "FILE")]
    files: Vec<PathBuf>,
    /// The nodes that this process runs.
    #[arg(long, value_delimiter = ',')]
    nodes: Option<Vec<String>>,
    /// What carries the messages, local or ros2; by default `ros2` for one node alone where the program was built
    /// with it, else `local`.
    #[arg(long)]
    bus: Option<Backend>,
    /// End after this time, s.
    #[arg(long, value_parser = positive_secs, allow_negative_numbers = true)]
    seconds: Option<f64>,
}

impl UpArgs {
    pub(crate) fn run(self, app: &App, ros: &RosArgs) -> anyhow::Result<ExitCode> {
        let follows = match self.files.first() {
            Some(file) => ParameterFile::read(file)?.has("follow"),
            None => false,
        };
        let usual: &[&str] = if follows {
            &["control", "sim", "perception", "follow"]
        } else {
            &["control", "sim", "course"]
        };
        let Self {
            files,
            nodes,
            bus,
            seconds,
        } = self;
        app.run(
            usual,
            &NodesOptions {
                files,
                nodes,
                bus,
                seconds,
            },
            ros,
        )?;
        Ok(ExitCode::SUCCESS)
    }
}
