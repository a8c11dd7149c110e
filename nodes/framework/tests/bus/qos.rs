//! Who asks for more than is offered gets nothing.

use sinew_messages::std_msgs::msg::UInt64;
use sinew_node::bus::{Durability, Input, Publisher, Qos};

use crate::harness::{Network, TOPIC, connected, publish, take, until};

pub(crate) fn a_best_effort_publisher_serves_no_reliable_subscriber(network: &Network) {
    serves_not(network, Qos::sensor_data(), Qos::default());
}

pub(crate) fn a_volatile_publisher_serves_no_transient_local_subscriber(network: &Network) {
    serves_not(network, Qos::default(), Qos::latched());
}

fn serves_not(network: &Network, offered: Qos, asked: Qos) {
    assert!(!offered.serves(&asked));
    let (talker, listener) = (network.node("talker"), network.node("listener"));
    let input = Input::new(&*listener, TOPIC, asked).unwrap();
    let misfit = Publisher::<UInt64>::new(&*talker, TOPIC, offered).unwrap();
    let fit = Publisher::<UInt64>::new(&*talker, TOPIC, asked).unwrap();
    // Both publishers are known by now, and only one is connected.
    connected(&[&fit], 1, &*listener);
    until("both publishers are known", || listener.publisher_count(TOPIC) == 2);
    assert_eq!(misfit.subscriber_count(), 0);
    for good in (0..10).map(|round| 2 * round) {
        publish(&misfit, [good + 1]);
        publish(&fit, [good]);
        assert_eq!(take(&input, 1), [good]);
    }
    assert!(input.try_recv().is_none());
}

pub(crate) fn a_publisher_that_offers_more_is_heard(network: &Network) {
    let offered = Qos::latched().keep_last(10);
    let listener = network.node("listener");
    let asked = [
        Qos::default(),
        Qos::sensor_data(),
        Qos {
            durability: Durability::TransientLocal,
            ..Qos::sensor_data()
        },
    ];
    let inputs = asked.map(|qos| Input::<UInt64>::new(&*listener, TOPIC, qos).unwrap());
    let publisher = Publisher::new(&*network.node("talker"), TOPIC, offered).unwrap();
    connected(&[&publisher], inputs.len(), &*listener);
    // A best-effort subscriber may miss one.
    for input in &inputs {
        let mut numbers = 0..;
        until("it is heard", || {
            publish(&publisher, numbers.by_ref().take(1));
            input.try_recv().is_some()
        });
    }
}
