//! The time of a loop that somebody else's thread ticks.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use sinew_control::clock::monotonic_nanos;
use sinew_control::io::Clock;

/// The loop's time when the host tells its first: a stamp of 0 stands for a reading that there never was.
const FIRST_NANOS: u64 = 1_000_000_000;

#[derive(Debug)]
struct Shown {
    /// The loop's time when the host told its last.
    nanos: AtomicU64,
    /// The machine's time then.
    told_at_nanos: AtomicU64,
    /// Whether it goes on by itself until the host tells it again.
    runs_on: bool,
}

/// What the loop sees of the host's time: it never goes back.
#[derive(Debug, Clone)]
pub(super) struct HostClock(Arc<Shown>);

impl Clock for HostClock {
    fn now_nanos(&self) -> u64 {
        let nanos = self.0.nanos.load(Ordering::Relaxed);
        if self.0.runs_on {
            nanos + monotonic_nanos().saturating_sub(self.0.told_at_nanos.load(Ordering::Relaxed))
        } else {
            nanos
        }
    }

    /// The host has slept: it ticks when it is time.
    fn sleep_until(&mut self, _deadline_nanos: u64) {}
}

/// The host's time, as it tells it.
#[derive(Debug)]
pub(super) struct HostTime {
    clock: HostClock,
    /// The host's last time.
    told_nanos: Option<u64>,
}

impl HostTime {
    /// Of a simulator, whose time stands still between two calls, or of a host whose time is the machine's.
    pub(super) fn new(simulated: bool) -> Self {
        let shown = Shown {
            nanos: AtomicU64::new(FIRST_NANOS),
            told_at_nanos: AtomicU64::new(monotonic_nanos()),
            runs_on: !simulated,
        };
        Self {
            clock: HostClock(Arc::new(shown)),
            told_nanos: None,
        }
    }

    /// What the loop sees of it.
    pub(super) fn clock(&self) -> HostClock {
        self.clock.clone()
    }

    /// Whatever the host tells next, the loop's time goes on from where it is.
    pub(super) fn resume(&mut self) {
        self.told_nanos = None;
    }

    /// The host's time is `host_nanos` now; gives the loop's, and whether the host's has gone back.
    pub(super) fn tell(&mut self, host_nanos: u64) -> (u64, bool) {
        let before = self.told_nanos.replace(host_nanos).unwrap_or(host_nanos);
        let passed = host_nanos.saturating_sub(before);
        let Shown {
            nanos, told_at_nanos, ..
        } = &*self.clock.0;
        told_at_nanos.store(monotonic_nanos(), Ordering::Relaxed);
        let now = nanos.fetch_add(passed, Ordering::Relaxed) + passed;
        (now, host_nanos < before)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_whose_time_goes_back_is_told_of_and_the_loops_goes_on() {
        let mut time = HostTime::new(true);
        let clock = time.clock();
        assert_eq!(time.tell(0), (FIRST_NANOS, false));
        assert_eq!(time.tell(5_000_000), (FIRST_NANOS + 5_000_000, false));
        assert_eq!(time.tell(1_000_000), (FIRST_NANOS + 5_000_000, true));
        assert_eq!(time.tell(2_000_000), (FIRST_NANOS + 6_000_000, false));
        time.resume();
        assert_eq!(time.tell(0), (FIRST_NANOS + 6_000_000, false));
        assert_eq!(clock.now_nanos(), FIRST_NANOS + 6_000_000);
    }

    #[test]
    fn simulated_time_stands_still_between_two_calls_and_the_machines_does_not() {
        let mut simulated = HostTime::new(true);
        let mut real = HostTime::new(false);
        let (clocks, now) = ([simulated.clock(), real.clock()], 7_000_000_000);
        let told = [simulated.tell(now).0, real.tell(now).0];
        std::thread::sleep(std::time::Duration::from_millis(2));
        let passed = [0, 1].map(|i| clocks[i].now_nanos() - told[i]);
        assert_eq!(passed[0], 0);
        assert!(passed[1] >= 2_000_000, "{passed:?}");
    }
}
