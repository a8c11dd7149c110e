//! Both ends on r2r as it is, with bytes.

use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use futures_util::{FutureExt, Stream, StreamExt};
use r2r::{Context, Node, PublisherUntyped, QosProfile};
use sinew_messages::builtin_interfaces::msg::Time;
use sinew_messages::cdr;

use crate::{ends, messages};

const JOINT_STATE: &str = "sensor_msgs/msg/JointState";
const IMAGE: &str = "sensor_msgs/msg/Image";
const SPIN: Duration = Duration::from_millis(100);

/// Where the stamp lies in a message with a header.
const SEC: std::ops::Range<usize> = 4..8;
const NANOSEC: std::ops::Range<usize> = 8..12;

type Bytes = Box<dyn Stream<Item = Vec<u8>> + Unpin>;

pub(crate) struct Near {
    node: Node,
    there: PublisherUntyped,
    back: Bytes,
    images: PublisherUntyped,
    message: Vec<u8>,
    image: Vec<u8>,
}

/// What waits already.
fn next(stream: &mut Bytes) -> Option<Vec<u8>> {
    stream.next().now_or_never().flatten()
}

impl Near {
    pub(crate) fn new() -> Result<Self> {
        let mut node = Node::create(Context::create()?, "near", "")?;
        let (mut message, mut image) = (Vec::new(), Vec::new());
        cdr::encode(&messages::joint_state(), &mut message)?;
        cdr::encode(&messages::image(), &mut image)?;
        Ok(Self {
            there: node.create_publisher_untyped("there", JOINT_STATE, QosProfile::default())?,
            back: Box::new(node.subscribe_raw("back", JOINT_STATE, QosProfile::default())?),
            images: node.create_publisher_untyped("images", IMAGE, QosProfile::default())?,
            node,
            message,
            image,
        })
    }
}

impl ends::Near for Near {
    fn connect(&mut self) -> Result<()> {
        while next(&mut self.back).is_none() {
            self.there.publish_raw(&self.message)?;
            self.node.spin_once(SPIN);
        }
        // What was sent twice comes back twice.
        let settled = Instant::now() + 3 * SPIN;
        while Instant::now() < settled {
            self.node.spin_once(SPIN);
            next(&mut self.back);
        }
        Ok(())
    }

    fn round_trips(&mut self, count: usize) -> Result<Vec<u64>> {
        let mut took = Vec::with_capacity(count);
        for _ in 0..count {
            let sent = Instant::now();
            self.there.publish_raw(&self.message)?;
            while next(&mut self.back).is_none() {
                self.node.spin_once(SPIN);
            }
            took.push(sent.elapsed().as_nanos() as u64);
        }
        Ok(took)
    }

    fn send_image(&mut self) -> Result<()> {
        let stamp = messages::stamp();
        self.image[SEC].copy_from_slice(&stamp.sec.to_le_bytes());
        self.image[NANOSEC].copy_from_slice(&stamp.nanosec.to_le_bytes());
        Ok(self.images.publish_raw(&self.image)?)
    }
}

/// Sends back what comes, until the near end ends.
pub(crate) fn far() -> Result<()> {
    let over = ends::over();
    let mut node = Node::create(Context::create()?, "far", "")?;
    let mut there: Bytes = Box::new(node.subscribe_raw("there", JOINT_STATE, QosProfile::default())?);
    let back = node.create_publisher_untyped("back", JOINT_STATE, QosProfile::default())?;
    let mut images: Bytes = Box::new(node.subscribe_raw("images", IMAGE, QosProfile::default())?);
    let mut ages = Vec::new();
    while !over.load(Ordering::Relaxed) {
        node.spin_once(SPIN);
        while let Some(message) = next(&mut there) {
            back.publish_raw(&message)?;
        }
        while let Some(image) = next(&mut images) {
            let field = |range| image.get(range).and_then(|bytes: &[u8]| bytes.try_into().ok());
            let stamp = Time {
                sec: i32::from_le_bytes(field(SEC).context("an image without a stamp")?),
                nanosec: u32::from_le_bytes(field(NANOSEC).context("an image without a stamp")?),
            };
            ages.push(messages::age_ns(&stamp));
        }
    }
    ends::report(&ages);
    Ok(())
}
