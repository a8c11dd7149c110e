//! The connections that there are: no more than so many, of which no idle one keeps another out.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::task::JoinHandle;

use crate::Counts;

/// Whether a client has sent its request.
#[derive(Debug, Clone, Default)]
pub(super) struct Begun(Arc<AtomicBool>);

impl Begun {
    /// It has.
    pub(super) fn note(&self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

#[derive(Debug)]
struct Connection {
    life: JoinHandle<()>,
    begun: Begun,
}

/// The connections, the oldest first.
#[derive(Debug)]
pub(super) struct Connections {
    most: usize,
    open: VecDeque<Connection>,
    counts: Counts,
}

/// Room for one more.
#[derive(Debug)]
pub(super) struct Place<'a> {
    connections: &'a mut Connections,
    begun: Begun,
}

impl Connections {
    pub(super) fn new(most: usize, counts: Counts) -> Self {
        Self {
            most,
            open: VecDeque::new(),
            counts,
        }
    }

    /// Makes room for one more: where there is none, the client goes that has waited longest without a request, or where
    /// all have sent theirs, the oldest.
    pub(super) fn place(&mut self) -> Place<'_> {
        self.open.retain(|connection| !connection.life.is_finished());
        if self.open.len() >= self.most {
            let idle = |connection: &Connection| !connection.begun.0.load(Ordering::Relaxed);
            let goes = self.open.iter().position(idle).unwrap_or(0);
            if let Some(connection) = self.open.remove(goes) {
                connection.life.abort();
                self.counts.cut_off.add(1);
            }
        }
        Place {
            connections: self,
            begun: Begun::default(),
        }
    }
}

impl Place<'_> {
    /// What notes that the client has sent its request.
    pub(super) fn begun(&mut self) -> Begun {
        self.begun.clone()
    }

    /// The connection lives.
    pub(super) fn fill(self, life: JoinHandle<()>) {
        let begun = self.begun;
        self.connections.open.push_back(Connection { life, begun });
    }
}
