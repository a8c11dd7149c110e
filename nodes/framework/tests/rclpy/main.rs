//! Sinew's bus and rclpy, an independent peer, over DDS.
#![cfg(feature = "ros2")]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod peer;

use std::sync::Arc;
use std::time::Duration;

use sinew_messages::Message;
use sinew_messages::sensor_msgs::msg::{Image, JointState};
use sinew_messages::std_msgs::msg::{String as Text, UInt64};
use sinew_messages::std_srvs::srv::{Trigger, TriggerResponse};
use sinew_node::bus::ros2::RosLog;
use sinew_node::bus::{Client, Input, Publisher, Qos, answer};
use tracing_subscriber::layer::SubscriberExt;

use crate::peer::{PATIENCE, Peer, block_on, next, until};

/// Publishes on a topic and gives what rclpy makes of it.
fn echoed<M: Message>(peer: &Peer, topic: &str, message: &M) -> Arc<M> {
    let echo = Input::<M>::new(&*peer.bus, &format!("{topic}/echo"), Qos::default()).unwrap();
    let publisher = Publisher::<M>::new(&*peer.bus, topic, Qos::default()).unwrap();
    until("rclpy is connected both ways", || {
        publisher.subscriber_count() == 1 && peer.bus.publishers(&format!("{topic}/echo")).len() == 1
    });
    // Each side has found the other here; there, a moment later.
    let mut arrived = None;
    until("the echo comes", || {
        publisher.publish(message.clone()).unwrap();
        std::thread::sleep(Duration::from_millis(50));
        arrived = echo.try_recv();
        arrived.is_some()
    });
    arrived.unwrap()
}

#[test]
fn joint_states_go_both_ways() {
    let Some(peer) = Peer::start("joint_states") else {
        return;
    };
    let mut state = JointState {
        name: ["left_hip", "knee", "", "Füße"].map(str::to_owned).to_vec(),
        position: vec![0.5, -1.0, f64::MAX, f64::MIN_POSITIVE],
        velocity: vec![f64::INFINITY],
        ..JointState::default()
    };
    state.header.frame_id = "base".to_owned();
    (state.header.stamp.sec, state.header.stamp.nanosec) = (-1, 999_999_999);
    assert_eq!(*echoed(&peer, "joint_states", &state), state);
}

#[test]
fn images_go_both_ways() {
    let Some(peer) = Peer::start("images") else { return };
    let data: Vec<u8> = (0..3 * 640 * 480_u32)
        .map(|byte| (byte.wrapping_mul(2_654_435_761) >> 24) as u8)
        .collect();
    let image = Image {
        height: 480,
        width: 640,
        encoding: "rgb8".to_owned(),
        step: 3 * 640,
        data,
        ..Image::default()
    };
    assert!(*echoed(&peer, "image", &image) == image, "the image differs");
}

#[test]
fn who_comes_late_gets_the_latched_message_both_ways() {
    let text = |data: &str| Text { data: data.to_owned() };
    let Some(mut peer) = Peer::prepare("latched") else {
        return;
    };
    let publisher = Publisher::<Text>::new(&*peer.bus, "said", Qos::latched()).unwrap();
    publisher.publish(text("hello from Sinew")).unwrap();
    peer.run();
    for (topic, said) in [("said_by_peer", "hello from rclpy"), ("heard", "hello from Sinew")] {
        let input = Input::<Text>::new(&*peer.bus, topic, Qos::latched()).unwrap();
        assert_eq!(*next(&input), text(said));
    }
}

#[test]
fn services_are_called_both_ways() {
    let Some(mut peer) = Peer::start("services") else {
        return;
    };
    let client = Client::<Trigger>::new(peer.bus.clone(), "peer_trigger");
    let response = block_on(client.call(Default::default(), PATIENCE)).unwrap();
    assert_eq!((response.success, &*response.message), (true, "rclpy heard it"));
    let heard = Input::<Text>::new(&*peer.bus, "heard", Qos::latched()).unwrap();
    let _server = answer::<Trigger>(&*peer.bus, "sinew_trigger", |_| TriggerResponse {
        success: false,
        message: "Sinew heard it".to_owned(),
    });
    peer.tell("call");
    assert_eq!(next(&heard).data, "False Sinew heard it");
}

#[test]
fn a_burst_arrives_whole_and_in_order() {
    let Some(mut peer) = Peer::start("burst") else { return };
    let input = Input::<UInt64>::new(&*peer.bus, "burst", Qos::default().keep_last(1000)).unwrap();
    peer.connected("burst", &input);
    peer.tell("burst 1 1000");
    assert!((1..1000).all(|number| next(&input).data == number));
}

/// r2r #130: its channel keeps the oldest.
#[test]
fn keep_last_one_keeps_the_newest() {
    let Some(mut peer) = Peer::start("newest") else { return };
    let slow = Input::<UInt64>::new(&*peer.bus, "burst", Qos::default().keep_last(1)).unwrap();
    let all = Input::<UInt64>::new(&*peer.bus, "burst", Qos::default().keep_last(1000)).unwrap();
    peer.connected("burst", &all);
    peer.connected("burst", &slow);
    peer.tell("burst 1 1000");
    until("all have come", || next(&all).data == 999);
    // The other subscription may be a moment behind.
    let mut newest = 0;
    until("the newest has come", || {
        let taken: Vec<u64> = std::iter::from_fn(|| slow.try_recv())
            .map(|number| number.data)
            .collect();
        assert!(taken.iter().all(|&number| number > newest), "{taken:?} after {newest}");
        newest = taken.last().copied().unwrap_or(newest);
        newest == 999
    });
}

#[test]
fn bytes_that_are_no_message_are_let_go() {
    let Some(mut peer) = Peer::start("garbage") else { return };
    let input = Input::<UInt64>::new(&*peer.bus, "burst", Qos::default()).unwrap();
    peer.connected("burst", &input);
    for command in ["garbage", "garbage", "burst 7 8"] {
        peer.tell(command);
    }
    assert_eq!(next(&input).data, 7);
}

#[test]
fn what_is_logged_is_on_rosout_under_the_name_of_the_node() {
    let Some(peer) = Peer::start("log") else { return };
    let logged = Input::<Text>::new(&*peer.bus, "logged", Qos::default().keep_last(1000)).unwrap();
    let _shown = tracing::subscriber::set_default(tracing_subscriber::registry().with(RosLog));
    until("it is on /rosout", || {
        tracing::warn!(joint = "knee", "a 100 % test\0");
        std::thread::sleep(Duration::from_millis(50));
        std::iter::from_fn(|| logged.try_recv())
            .any(|line| line.data.ends_with("sinew: a 100 % test\\u{0} joint=\"knee\""))
    });
}
