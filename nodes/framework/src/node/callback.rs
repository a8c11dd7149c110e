//! A node's function for each message, in a thread of its own: whoever publishes does not wait for it.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::Thread;

use crossbeam_queue::ArrayQueue;
use sinew_messages::Message;

use crate::bus::{Bus, BusError, Qos, Subscription, listen};

/// What the publisher's thread and the function's share.
struct Waiting<M> {
    messages: ArrayQueue<Arc<M>>,
    closed: AtomicBool,
}

/// Ends the function's thread. Does not wait for it: the function may block.
struct Closes<M> {
    waiting: Arc<Waiting<M>>,
    thread: Thread,
}

impl<M> Drop for Closes<M> {
    fn drop(&mut self) {
        self.waiting.closed.store(true, Ordering::Release);
        self.thread.unpark();
    }
}

/// Calls `on_message` for every message, in a thread of its own, until the subscription is dropped.
pub(super) fn in_own_thread<M: Message>(
    bus: &dyn Bus,
    topic: &str,
    qos: Qos,
    on_message: impl Fn(Arc<M>) + Send + Sync + 'static,
) -> Result<Subscription, BusError> {
    let waiting = Arc::new(Waiting {
        messages: ArrayQueue::new(qos.depth.max(1)),
        closed: AtomicBool::new(false),
    });
    let (taken, name) = (waiting.clone(), topic.to_owned());
    let thread = std::thread::Builder::new()
        .name(bus.node_name().to_owned())
        .spawn(move || handle(&taken, &name, on_message))
        .map_err(|error| BusError::Middleware {
            name: topic.to_owned(),
            message: format!("no thread to handle its messages: {error}"),
        })?;
    let thread = thread.thread().clone();
    let closes = Closes {
        waiting: waiting.clone(),
        thread: thread.clone(),
    };
    let subscription = listen(bus, topic, qos, move |message: Arc<M>| {
        waiting.messages.force_push(message);
        thread.unpark();
    })?;
    Ok(subscription.with(closes))
}

fn handle<M>(waiting: &Waiting<M>, topic: &str, on_message: impl Fn(Arc<M>)) {
    let mut panicked = false;
    while !waiting.closed.load(Ordering::Acquire) {
        let Some(message) = waiting.messages.pop() else {
            std::thread::park();
            continue;
        };
        let called = catch_unwind(AssertUnwindSafe(|| on_message(message)));
        if called.is_err() && !std::mem::replace(&mut panicked, true) {
            tracing::error!(
                topic,
                "a subscriber panicked on a message; it gets the next ones, and this is said once"
            );
        }
    }
}
