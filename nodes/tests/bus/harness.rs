//! Nodes of one backend, and how tests wait for them: with a deadline that no machine misses.

use std::fmt;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use sinew::bus::local::LocalBus;
use sinew::bus::{Bus, Input, Publisher, Qos};
use sinew_messages::Message;
use sinew_messages::std_msgs::msg::UInt64;

/// A test that waits longer than this has failed.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// The topic of tests that need only one.
pub(crate) const TOPIC: &str = "number";

/// Where the nodes of one test meet, apart from those of all others.
pub(crate) struct Network {
    space: String,
    connect: Box<dyn Fn(&str, &str) -> Arc<dyn Bus>>,
}

impl Network {
    /// In this process.
    pub(crate) fn local(test: &str) -> Self {
        let bus = LocalBus::new();
        Self {
            space: format!("/{test}"),
            connect: Box::new(move |name, namespace| bus.node(name, namespace)),
        }
    }

    /// A node in the test's own namespace.
    pub(crate) fn node(&self, name: &str) -> Arc<dyn Bus> {
        (self.connect)(name, &self.space)
    }

    /// A node in the namespace `below` the test's own.
    pub(crate) fn node_below(&self, below: &str, name: &str) -> Arc<dyn Bus> {
        (self.connect)(name, &format!("{}/{below}", self.space))
    }

    /// The absolute name of what is `below` the test's own namespace.
    pub(crate) fn absolute(&self, below: &str) -> String {
        format!("{}/{below}", self.space)
    }

    /// A publisher and an input of one QoS on two nodes, connected.
    pub(crate) fn pair(&self, qos: Qos) -> (Publisher<UInt64>, Input<UInt64>) {
        let (talker, listener) = (self.node("talker"), self.node("listener"));
        let input = Input::new(&*listener, TOPIC, qos).unwrap();
        let publisher = Publisher::new(&*talker, TOPIC, qos).unwrap();
        connected(&[&publisher], 1, &*listener);
        (publisher, input)
    }
}

/// Waits until each of the publishers on [`TOPIC`] has so many `subscribers`, and `listener` knows
/// them all: over DDS each side finds the other for itself.
pub(crate) fn connected<M: Message>(publishers: &[&Publisher<M>], subscribers: usize, listener: &dyn Bus) {
    until("the subscribers are found", || {
        publishers
            .iter()
            .all(|publisher| publisher.subscriber_count() == subscribers)
    });
    until("the publishers are found", || {
        listener.publisher_count(TOPIC) >= publishers.len()
    });
}

/// Waits until something holds.
pub(crate) fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !holds() {
        assert!(Instant::now() < deadline, "waited too long until {what}");
        thread::sleep(Duration::from_millis(1));
    }
}

/// Waits for the next message.
pub(crate) fn next<M: Message>(input: &Input<M>) -> Arc<M> {
    let mut message = None;
    until("a message arrives", || {
        message = input.try_recv();
        message.is_some()
    });
    message.unwrap()
}

/// Waits for the next so many numbers.
pub(crate) fn take(input: &Input<UInt64>, count: usize) -> Vec<u64> {
    (0..count).map(|_| next(input).data).collect()
}

/// Publishes numbers.
pub(crate) fn publish(publisher: &Publisher<UInt64>, numbers: impl IntoIterator<Item = u64>) {
    for data in numbers {
        publisher.publish(UInt64 { data }).unwrap();
    }
}

/// Runs something that waits.
pub(crate) fn block_on<F: Future>(future: F) -> F::Output {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()
        .unwrap();
    runtime.block_on(async { tokio::time::timeout(PATIENCE, future).await.expect("it ends in time") })
}

/// That numbers only ever rise.
pub(crate) fn assert_rising(numbers: &[u64]) {
    let rising = numbers.windows(2).all(|pair| pair[0] < pair[1]);
    assert!(rising, "{}", Shortened(numbers));
}

/// The first numbers of a long list.
struct Shortened<'a>(&'a [u64]);

impl fmt::Display for Shortened<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} of {}", &self.0[..self.0.len().min(50)], self.0.len())
    }
}
