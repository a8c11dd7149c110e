//! One node's life: lifecycle, parameters, failures.

use std::panic::AssertUnwindSafe;
use std::path::{Path, PathBuf};
use std::pin::pin;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use anyhow::{Context, anyhow};
use futures_util::FutureExt;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tokio::runtime::Handle;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tracing::{Instrument, Span};

use super::host::Host;
use super::interventions::ToldBus;
use super::lifecycle_services::LifecycleServices;
use super::outside::{Configuring, outside, panicked};
use super::parameter_services::ParameterServices;
use super::setup::KeptValue;
use super::{Live, Node, NodeTime, Setup};
use crate::bus::{Bus, full_name};
use crate::declared::{Declared, NodeParams, ParameterFiles};
use crate::lifecycle::{Lifecycle, Outcome, State, Transition};
use crate::report::Registry;

/// Parameters that every node has.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Common {
    /// MJCF or URDF file of the robot.
    #[schemars(extend("readOnly" = true, "x-path" = true))]
    pub robot_description: Option<PathBuf>,
    /// Whether time is the simulator's, from `/clock`.
    #[schemars(extend("readOnly" = true))]
    pub use_sim_time: bool,
    /// Whether the node configures and activates itself, or waits to be told.
    #[schemars(extend("readOnly" = true))]
    pub autostart: bool,
}

impl Default for Common {
    fn default() -> Self {
        Self {
            robot_description: None,
            use_sim_time: false,
            autostart: true,
        }
    }
}

impl NodeParams for Common {}

/// What happens after a node has failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Restart {
    /// It is configured and activated again, after 1 s at first, 30 s at most.
    WithBackOff,
    /// Nothing: a human decides.
    Never,
}

/// Where a node's parameters came from.
#[derive(Debug, Clone, Default)]
pub(super) struct ParameterOrigin {
    /// The parameter file that has the last word.
    pub(super) file: Option<PathBuf>,
    /// Where relative paths lie.
    pub(super) folder: PathBuf,
}

impl ParameterOrigin {
    pub(super) fn of(files: &ParameterFiles) -> Self {
        let folder = files.first().and_then(Path::parent);
        Self {
            file: files.last().map(Path::to_path_buf),
            folder: folder.unwrap_or(Path::new("")).to_owned(),
        }
    }
}

const FIRST_BACK_OFF: Duration = Duration::from_secs(1);
const LONGEST_BACK_OFF: Duration = Duration::from_secs(30);
/// A node that worked this long was not failing all the time.
const HEALTHY: Duration = Duration::from_secs(60);

/// Runs a node on a bus until `shutdown` is ready: what [`App`](super::App) does for each of its nodes.
/// For tests, and for programs that have a tokio runtime of their own.
///
/// # Errors
/// Where the parameters cannot be, the bus refuses the node's services, or the node cannot be
/// configured when it starts by itself.
pub async fn run_node<N: Node>(
    bus: Arc<dyn Bus>,
    params: N::Params,
    common: Common,
    shutdown: impl Future<Output = ()> + Send,
) -> anyhow::Result<()> {
    live_through::<N>(
        bus,
        Declared::new(params, common)?,
        ParameterOrigin::default(),
        Host::default(),
        shutdown,
    )
    .await
}

/// Runs the node until `shutdown` is ready.
///
/// # Errors
/// Where the bus refuses the node's services, or the node cannot be configured when it starts by
/// itself.
pub(super) fn live_through<N: Node>(
    bus: Arc<dyn Bus>,
    declared: Declared<N::Params, Common>,
    origin: ParameterOrigin,
    host: Host,
    shutdown: impl Future<Output = ()> + Send,
) -> impl Future<Output = anyhow::Result<()>> + Send {
    let registry = Registry::default();
    let lifecycle = Arc::new(Mutex::new(Lifecycle::new()));
    // At once: no node of the process may seem ready before the others have begun.
    let shown = host.shown.show_node(
        full_name(&*bus),
        declared.common().autostart,
        registry.clone(),
        lifecycle.clone(),
    );
    async move {
        let _shown = shown;
        let time = if declared.common().use_sim_time {
            NodeTime::simulated(&*bus)?
        } else {
            NodeTime::system()
        };
        let bus: Arc<dyn Bus> = Arc::new(ToldBus::new(bus, time.clone(), Handle::current())?);
        let live = Live::new(declared.value().clone());
        let setup = Setup {
            params: live.clone(),
            common: declared.common().clone(),
            params_file: origin.file,
            folder: origin.folder,
            bus: bus.clone(),
            time: time.clone(),
            registry,
            host,
            kept: KeptValue::default(),
        };
        let runner = Runner::<N> {
            name: bus.node_name().to_owned(),
            parameters: ParameterServices::new(&*bus, declared, live, lifecycle.clone(), &time)?,
            life: LifecycleServices::new(&*bus, lifecycle, time)?,
            setup: Arc::new(setup),
            held: NodeState::Nothing,
            back_off: FIRST_BACK_OFF,
        };
        runner.run(shutdown).await
    }
}

