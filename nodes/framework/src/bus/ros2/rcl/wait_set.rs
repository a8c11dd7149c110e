use std::ptr;
use std::slice;
use std::sync::Arc;
use std::time::Duration;

use r2r_rcl::*;

use super::error::{Refused, check};
use super::{Client, Context, GuardCondition, Service, Subscription};

/// Waits for several things at once.
pub(in super::super) struct WaitSet {
    handle: rcl_wait_set_t,
    context: Arc<Context>,
}

// SAFETY: whoever has the set is the only one who uses it.
unsafe impl Send for WaitSet {}

/// Which of the things waited for have something to be taken, by their places.
#[derive(Debug, Default, PartialEq, Eq)]
pub(in super::super) struct Ready {
    pub(in super::super) subscriptions: Vec<usize>,
    pub(in super::super) services: Vec<usize>,
    pub(in super::super) clients: Vec<usize>,
}

impl WaitSet {
    pub(in super::super) fn new(context: Arc<Context>) -> Result<Self, Refused> {
        let exclusive = context.exclusive();
        // SAFETY: the context is valid and outlives the set.
        let handle = unsafe {
            let mut handle = rcl_get_zero_initialized_wait_set();
            check(rcl_wait_set_init(
                &mut handle,
                0,
                1,
                0,
                0,
                0,
                0,
                context.handle(),
                rcutils_get_default_allocator(),
            ))?;
            handle
        };
        drop(exclusive);
        Ok(Self { handle, context })
    }

    /// Waits until `wake` is triggered, one of the others has something, or `patience` is over; for
    /// ever without one. `ready` says what has something.
    pub(in super::super) fn wait<'a>(
        &mut self,
        wake: &GuardCondition,
        subscriptions: impl ExactSizeIterator<Item = &'a Subscription>,
        services: impl ExactSizeIterator<Item = &'a Service>,
        clients: impl ExactSizeIterator<Item = &'a Client>,
        patience: Option<Duration>,
        ready: &mut Ready,
    ) -> Result<(), Refused> {
        let timeout = patience.map_or(-1, |patience| i64::try_from(patience.as_nanos()).unwrap_or(i64::MAX));
        let set = &mut self.handle;
        let sizes = (subscriptions.len(), services.len(), clients.len());
        // SAFETY: the set is valid. Everything put into it is borrowed until we return, and it is
        // emptied before it is used again. rcl leaves a null where nothing is to be taken.
        unsafe {
            if sizes != (set.size_of_subscriptions, set.size_of_services, set.size_of_clients) {
                check(rcl_wait_set_resize(set, sizes.0, 1, 0, sizes.2, sizes.1, 0))?;
            }
            check(rcl_wait_set_clear(set))?;
            check(rcl_wait_set_add_guard_condition(set, wake.handle(), ptr::null_mut()))?;
            for subscription in subscriptions {
                check(rcl_wait_set_add_subscription(
                    set,
                    subscription.handle(),
                    ptr::null_mut(),
                ))?;
            }
            for service in services {
                check(rcl_wait_set_add_service(set, service.handle(), ptr::null_mut()))?;
            }
            for client in clients {
                check(rcl_wait_set_add_client(set, client.handle(), ptr::null_mut()))?;
            }
            let code = rcl_wait(set, timeout);
            let timed_out = u32::try_from(code) == Ok(RCL_RET_TIMEOUT);
            if timed_out {
                rcutils_reset_error();
            } else {
                check(code)?;
            }
            places(set.subscriptions, sizes.0, &mut ready.subscriptions);
            places(set.services, sizes.1, &mut ready.services);
            places(set.clients, sizes.2, &mut ready.clients);
        }
        Ok(())
    }
}

/// The places of those that are not null.
///
/// # Safety
/// `first` is null, or there are `count`.
unsafe fn places<T>(first: *mut *const T, count: usize, places: &mut Vec<usize>) {
    places.clear();
    if !first.is_null() {
        // SAFETY: the caller's promise.
        let all = unsafe { slice::from_raw_parts(first, count) };
        places.extend((0..count).filter(|&place| !all[place].is_null()));
    }
}

impl Drop for WaitSet {
    fn drop(&mut self) {
        let _exclusive = self.context.exclusive();
        // SAFETY: nobody waits on it any more.
        let _ = unsafe { check(rcl_wait_set_fini(&mut self.handle)) };
    }
}
