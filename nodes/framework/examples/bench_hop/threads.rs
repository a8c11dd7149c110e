//! A hop to another thread.

use std::hint::spin_loop;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::Result;
use sinew_messages::sensor_msgs::msg::JointState;

use crate::{DEPTH, Hops, bus, joint_state};

/// Long enough for the other thread to be asleep.
const PAUSE: Duration = Duration::from_micros(300);

/// Taken by a thread that asks all the time.
pub(crate) fn spinning_bus(hops: usize) -> Result<Hops> {
    let (publisher, input) = bus()?;
    let receive = || spin(|| input.try_recv());
    measure(
        hops,
        Duration::ZERO,
        |message| Ok(publisher.publish_shared(message)?),
        receive,
    )
}

/// The same with the channel.
pub(crate) fn spinning_channel(hops: usize) -> Result<Hops> {
    let (sender, receiver) = crossbeam_channel::bounded(DEPTH);
    let receive = || spin(|| receiver.try_recv().ok());
    measure(hops, Duration::ZERO, |message| Ok(sender.try_send(message)?), receive)
}

/// Taken by a thread that waits in tokio's runtime, as a node does.
pub(crate) fn blocking_bus(hops: usize) -> Result<Hops> {
    let (publisher, mut input) = bus()?;
    let runtime = tokio::runtime::Builder::new_current_thread().build()?;
    let receive = || runtime.block_on(input.recv());
    measure(hops, PAUSE, |message| Ok(publisher.publish_shared(message)?), receive)
}

/// Taken by a thread that waits in the channel.
pub(crate) fn blocking_channel(hops: usize) -> Result<Hops> {
    let (sender, receiver) = crossbeam_channel::bounded(DEPTH);
    let receive = || receiver.recv();
    measure(hops, PAUSE, |message| Ok(sender.try_send(message)?), receive)
}

fn spin<M>(mut receive: impl FnMut() -> Option<M>) -> M {
    loop {
        match receive() {
            Some(message) => return message,
            None => spin_loop(),
        }
    }
}

/// One message is underway at a time. What arrives is let go after the clock has been read.
fn measure<M>(
    hops: usize,
    pause: Duration,
    send: impl Fn(Arc<JointState>) -> Result<()>,
    mut receive: impl FnMut() -> M + Send,
) -> Result<Hops> {
    let template = joint_state();
    let received = AtomicUsize::new(0);
    let (sent_at, received_at) = thread::scope(|scope| {
        let receiver = scope.spawn(|| {
            let mut received_at = Vec::with_capacity(hops);
            while received_at.len() < hops {
                let message = receive();
                received_at.push(Instant::now());
                drop(message);
                received.store(received_at.len(), Ordering::Release);
            }
            received_at
        });
        let mut sent_at = Vec::with_capacity(hops);
        while sent_at.len() < hops {
            let message = Arc::new(template.clone());
            thread::sleep(pause);
            sent_at.push(Instant::now());
            send(message)?;
            while received.load(Ordering::Acquire) < sent_at.len() {
                spin_loop();
            }
        }
        let received_at = receiver.join().expect("it does not panic");
        anyhow::Ok((sent_at, received_at))
    })?;
    let took = received_at
        .into_iter()
        .zip(sent_at)
        .map(|(received, sent)| received - sent);
    Ok(took.map(|took| took.as_nanos() as u64).collect())
}
