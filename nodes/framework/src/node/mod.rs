//! Nodes: a type with typed parameters, declared inputs and outputs, and the ROS 2 lifecycle.
//!
//! What you write is the type, its parameters, and what it does while it is active:
//!
//! ```
//! use std::sync::Arc;
//!
//! use sinew_node::bus::{Input, Publisher, Qos};
//! use sinew_node::declared::NodeParams;
//! use sinew_node::node::{Live, Node, Setup};
//! use sinew_messages::geometry_msgs::msg::Twist;
//!
//! /// Parameters of the node `governor`.
//! #[derive(Debug, Clone, Default, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
//! #[serde(deny_unknown_fields, default)]
//! struct GovernorParams {
//!     /// Largest forward velocity that is passed on, m/s.
//!     #[schemars(range(min = 0.0, max = 2.0), extend("x-live" = true))]
//!     max_lin_vel_x: f64,
//! }
//!
//! impl NodeParams for GovernorParams {}
//!
//! /// Passes velocity commands on, but never faster than allowed.
//! #[derive(Debug)]
//! struct Governor {
//!     params: Live<GovernorParams>,
//!     asked: Input<Twist>,
//!     allowed: Publisher<Twist>,
//! }
//!
//! impl Node for Governor {
//!     const NAME: &'static str = "governor";
//!     type Params = GovernorParams;
//!
//!     fn configure(setup: &Setup<GovernorParams>) -> anyhow::Result<Self> {
//!         Ok(Self {
//!             params: setup.params.clone(),
//!             asked: setup.input("cmd_vel_raw", Qos::default().keep_last(1))?,
//!             allowed: setup.output("cmd_vel", Qos::default())?,
//!         })
//!     }
//!
//!     async fn run(&mut self) -> anyhow::Result<()> {
//!         loop {
//!             let mut twist = Arc::unwrap_or_clone(self.asked.recv().await);
//!             twist.linear.x = twist.linear.x.min(self.params.get().max_lin_vel_x);
//!             self.allowed.publish(twist)?;
//!         }
//!     }
//! }
//! ```
//!
//! The rest is the same for every node: parameters from a ROS 2 parameter file and the command line,
//! the parameter and lifecycle services, a clean end on SIGINT, SIGTERM, SIGHUP and SIGQUIT, a new start
//! after a failure. A panic in a node is that node's failure, never the process's; a node that blocks
//! blocks its own threads alone.

mod app;
mod args;
mod callback;
mod ends_first;
mod host;
mod interventions;
mod lifecycle_services;
mod live;
mod options;
mod outside;
mod parameter_services;
mod process;
mod runner;
mod service_manager;
mod setup;
mod strangers;
pub mod testing;
mod time;

use std::future::Future;

pub use app::{App, MESSAGES_PRIORITY, NodeInfo, log_on, main, parameters_of};
pub use args::{RosArgs, positive_secs};
pub use ends_first::{EndsFirst, ends_first};
pub use host::{Host, InstalledPolicies, Shown, ShownFile, ShownLoop, ShownNode, ShownPolicy};
pub use live::Live;
pub use options::{Backend, NodesOptions};
pub use runner::{Common, Restart, run_node};
pub use setup::Setup;
pub use time::{NodeTime, to_nanos, to_stamp};

use crate::declared::NodeParams;

/// A node.
pub trait Node: Sized + Send + 'static {
    /// Its name, unless the command line gives another: also its section in parameter files.
    const NAME: &'static str;

    /// What it does, in a few words, for who lists a program's nodes.
    const DESCRIPTION: &'static str = "";

    /// What happens after it has failed.
    const RESTART: Restart = Restart::WithBackOff;

    /// Whether a robot's motion depends on its messages: then the threads that carry them have a
    /// real-time priority, below the control loop's, where that is granted.
    const URGENT: bool = false;

    /// Its parameters.
    type Params: NodeParams;

    /// Makes the node: loads what it needs, declares its inputs and outputs. May take its time.
    ///
    /// # Errors
    /// Whatever keeps it from working; the message reaches the operator.
    fn configure(setup: &Setup<Self::Params>) -> anyhow::Result<Self>;

    /// What it does while it is active. Dropped when the node is deactivated; returning `Ok` also
    /// deactivates it, returning an error makes it fail.
    fn run(&mut self) -> impl Future<Output = anyhow::Result<()>> + Send;

    /// Called after `run` has ended or was dropped: the place to end threads in good order. May block
    /// for about a second.
    fn deactivate(&mut self) {}

    /// Asked at the end of the process, after `deactivate`: whether it did what it was to do. An error is said, and is the
    /// process's exit code, so that whoever supervises it sees what the log alone would have.
    ///
    /// # Errors
    /// What it was to do and did not.
    fn outcome(&self) -> anyhow::Result<()> {
        Ok(())
    }
}
