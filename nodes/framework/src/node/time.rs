//! What time it is for a node: the system's, or with `use_sim_time` the simulator's, from `/clock`.

use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use sinew_control::clock::{MonotonicClock, VirtualClock, monotonic_nanos};
use sinew_control::io::Clock;
use sinew_messages::builtin_interfaces::msg::Time;
use sinew_messages::rosgraph_msgs;

use crate::bus::{Bus, BusError, Qos, Subscription, listen};
use crate::sync::lock;

/// Simulated time that lies this far behind what was shown already has paused, or was reset, ns.
const HELD_TOO_LONG_NANOS: u64 = 100_000_000;

/// A node's time. Clones share it.
#[derive(Debug, Clone)]
pub struct NodeTime(Source);

#[derive(Debug, Clone)]
enum Source {
    System,
    Virtual(VirtualClock),
    Simulated(
        Arc<SimTime>,
        #[allow(dead_code, reason = "held for its Drop")] Arc<Subscription>,
    ),
}

impl NodeTime {
    /// The system's time.
    pub fn system() -> Self {
        Self(Source::System)
    }

    /// A time that moves when it is slept on, or moved: for tests over topics.
    pub fn of(clock: VirtualClock) -> Self {
        Self(Source::Virtual(clock))
    }

    /// The simulator's time, as `/clock` tells it.
    ///
    /// # Errors
    /// Where `/clock` cannot be subscribed to.
    pub fn simulated(bus: &dyn Bus) -> Result<Self, BusError> {
        let time = Arc::new(SimTime::default());
        let listener = time.clone();
        let qos = Qos::sensor_data().keep_last(1);
        let subscription = listen(bus, "/clock", qos, move |clock: Arc<rosgraph_msgs::msg::Clock>| {
            listener.set(to_nanos(&clock.clock), monotonic_nanos());
        })?;
        Ok(Self(Source::Simulated(time, Arc::new(subscription))))
    }

    /// The time for a message's stamp.
    pub fn now(&self) -> Time {
        to_stamp(match &self.0 {
            Source::System => SystemTime::now()
                .duration_since(UNIX_EPOCH)
                .map_or(0, |since| since.as_nanos() as u64),
            Source::Virtual(clock) => clock.now_nanos(),
            Source::Simulated(time, _) => time.ros_nanos(monotonic_nanos()),
        })
    }

    /// A clock for a control loop: never goes back, and goes on when the simulator does not, so that
    /// silent sensors become stale ones.
    pub fn loop_clock(&self) -> Box<dyn Clock> {
        match &self.0 {
            Source::System => Box::new(MonotonicClock),
            Source::Virtual(clock) => Box::new(clock.clone()),
            Source::Simulated(time, _) => Box::new(SimClock(time.clone())),
        }
    }

    /// The loop clock's time now, ns.
    pub fn loop_nanos(&self) -> u64 {
        match &self.0 {
            Source::System => monotonic_nanos(),
            Source::Virtual(clock) => clock.now_nanos(),
            Source::Simulated(time, _) => time.loop_nanos(monotonic_nanos()),
        }
    }

    /// Calls `on_reset` whenever the simulator's time has gone back.
    pub fn on_reset(&self, on_reset: impl Fn() + Send + Sync + 'static) {
        if let Source::Simulated(time, _) = &self.0 {
            let mut listeners = lock(&time.on_reset);
            listeners.push(Box::new(on_reset));
        }
    }

    /// Waits until the time is known: at once, or when the first `/clock` came.
    pub async fn known(&self) {
        let Source::Simulated(time, _) = &self.0 else {
            return;
        };
        let mut waited_ms = 0;
        while !time.known.load(Ordering::Acquire) {
            tokio::time::sleep(Duration::from_millis(10)).await;
            waited_ms += 10;
            if waited_ms % 5000 == 0 {
                tracing::warn!("waiting for /clock: `use_sim_time` is set; does a simulator run?");
            }
        }
    }
}

type OnReset = Box<dyn Fn() + Send + Sync>;

/// Simulated time as two offsets to the machine's monotonic clock, so that reading it takes no lock.
#[derive(Default)]
struct SimTime {
    known: AtomicBool,
    /// Loop time less monotonic time.
    loop_offset: AtomicI64,
    /// The simulator's time less monotonic time.
    ros_offset: AtomicI64,
    /// The latest loop time that was shown to anybody.
    shown: AtomicU64,
    /// The newest time that the simulator told; only its listener writes it.
    told: AtomicU64,
    /// Loop time less the simulator's time: grows with each pause and reset.
    shift: AtomicI64,
    on_reset: Mutex<Vec<OnReset>>,
}

impl fmt::Debug for SimTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SimTime")
            .field("told", &self.told)
            .finish_non_exhaustive()
    }
}

