use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use super::super::{BusError, Kind, Qos, ServiceKind};
use super::link::{Link, Subscriber};
use super::outlet::Source;
use super::server::Server;
use crate::sync::lock;

/// Who is there, by full name.
#[derive(Debug, Default)]
pub(super) struct Graph {
    topics: HashMap<String, Topic>,
    services: HashMap<String, Arc<Server>>,
}

/// Lives as long as somebody is on it; until then its type is fixed.
#[derive(Debug)]
struct Topic {
    kind: Kind,
    sources: Vec<Arc<Source>>,
    subscribers: Vec<Arc<Subscriber>>,
}

/// A publisher's and a subscriber's QoS that do not fit.
pub(super) type Mismatch = (Qos, Qos);

/// Said where no lock is held: who listens to the log may be on the bus as well.
pub(super) fn warn_of(topic: &str, mismatches: &[Mismatch]) {
    for (offered, asked) in mismatches {
        tracing::warn!(
            topic,
            "nothing is delivered: the publisher offers {offered:?}, the subscriber asks for {asked:?}"
        );
    }
}

impl Graph {
    fn topic(&mut self, name: &str, kind: Kind) -> Result<&mut Topic, BusError> {
        let topic = self.topics.entry(name.to_owned()).or_insert_with(|| Topic {
            kind,
            sources: Vec::new(),
            subscribers: Vec::new(),
        });
        if topic.kind.name == kind.name {
            Ok(topic)
        } else {
            Err(BusError::OtherType {
                topic: name.to_owned(),
                carried: topic.kind.name,
                asked: kind.name,
            })
        }
    }

    pub(super) fn add_source(&mut self, source: &Arc<Source>, kind: Kind) -> Result<Vec<Mismatch>, BusError> {
        let topic = self.topic(&source.topic, kind)?;
        let (served, refused) = partition(&topic.subscribers, |subscriber| source.qos.serves(&subscriber.qos));
        for subscriber in served {
            source.link(subscriber);
        }
        let mismatches = refused.into_iter().map(|subscriber| (source.qos, subscriber.qos));
        let mismatches = mismatches.collect();
        topic.sources.push(source.clone());
        Ok(mismatches)
    }

    pub(super) fn remove_source(&mut self, source: &Arc<Source>) {
        if let Some(topic) = self.topics.get_mut(&source.topic) {
            topic.sources.retain(|other| !Arc::ptr_eq(other, source));
            self.forget_if_empty(&source.topic);
        }
    }

    fn add_subscriber(&mut self, subscriber: &Arc<Subscriber>, kind: Kind) -> Result<Matches, BusError> {
        let topic = self.topic(&subscriber.topic, kind)?;
        let (serving, refusing) = partition(&topic.sources, |source| source.qos.serves(&subscriber.qos));
        let joined = Matches {
            links: serving.into_iter().map(|source| source.link(subscriber)).collect(),
            mismatches: refusing
                .into_iter()
                .map(|source| (source.qos, subscriber.qos))
                .collect(),
        };
        topic.subscribers.push(subscriber.clone());
        Ok(joined)
    }

    fn remove_subscriber(&mut self, subscriber: &Arc<Subscriber>) {
        if let Some(topic) = self.topics.get_mut(&subscriber.topic) {
            topic.subscribers.retain(|other| !Arc::ptr_eq(other, subscriber));
            for source in &topic.sources {
                source.unlink(subscriber);
            }
            self.forget_if_empty(&subscriber.topic);
        }
    }

    fn forget_if_empty(&mut self, name: &str) {
        let empty = |topic: &Topic| topic.sources.is_empty() && topic.subscribers.is_empty();
        if self.topics.get(name).is_some_and(empty) {
            self.topics.remove(name);
        }
    }

    /// The nodes that publish on a topic.
    pub(super) fn publishers(&self, topic: &str) -> Vec<String> {
        let sources = self.topics.get(topic).map_or(&[][..], |topic| &topic.sources);
        sources.iter().map(|source| source.node.clone()).collect()
    }

    /// What a topic's messages are, where somebody publishes on it.
    pub(super) fn published_kind(&self, topic: &str) -> Option<Kind> {
        let topic = self.topics.get(topic).filter(|topic| !topic.sources.is_empty())?;
        Some(topic.kind)
    }

    pub(super) fn add_server(&mut self, server: &Arc<Server>) -> Result<(), BusError> {
        if self.services.contains_key(&server.service) {
            let service = server.service.clone();
            return Err(BusError::Taken { service });
        }
        self.services.insert(server.service.clone(), server.clone());
        Ok(())
    }

    pub(super) fn remove_server(&mut self, server: &Server) {
        self.services.remove(&server.service);
    }

    /// The server of that name, to be called once the lock is released.
    pub(super) fn server(&self, service: &str, kind: ServiceKind) -> Result<Option<Arc<Server>>, BusError> {
        match self.services.get(service) {
            Some(server) if server.kind.name != kind.name => Err(BusError::OtherType {
                topic: service.to_owned(),
                carried: server.kind.name,
                asked: kind.name,
            }),
            server => Ok(server.cloned()),
        }
    }
}

fn partition<T>(all: &[Arc<T>], fits: impl Fn(&T) -> bool) -> (Vec<&Arc<T>>, Vec<&Arc<T>>) {
    all.iter().partition(|one| fits(one))
}

/// What a new subscriber finds.
struct Matches {
    links: Vec<Arc<Link>>,
    mismatches: Vec<Mismatch>,
}

/// Keeps a subscriber in the graph.
pub(super) struct SubscriberGuard {
    subscriber: Arc<Subscriber>,
    graph: Arc<Mutex<Graph>>,
}

impl SubscriberGuard {
    /// Returns when the subscriber has been given what the publishers kept for it.
    pub(super) fn new(graph: &Arc<Mutex<Graph>>, subscriber: Arc<Subscriber>, kind: Kind) -> Result<Self, BusError> {
        let joined = lock(graph).add_subscriber(&subscriber, kind)?;
        warn_of(&subscriber.topic, &joined.mismatches);
        for link in joined.links {
            link.catch_up();
        }
        Ok(Self {
            subscriber,
            graph: graph.clone(),
        })
    }
}

impl Drop for SubscriberGuard {
    fn drop(&mut self) {
        self.subscriber.leave();
        // The callback is dropped with `self`, after the lock: it may own a place on the bus itself.
        lock(&self.graph).remove_subscriber(&self.subscriber);
    }
}
