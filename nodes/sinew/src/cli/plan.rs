//! `sinew plan`

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context;
use clap::{Args, ValueEnum};
use serde::Serialize;
use sinew::declared::ParameterFiles;
use sinew::node::{App, RosArgs};
use sinew::plan::{Commander, Plan, Robot};

use super::output::write_json;

/// Who plays the robot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Simulator {
    /// The node `sim`.
    Embedded,
    /// Nobody of Sinew's: a real robot, or a simulator that is started by itself.
    None,
}

/// Says what a robot's parameter files mean, and refuses what `sinew run`, `up` and `ros2 launch` would refuse.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    sinew plan launch/robots/strider.yaml                    which nodes, and who commands the robot\n  \
    sinew plan launch/robots/strider.yaml mine.yaml --json   for programs; several files add up, later ones win\n  \
    sinew plan my_robot.yaml --sim none                      the same file on the robot itself")]
pub(crate) struct PlanArgs {
    /// ROS 2 parameter files of the robot; they add up, and later ones win.
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
    /// Who plays the robot; `embedded` where this program has the simulator.
    #[arg(long, value_enum)]
    sim: Option<Simulator>,
    /// Namespace of the nodes, such as /left.
    #[arg(long, value_name = "NAMESPACE")]
    namespace: Option<String>,
    /// Write it as JSON to standard output.
    #[arg(long)]
    json: bool,
}

/// The plan as `--json` writes it.
#[derive(Debug, Serialize)]
struct Written<'a> {
    files: Vec<String>,
    robot: Robot,
    commander: Commander,
    /// Name and version of the release that the policy is of.
    #[serde(skip_serializing_if = "Option::is_none")]
    release: Option<&'a str>,
    nodes: Vec<NodeWritten<'a>>,
    notes: &'a [String],
}

#[derive(Debug, Serialize)]
struct NodeWritten<'a> {
    name: &'a str,
    /// Parameters that follow from others, where no file says them.
    parameters: serde_json::Map<String, serde_json::Value>,
}

impl PlanArgs {
    pub(crate) fn run(self, app: &App) -> anyhow::Result<ExitCode> {
        let robot = match self.sim {
            Some(Simulator::Embedded) => Robot::Simulated,
            Some(Simulator::None) => Robot::OnTopics,
            None => Robot::usual(),
        };
        let ros = RosArgs {
            namespace: self.namespace,
            ..RosArgs::default()
        };
        let plan = Plan::new(app, ParameterFiles::read(&self.files)?, ros, robot)?;
        plan.check()?;
        let written = Written::of(&plan)?;
        if self.json {
            write_json("-", &written)?;
        } else {
            for line in written.told(&plan).lines() {
                println!("{line}");
            }
        }
        Ok(ExitCode::SUCCESS)
    }
}

impl<'a> Written<'a> {
    fn of(plan: &'a Plan) -> anyhow::Result<Self> {
        let node = |name: &'a &'static str| {
            let namespace = plan.ros().namespace.as_deref().unwrap_or("/");
            let files = plan.files();
            let parameters = files.derived_of(name);
            let parameters = parameters.filter(|(parameter, _)| files.said(name, parameter, namespace).is_none());
            let parameters =
                parameters.map(|(parameter, value)| Ok((parameter.to_owned(), serde_json::to_value(value)?)));
            let parameters = parameters.collect::<Result<_, serde_json::Error>>();
            Ok(NodeWritten {
                name,
                parameters: parameters.context("a parameter that JSON cannot hold")?,
            })
        };
        Ok(Self {
            files: plan.files().paths().map(|path| path.display().to_string()).collect(),
            robot: plan.robot(),
            commander: plan.commander(),
            release: plan.loaded().release(),
            nodes: plan.nodes().iter().map(node).collect::<anyhow::Result<_>>()?,
            notes: plan.notes(),
        })
    }

    fn told(&self, plan: &Plan) -> String {
        let loaded = plan.loaded();
        let mut text = format!(
            "{}: {} joints, {} driven by {} ({}) at {} Hz\n",
            loaded.robot.name,
            loaded.robot.dof(),
            loaded.contract.action_len(),
            loaded.contract.name,
            loaded.contract.dialect,
            loaded.contract.policy_rate_hz
        );
        let policy = &plan.source().control.policy;
        match (self.release, &policy.updates.store) {
            (Some(release), Some(store)) => {
                text += &format!("  the release {release} is in charge of {}\n", store.display());
            }
            (None, Some(store)) => {
                let path = policy.path.display();
                text += &format!(
                    "  {path} becomes the factory release of {}, which has none\n",
                    store.display()
                );
            }
            (_, None) => {}
        }
        text += match self.commander {
            Commander::Course => "  commanded by the velocities of `course`\n",
            Commander::Follow => "  commanded by `follow`, which goes to what `perception` sees\n",
            Commander::External => "  commanded by whoever publishes cmd_vel\n",
        };
        for node in &self.nodes {
            text += &format!("  node {}\n", node.name);
            for (parameter, value) in &node.parameters {
                text += &format!("    {parameter}: {value}, which follows from the rest\n");
            }
        }
        for note in self.notes {
            text += &format!("  note: {note}\n");
        }
        text.trim_end().to_owned()
    }
}