/// What there is of the node.
enum NodeState<N> {
    Nothing,
    Configured(N),
    Running(Running<N>),
}

struct Running<N> {
    task: JoinHandle<(N, Ended)>,
    cancel: oneshot::Sender<()>,
    since: tokio::time::Instant,
}

/// How a node's `run` ended.
enum Ended {
    Cancelled,
    Done,
    Failed(anyhow::Error),
}

struct Runner<N: Node> {
    name: String,
    setup: Arc<Setup<N::Params>>,
    life: LifecycleServices,
    parameters: ParameterServices<N::Params>,
    held: NodeState<N>,
    back_off: Duration,
}

impl<N: Node> Runner<N> {
    async fn run(mut self, shutdown: impl Future<Output = ()> + Send) -> anyhow::Result<()> {
        let mut shutdown = pin!(shutdown);
        let autostart = self.setup.common.autostart;
        if autostart {
            let up = async {
                self.change(Transition::Configure).await?;
                self.change(Transition::Activate).await
            };
            tokio::select! {
                biased;
                up = up => up?,
                // It does nothing yet that would have to be brought to an end.
                () = &mut shutdown => {
                    tracing::warn!("{}: has to end before it is configured: it did nothing", self.name);
                    return Ok(());
                }
            }
        }
        let mut retry_at = None;
        loop {
            tokio::select! {
                order = self.life.order() => {
                    let done = self.change(order.transition).await;
                    order.answer(done.is_ok());
                    if let Err(error) = done {
                        tracing::error!("{}: {error:#}", self.name);
                    }
                }
                ended = ended(&mut self.held) => {
                    if let Err(error) = self.after_run(ended).await {
                        tracing::error!("{}: {error:#}", self.name);
                        retry_at = (autostart && N::RESTART == Restart::WithBackOff).then(|| self.next_try());
                    }
                }
                () = until(retry_at) => {
                    retry_at = self.bring_up().await.is_err().then(|| self.next_try());
                }
                () = &mut shutdown => break,
            }
        }
        if self.life.state() == State::Active {
            self.change(Transition::Deactivate).await?;
        }
        let outcome = match &self.held {
            NodeState::Configured(node) => node.outcome(),
            NodeState::Nothing | NodeState::Running(_) => Ok(()),
        };
        if self.life.state() != State::Finalized {
            self.change(Transition::Shutdown).await?;
        }
        outcome.with_context(|| self.name.clone())
    }

    /// Starts the node again after a failure, unless somebody else has.
    async fn bring_up(&mut self) -> anyhow::Result<()> {
        if self.life.state() != State::Unconfigured {
            return Ok(());
        }
        tracing::info!("{}: starts again", self.name);
        let up = match self.change(Transition::Configure).await {
            Ok(()) => self.change(Transition::Activate).await,
            refused => refused,
        };
        up.inspect_err(|error| tracing::error!("{}: {error:#}", self.name))
    }

    fn next_try(&mut self) -> tokio::time::Instant {
        let at = tokio::time::Instant::now() + self.back_off;
        tracing::warn!("{}: starts again in {} s", self.name, self.back_off.as_secs());
        self.back_off = (2 * self.back_off).min(LONGEST_BACK_OFF);
        at
    }

    /// Goes through one transition: what is logged on the way says of which node.
    async fn change(&mut self, transition: Transition) -> anyhow::Result<()> {
        let node = full_name(&*self.setup.bus);
        let span = tracing::info_span!("transition", node, transition = transition.label());
        self.go_through(transition).instrument(span).await
    }

