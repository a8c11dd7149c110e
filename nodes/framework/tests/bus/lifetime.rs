//! Who comes and goes, and what ends with it.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Weak};
use std::thread;
use std::time::Duration;

use sinew_messages::Message;
use sinew_messages::std_msgs::msg::UInt64;
use sinew_messages::std_srvs::srv::SetBool;
use sinew_node::bus::{Client, Input, Publisher, Qos, answer, listen};

use crate::harness::{Network, TOPIC, block_on, connected, next, publish, take, until};

pub(crate) fn counts_follow_who_comes_and_goes(network: &Network) {
    let (talker, listener) = (network.node("talker"), network.node("listener"));
    assert_eq!(listener.publisher_count(TOPIC), 0);
    let one = Publisher::<UInt64>::new(&*talker, TOPIC, Qos::default()).unwrap();
    let two = Publisher::<UInt64>::new(&*listener, TOPIC, Qos::sensor_data()).unwrap();
    let reliable = Input::<UInt64>::new(&*listener, TOPIC, Qos::default()).unwrap();
    let best_effort = Input::<UInt64>::new(&*talker, TOPIC, Qos::sensor_data()).unwrap();
    let counts = |publishers, of_one, of_two| {
        until("the counts are right", || {
            listener.publisher_count(TOPIC) == publishers
                && talker.publisher_count(TOPIC) == publishers
                && one.subscriber_count() == of_one
        });
        until("the count of the second is right", || two.subscriber_count() == of_two);
    };
    counts(2, 2, 1);
    assert_eq!(listener.published_types(TOPIC), [UInt64::TYPE]);
    drop(reliable);
    counts(2, 1, 1);
    drop(best_effort);
    counts(2, 0, 0);
    drop((one, two));
    until("nobody is left", || {
        listener.publisher_count(TOPIC) == 0 && talker.publisher_count(TOPIC) == 0
    });
    assert!(listener.published_types(TOPIC).is_empty());
}

pub(crate) fn a_dropped_subscription_is_not_called_any_more(network: &Network) {
    let (talker, listener) = (network.node("talker"), network.node("listener"));
    let alive = Arc::new(());
    let held: Weak<()> = Arc::downgrade(&alive);
    let subscription = listen(&*listener, TOPIC, Qos::default(), move |_: Arc<UInt64>| {
        let _alive = &alive;
    });
    let other = Input::<UInt64>::new(&*listener, TOPIC, Qos::default()).unwrap();
    let publisher = Publisher::new(&*talker, TOPIC, Qos::default()).unwrap();
    connected(&[&publisher], 2, &*listener);
    publish(&publisher, [1]);
    assert_eq!(take(&other, 1), [1]);
    drop(subscription);
    until("what the callback held is free", || held.upgrade().is_none());
    connected(&[&publisher], 1, &*listener);
    publish(&publisher, [2]);
    assert_eq!(take(&other, 1), [2]);
}

pub(crate) fn a_dropped_server_answers_no_more(network: &Network) {
    let (node, caller) = (network.node("server"), network.node("client"));
    let client = Client::<SetBool>::new(caller, "switch");
    let call = || block_on(client.call(Default::default(), Duration::from_millis(200)));
    for _ in 0..3 {
        let server = answer::<SetBool>(&*node, "switch", |_| Default::default()).unwrap();
        until("it answers", || call().is_ok());
        drop(server);
        assert!(call().is_err());
    }
}

pub(crate) fn a_connection_lives_as_long_as_what_was_made_with_it(network: &Network) {
    // The nodes themselves are dropped in there.
    let (publisher, input) = network.pair(Qos::default());
    publish(&publisher, 0..3);
    assert_eq!(take(&input, 3), [0, 1, 2]);
}

pub(crate) fn subscribers_come_and_go_while_others_publish(network: &Network) {
    let (talkers, steady) = (["one", "two"].map(|name| network.node(name)), network.node("steady"));
    let input = Input::<UInt64>::new(&*steady, TOPIC, Qos::default()).unwrap();
    let over = AtomicBool::new(false);
    thread::scope(|scope| {
        for talker in &talkers {
            let publisher = Publisher::<UInt64>::new(&**talker, TOPIC, Qos::default()).unwrap();
            let over = &over;
            scope.spawn(move || {
                while !over.load(Ordering::Relaxed) {
                    publish(&publisher, 0..5);
                    thread::sleep(Duration::from_micros(100));
                }
            });
        }
        // Whatever happens to us, they must end, or the scope does not.
        let _stop = OnDrop(&over);
        for round in 0..10 {
            let node = network.node(&format!("guest_{round}"));
            let guest = Input::<UInt64>::new(&*node, TOPIC, Qos::default()).unwrap();
            next(&guest);
            // Half of them lose their node first.
            if round % 2 == 0 {
                drop((node, guest));
            } else {
                drop((guest, node));
            }
            while input.try_newest().is_some() {}
            next(&input);
        }
    });
    until("the publishers are gone", || steady.publisher_count(TOPIC) == 0);
}

/// Sets its flag when it goes.
struct OnDrop<'a>(&'a AtomicBool);

impl Drop for OnDrop<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}
