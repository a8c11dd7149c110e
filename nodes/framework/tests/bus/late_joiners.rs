//! Transient local: what was published before one came.

use std::thread;

use sinew_messages::std_msgs::msg::UInt64;
use sinew_node::bus::{Input, Publisher, Qos};

use crate::harness::{Network, TOPIC, assert_rising, connected, publish, take, until};

pub(crate) fn a_late_joiner_gets_the_last_messages_and_then_the_live_ones(network: &Network) {
    let qos = Qos::latched().keep_last(5);
    let (talker, listener) = (network.node("talker"), network.node("listener"));
    let publisher = Publisher::new(&*talker, TOPIC, qos).unwrap();
    publish(&publisher, 0..20);
    let input = Input::new(&*listener, TOPIC, qos).unwrap();
    assert_eq!(take(&input, 5), [15, 16, 17, 18, 19]);
    publish(&publisher, 20..23);
    assert_eq!(take(&input, 3), [20, 21, 22]);
}

pub(crate) fn each_late_joiner_gets_the_latched_message(network: &Network) {
    let talker = network.node("talker");
    let publisher = Publisher::new(&*talker, TOPIC, Qos::latched()).unwrap();
    for (round, name) in (0..).zip(["one", "two", "three"]) {
        publish(&publisher, [round]);
        let node = network.node(name);
        for _ in 0..2 {
            assert_eq!(take(&Input::new(&*node, TOPIC, Qos::latched()).unwrap(), 1), [round]);
        }
    }
}

pub(crate) fn a_volatile_late_joiner_gets_only_live_messages(network: &Network) {
    let (talker, listener) = (network.node("talker"), network.node("listener"));
    let publisher = Publisher::new(&*talker, TOPIC, Qos::latched().keep_last(10)).unwrap();
    publish(&publisher, 0..5);
    let input = Input::new(&*listener, TOPIC, Qos::default()).unwrap();
    connected(&[&publisher], 1, &*listener);
    publish(&publisher, 5..8);
    assert_eq!(take(&input, 3), [5, 6, 7]);
}

pub(crate) fn latched_messages_vanish_with_their_publisher(network: &Network) {
    let (talker, listener) = (network.node("talker"), network.node("listener"));
    let gone = Publisher::new(&*talker, TOPIC, Qos::latched()).unwrap();
    publish(&gone, [1]);
    drop(gone);
    until("the publisher is gone", || listener.publisher_count(TOPIC) == 0);
    let input = Input::new(&*listener, TOPIC, Qos::latched()).unwrap();
    let publisher = Publisher::new(&*talker, TOPIC, Qos::latched()).unwrap();
    publish(&publisher, [2]);
    assert_eq!(take(&input, 1), [2]);
}

pub(crate) fn the_newest_is_not_lost_when_joining_during_a_burst(network: &Network) {
    let (talker, listener) = (network.node("talker"), network.node("listener"));
    let publisher = Publisher::<UInt64>::new(&*talker, TOPIC, Qos::latched()).unwrap();
    for burst in (0..).step_by(1000).take(10) {
        let last = burst + 999;
        thread::scope(|scope| {
            scope.spawn(|| publish(&publisher, burst..=last));
            let input = Input::new(&*listener, TOPIC, Qos::latched()).unwrap();
            let mut taken = Vec::new();
            while taken.last() != Some(&last) {
                taken.extend(take(&input, 1));
            }
            assert_rising(&taken);
        });
    }
}
