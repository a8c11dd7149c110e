//! The command line of a program of nodes: alone on ROS 2, or composed in one process.

use std::ffi::OsString;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, ensure};
use sinew_control::realtime::Urgent;
use tokio::sync::watch;

use super::args::RosArgs;
use super::host::Host;
use super::options::{Backend, CommandLine, NodesOptions, help};
use super::parameter_services::initial;
use super::process::{NodeFuture, Process};
use super::runner::{ParameterOrigin, live_through};
use super::service_manager::ServiceManager;
use super::strangers::strangers;
use super::{Common, Node};
use crate::bus::Bus;
use crate::bus::local::LocalBus;
use crate::declared::{Declared, InitialError, ParameterError, ParameterFiles, Reference, reference};
use crate::log::LogFormat;

/// Sends the log where the programs of a backend have it.
pub fn log_on(backend: Backend) {
    match backend {
        #[cfg(feature = "ros2")]
        Backend::Ros2 => crate::log::to_ros(),
        _ => crate::log::to_stderr("info"),
    }
}

/// FIFO priority of the threads that carry urgent messages: below the control loop's 50.
pub const MESSAGES_PRIORITY: i32 = 40;

type Check = fn(&ParameterFiles, &RosArgs) -> Result<(), InitialError>;
type Start = fn(Arc<dyn Bus>, Source<'_>, watch::Receiver<bool>) -> anyhow::Result<NodeFuture>;

/// Where a node's parameters come from.
#[derive(Debug, Clone, Copy)]
struct Source<'a> {
    files: &'a ParameterFiles,
    ros: &'a RosArgs,
    host: &'a Host,
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
    check: Check,
    parameters: fn() -> Vec<String>,
    reference: fn() -> Vec<Reference>,
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
            check: check::<N>,
            parameters: parameters::<N>,
            reference: reference::<N::Params>,
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

    /// The names of its nodes.
    pub fn names(&self) -> impl Iterator<Item = &'static str> {
        self.nodes().map(|node| node.name)
    }

    /// What a node's own parameters are; nothing for a node that there is not.
    pub fn reference(&self, node: &str) -> Vec<Reference> {
        self.find(node).map(|node| (node.reference)()).unwrap_or_default()
    }

    /// Checks the parameters that a node would start with.
    ///
    /// # Errors
    /// For a node that there is not, and with what is wrong about the parameters.
    pub fn check(&self, node: &str, files: &ParameterFiles, ros: &RosArgs) -> anyhow::Result<()> {
        Ok((self.find(node)?.check)(files, ros)?)
    }

    /// A line for each section, and each parameter for all nodes, that none of the program's nodes takes: it may be
    /// meant for a node that runs elsewhere.
    ///
    /// # Errors
    /// For a name that is almost one that the program knows, and so probably is misspelt.
    pub fn strangers(&self, files: &ParameterFiles, ros: &RosArgs) -> Result<Vec<String>, ParameterError> {
        strangers(self, files, ros)
    }

    /// The names of the nodes' parameters.
    pub(super) fn parameters(&self) -> Vec<String> {
        self.nodes.iter().flat_map(|node| (node.parameters)()).collect()
    }

    /// Runs nodes as the command line says: those of `--nodes`, else those of `usual`.
    ///
    /// Ends the process itself, with exit code 1 and the node's name, where a node does not end when it is asked to.
    ///
    /// # Errors
    /// For arguments and parameters that cannot be, and for a node that cannot be configured.
    pub fn run(&self, usual: &[&str], options: &NodesOptions, ros: &RosArgs) -> anyhow::Result<()> {
        let names: Vec<&str> = match &options.nodes {
            Some(names) => names.iter().map(String::as_str).collect(),
            None => usual.to_vec(),
        };
        let files = ParameterFiles::read(options.files.iter().chain(&ros.params_files))?;
        let backend = options.backend(names.len());
        LogFormat::choose(options.log_format).map_err(anyhow::Error::msg)?;
        log_on(backend);
        if backend == Backend::Local {
            for line in self.strangers(&files, ros)? {
                tracing::warn!("{line}");
            }
        }
        self.run_nodes(&names, &files, options, ros)
    }

    /// Runs nodes with the parameters of files that were read, once the log is where it belongs
    /// ([`log_on`]).
    ///
    /// # Errors
    /// As [`run`](Self::run).
    pub fn run_nodes(
        &self,
        names: &[&str],
        files: &ParameterFiles,
        options: &NodesOptions,
        ros: &RosArgs,
    ) -> anyhow::Result<()> {
        let chosen = names
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
        let connect = connector(options.backend(chosen.len()), ros)?;
        let host = &Host {
            robot_is_simulated: chosen.iter().any(|node| node.info.name == "sim"),
            ..Host::default()
        };
        let source = Source { files, ros, host };
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
        let _told = ServiceManager::tell_of(&host.shown);
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
            .with_context(|| format!("no node is called `{name}`: expected one of {}", self.known()))
    }

    /// The names of its nodes, for people.
    pub(super) fn known(&self) -> String {
        self.names().collect::<Vec<_>>().join(", ")
    }

    /// Runs nodes as the arguments of a command line say, of which the first is the program: those of `--nodes`, else
    /// `usual`.
    ///
    /// # Errors
    /// As [`run`](Self::run).
    pub fn run_line(&self, usual: &str, args: impl IntoIterator<Item = OsString>) -> anyhow::Result<()> {
        let (line, ros) = RosArgs::split(args)?;
        match CommandLine::parse(line)? {
            CommandLine::Run(options) => self.run(&[usual], &options, &ros),
            CommandLine::Help => {
                print!("{}", help(self.find(usual)?.info.name, &self.known()));
                Ok(())
            }
        }
    }

    /// The whole `main` of a program that is the node `usual`, unless `--nodes` says otherwise.
    pub fn main(&self, usual: &str) -> ExitCode {
        let args: Vec<OsString> = std::env::args_os().collect();
        LogFormat::choose_early(&args);
        match self.run_line(usual, args) {
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

fn start<N: Node>(
    bus: Arc<dyn Bus>,
    source: Source<'_>,
    mut down: watch::Receiver<bool>,
) -> anyhow::Result<NodeFuture> {
    let name = bus.node_name().to_owned();
    let layers = source.files.layers(N::NAME, &name, bus.namespace());
    let declared = initial::<N::Params>(&name, layers, source.ros)?;
    let shutdown = async move {
        // An error says that whoever could ask is gone, which is a shutdown, too.
        let _ = down.wait_for(|down| *down).await;
    };
    Ok(Box::pin(live_through::<N>(
        bus,
        declared,
        ParameterOrigin::of(source.files),
        source.host.clone(),
        shutdown,
    )))
}

fn check<N: Node>(files: &ParameterFiles, ros: &RosArgs) -> Result<(), InitialError> {
    parameters_of::<N>(files, ros).map(drop)
}

/// The parameters that a node would start with.
///
/// # Errors
/// With what is wrong about them.
pub fn parameters_of<N: Node>(
    files: &ParameterFiles,
    ros: &RosArgs,
) -> Result<Declared<N::Params, Common>, InitialError> {
    let called = ros.node_name.as_deref().unwrap_or(N::NAME);
    let namespace = ros.namespace.as_deref().unwrap_or("/");
    initial(called, files.layers(N::NAME, called, namespace), ros)
}

fn parameters<N: Node>() -> Vec<String> {
    Declared::<N::Params, Common>::names()
}

/// The whole `main` of a program with one node of its own, which on ROS 2 is a node like any other. A program whose
/// node is to be composed with a robot adds it to `sinew::app()` instead.
pub fn main<N: Node>() -> ExitCode {
    App::new().node::<N>().main(N::NAME)
}
