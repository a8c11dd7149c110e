use std::fmt;
use std::sync::{Arc, Mutex};

use sinew_messages::Message;
use sinew_messages::sensor_msgs::msg::Image;

use super::super::{BusError, Kind, Outlet, Qos, Sample};
use super::rcl::{Node, Publisher};
use super::types;
use crate::sync::lock;

/// A publisher's end.
pub(super) struct Ros2Outlet {
    topic: String,
    kind: Kind,
    publisher: Publisher,
    /// The CDR of the last message, whose memory serves the next.
    cdr: Mutex<Vec<u8>>,
}

impl fmt::Debug for Ros2Outlet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Ros2Outlet").field(&self.topic).finish()
    }
}

impl Ros2Outlet {
    pub(super) fn new(node: Arc<Node>, topic: String, kind: Kind, qos: Qos) -> Result<Self, BusError> {
        let support = types::message(kind.name)?;
        let publisher = Publisher::new(node, &topic, support, qos).map_err(|refused| refused.about(&topic))?;
        Ok(Self {
            topic,
            kind,
            publisher,
            cdr: Mutex::default(),
        })
    }
}

impl Outlet for Ros2Outlet {
    fn publish(&self, sample: Sample) -> Result<(), BusError> {
        // One copy less where it counts; the bytes on the wire are the same.
        if self.kind.name == Image::TYPE
            && let Some(image) = sample.downcast_ref()
            && self
                .publisher
                .publish_image(image)
                .map_err(|refused| refused.about(&self.topic))?
        {
            return Ok(());
        }
        let mut cdr = lock(&self.cdr);
        let encoded = self.kind.encode(&sample, &mut cdr);
        encoded.map_err(|error| BusError::Codec {
            name: self.topic.clone(),
            message: error.to_string(),
        })?;
        self.publisher
            .publish(&cdr)
            .map_err(|refused| refused.about(&self.topic))
    }

    fn subscriber_count(&self) -> usize {
        self.publisher.subscriptions().unwrap_or(0)
    }
}
