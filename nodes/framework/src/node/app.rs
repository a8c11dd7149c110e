//! The command line of a program of nodes: alone on ROS 2, or composed in one process.

use std::ffi::OsString;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, ensure};
use sinew_control::realtime::Urgent;
use tokio::sync::watch;

use super::Node;
use super::args::RosArgs;
use super::options::{Backend, Line, NodesOptions, help};
use super::parameter_services::initial;
use super::process::{Life, Process};
use super::runner::{Host, live_through};
use crate::bus::Bus;
use crate::bus::local::LocalBus;
use crate::declared::{Layer, ParameterFile};

/// FIFO priority of the threads that carry urgent messages: below the control loop's 50.
pub const MESSAGES_PRIORITY: i32 = 40;

type Start = fn(Arc<dyn Bus>, Source<'_>, watch::Receiver<bool>) -> anyhow::Result<Life>;

/// Where a node's parameters come from.
#[derive(Debug, Clone, Copy)]
struct Source<'a> {
    files: &'a [(&'a Path, ParameterFile)],
    ros: &'a RosArgs,
    host: Host,
}

/// The nodes that a program can run.
#[derive(Debug, Default)]
pub struct App {
    nodes: Vec<Registered>,
    left_out: Vec<&'static str>,
}

/// A node of a program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NodeInfo {
    /// Its name, and that of its section in parameter files.
    pub name: &'static str,
    /// What it does, in a few words.
    pub description: &'static str,
}

#[derive(Debug, Clone, Copy)]
struct Registered {
    info: NodeInfo,
    urgent: bool,
    start: Start,
}

impl App {
    /// One that knows no node yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a node.
    pub fn node<N: Node>(mut self) -> Self {
        self.nodes.push(Registered {
            info: NodeInfo {
                name: N::NAME,
                description: N::DESCRIPTION,
            },
            urgent: N::URGENT,
            start: start::<N>,
        });
        self
    }

    /// Says that the program could have the node of that name, and was built without the feature that is called like it.
    pub fn left_out(mut self, name: &'static str) -> Self {
        self.left_out.push(name);
        self
    }

    /// Its nodes, in the order in which they were added.
    pub fn nodes(&self) -> impl Iterator<Item = NodeInfo> {
        self.nodes.iter().map(|node| node.info)
    }

    /// Whether there is a node of that name.
    pub fn knows(&self, name: &str) -> bool {
        self.nodes.iter().any(|node| node.info.name == name)
    }

    /// Runs nodes as the command line says: those of `--nodes`, else those of `usual`.
    ///
    /// Ends the process itself, with exit code 1 and the node's name, where a node does not end when it is asked to.
    ///
    /// # Errors
    /// For arguments and parameters that cannot be, and for a node that cannot be configured.
    pub fn run(&self, usual: &[&str], options: &NodesOptions, ros: &RosArgs) -> anyhow::Result<()> {
        let asked: Vec<&str> = match &options.nodes {
            Some(names) => names.iter().map(String::as_str).collect(),
            None => usual.to_vec(),
        };
        let chosen = asked
            .iter()
            .map(|name| self.find(name))
            .collect::<anyhow::Result<Vec<_>>>()?;
        for (at, node) in chosen.iter().enumerate() {
            let before = &chosen[..at];
            ensure!(
                before.iter().all(|other| other.info.name != node.info.name),
                "--nodes: expected each node once, found `{}` twice",
                node.info.name
            );
        }
        let backend = options
            .bus
            .unwrap_or(match cfg!(feature = "ros2") && chosen.len() == 1 {
                true => Backend::Ros2,
                false => Backend::Local,
            });
        match backend {
            #[cfg(feature = "ros2")]
            Backend::Ros2 => crate::log::to_ros(),
            _ => crate::log::to_stderr("info"),
        }
        let connect = connector(backend, ros)?;
        let paths = options
            .files
            .iter()
            .chain(&ros.params_files)
            .map(std::path::PathBuf::as_path);
        let files: Vec<_> = paths
            .map(|path| Ok((path, ParameterFile::read(path)?)))
            .collect::<anyhow::Result<_>>()?;
        if backend == Backend::Local {
            for (path, file) in &files {
                let ours = |name: &str| self.knows(name) || ros.node_name.as_deref() == Some(name);
                for name in file.named().filter(|name| !ours(name)) {
                    tracing::warn!(
                        "{}: there is no node `{name}` here, and nobody takes its parameters: {}",
                        path.display(),
                        self.names()
                    );
                }
            }
        }
        let host = Host {
            robot_is_simulated: chosen.iter().any(|node| node.info.name == "sim"),
        };
        let source = Source {
            files: &files,
            ros,
            host,
        };
        let mut process = Process::new()?;
        let mut lives = Vec::new();
        for node in &chosen {
            let bus = {
                let _urgent = node.urgent.then(|| Urgent::new(MESSAGES_PRIORITY));
                connect(node.info.name)?
            };
            let life = (node.start)(bus, source, process.shutdown())?;
            lives.push((node.info.name.to_owned(), life));
        }
        let started = process.start(lives);
        let time = match started {
            Ok(()) => options.seconds.map(Duration::from_secs_f64),
            // Those that live already end at once.
            Err(_) => Some(Duration::ZERO),
        };
        let ended = process.end(time).outcome();
        #[cfg(feature = "ros2")]
        crate::bus::ros2::end();
        started.and(ended)
    }

    fn find(&self, name: &str) -> anyhow::Result<Registered> {
        ensure!(
            !self.left_out.contains(&name),
            "the node `{name}` is not part of this program, which was built without the feature `{name}`"
        );
        let found = self.nodes.iter().find(|node| node.info.name == name);
        found
            .copied()
            .with_context(|| format!("no node is called `{name}`: expected one of {}", self.names()))
    }