impl SimTime {
    /// Takes what the simulator told at `now` on the monotonic clock.
    fn set(&self, sim_nanos: u64, now: u64) {
        let was_reset = sim_nanos < self.told.swap(sim_nanos, Ordering::Relaxed);
        let shown = self.shown.load(Ordering::Relaxed);
        let mut shift = self.shift.load(Ordering::Relaxed);
        let loop_nanos = sim_nanos.saturating_add_signed(shift);
        if loop_nanos + HELD_TOO_LONG_NANOS < shown {
            // After a pause or a reset the loop's time goes on from where it was.
            shift += (shown - loop_nanos) as i64;
            self.shift.store(shift, Ordering::Relaxed);
        }
        let ros_offset = sim_nanos as i64 - now as i64;
        self.ros_offset.store(ros_offset, Ordering::Relaxed);
        self.loop_offset.store(ros_offset + shift, Ordering::Relaxed);
        self.known.store(true, Ordering::Release);
        if was_reset {
            for on_reset in lock(&self.on_reset).iter() {
                on_reset();
            }
        }
    }

    fn ros_nanos(&self, now: u64) -> u64 {
        if self.known.load(Ordering::Acquire) {
            now.saturating_add_signed(self.ros_offset.load(Ordering::Relaxed))
        } else {
            0
        }
    }

    fn loop_nanos(&self, now: u64) -> u64 {
        if !self.known.load(Ordering::Acquire) {
            return 0;
        }
        let nanos = now.saturating_add_signed(self.loop_offset.load(Ordering::Relaxed));
        self.shown.fetch_max(nanos, Ordering::Relaxed).max(nanos)
    }
}

#[derive(Debug)]
struct SimClock(Arc<SimTime>);

impl Clock for SimClock {
    fn now_nanos(&self) -> u64 {
        self.0.loop_nanos(monotonic_nanos())
    }

    fn sleep_until(&mut self, deadline_nanos: u64) {
        // The simulator may be slower than the machine's clock: then there is a rest to sleep for.
        loop {
            let now = monotonic_nanos();
            let rest = deadline_nanos.saturating_sub(self.0.loop_nanos(now));
            if rest == 0 {
                return;
            }
            MonotonicClock.sleep_until(now + rest);
        }
    }
}

/// A stamp in ns since its epoch; times before it count as it.
pub fn to_nanos(stamp: &Time) -> u64 {
    u64::try_from(stamp.sec).unwrap_or(0) * 1_000_000_000 + u64::from(stamp.nanosec)
}

/// A stamp from ns since its epoch.
pub fn to_stamp(nanos: u64) -> Time {
    Time {
        sec: i32::try_from(nanos / 1_000_000_000).unwrap_or(i32::MAX),
        nanosec: (nanos % 1_000_000_000) as u32,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicU32;

    use super::*;

    const MS: u64 = 1_000_000;

    #[test]
    fn between_two_clock_messages_time_goes_on() {
        let time = SimTime::default();
        assert_eq!(time.loop_nanos(7), 0);
        time.set(500 * MS, 10_000 * MS);
        assert_eq!(time.loop_nanos(10_003 * MS), 503 * MS);
        assert_eq!(time.ros_nanos(10_003 * MS), 503 * MS);
    }

    #[test]
    fn loop_time_holds_rather_than_going_back_when_the_simulator_is_slow() {
        let time = SimTime::default();
        time.set(500 * MS, 10_000 * MS);
        assert_eq!(time.loop_nanos(10_010 * MS), 510 * MS);
        time.set(505 * MS, 10_010 * MS);
        assert_eq!(time.loop_nanos(10_011 * MS), 510 * MS);
        assert_eq!(time.loop_nanos(10_020 * MS), 515 * MS);
    }

    #[test]
    fn after_a_pause_loop_time_goes_on_from_where_it_was() {
        let time = SimTime::default();
        time.set(500 * MS, 10_000 * MS);
        assert_eq!(time.loop_nanos(12_000 * MS), 2500 * MS);
        time.set(505 * MS, 12_000 * MS);
        assert_eq!(time.loop_nanos(12_005 * MS), 2505 * MS);
        assert_eq!(time.ros_nanos(12_005 * MS), 510 * MS);
    }

    #[test]
    fn a_reset_is_told_and_loop_time_goes_on() {
        let time = SimTime::default();
        let resets = Arc::new(AtomicU32::new(0));
        let counted = resets.clone();
        time.on_reset.lock().unwrap().push(Box::new(move || {
            counted.fetch_add(1, Ordering::Relaxed);
        }));
        time.set(60_000 * MS, 10_000 * MS);
        assert_eq!(time.loop_nanos(10_001 * MS), 60_001 * MS);
        time.set(4 * MS, 10_002 * MS);
        assert_eq!(resets.load(Ordering::Relaxed), 1);
        assert_eq!(time.loop_nanos(10_004 * MS), 60_003 * MS);
        assert_eq!(time.ros_nanos(10_004 * MS), 6 * MS);
        time.set(8 * MS, 10_006 * MS);
        assert_eq!(resets.load(Ordering::Relaxed), 1);
    }

    #[test]
    fn stamps_and_nanoseconds_are_the_same() {
        for nanos in [0, 1, 999_999_999, 1_000_000_000, 1_764_000_000_123_456_789] {
            assert_eq!(to_nanos(&to_stamp(nanos)), nanos);
        }
        assert_eq!(to_nanos(&Time { sec: -5, nanosec: 7 }), 7);
    }
}
