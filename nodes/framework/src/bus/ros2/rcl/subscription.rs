use std::ptr;
use std::sync::Arc;

use r2r_rcl::*;

use super::super::super::Qos;
use super::error::{Refused, c_string, check};
use super::{Bytes, Node, profile};

/// Receives messages as CDR.
pub(in super::super) struct Subscription {
    handle: Box<rcl_subscription_t>,
    node: Arc<Node>,
}

// SAFETY: one thread takes and waits; the handle may be finished by another once that has let go of it.
unsafe impl Send for Subscription {}
// SAFETY: as above.
unsafe impl Sync for Subscription {}

impl Subscription {
    pub(in super::super) fn new(
        node: Arc<Node>,
        topic: &str,
        support: &'static rosidl_message_type_support_t,
        qos: Qos,
    ) -> Result<Self, Refused> {
        let topic = c_string(topic)?;
        let exclusive = node.context().exclusive();
        // SAFETY: all that is pointed to outlives the call; the node outlives the subscription.
        let handle = unsafe {
            let mut handle = Box::new(rcl_get_zero_initialized_subscription());
            let mut options = rcl_subscription_get_default_options();
            options.qos = profile(qos, options.qos);
            check(rcl_subscription_init(
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

    /// Takes the next message; false where there is none.
    pub(in super::super) fn take(&self, bytes: &mut Bytes) -> Result<bool, Refused> {
        // SAFETY: the subscription and the bytes are valid; no allocation is handed over.
        let code = unsafe {
            let mut info = rmw_get_zero_initialized_message_info();
            rcl_take_serialized_message(&*self.handle, bytes.as_mut_ptr(), &mut info, ptr::null_mut())
        };
        match u32::try_from(code) {
            Ok(RCL_RET_SUBSCRIPTION_TAKE_FAILED) => Ok(false),
            _ => check(code).map(|()| true),
        }
    }

    pub(super) fn handle(&self) -> *const rcl_subscription_t {
        &*self.handle
    }
}

impl Drop for Subscription {
    fn drop(&mut self) {
        let _exclusive = self.node.context().exclusive();
        // SAFETY: it is used no more, and belongs to this node.
        if let Err(Refused(message)) = unsafe { check(rcl_subscription_fini(&mut *self.handle, self.node.handle())) } {
            tracing::error!("a ROS 2 subscription could not be taken off: {message}");
        }
    }
}
