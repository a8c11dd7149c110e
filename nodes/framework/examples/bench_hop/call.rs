//! A hop within one thread.

use std::sync::Arc;
use std::time::Instant;

use anyhow::{Context, Result};
use sinew_messages::sensor_msgs::msg::JointState;

use crate::{DEPTH, Hops, joint_state};

/// Published, and taken.
pub(crate) fn bus(hops: usize) -> Result<Hops> {
    let (publisher, input) = crate::bus()?;
    measure(hops, |message| {
        publisher.publish_shared(message)?;
        input.try_recv().context("nothing arrived")
    })
}

/// Sent, and received.
pub(crate) fn channel(hops: usize) -> Result<Hops> {
    let (sender, receiver) = crossbeam_channel::bounded(DEPTH);
    measure(hops, |message| {
        sender.try_send(message)?;
        Ok(receiver.try_recv()?)
    })
}

/// What arrives is let go after the clock has been read.
fn measure<M>(hops: usize, mut hop: impl FnMut(Arc<JointState>) -> Result<M>) -> Result<Hops> {
    let template = joint_state();
    (0..hops)
        .map(|_| {
            let message = Arc::new(template.clone());
            let start = Instant::now();
            let received = hop(message)?;
            let took = start.elapsed();
            drop(received);
            Ok(took.as_nanos() as u64)
        })
        .collect()
}
