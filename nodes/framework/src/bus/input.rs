use std::fmt;
use std::future::poll_fn;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::task::{Context, Poll};

use atomic_waker::AtomicWaker;
use crossbeam_queue::ArrayQueue;
use sinew_messages::Message;

use super::{Bus, BusError, Guard, Kind, Qos, Sample};

/// Receives messages of one type from one topic, keeping the newest as many as its QoS says.
///
/// A bounded queue of atomics: neither delivering nor taking a message waits for a lock.
pub struct Input<M> {
    shared: Arc<Shared<M>>,
    _guard: Guard,
}

impl<M> fmt::Debug for Input<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Input")
            .field("waiting", &self.shared.queue.len())
            .field("dropped", &self.shared.dropped)
            .finish_non_exhaustive()
    }
}

struct Shared<M> {
    queue: ArrayQueue<Arc<M>>,
    dropped: AtomicU64,
    /// Whether somebody waits to be woken, which asking the waker itself takes longer to say.
    ///
    /// Both sides *exchange* it, after the queue was filled and before it is looked at for the last
    /// time: whoever comes second sees what the first did, so a message either is found or wakes.
    waiting: AtomicBool,
    waker: AtomicWaker,
}

impl<M> Shared<M> {
    fn deliver(&self, message: Arc<M>) {
        if self.queue.force_push(message).is_some() {
            self.dropped.fetch_add(1, Ordering::Relaxed);
        }
        if self.waiting.swap(false, Ordering::AcqRel) {
            self.waker.wake();
        }
    }

    fn poll_recv(&self, cx: &mut Context<'_>) -> Poll<Arc<M>> {
        if let Some(message) = self.queue.pop() {
            return Poll::Ready(message);
        }
        self.waker.register(cx.waker());
        self.waiting.swap(true, Ordering::AcqRel);
        self.queue.pop().map_or(Poll::Pending, Poll::Ready)
    }
}

impl<M: Message> Input<M> {
    /// Subscribes to a topic.
    ///
    /// # Errors
    /// Where the topic has no valid name, or the bus refuses the subscription.
    pub fn new(bus: &dyn Bus, topic: &str, qos: Qos) -> Result<Self, BusError> {
        let shared = Arc::new(Shared {
            queue: ArrayQueue::new(qos.depth.max(1)),
            dropped: AtomicU64::new(0),
            waiting: AtomicBool::new(false),
            waker: AtomicWaker::new(),
        });
        let inlet = shared.clone();
        let guard = subscribe(bus, topic, qos, move |message| inlet.deliver(message))?;
        Ok(Self { shared, _guard: guard })
    }

    /// The oldest message that was not taken yet.
    pub fn try_recv(&self) -> Option<Arc<M>> {
        self.shared.queue.pop()
    }

    /// The newest message that was not taken yet; older ones are let go.
    pub fn try_newest(&self) -> Option<Arc<M>> {
        // No more than were there when we began: a fast publisher must not keep us here.
        let waiting = self.shared.queue.len();
        (0..waiting).map_while(|_| self.try_recv()).last()
    }

    /// Waits for the next message.
    pub async fn recv(&mut self) -> Arc<M> {
        poll_fn(|cx| self.shared.poll_recv(cx)).await
    }

    /// How many messages were let go because they were not taken in time. Over DDS the middleware lets
    /// go of others before they get here, which nobody counts.
    pub fn dropped(&self) -> u64 {
        self.shared.dropped.load(Ordering::Relaxed)
    }
}

/// Keeps a callback subscribed.
pub struct Subscription(#[allow(dead_code, reason = "held for its Drop")] Guard);

impl fmt::Debug for Subscription {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Subscription")
    }
}

impl Subscription {
    /// One that keeps `more`, too, and lets go of it last.
    pub(crate) fn with(self, more: impl Send + Sync + 'static) -> Self {
        Self(Box::new((self, more)))
    }
}

/// Calls `on_message` for every message, in the thread that delivers it: for what must not wait for
/// a task to be scheduled. It must be quick and must not block.
///
/// # Errors
/// Where the topic has no valid name, or the bus refuses the subscription.
pub fn listen<M: Message>(
    bus: &dyn Bus,
    topic: &str,
    qos: Qos,
    on_message: impl Fn(Arc<M>) + Send + Sync + 'static,
) -> Result<Subscription, BusError> {
    subscribe(bus, topic, qos, on_message).map(Subscription)
}

fn subscribe<M: Message>(
    bus: &dyn Bus,
    topic: &str,
    qos: Qos,
    on_message: impl Fn(Arc<M>) + Send + Sync + 'static,
) -> Result<Guard, BusError> {
    let on_sample = move |sample: Sample| {
        // A backend delivers what the kind decodes: anything else is its fault, not the message's.
        if let Ok(message) = sample.downcast::<M>() {
            on_message(message);
        }
    };
    bus.subscribe(topic, Kind::of::<M>(), qos, Box::new(on_sample))
}
