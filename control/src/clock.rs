//! Two clocks: the machine's, for robots and real-time simulation, and one that only moves when it
//! is slept on, for simulation as fast as it can.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::io::Clock;

/// Nanoseconds of the machine's monotonic clock.
// Not once more at each of the places in a tick that ask.
#[inline(never)]
pub fn monotonic_nanos() -> u64 {
    let mut now = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: `now` is a valid timespec; CLOCK_MONOTONIC exists on every Linux.
    unsafe { libc::clock_gettime(libc::CLOCK_MONOTONIC, &mut now) };
    now.tv_sec as u64 * 1_000_000_000 + now.tv_nsec as u64
}

/// The machine's monotonic clock; sleeps to absolute times, so that errors do not add up.
#[derive(Debug, Clone, Copy, Default)]
pub struct MonotonicClock;

impl Clock for MonotonicClock {
    fn now_nanos(&self) -> u64 {
        monotonic_nanos()
    }

    fn is_monotonic_time(&self) -> bool {
        true
    }

    fn sleep_until(&mut self, deadline_nanos: u64) {
        let deadline = libc::timespec {
            tv_sec: (deadline_nanos / 1_000_000_000) as libc::time_t,
            tv_nsec: (deadline_nanos % 1_000_000_000) as _,
        };
        // SAFETY: `deadline` is a valid timespec and no remainder is asked for. A signal that wakes
        // the thread early makes it sleep again.
        while unsafe {
            libc::clock_nanosleep(
                libc::CLOCK_MONOTONIC,
                libc::TIMER_ABSTIME,
                &deadline,
                std::ptr::null_mut(),
            )
        } == libc::EINTR
        {}
    }
}

/// A clock that jumps to whatever is slept for. Clones share the time, so that a test can let an
/// inference take ten ticks by moving it.
#[derive(Debug, Clone, Default)]
pub struct VirtualClock {
    now: Arc<AtomicU64>,
}

impl VirtualClock {
    /// Moves the time on.
    pub fn advance(&self, nanos: u64) {
        self.now.fetch_add(nanos, Ordering::Relaxed);
    }
}

impl Clock for VirtualClock {
    fn now_nanos(&self) -> u64 {
        self.now.load(Ordering::Relaxed)
    }

    fn sleep_until(&mut self, deadline_nanos: u64) {
        self.now.fetch_max(deadline_nanos, Ordering::Relaxed);
    }
}
