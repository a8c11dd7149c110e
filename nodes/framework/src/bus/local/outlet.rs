use std::sync::{Arc, Mutex};

use arc_swap::ArcSwap;

use super::super::{BusError, Durability, Kind, Outlet, Qos, Sample};
use super::graph::{Graph, warn_of};
use super::history::History;
use super::link::{Link, Subscriber};
use crate::sync::lock;

/// What the graph knows of a publisher.
#[derive(Debug)]
pub(super) struct Source {
    /// The full name of the node that publishes.
    pub(super) node: String,
    pub(super) topic: String,
    pub(super) qos: Qos,
    /// Changed under the graph's lock only, and under the history's where there is one.
    links: ArcSwap<Vec<Arc<Link>>>,
    history: Option<Mutex<History>>,
}

impl Source {
    fn new(node: String, topic: String, qos: Qos) -> Self {
        let durable = qos.durability == Durability::TransientLocal;
        Self {
            node,
            topic,
            qos,
            links: ArcSwap::default(),
            history: durable.then(|| Mutex::new(History::new(qos))),
        }
    }

    /// Connects a subscriber. It gets messages once it has caught up.
    pub(super) fn link(&self, subscriber: &Arc<Subscriber>) -> Arc<Link> {
        // Under this lock nothing is published: what is not in the history is passed to the link.
        let history = self.history.as_ref().map(lock);
        let missed = history.as_ref().map(|history| history.for_subscriber(subscriber.qos));
        let link = Arc::new(Link::new(subscriber.clone(), missed.unwrap_or_default()));
        let mut links = Vec::clone(&self.links.load());
        links.push(link.clone());
        self.links.store(Arc::new(links));
        link
    }

    pub(super) fn unlink(&self, subscriber: &Arc<Subscriber>) {
        let mut links = Vec::clone(&self.links.load());
        links.retain(|link| !Arc::ptr_eq(&link.subscriber, subscriber));
        self.links.store(Arc::new(links));
    }

    fn publish(&self, sample: Sample) {
        match &self.history {
            None => pass(&self.links.load(), sample),
            Some(history) => {
                let mut history = lock(history);
                let displaced = history.keep(sample.clone());
                let links = self.links.load_full();
                drop(history);
                // A message takes its time to be freed, too, if it is large.
                drop(displaced);
                pass(&links, sample);
            }
        }
    }
}

fn pass(links: &[Arc<Link>], sample: Sample) {
    let Some((last, others)) = links.split_last() else {
        return;
    };
    for link in others {
        link.pass(sample.clone());
    }
    last.pass(sample);
}

/// A publisher's end.
#[derive(Debug)]
pub(super) struct LocalOutlet {
    source: Arc<Source>,
    graph: Arc<Mutex<Graph>>,
}

impl LocalOutlet {
    pub(super) fn new(
        graph: &Arc<Mutex<Graph>>,
        node: String,
        topic: String,
        kind: Kind,
        qos: Qos,
    ) -> Result<Self, BusError> {
        let source = Arc::new(Source::new(node, topic, qos));
        let mismatches = lock(graph).add_source(&source, kind)?;
        warn_of(&source.topic, &mismatches);
        Ok(Self {
            source,
            graph: graph.clone(),
        })
    }
}

impl Outlet for LocalOutlet {
    fn publish(&self, sample: Sample) -> Result<(), BusError> {
        self.source.publish(sample);
        Ok(())
    }

    fn subscriber_count(&self) -> usize {
        self.source.links.load().len()
    }
}

impl Drop for LocalOutlet {
    fn drop(&mut self) {
        lock(&self.graph).remove_source(&self.source);
    }
}
