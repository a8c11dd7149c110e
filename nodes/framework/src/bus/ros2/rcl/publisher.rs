use std::ptr;
use std::sync::Arc;

use r2r_rcl::*;
use sinew_messages::sensor_msgs::msg::Image;

use super::super::super::Qos;
use super::error::{Refused, c_string, check};
use super::message::lent;
use super::{Node, image, profile};

/// Sends messages that are CDR already.
pub(in super::super) struct Publisher {
    handle: Box<rcl_publisher_t>,
    node: Arc<Node>,
}

// SAFETY: rcl lets several threads publish at once.
unsafe impl Send for Publisher {}
// SAFETY: as above.
unsafe impl Sync for Publisher {}

impl Publisher {
    pub(in super::super) fn new(
        node: Arc<Node>,
        topic: &str,
        support: &'static rosidl_message_type_support_t,
        qos: Qos,
    ) -> Result<Self, Refused> {
        let topic = c_string(topic)?;
        let exclusive = node.context().exclusive();
        // SAFETY: all that is pointed to outlives the call; the node outlives the publisher.
        let handle = unsafe {
            let mut handle = Box::new(rcl_get_zero_initialized_publisher());
            let mut options = rcl_publisher_get_default_options();
            options.qos = profile(qos, options.qos);
            check(rcl_publisher_init(
                &mut *handle,
                node.handle(),
                support,
                topic.as_ptr(),
                &options,
            ))?;
            handle
        };
        drop(exclusive);
        Ok(Self { handle, node })
    }

    pub(in super::super) fn publish(&self, cdr: &[u8]) -> Result<(), Refused> {
        // SAFETY: the publisher is valid; the bytes are only read.
        unsafe {
            check(rcl_publish_serialized_message(
                &*self.handle,
                &lent(cdr),
                ptr::null_mut(),
            ))
        }
    }

    /// Sends an image without making CDR of it first; false where that cannot be. The publisher's type
    /// must be that of images.
    pub(in super::super) fn publish_image(&self, image: &Image) -> Result<bool, Refused> {
        let published = image::lend(image, |native| {
            // SAFETY: the publisher is valid and of the type of `native`, which is only read.
            unsafe {
                check(rcl_publish(
                    &*self.handle,
                    ptr::from_ref(native).cast(),
                    ptr::null_mut(),
                ))
            }
        });
        published.map_or(Ok(false), |outcome| outcome.map(|()| true))
    }

    /// How many subscriptions it is connected to.
    pub(in super::super) fn subscriptions(&self) -> Result<usize, Refused> {
        let mut count = 0;
        // SAFETY: the publisher is valid.
        unsafe { check(rcl_publisher_get_subscription_count(&*self.handle, &mut count)) }.map(|()| count)
    }
}

/// How long a publisher that is dropped waits until its last messages have arrived, ns.
const LAST_WORDS_NANOS: i64 = 100_000_000;

impl Drop for Publisher {
    fn drop(&mut self) {
        // Reliable is reliable to the end. A subscriber that hangs is not waited for any longer.
        // SAFETY: the publisher is valid.
        let _ = unsafe { check(rcl_publisher_wait_for_all_acked(&*self.handle, LAST_WORDS_NANOS)) };
        let _exclusive = self.node.context().exclusive();
        // SAFETY: it is used no more, and belongs to this node.
        if let Err(Refused(message)) = unsafe { check(rcl_publisher_fini(&mut *self.handle, self.node.handle())) } {
            tracing::error!("a ROS 2 publisher could not be taken off: {message}");
        }
    }
}
