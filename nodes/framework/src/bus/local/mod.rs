//! The bus between the nodes of one process: a message is an `Arc` that every subscriber gets.
//!
//! Publishing on a volatile topic takes no lock: it reads the publisher's list of subscribers and
//! calls each. A transient-local publisher holds one for as long as it takes to keep the message.
//! Subscribers, publishers and servers come and go under a lock that no message ever meets.

mod graph;
mod history;
mod link;
mod outlet;
mod server;

use std::fmt;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use self::graph::{Graph, SubscriberGuard};
use self::link::Subscriber;
use self::outlet::LocalOutlet;
use self::server::ServerGuard;
use super::{
    Asker, Bus, BusError, Guard, Kind, OnMessage, OnRequest, Outlet, Qos, Responder, Sample, ServiceKind, resolve,
};
use crate::sync::lock;

/// All that is connected within one process. Clones are the same one.
#[derive(Debug, Clone, Default)]
pub struct LocalBus {
    graph: Arc<Mutex<Graph>>,
}

impl LocalBus {
    /// A bus with nobody on it.
    pub fn new() -> Self {
        Self::default()
    }

    /// The connection of a node, for example of `control` in `/strider`; the namespace is `/` for none.
    pub fn node(&self, name: &str, namespace: &str) -> Arc<dyn Bus> {
        Arc::new(Node {
            name: name.to_owned(),
            namespace: format!("/{}", namespace.trim_matches('/')),
            graph: self.graph.clone(),
        })
    }
}

struct Node {
    name: String,
    namespace: String,
    graph: Arc<Mutex<Graph>>,
}

impl fmt::Debug for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let namespace = self.namespace.trim_end_matches('/');
        write!(f, "local node {namespace}/{}", self.name)
    }
}

impl Node {
    fn full_name(&self, name: &str) -> Result<String, BusError> {
        resolve(name, &self.name, &self.namespace)
    }
}

impl Bus for Node {
    fn node_name(&self) -> &str {
        &self.name
    }

    fn namespace(&self) -> &str {
        &self.namespace
    }

    fn advertise(&self, topic: &str, kind: Kind, qos: Qos) -> Result<Box<dyn Outlet>, BusError> {
        let (node, topic) = (self.full_name("~")?, self.full_name(topic)?);
        Ok(Box::new(LocalOutlet::new(&self.graph, node, topic, kind, qos)?))
    }

    fn subscribe(&self, topic: &str, kind: Kind, qos: Qos, on_message: OnMessage) -> Result<Guard, BusError> {
        let subscriber = Arc::new(Subscriber::new(self.full_name(topic)?, qos, on_message));
        Ok(Box::new(SubscriberGuard::new(&self.graph, subscriber, kind)?))
    }

    fn serve(&self, service: &str, kind: ServiceKind, on_request: OnRequest) -> Result<Guard, BusError> {
        let service = self.full_name(service)?;
        Ok(Box::new(ServerGuard::new(&self.graph, service, kind, on_request)?))
    }

    fn request(
        &self,
        service: &str,
        kind: ServiceKind,
        request: Sample,
        _patience: Duration,
        on_response: Responder,
    ) -> Result<(), BusError> {
        let service = self.full_name(service)?;
        let server = lock(&self.graph).server(&service, kind)?;
        if let Some(server) = server {
            let node = self.full_name("~")?;
            let asker = Asker::new("this process".to_owned(), move || Some(node.clone()));
            server.handle(request, asker, on_response);
        }
        Ok(())
    }

    fn publishers(&self, topic: &str) -> Vec<String> {
        let publishers = self.full_name(topic).map(|topic| lock(&self.graph).publishers(&topic));
        publishers.unwrap_or_default()
    }

    fn published_types(&self, topic: &str) -> Vec<String> {
        let kind = self
            .full_name(topic)
            .map(|topic| lock(&self.graph).published_kind(&topic));
        let name = kind.ok().flatten().map(|kind| kind.name.to_owned());
        name.into_iter().collect()
    }
}

/// Nothing that runs under these locks can panic halfway through a change.
#[cfg(test)]
mod tests;
