//! Keep last n means the newest n, and nobody waits for those who are slow.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc;
use std::thread;

use sinew_messages::std_msgs::msg::UInt64;
use sinew_node::bus::{Input, Publisher, Qos, listen};

use crate::harness::{Network, TOPIC, assert_rising, block_on, connected, publish, take, until};

const BURST: u64 = 1000;

pub(crate) fn an_input_of_one_keeps_the_newest_through_a_burst(network: &Network) {
    keeps_the_newest(network, 1);
}

pub(crate) fn an_input_of_ten_keeps_the_newest_ten_through_a_burst(network: &Network) {
    keeps_the_newest(network, 10);
}

fn keeps_the_newest(network: &Network, depth: usize) {
    let all = Qos::default().keep_last(BURST as usize);
    let (talker, listener) = (network.node("talker"), network.node("listener"));
    let input = Input::<UInt64>::new(&*listener, TOPIC, Qos::default().keep_last(depth)).unwrap();
    let heard = Arc::new(AtomicU64::new(0));
    let hearing = heard.clone();
    let _control = listen(&*listener, TOPIC, all, move |number: Arc<UInt64>| {
        hearing.store(number.data, Ordering::Relaxed);
    });
    let publisher = Publisher::<UInt64>::new(&*talker, TOPIC, all).unwrap();
    connected(&[&publisher], 2, &*listener);
    let mut bursts = (0..).step_by(BURST as usize).map(|first| first..first + BURST);
    // Over DDS the input may still be filling when the other subscription has heard everything. What
    // it gives must rise and end with the newest even then, and the next burst is another chance.
    until("an input was full before it was read", || {
        let burst = bursts.next().unwrap();
        let last = burst.end - 1;
        let newest = last + 1 - depth as u64..=last;
        publish(&publisher, burst);
        until("the end of the burst is heard", || {
            heard.load(Ordering::Relaxed) == last
        });
        let taking = std::iter::from_fn(|| input.try_recv()).take(depth);
        let at_once: Vec<u64> = taking.map(|number| number.data).collect();
        let mut taken = at_once.clone();
        while taken.last() != Some(&last) {
            taken.extend(take(&input, 1));
        }
        assert_rising(&taken);
        taken.len() == at_once.len() && {
            assert!(at_once.iter().copied().eq(newest), "{at_once:?}");
            true
        }
    });
}

pub(crate) fn a_slow_subscriber_delays_no_one(network: &Network) {
    let all = Qos::default().keep_last(BURST as usize);
    let (talker, quick) = (network.node("talker"), network.node("quick"));
    let slow = network.node("slow");
    let mut slow_input = Input::<UInt64>::new(&*slow, TOPIC, Qos::default().keep_last(1)).unwrap();
    let quick_input = Input::<UInt64>::new(&*quick, TOPIC, all).unwrap();
    let publisher = Publisher::<UInt64>::new(&*talker, TOPIC, all).unwrap();
    for node in [&quick, &slow] {
        connected(&[&publisher], 2, &**node);
    }
    let (busy, is_busy) = mpsc::channel();
    let (open, gate) = mpsc::channel();
    thread::scope(|scope| {
        let slow = scope.spawn(move || {
            assert_eq!(block_on(slow_input.recv()).data, 0);
            busy.send(()).unwrap();
            // Busy with its first message until the quick one has them all.
            gate.recv().unwrap();
            while block_on(slow_input.recv()).data != BURST - 1 {}
        });
        publish(&publisher, [0]);
        is_busy.recv().unwrap();
        publish(&publisher, 1..BURST);
        assert!(take(&quick_input, BURST as usize).into_iter().eq(0..BURST));
        assert!(!slow.is_finished());
        open.send(()).unwrap();
    });
}
