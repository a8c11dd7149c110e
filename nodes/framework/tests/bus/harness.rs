//! Nodes of one backend, and how tests wait for them: with a deadline that no machine misses.

use std::fmt;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use sinew_messages::Message;
use sinew_messages::std_msgs::msg::UInt64;
use sinew_node::bus::local::LocalBus;
use sinew_node::bus::{Bus, Input, Publisher, Qos};

/// A test that waits longer than this has failed.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// The topic of tests that need only one.
pub(crate) const TOPIC: &str = "number";

/// Makes a node from its name and namespace.
type Connect = dyn Fn(&str, &str) -> Arc<dyn Bus>;

/// Where the nodes of one test meet, apart from those of all others.
pub(crate) struct Network {
    space: String,
    connect: Box<Connect>,
}

impl Network {
    /// In this process.
    pub(crate) fn local(test: &str) -> Self {
        show_log();
        let bus = LocalBus::new();
        Self {
            space: format!("/{test}"),
            connect: Box::new(move |name, namespace| bus.node(name, namespace)),
        }
    }

    /// Over DDS, between nodes of this process.
    #[cfg(feature = "ros2")]
    pub(crate) fn ros2(test: &str) -> Self {
        show_log();
        apart_from_other_processes();
        Self {
            // Even if another process came to the same domain.
            space: format!("/{test}_{}", std::process::id()),
            connect: Box::new(|name, namespace| sinew_node::bus::ros2::Ros2Bus::new(name, namespace).unwrap()),
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

/// What the bus has to say is printed with a test that fails.
fn show_log() {
    let _ = tracing_subscriber::fmt().with_test_writer().try_init();
}

/// Puts this process into a DDS domain of its own, unless its caller chose one.
#[cfg(feature = "ros2")]
fn apart_from_other_processes() {
    static ONCE: std::sync::Once = std::sync::Once::new();
    ONCE.call_once(|| {
        if std::env::var_os("ROS_DOMAIN_ID").is_none() {
            // Up to 101 the ports of a domain are none that the system gives to others.
            let domain = 1 + std::process::id() % 101;
            // SAFETY: ROS 2 is the only C library here that reads the environment, and each test comes
            // through here before its first node.
            unsafe { std::env::set_var("ROS_DOMAIN_ID", domain.to_string()) };
        }
    });
}
