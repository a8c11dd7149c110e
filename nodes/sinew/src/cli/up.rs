//! `sinew up`

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use sinew::node::{App, Backend, NodesOptions, RosArgs, positive_secs};

/// Runs a robot's nodes in one process until Ctrl-C: those that `sinew plan FILE` shows, unless `--nodes` says otherwise.
///
/// Each gets its parameters from its section of the FILEs and from `/**`, then from those of the files after
/// `--params-file`, then from other ROS arguments; later ones win. Relative paths lie beside the file that has them.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    sinew up launch/robots/strider.yaml                                 everything, no ROS needed\n  \
    sinew up launch/robots/strider_ball.yaml                            it goes to the ball that it sees\n  \
    sinew up launch/robots/strider.yaml mine.yaml                       the same with some parameters of yours\n  \
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
        let options = NodesOptions {
            files: self.files,
            nodes: self.nodes,
            bus: self.bus,
            seconds: self.seconds,
            // Chosen for all commands alike.
            log_format: None,
        };
        // Some nodes of a robot: the others, and what follows from them, are elsewhere.
        if options.nodes.is_some() {
            app.run(&[], &options, ros)?;
        } else {
            run_planned(app, &options, ros)?;
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// Runs the nodes that the files ask for: with a simulated robot, where the program has what plays it.
#[cfg(feature = "control")]
fn run_planned(app: &App, options: &NodesOptions, ros: &RosArgs) -> anyhow::Result<()> {
    use sinew::declared::ParameterFiles;
    use sinew::node::log_on;
    use sinew::plan::{Plan, Robot};

    let files = ParameterFiles::read(options.files.iter().chain(&ros.params_files))?;
    let plan = Plan::new(app, files, ros.clone(), Robot::usual())?;
    plan.check()?;
    log_on(options.backend(plan.nodes().len()));
    for note in plan.notes() {
        tracing::warn!("{note}");
    }
    app.run_nodes(plan.nodes(), plan.files(), options, ros)
}

#[cfg(not(feature = "control"))]
fn run_planned(app: &App, _: &NodesOptions, _: &RosArgs) -> anyhow::Result<()> {
    let nodes = app.names().collect::<Vec<_>>().join(", ");
    anyhow::bail!(
        "--nodes: missing; this program was built without the feature `control`, and does not see from the files which nodes \
         to run: expected some of {nodes}"
    )
}
