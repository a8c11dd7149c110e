//! A node's function for each message, in a thread of its own: whoever publishes does not wait for it.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use crossbeam_queue::ArrayQueue;
use sinew_messages::Message;

use crate::bus::{Bus, BusError, Qos, Subscription, listen};
use crate::worker::{Builder, Ending};

/// Calls `on_message` for every message, in a thread of its own, until the subscription is dropped.
pub(super) fn in_own_thread<M: Message>(
    bus: &dyn Bus,
    topic: &str,
    qos: Qos,
    on_message: impl Fn(Arc<M>) + Send + Sync + 'static,
) -> Result<Subscription, BusError> {
    let waiting = Arc::new(ArrayQueue::new(qos.depth.max(1)));
    let (taken, name) = (waiting.clone(), topic.to_owned());
    let worker = Builder::new(bus.node_name())
        // Whoever drops the subscription does not wait: the function may block.
        .left_after(Duration::ZERO)
        .start((), move |(), ending| handle(&taken, ending, &name, on_message))
        .map_err(|error| BusError::Middleware {
            name: topic.to_owned(),
            message: format!("no thread to handle its messages: {error}"),
        })?;
    let thread = worker.thread().cloned();
    let subscription = listen(bus, topic, qos, move |message: Arc<M>| {
        waiting.force_push(message);
        if let Some(thread) = &thread {
            thread.unpark();
        }
    })?;
    Ok(subscription.with(worker))
}

fn handle<M>(waiting: &ArrayQueue<Arc<M>>, ending: &Ending, topic: &str, on_message: impl Fn(Arc<M>)) {
    let mut panicked = false;
    while !ending.is_asked() {
        let Some(message) = waiting.pop() else {
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
