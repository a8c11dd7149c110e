use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use super::super::{BusError, Kind, OnMessage, Qos};
use super::rcl::{Bytes, Node, Refused, Subscription};
use super::{survives, types};

/// A subscription, and what is done with its messages.
pub(super) struct Listener {
    topic: String,
    kind: Kind,
    depth: usize,
    subscription: Subscription,
    on_message: OnMessage,
    gone: AtomicBool,
    panicked: AtomicBool,
    undecodable: AtomicU64,
}

impl Listener {
    pub(super) fn new(
        node: Arc<Node>,
        topic: String,
        kind: Kind,
        qos: Qos,
        on_message: OnMessage,
    ) -> Result<Self, BusError> {
        let support = types::message(kind.name)?;
        let subscription = Subscription::new(node, &topic, support, qos).map_err(|refused| refused.about(&topic))?;
        Ok(Self {
            topic,
            kind,
            depth: qos.depth.max(1),
            subscription,
            on_message,
            gone: AtomicBool::new(false),
            panicked: AtomicBool::new(false),
            undecodable: AtomicU64::new(0),
        })
    }

    pub(super) fn subscription(&self) -> &Subscription {
        &self.subscription
    }

    /// From here on no message is delivered any more, though one may be underway.
    pub(super) fn leave(&self) {
        self.gone.store(true, Ordering::Release);
    }

    /// Hands on what waits: all that the reader can keep, so that none is overwritten while others have
    /// their turn.
    pub(super) fn take_all(&self, bytes: &mut Bytes) {
        for _ in 0..self.depth {
            if self.gone.load(Ordering::Acquire) {
                return;
            }
            match self.subscription.take(bytes) {
                Ok(true) => self.deliver(bytes.as_slice()),
                Ok(false) => return,
                Err(Refused(message)) => {
                    return tracing::error!(topic = self.topic, "no message could be taken: {message}");
                }
            }
        }
    }

    fn deliver(&self, cdr: &[u8]) {
        match self.kind.decode(cdr) {
            Ok(sample) => {
                if !survives(|| (self.on_message)(sample)) && !self.panicked.swap(true, Ordering::Relaxed) {
                    tracing::error!(
                        topic = self.topic,
                        "a subscriber panicked on a message; it gets the next ones, and this is said once"
                    );
                }
            }
            Err(error) => {
                if self.undecodable.fetch_add(1, Ordering::Relaxed) == 0 {
                    tracing::warn!(
                        topic = self.topic,
                        "a message was let go, and so will be others like it: {error}"
                    );
                }
            }
        }
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        let undecodable = *self.undecodable.get_mut();
        if undecodable > 1 {
            tracing::warn!(
                topic = self.topic,
                "{undecodable} messages were let go: they could not be read"
            );
        }
    }
}
