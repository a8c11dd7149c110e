//! The two lock-free mailboxes between a tick and everything else: what is asked comes in, tick
//! records go out. Neither side ever waits for the other.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use crossbeam_queue::ArrayQueue;

use crate::command::VelocityCommand;
use crate::gate::{Check, VerdictCounts};
use crate::tick::TickRecord;

/// What an operator can ask of the control loop besides a velocity.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Request {
    /// Damp → stand up → run.
    Start,
    /// Back to damping, without a fault.
    Damp,
    /// Forget a latched stop; the robot damps until it is started again.
    ClearStop,
}

#[derive(Debug)]
struct Shared {
    velocity: ArrayQueue<VelocityCommand>,
    requests: ArrayQueue<Request>,
    stop: AtomicBool,
    records: ArrayQueue<TickRecord>,
    lost_records: AtomicU64,
    counts: [AtomicU64; Check::ALL.len()],
}

/// The operator's end: any number of clones, from any thread.
#[derive(Debug, Clone)]
pub struct Operator(Arc<Shared>);

/// The loop's end.
#[derive(Debug)]
pub struct Mailbox(Arc<Shared>);

/// A connected pair. The ring keeps the newest `records` tick records.
pub fn mailbox(records: usize) -> (Operator, Mailbox) {
    let shared = Arc::new(Shared {
        velocity: ArrayQueue::new(1),
        requests: ArrayQueue::new(8),
        stop: AtomicBool::new(false),
        records: ArrayQueue::new(records.max(1)),
        lost_records: AtomicU64::new(0),
        counts: std::array::from_fn(|_| AtomicU64::new(0)),
    });
    (Operator(shared.clone()), Mailbox(shared))
}

impl Operator {
    /// Asks for a velocity; replaces the one that was not taken yet. Also feeds the deadman.
    pub fn command(&self, velocity: VelocityCommand) {
        self.0.velocity.force_push(velocity);
    }

    /// Stops the robot at its next tick. Cannot be lost.
    pub fn stop(&self) {
        self.0.stop.store(true, Ordering::Release);
    }

    /// Asks for a change of mode; `false` when the loop has not taken the last eight yet.
    #[must_use]
    pub fn request(&self, request: Request) -> bool {
        self.0.requests.push(request).is_ok()
    }

    /// The oldest tick record that was not taken yet.
    pub fn next_record(&self) -> Option<TickRecord> {
        self.0.records.pop()
    }

    /// How often each check of the gate has spoken so far.
    pub fn counts(&self) -> VerdictCounts {
        VerdictCounts::from_fn(|check| self.0.counts[check as usize].load(Ordering::Relaxed))
    }

    /// How many records were overwritten because nobody took them in time.
    pub fn lost_records(&self) -> u64 {
        self.0.lost_records.load(Ordering::Relaxed)
    }
}

impl Mailbox {
    pub(crate) fn take_velocity(&self) -> Option<VelocityCommand> {
        pop(&self.0.velocity)
    }

    pub(crate) fn take_request(&self) -> Option<Request> {
        pop(&self.0.requests)
    }

    pub(crate) fn take_stop(&self) -> bool {
        self.0.stop.load(Ordering::Relaxed) && self.0.stop.swap(false, Ordering::Acquire)
    }

    pub(crate) fn publish_counts(&self, counts: &VerdictCounts) {
        for (check, count) in counts.iter() {
            self.0.counts[check as usize].store(count, Ordering::Relaxed);
        }
    }

    pub(crate) fn publish(&self, record: TickRecord) {
        if self.0.records.force_push(record).is_some() {
            self.0.lost_records.fetch_add(1, Ordering::Relaxed);
        }
    }
}

/// Looking first is cheaper than the fence with which an empty queue is popped.
fn pop<T>(queue: &ArrayQueue<T>) -> Option<T> {
    if queue.is_empty() { None } else { queue.pop() }
}
