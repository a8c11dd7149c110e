use std::collections::VecDeque;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use super::super::{OnMessage, Qos, Sample};
use crate::sync::lock;

/// Whoever gets the messages of a topic.
pub(super) struct Subscriber {
    pub(super) topic: String,
    pub(super) qos: Qos,
    on_message: OnMessage,
    gone: AtomicBool,
    panicked: AtomicBool,
}

impl fmt::Debug for Subscriber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Subscriber").field(&self.topic).finish()
    }
}

impl Subscriber {
    pub(super) fn new(topic: String, qos: Qos, on_message: OnMessage) -> Self {
        Self {
            topic,
            qos,
            on_message,
            gone: AtomicBool::new(false),
            panicked: AtomicBool::new(false),
        }
    }

    /// From here on no message is delivered any more, though one may be underway in another thread.
    pub(super) fn leave(&self) {
        self.gone.store(true, Ordering::Release);
    }

    fn deliver(&self, sample: Sample) {
        if self.gone.load(Ordering::Acquire) {
            return;
        }
        let called = catch_unwind(AssertUnwindSafe(|| (self.on_message)(sample)));
        if called.is_err() && !self.panicked.swap(true, Ordering::Relaxed) {
            tracing::error!(
                topic = self.topic,
                "a subscriber panicked on a message; it gets the next ones, and this is said once"
            );
        }
    }
}

/// The way from one publisher to one subscriber.
///
/// Who joins late is given the publisher's history first. What is published meanwhile waits behind it,
/// and whoever publishes does not.
#[derive(Debug)]
pub(super) struct Link {
    pub(super) subscriber: Arc<Subscriber>,
    live: AtomicBool,
    backlog: Mutex<VecDeque<Sample>>,
}

impl Link {
    /// A link that delivers nothing before [`Link::catch_up`] has delivered `history`.
    pub(super) fn new(subscriber: Arc<Subscriber>, history: VecDeque<Sample>) -> Self {
        Self {
            subscriber,
            live: AtomicBool::new(history.is_empty()),
            backlog: Mutex::new(history),
        }
    }

    pub(super) fn pass(&self, sample: Sample) {
        if !self.live.load(Ordering::Acquire) {
            let mut backlog = lock(&self.backlog);
            // It may have come alive while we waited; only under the lock is that certain.
            if !self.live.load(Ordering::Relaxed) {
                // What a reader of this depth would have let go by now.
                if backlog.len() >= self.subscriber.qos.depth.max(1) {
                    backlog.pop_front();
                }
                return backlog.push_back(sample);
            }
        }
        self.subscriber.deliver(sample);
    }

    /// Delivers what waits, and lets the publisher deliver from there on.
    pub(super) fn catch_up(&self) {
        while let Some(sample) = self.next_of_backlog() {
            self.subscriber.deliver(sample);
        }
    }

    fn next_of_backlog(&self) -> Option<Sample> {
        let mut backlog = lock(&self.backlog);
        let next = backlog.pop_front();
        if next.is_none() {
            self.live.store(true, Ordering::Release);
        }
        next
    }
}
