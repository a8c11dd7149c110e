//! The bus that nodes talk on: topics and services, by ROS 2's names, types and QoS.
//!
//! A [`Bus`] is one node's connection. It has two backends: [`local`], between nodes of one process,
//! and `ros2` (feature `ros2`), which is DDS. A node uses the typed [`Publisher`], [`Input`] and
//! [`Requests`] on top, and cannot tell which backend carries them: a message is an [`Arc`] in one
//! process and CDR bytes on the wire.
//!
//! ```
//! use sinew_node::bus::{Bus, Input, Publisher, Qos, local::LocalBus};
//! use sinew_messages::geometry_msgs::msg::Twist;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let network = LocalBus::new();
//! let (teleop, control) = (network.node("teleop", "/strider"), network.node("control", "/strider"));
//! let input: Input<Twist> = Input::new(&*control, "cmd_vel", Qos::default())?;
//! let output: Publisher<Twist> = Publisher::new(&*teleop, "cmd_vel", Qos::default())?;
//! let mut twist = Twist::default();
//! twist.linear.x = 0.5;
//! output.publish(twist)?;
//! assert_eq!(input.try_recv().map(|twist| twist.linear.x), Some(0.5));
//! # Ok(())
//! # }
//! ```
//!
//! What both backends promise is in the conformance suite, `nodes/framework/tests/bus/`: messages of one
//! publisher arrive in order; an input that is read too slowly keeps the *newest* n; a slow reader
//! delays no one; a transient-local topic gives its last messages to late joiners.

mod asker;
mod error;
mod input;
mod kind;
pub mod local;
mod names;
mod publisher;
mod qos;
#[cfg(feature = "ros2")]
pub mod ros2;
mod service;

use std::any::Any;
use std::fmt::Debug;
use std::sync::Arc;
use std::time::Duration;

pub use asker::Asker;
pub use error::BusError;
pub use input::{Input, Subscription, listen};
pub use kind::{Kind, ServiceKind};
pub use names::{full_name, resolve};
pub use publisher::Publisher;
pub use qos::{Durability, Qos, Reliability};
pub use service::{Client, Reply, Requests, Server, answer};

/// A message of any type, shared.
pub type Sample = Arc<dyn Any + Send + Sync>;

/// What a subscriber does with each message. Called by the publisher's or the receiving thread: it
/// must be quick and must not block, for a slow one would delay others.
pub type OnMessage = Box<dyn Fn(Sample) + Send + Sync>;

/// What a server does with each request, whoever asks: whoever gets the [`Responder`] answers with it, at any time and from
/// any thread.
pub type OnRequest = Box<dyn Fn(Sample, Asker, Responder) + Send + Sync>;

/// Sends the response to one request.
pub type Responder = Box<dyn FnOnce(Sample) + Send>;

/// Keeps a publisher, subscription or server alive; dropping it takes it off the bus.
pub type Guard = Box<dyn Send + Sync>;

/// One node's connection to the others.
///
/// Topic and service names are relative (`cmd_vel`), absolute (`/cmd_vel`) or private (`~/stop`), as
/// in ROS 2.
pub trait Bus: Debug + Send + Sync {
    /// Name of the node, for example `control`.
    fn node_name(&self) -> &str;

    /// Namespace of the node, with a leading slash and none at its end, `/` alone for none.
    fn namespace(&self) -> &str;

    /// Puts a publisher on the bus.
    ///
    /// # Errors
    /// Where the topic has no valid name, or the middleware refuses.
    fn advertise(&self, topic: &str, kind: Kind, qos: Qos) -> Result<Box<dyn Outlet>, BusError>;

    /// Calls `on_message` for every message on the topic, until the guard is dropped.
    ///
    /// # Errors
    /// Where the topic has no valid name, or the middleware refuses.
    fn subscribe(&self, topic: &str, kind: Kind, qos: Qos, on_message: OnMessage) -> Result<Guard, BusError>;

    /// Calls `on_request` for every request to the service, until the guard is dropped.
    ///
    /// # Errors
    /// Where the service has no valid name, or the middleware refuses.
    fn serve(&self, service: &str, kind: ServiceKind, on_request: OnRequest) -> Result<Guard, BusError>;

    /// Sends one request; `on_response` is called once with the response. Where no server is there, or
    /// found within `patience`, it is never called: callers wait with that time limit.
    ///
    /// # Errors
    /// Where the service has no valid name, or the middleware refuses.
    fn request(
        &self,
        service: &str,
        kind: ServiceKind,
        request: Sample,
        patience: Duration,
        on_response: Responder,
    ) -> Result<(), BusError>;

    /// The full names of the nodes that publish on the topic, as far as this node knows by now. One
    /// with two publishers is there twice.
    fn publishers(&self, topic: &str) -> Vec<String>;

    /// The full names of the types that the topic's publishers say, each once, as far as this node knows by now.
    fn published_types(&self, topic: &str) -> Vec<String>;

    /// How many publishers the topic has, as far as this node knows by now.
    fn publisher_count(&self, topic: &str) -> usize {
        self.publishers(topic).len()
    }
}

/// A backend's end of a publisher.
pub trait Outlet: Debug + Send + Sync {
    /// Sends a message of the type the publisher was made for. Never waits for a subscriber.
    ///
    /// # Errors
    /// Where the middleware does not take it.
    fn publish(&self, sample: Sample) -> Result<(), BusError>;

    /// How many subscribers it is connected to.
    fn subscriber_count(&self) -> usize;
}