    fn names(&self) -> String {
        self.nodes().map(|node| node.name).collect::<Vec<_>>().join(", ")
    }

    /// Runs nodes as the arguments of a command line say, of which the first is the program: those of `--nodes`, else
    /// `usual`.
    ///
    /// # Errors
    /// As [`run`](Self::run).
    pub fn run_line(&self, usual: &str, args: impl IntoIterator<Item = OsString>) -> anyhow::Result<()> {
        let (line, ros) = RosArgs::split(args)?;
        match Line::parse(line)? {
            Line::Run(options) => self.run(&[usual], &options, &ros),
            Line::Help => {
                print!("{}", help(self.find(usual)?.info.name, &self.names()));
                Ok(())
            }
        }
    }

    /// The whole `main` of a program that is the node `usual`, unless `--nodes` says otherwise.
    pub fn main(&self, usual: &str) -> ExitCode {
        match self.run_line(usual, std::env::args_os()) {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => {
                crate::log::complain(&error);
                ExitCode::from(2)
            }
        }
    }
}

type Connect = Box<dyn Fn(&str) -> anyhow::Result<Arc<dyn Bus>>>;

/// What puts a node of a given name on the bus.
fn connector(backend: Backend, ros: &RosArgs) -> anyhow::Result<Connect> {
    match backend {
        Backend::Local => {
            let bus = LocalBus::new();
            let namespace = ros.namespace.clone().unwrap_or_else(|| "/".to_owned());
            let renamed = ros.node_name.clone();
            Ok(Box::new(move |name| {
                Ok(bus.node(renamed.as_deref().unwrap_or(name), &namespace))
            }))
        }
        #[cfg(feature = "ros2")]
        // ROS's own library applies `__ns`, `__node` and the other remappings.
        Backend::Ros2 => Ok(Box::new(|name| Ok(crate::bus::ros2::Ros2Bus::new(name, "")?))),
        #[cfg(not(feature = "ros2"))]
        Backend::Ros2 => anyhow::bail!(
            "this program was built without ROS 2: build it with `cargo xtask ros build` (or `--features ros2` where \
             a ROS installation is sourced), or run it with `--bus local`"
        ),
    }
}

fn start<N: Node>(bus: Arc<dyn Bus>, source: Source<'_>, mut down: watch::Receiver<bool>) -> anyhow::Result<Life> {
    let name = bus.node_name().to_owned();
    let layers = layers(source.files, N::NAME, &name, bus.namespace());
    let declared = initial::<N::Params>(&name, layers, source.ros)?;
    let params_file = source.files.first().map(|(path, _)| path.to_path_buf());
    let shutdown = async move {
        // An error says that whoever could ask is gone, which is a shutdown, too.
        let _ = down.wait_for(|down| *down).await;
    };
    Ok(Box::pin(live_through::<N>(
        bus,
        declared,
        params_file,
        source.host,
        shutdown,
    )))
}

/// What the files have for a node, of which later ones win. `usual` is the name by which files know it.
fn layers(files: &[(&Path, ParameterFile)], usual: &str, called: &str, namespace: &str) -> Vec<Layer> {
    let of = |(path, file): &(&Path, ParameterFile)| {
        let origin = path.display().to_string();
        let shared = Layer::shared(&origin, "/**", file.section("/**", "/**", "/"));
        [
            shared,
            Layer::section(&origin, called, file.section(usual, called, namespace)),
        ]
    };
    files.iter().flat_map(of).collect()
}

/// The whole `main` of a program with one node of its own, which on ROS 2 is a node like any other. A program whose
/// node is to be composed with a robot adds it to `sinew::app()` instead.
pub fn main<N: Node>() -> ExitCode {
    App::new().node::<N>().main(N::NAME)
}

#[cfg(test)]
mod tests {
    use schemars::JsonSchema;
    use serde::{Deserialize, Serialize};

    use super::super::Common;
    use super::*;
    use crate::declared::{Declared, NodeParams};

    #[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
    #[serde(deny_unknown_fields, default)]
    struct CourseParams {
        at_secs: Vec<f64>,
        lin_vel_x: Vec<f64>,
        lin_vel_y: Vec<f64>,
    }

    impl NodeParams for CourseParams {}

    #[test]
    fn parameter_files_add_up_and_later_ones_win() {
        let folder = tempfile::tempdir().unwrap();
        let texts = [
            (
                "robot.yaml",
                "{/**: {ros__parameters: {use_sim_time: true}}, sim: {ros__parameters: {seed: 1}}}",
            ),
            (
                "first.yaml",
                "{course: {ros__parameters: {at_secs: [0.0], lin_vel_x: [0.1], lin_vel_y: [0.2]}}}",
            ),
            ("second.yaml", "{/left/course: {ros__parameters: {lin_vel_x: [0.3]}}}"),
        ];
        let paths = texts.map(|(name, text)| {
            let path = folder.path().join(name);
            std::fs::write(&path, text).unwrap();
            path
        });
        let files: Vec<_> = paths
            .iter()
            .map(|path| (path.as_path(), ParameterFile::read(path).unwrap()))
            .collect();
        let layers = layers(&files, "course", "course", "/left");
        let declared = Declared::<CourseParams, Common>::from_layers("course", &layers).unwrap();
        assert!(declared.common().use_sim_time);
        assert_eq!(declared.value().lin_vel_x, [0.3]);
        assert_eq!(declared.value().lin_vel_y, [0.2]);
    }
}
