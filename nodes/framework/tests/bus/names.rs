//! Names are ROS 2's, whoever resolves them.

use std::sync::Arc;
use std::time::Duration;

use sinew_messages::std_msgs::msg::UInt64;
use sinew_messages::std_srvs::srv::SetBool;
use sinew_node::bus::{Bus, BusError, Client, Input, Publisher, Qos, Requests};

use crate::harness::{Network, block_on, publish, take, until};

pub(crate) fn relative_absolute_and_private_names_meet(network: &Network) {
    let (talker, listener) = (
        network.node_below("left", "talker"),
        network.node_below("right", "listener"),
    );
    assert_eq!(talker.node_name(), "talker");
    assert_eq!(talker.namespace(), network.absolute("left"));
    let absolute = network.absolute("anywhere/number");
    for (published, heard) in [
        ("number", network.absolute("left/number")),
        ("deep/number", network.absolute("left/deep/number")),
        ("~/number", network.absolute("left/talker/number")),
        (&*absolute, absolute.clone()),
    ] {
        let input = Input::new(&*listener, &heard, Qos::default()).unwrap();
        let publisher = Publisher::new(&*talker, published, Qos::default()).unwrap();
        until("they meet", || {
            publisher.subscriber_count() == 1
                && talker.publisher_count(published) == 1
                && listener.publisher_count(&heard) == 1
        });
        publish(&publisher, [7]);
        assert_eq!(take(&input, 1), [7], "{published}");
    }
}

pub(crate) fn namespaces_are_apart(network: &Network) {
    let on = |robot: &str| {
        let (talker, listener) = (
            network.node_below(robot, "talker"),
            network.node_below(robot, "listener"),
        );
        let input = Input::<UInt64>::new(&*listener, "number", Qos::default()).unwrap();
        let publisher = Publisher::<UInt64>::new(&*talker, "number", Qos::default()).unwrap();
        until("they meet", || {
            publisher.subscriber_count() >= 1 && listener.publisher_count("number") >= 1
        });
        (publisher, input)
    };
    let ((left, left_input), (right, right_input)) = (on("left"), on("right"));
    for round in 0..10 {
        publish(&left, [round]);
        publish(&right, [100 + round]);
        assert_eq!(take(&left_input, 1), [round]);
        assert_eq!(take(&right_input, 1), [100 + round]);
    }
    assert!(left_input.try_recv().is_none() && right_input.try_recv().is_none());
}

pub(crate) fn names_that_ros_refuses_are_refused_everywhere(network: &Network) {
    let node = network.node("node");
    for name in ["", "two words", "a//b", "trailing/", "2nd", "dash-ed", "~nosuch"] {
        let refusals = [
            Publisher::<UInt64>::new(&*node, name, Qos::default()).err(),
            Input::<UInt64>::new(&*node, name, Qos::default()).err(),
            Requests::<SetBool>::new(&*node, name).err(),
            call(&node, name).err(),
        ];
        for refusal in refusals {
            assert!(matches!(refusal, Some(BusError::Name { .. })), "`{name}`: {refusal:?}");
        }
        assert_eq!(node.publisher_count(name), 0);
    }
}

fn call(node: &Arc<dyn Bus>, service: &str) -> Result<(), BusError> {
    let client = Client::<SetBool>::new(node.clone(), service);
    block_on(client.call(Default::default(), Duration::from_millis(1))).map(drop)
}
