//! What is published arrives: whole, once, in order.

use std::sync::Arc;
use std::thread;

use sinew_messages::sensor_msgs::msg::Image;
use sinew_messages::std_msgs::msg::UInt64;
use sinew_node::bus::{Input, Publisher, Qos, listen};

use crate::harness::{Network, TOPIC, assert_rising, block_on, connected, next, publish, take, until};

const BURST: u64 = 1000;

pub(crate) fn messages_of_one_publisher_arrive_in_order(network: &Network) {
    let (publisher, input) = network.pair(Qos::default());
    for round in 0..100 {
        publish(&publisher, round * 5..round * 5 + 5);
        assert!(take(&input, 5).into_iter().eq(round * 5..round * 5 + 5));
    }
}

pub(crate) fn a_reliable_burst_that_fits_loses_nothing(network: &Network) {
    let (publisher, input) = network.pair(Qos::default().keep_last(BURST as usize));
    thread::scope(|scope| {
        scope.spawn(|| publish(&publisher, 0..BURST));
        assert!(take(&input, BURST as usize).into_iter().eq(0..BURST));
    });
    assert_eq!(input.dropped(), 0);
}

pub(crate) fn best_effort_keeps_the_order(network: &Network) {
    let (publisher, input) = network.pair(Qos::sensor_data());
    let (mut numbers, mut taken) = (0.., Vec::new());
    until("a hundred messages have arrived", || {
        publish(&publisher, numbers.by_ref().take(3));
        taken.extend(std::iter::from_fn(|| input.try_recv()).map(|number| number.data));
        taken.len() >= 100
    });
    assert_rising(&taken);
}

pub(crate) fn every_subscriber_gets_the_messages_of_every_publisher(network: &Network) {
    const EACH: u64 = 50;
    let qos = Qos::default().keep_last(1000);
    let talkers = ["one", "two", "three"].map(|name| network.node(name));
    let listeners = ["red", "green", "blue"].map(|name| network.node(name));
    let inputs = listeners
        .each_ref()
        .map(|node| Input::<UInt64>::new(&**node, TOPIC, qos).unwrap());
    let publishers = talkers
        .each_ref()
        .map(|node| Publisher::<UInt64>::new(&**node, TOPIC, qos).unwrap());
    for listener in &listeners {
        connected(&publishers.each_ref(), inputs.len(), &**listener);
    }
    thread::scope(|scope| {
        for (publisher, first) in publishers.iter().zip((0..).step_by(1000)) {
            scope.spawn(move || publish(publisher, first..first + EACH));
        }
    });
    for input in &inputs {
        let all = take(input, publishers.len() * EACH as usize);
        for first in (0..).step_by(1000).take(publishers.len()) {
            let of_one = all.iter().copied().filter(|number| number / 1000 * 1000 == first);
            assert!(of_one.eq(first..first + EACH), "{all:?}");
        }
    }
}

pub(crate) fn a_publisher_is_used_from_several_threads(network: &Network) {
    const EACH: u64 = 100;
    let (publisher, input) = network.pair(Qos::default().keep_last(1000));
    thread::scope(|scope| {
        for first in [0, 1000, 2000, 3000] {
            let publisher = &publisher;
            scope.spawn(move || publish(publisher, first..first + EACH));
        }
    });
    let all = take(&input, 4 * EACH as usize);
    for first in [0, 1000, 2000, 3000] {
        let of_one = all.iter().copied().filter(|number| number / 1000 * 1000 == first);
        assert!(of_one.eq(first..first + EACH), "{all:?}");
    }
}

pub(crate) fn large_images_arrive_intact(network: &Network) {
    let (talker, listener) = (network.node("camera"), network.node("viewer"));
    let input = Input::<Image>::new(&*listener, TOPIC, Qos::default()).unwrap();
    let publisher = Publisher::<Image>::new(&*talker, TOPIC, Qos::default()).unwrap();
    connected(&[&publisher], 1, &*listener);
    for seed in 0..5_u32 {
        let image = Arc::new(image_of_4_mb(seed));
        publisher.publish_shared(image.clone()).unwrap();
        // Not assert_eq: nobody wants to read four million bytes.
        assert!(next(&input) == image, "image {seed} differs");
    }
}

fn image_of_4_mb(seed: u32) -> Image {
    let (width, height) = (1280, 1042);
    let noise = (0..3 * width * height).map(|i| (i ^ seed).wrapping_mul(2_654_435_761));
    Image {
        height,
        width,
        encoding: "rgb8".to_owned(),
        step: 3 * width,
        data: noise.map(|noise| (noise >> 24) as u8).collect(),
        ..Image::default()
    }
}

pub(crate) fn a_node_hears_itself(network: &Network) {
    let node = network.node("both");
    let input = Input::<UInt64>::new(&*node, TOPIC, Qos::default()).unwrap();
    let publisher = Publisher::new(&*node, TOPIC, Qos::default()).unwrap();
    connected(&[&publisher], 1, &*node);
    publish(&publisher, [1]);
    assert_eq!(take(&input, 1), [1]);
}

pub(crate) fn waiting_for_a_message_ends_with_it(network: &Network) {
    let (there, mut here) = network.pair(Qos::default());
    let (back, mut answers) = {
        let (talker, listener) = (network.node("echo"), network.node("caller"));
        let answers = Input::<UInt64>::new(&*listener, "back", Qos::default()).unwrap();
        let back = Publisher::<UInt64>::new(&*talker, "back", Qos::default()).unwrap();
        until("both are found", || {
            back.subscriber_count() == 1 && listener.publisher_count("back") == 1
        });
        (back, answers)
    };
    // Each waits for the other: one wake-up that is lost, and neither goes on.
    const TURNS: u64 = 500;
    thread::scope(|scope| {
        scope.spawn(|| {
            block_on(async {
                for _ in 0..TURNS {
                    let number = here.recv().await;
                    back.publish_shared(number).unwrap();
                }
            });
        });
        block_on(async {
            for turn in 0..TURNS {
                publish(&there, [turn]);
                assert_eq!(answers.recv().await.data, turn);
            }
        });
    });
}

pub(crate) fn a_subscriber_that_panics_harms_no_other(network: &Network) {
    let bad = network.node("bad");
    let _panicking = listen(&*bad, TOPIC, Qos::default(), |_: Arc<UInt64>| panic!("on purpose")).unwrap();
    let (talker, listener) = (network.node("talker"), network.node("listener"));
    let on_bad_node = Input::<UInt64>::new(&*bad, TOPIC, Qos::default()).unwrap();
    let input = Input::<UInt64>::new(&*listener, TOPIC, Qos::default()).unwrap();
    let publisher = Publisher::<UInt64>::new(&*talker, TOPIC, Qos::default()).unwrap();
    for node in [&bad, &listener] {
        connected(&[&publisher], 3, &**node);
    }
    publish(&publisher, 0..5);
    assert_eq!(take(&input, 5), [0, 1, 2, 3, 4]);
    assert_eq!(take(&on_bad_node, 5), [0, 1, 2, 3, 4]);
}
