//! The bus on ROS 2: every node a node of ROS 2, every message CDR.
//!
//! ```no_run
//! use sinew_node::bus::ros2::Ros2Bus;
//! use sinew_node::bus::{Bus, Publisher, Qos};
//! use sinew_messages::std_msgs::msg::String as Text;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let bus = Ros2Bus::new("greeter", "/strider")?;
//! let publisher: Publisher<Text> = Publisher::new(&*bus, "greeting", Qos::latched())?;
//! publisher.publish(Text { data: "hello".into() })?;
//! # Ok(())
//! # }
//! ```
//!
//! Messages are encoded in the thread that publishes, and received, decoded and handed on in a thread
//! of the node's own, which sleeps while there is nothing for it. Publishing does not wait for it.

mod answers;
mod at_exit;
mod caller;
mod listener;
mod log;
mod outlet;
mod rcl;
mod server;
mod spin;
mod types;

use crate::sync::lock;
use std::collections::{BTreeSet, HashMap};
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex};
use std::time::Duration;

pub use self::log::RosLog;

use self::caller::Caller;
use self::listener::Listener;
use self::log::Logger;
use self::outlet::Ros2Outlet;
use self::server::Server;
use self::spin::{Entity, Spinner};
use super::{Bus, BusError, Guard, Kind, OnMessage, OnRequest, Outlet, Qos, Responder, Sample, ServiceKind, resolve};

/// How long connections that are given up may take to end.
const LAST_WORDS: Duration = Duration::from_secs(5);

/// Waits until every node of the process is gone, at its end: what a callback held last ends in a thread
/// of the bus, and must do so before the middleware's own end.
pub(crate) fn end() {
    if !rcl::Context::is_over(LAST_WORDS) {
        tracing::warn!("a connection to ROS 2 is still held at the end of the process");
    }
}

/// A node of ROS 2.
pub struct Ros2Bus {
    name: String,
    namespace: String,
    _logger: Logger,
    node: Arc<rcl::Node>,
    spinner: Arc<Spinner>,
    /// By service and type, as they were asked for: they stay, for others will ask again.
    callers: Mutex<HashMap<(String, &'static str), Arc<Caller>>>,
}

impl fmt::Debug for Ros2Bus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let namespace = self.namespace.trim_end_matches('/');
        write!(f, "ROS 2 node {namespace}/{}", self.name)
    }
}

impl Ros2Bus {
    /// Puts a node on ROS 2, for example `control` in `/strider`; the namespace is `/` or empty for none.
    /// The ROS arguments of the process's command line hold: its name and topics may be remapped.
    ///
    /// # Errors
    /// [`BusError::Middleware`] for a name or ROS arguments that ROS 2 refuses, with what it says.
    #[expect(clippy::new_ret_no_self, reason = "whoever is on a bus does not know which")]
    pub fn new(name: &str, namespace: &str) -> Result<Arc<dyn Bus>, BusError> {
        let about = |refused: rcl::Refused| refused.about(name);
        let context = rcl::Context::of_process().map_err(about)?;
        let node = Arc::new(rcl::Node::new(context.clone(), name, namespace).map_err(about)?);
        let (name, namespace) = (node.name(), node.namespace());
        let logger = Logger::new(node.logger());
        let spinner = Spinner::start(context, &name)?;
        Ok(Arc::new(Self {
            name,
            namespace,
            _logger: logger,
            node,
            spinner: Arc::new(spinner),
            callers: Mutex::default(),
        }))
    }

    /// Fails for names that are none, with the words that every backend has for it.
    fn full_name(&self, name: &str) -> Result<String, BusError> {
        resolve(name, &self.name, &self.namespace)
    }

    /// Who publishes on a topic, as far as is known by now.
    fn known_publishers(&self, topic: &str) -> Vec<rcl::KnownEndpoint> {
        let Ok(topic) = self.full_name(topic) else {
            return Vec::new();
        };
        let publishers = self.node.topic(&topic).and_then(|topic| self.node.publishers(&topic));
        publishers.unwrap_or_default()
    }

    fn caller(&self, service: &str, kind: ServiceKind) -> Result<Arc<Caller>, BusError> {
        let service = self.full_name(service)?;
        let key = (service, kind.name);
        if let Some(caller) = lock(&self.callers).get(&key) {
            return Ok(caller.clone());
        }
        let caller = Arc::new(Caller::new(self.node.clone(), key.0.clone(), kind)?);
        match lock(&self.callers).entry(key) {
            // Another thread was quicker.
            std::collections::hash_map::Entry::Occupied(there) => Ok(there.get().clone()),
            std::collections::hash_map::Entry::Vacant(place) => {
                self.spinner.add(Entity::Caller(caller.clone()));
                Ok(place.insert(caller).clone())
            }
        }
    }
}

impl Bus for Ros2Bus {
    fn node_name(&self) -> &str {
        &self.name
    }

    fn namespace(&self) -> &str {
        &self.namespace
    }

    fn advertise(&self, topic: &str, kind: Kind, qos: Qos) -> Result<Box<dyn Outlet>, BusError> {
        let topic = self.full_name(topic)?;
        Ok(Box::new(Ros2Outlet::new(self.node.clone(), topic, kind, qos)?))
    }

    fn subscribe(&self, topic: &str, kind: Kind, qos: Qos, on_message: OnMessage) -> Result<Guard, BusError> {
        let topic = self.full_name(topic)?;
        let listener = Listener::new(self.node.clone(), topic, kind, qos, on_message)?;
        Ok(Spinner::keep(&self.spinner, Entity::Listener(Arc::new(listener))))
    }

    fn serve(&self, service: &str, kind: ServiceKind, on_request: OnRequest) -> Result<Guard, BusError> {
        let service = self.full_name(service)?;
        let server = Server::new(self.node.clone(), service, kind, on_request)?;
        Ok(Spinner::keep(&self.spinner, Entity::Server(Arc::new(server))))
    }

    fn request(
        &self,
        service: &str,
        kind: ServiceKind,
        request: Sample,
        patience: Duration,
        on_response: Responder,
    ) -> Result<(), BusError> {
        let waits = self.caller(service, kind)?.request(&request, patience, on_response)?;
        if waits {
            self.spinner.wake();
        }
        Ok(())
    }

    fn publishers(&self, topic: &str) -> Vec<String> {
        self.known_publishers(topic)
            .into_iter()
            .map(|known| known.node)
            .collect()
    }

    fn published_types(&self, topic: &str) -> Vec<String> {
        let known = self.known_publishers(topic).into_iter();
        let types: BTreeSet<String> = known.map(|known| known.type_name).collect();
        types.into_iter().collect()
    }
}

/// Nothing that runs under these locks can panic halfway through a change.
/// Runs somebody else's code, which may panic; false where it did.
fn survives(code: impl FnOnce()) -> bool {
    catch_unwind(AssertUnwindSafe(code)).is_ok()
}
