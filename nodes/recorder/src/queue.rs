//! What waits for the disk: a queue that is bounded by its bytes, so that a slow disk holds nobody up.

use std::collections::{BTreeMap, VecDeque};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use sinew_node::bus::Kind;
use sinew_node::sync::{lock, unpoisoned};

/// What a message takes in memory beside its bytes.
const OVERHEAD: usize = 96;

/// A message that is to be recorded.
#[derive(Debug, Clone)]
pub(crate) struct Heard {
    /// Which of the recorder's topics; ticks have one of their own.
    pub(crate) topic: usize,
    /// What it is.
    pub(crate) kind: Kind,
    /// When it came, since 1970, ns.
    pub(crate) log_nanos: u64,
    /// When it was published, as far as is known.
    pub(crate) publish_nanos: u64,
    pub(crate) bytes: Arc<[u8]>,
}

impl Heard {
    /// What it takes in memory.
    pub(crate) fn size(&self) -> usize {
        self.bytes.len() + OVERHEAD
    }
}

/// Something that the black box is written for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Event {
    pub(crate) reason: String,
    /// What else is written of it: keys and values.
    pub(crate) facts: BTreeMap<String, String>,
}

impl Event {
    pub(crate) fn new(reason: impl Into<String>) -> Self {
        Self {
            reason: reason.into(),
            facts: BTreeMap::new(),
        }
    }
}

#[derive(Debug)]
pub(crate) enum Item {
    Heard(Heard),
    Event(Event),
}

#[derive(Debug, Default)]
struct Waiting {
    items: VecDeque<Item>,
    bytes: usize,
}

/// The queue: many write, one reads.
#[derive(Debug)]
pub(crate) struct Queue {
    waiting: Mutex<Waiting>,
    arrived: Condvar,
    most_bytes: usize,
    dropped: AtomicU64,
}

impl Queue {
    pub(crate) fn new(most_bytes: usize) -> Self {
        Self {
            waiting: Mutex::default(),
            arrived: Condvar::new(),
            most_bytes,
            dropped: AtomicU64::new(0),
        }
    }

    /// Adds a message, or counts it as lost where the queue is full.
    pub(crate) fn push(&self, heard: Heard) {
        let size = heard.size();
        let mut waiting = lock(&self.waiting);
        if waiting.bytes + size > self.most_bytes {
            self.dropped.fetch_add(1, Ordering::Relaxed);
            return;
        }
        waiting.bytes += size;
        waiting.items.push_back(Item::Heard(heard));
        drop(waiting);
        self.arrived.notify_one();
    }

    /// Adds an event, for which there is always room.
    pub(crate) fn push_event(&self, event: Event) {
        lock(&self.waiting).items.push_back(Item::Event(event));
        self.arrived.notify_one();
    }

    /// Moves everything that waits into `to`, after waiting for it at most for `patience`.
    pub(crate) fn take(&self, to: &mut VecDeque<Item>, patience: Duration) {
        let mut waiting = lock(&self.waiting);
        if waiting.items.is_empty() {
            (waiting, _) = unpoisoned(self.arrived.wait_timeout(waiting, patience));
        }
        to.append(&mut waiting.items);
        waiting.bytes = 0;
    }

    /// How many messages found no room.
    pub(crate) fn dropped(&self) -> u64 {
        self.dropped.load(Ordering::Relaxed)
    }

    /// Bytes that wait.
    pub(crate) fn bytes(&self) -> usize {
        lock(&self.waiting).bytes
    }
}

#[cfg(test)]
mod tests {
    use sinew_messages::sinew_msgs::msg::Tick;

    use super::*;

    fn heard(bytes: usize) -> Heard {
        Heard {
            topic: 0,
            log_nanos: 1,
            publish_nanos: 1,
            kind: Kind::of::<Tick>(),
            bytes: vec![0; bytes].into(),
        }
    }

    #[test]
    fn what_finds_no_room_is_counted_and_there_is_room_again_for_events_and_after_reading() {
        let queue = Queue::new(1000);
        for _ in 0..5 {
            queue.push(heard(300));
        }
        queue.push_event(Event::new("stop"));
        let mut items = VecDeque::new();
        queue.take(&mut items, Duration::ZERO);
        assert_eq!((items.len(), queue.dropped()), (3, 3));
        queue.push(heard(300));
        queue.take(&mut items, Duration::ZERO);
        assert_eq!((items.len(), queue.dropped(), queue.bytes()), (4, 3, 0));
    }
}
