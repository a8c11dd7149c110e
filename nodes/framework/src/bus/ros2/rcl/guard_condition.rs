use std::ptr;
use std::sync::Arc;

use r2r_rcl::*;

use super::Context;
use super::error::{Refused, check};

/// Wakes the thread that waits.
pub(in super::super) struct GuardCondition {
    handle: Box<rcl_guard_condition_t>,
    context: Arc<Context>,
}

// SAFETY: rcl lets a guard condition be triggered from any thread.
unsafe impl Send for GuardCondition {}
// SAFETY: as above.
unsafe impl Sync for GuardCondition {}

impl GuardCondition {
    pub(in super::super) fn new(context: Arc<Context>) -> Result<Self, Refused> {
        let exclusive = context.exclusive();
        // SAFETY: the context is valid and outlives the guard condition.
        let handle = unsafe {
            let mut handle = Box::new(rcl_get_zero_initialized_guard_condition());
            check(rcl_guard_condition_init(
                &mut *handle,
                context.handle(),
                rcl_guard_condition_get_default_options(),
            ))?;
            handle
        };
        drop(exclusive);
        Ok(Self { handle, context })
    }

    /// Ends the wait that goes on, or else the next.
    pub(in super::super) fn trigger(&self) {
        let handle = ptr::from_ref(&*self.handle).cast_mut();
        // SAFETY: the guard condition is valid.
        if let Err(Refused(message)) = unsafe { check(rcl_trigger_guard_condition(handle)) } {
            tracing::error!("ROS 2 could not be woken: {message}");
        }
    }

    pub(super) fn handle(&self) -> *const rcl_guard_condition_t {
        &*self.handle
    }
}

impl Drop for GuardCondition {
    fn drop(&mut self) {
        let _exclusive = self.context.exclusive();
        // SAFETY: nobody waits for it any more: a wait borrows it.
        let _ = unsafe { check(rcl_guard_condition_fini(&mut *self.handle)) };
    }
}