    /// Goes through one transition, with the error handling of ROS 2's design.
    async fn go_through(&mut self, transition: Transition) -> anyhow::Result<()> {
        self.life.begin(transition)?;
        let done = match transition {
            Transition::Configure => self.configure().await,
            Transition::Activate => self.activate().await,
            Transition::Deactivate => self.deactivate().await.map(drop),
            Transition::Cleanup => {
                self.held = NodeState::Nothing;
                Ok(())
            }
            Transition::Shutdown => {
                let stopped = self.deactivate().await.map(drop);
                self.held = NodeState::Nothing;
                stopped
            }
        };
        match done {
            Ok(()) => self.life.end(Outcome::Success),
            // What cannot be configured is as it was before; whatever else fails is cleaned up.
            Err(_) if transition == Transition::Configure => self.life.end(Outcome::Failure),
            Err(_) => {
                self.life.end(Outcome::Error);
                self.clean_up();
            }
        }
        done.with_context(|| format!("cannot {}", transition.label()))
    }

    /// Error processing: nothing of the node is left, so it can be configured anew.
    fn clean_up(&mut self) {
        self.held = NodeState::Nothing;
        self.life.end(Outcome::Success);
    }

    async fn configure(&mut self) -> anyhow::Result<()> {
        self.parameters.settle();
        let setup = self.setup.clone();
        let span = Span::current();
        let configured = outside("configure", move || {
            let _configuring = Configuring::new();
            span.in_scope(|| N::configure(&setup))
        });
        self.held = NodeState::Configured(configured.await??);
        Ok(())
    }

    async fn activate(&mut self) -> anyhow::Result<()> {
        // Parameters that were set since then count from now on.
        if self.parameters.are_unsettled() {
            self.held = NodeState::Nothing;
            self.configure().await?;
        }
        let NodeState::Configured(mut node) = std::mem::replace(&mut self.held, NodeState::Nothing) else {
            return Err(anyhow!("the node is not configured"));
        };
        let (cancel, cancelled) = oneshot::channel();
        // It outlives the transition.
        let span = tracing::info_span!(parent: None, "run", node = full_name(&*self.setup.bus));
        let work = async move {
            let ended = tokio::select! {
                biased;
                _ = cancelled => Ended::Cancelled,
                done = AssertUnwindSafe(node.run()).catch_unwind() => match done {
                    Ok(Ok(())) => Ended::Done,
                    Ok(Err(error)) => Ended::Failed(error),
                    Err(panic) => Ended::Failed(panicked(&*panic)),
                },
            };
            (node, ended)
        };
        let task = tokio::spawn(work.instrument(span));
        self.held = NodeState::Running(Running {
            task,
            cancel,
            since: tokio::time::Instant::now(),
        });
        Ok(())
    }

    async fn deactivate(&mut self) -> anyhow::Result<()> {
        let running = match std::mem::replace(&mut self.held, NodeState::Nothing) {
            NodeState::Running(running) => running,
            other => {
                self.held = other;
                return Ok(());
            }
        };
        let _ = running.cancel.send(());
        let (node, ended) = running.task.await?;
        self.held = NodeState::Configured(put_to_rest(node).await?);
        match ended {
            Ended::Failed(error) => Err(error),
            Ended::Cancelled | Ended::Done => Ok(()),
        }
    }

    /// `run` has returned by itself: the node deactivates, or has failed.
    async fn after_run(&mut self, (node, ended, since): (N, Ended, tokio::time::Instant)) -> anyhow::Result<()> {
        let node = put_to_rest(node).await;
        if since.elapsed() > HEALTHY {
            self.back_off = FIRST_BACK_OFF;
        }
        let error = match (ended, node) {
            (Ended::Failed(error), _) | (_, Err(error)) => error,
            (Ended::Done | Ended::Cancelled, Ok(node)) => {
                self.held = NodeState::Configured(node);
                return self.change(Transition::Deactivate).await;
            }
        };
        // As a deactivation that had an error.
        self.life.begin(Transition::Deactivate)?;
        self.life.end(Outcome::Error);
        self.clean_up();
        Err(error)
    }
}

/// Lets a node end its threads.
async fn put_to_rest<N: Node>(mut node: N) -> anyhow::Result<N> {
    outside("deactivate", move || {
        node.deactivate();
        node
    })
    .await
}

/// Waits until `run` returns by itself.
async fn ended<N>(held: &mut NodeState<N>) -> (N, Ended, tokio::time::Instant) {
    let NodeState::Running(running) = held else {
        return std::future::pending().await;
    };
    let since = running.since;
    match (&mut running.task).await {
        Ok((node, ended)) => {
            *held = NodeState::Nothing;
            (node, ended, since)
        }
        // The runtime is going down.
        Err(_) => std::future::pending().await,
    }
}

async fn until(at: Option<tokio::time::Instant>) {
    match at {
        Some(at) => tokio::time::sleep_until(at).await,
        None => std::future::pending().await,
    }
}
