//! How many bytes a second may leave.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// What may be sent at once: a limit is for whole seconds, not for each network packet.
const BURST: Duration = Duration::from_millis(100);

/// A token bucket, which whoever sends asks before each piece. Clones of an `Arc` share it.
#[derive(Debug)]
pub struct Bandwidth(Mutex<Bucket>);

#[derive(Debug)]
struct Bucket {
    /// `None` where there is no limit.
    bytes_per_sec: Option<f64>,
    /// When all that was taken is paid for.
    paid_at: Option<Instant>,
}

impl Bandwidth {
    /// So many bytes a second; `None` for as many as the network takes.
    pub fn new(bytes_per_sec: Option<f64>) -> Self {
        Self(Mutex::new(Bucket {
            bytes_per_sec: valid(bytes_per_sec),
            paid_at: None,
        }))
    }

    /// Another limit, from now on.
    pub fn limit(&self, bytes_per_sec: Option<f64>) {
        let mut bucket = lock(&self.0);
        let limit = valid(bytes_per_sec);
        if bucket.bytes_per_sec != limit {
            (bucket.bytes_per_sec, bucket.paid_at) = (limit, None);
        }
    }

    /// Takes so many bytes; they may be sent after that time.
    pub fn take(&self, bytes: usize) -> Duration {
        self.take_at(bytes, Instant::now())
    }

    fn take_at(&self, bytes: usize, now: Instant) -> Duration {
        let mut bucket = lock(&self.0);
        let Some(rate) = bucket.bytes_per_sec else {
            return Duration::ZERO;
        };
        let paid_at = bucket.paid_at.map_or(now, |paid_at| paid_at.max(now));
        let wait = paid_at.saturating_duration_since(now).saturating_sub(BURST);
        // A day is longer than any piece takes at the lowest limit that parameters allow.
        let cost = Duration::from_secs_f64((bytes as f64 / rate).min(86_400.0));
        bucket.paid_at = Some(paid_at + cost);
        wait
    }
}

/// Waits for the lock; a panic of an earlier holder does not count, for what is kept here is written in one step.
#[allow(
    clippy::disallowed_methods,
    reason = "the one place of this crate where poison is undone"
)]
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn valid(bytes_per_sec: Option<f64>) -> Option<f64> {
    bytes_per_sec.filter(|rate| rate.is_finite() && *rate > 0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_sent_in_ten_seconds_is_the_limit_within_a_burst() {
        for piece in [1_000, 64 << 10, 1 << 20] {
            let bandwidth = Bandwidth::new(Some(1e6));
            let began = Instant::now();
            let (mut now, mut sent) = (began, 0);
            loop {
                now += bandwidth.take_at(piece, now);
                if now - began > Duration::from_secs(10) {
                    break;
                }
                sent += piece;
            }
            let share = sent as f64 / 1e7;
            assert!((0.98..1.15).contains(&share), "{piece}: {share}");
        }
    }

    #[test]
    fn what_was_not_used_is_not_saved_up() {
        let bandwidth = Bandwidth::new(Some(1e6));
        let now = Instant::now();
        bandwidth.take_at(1000, now);
        let later = now + Duration::from_secs(60);
        assert_eq!(bandwidth.take_at(1_000_000, later), Duration::ZERO);
        assert_eq!(bandwidth.take_at(1, later), Duration::from_millis(900));
    }

    #[test]
    fn without_a_limit_nothing_waits() {
        for none in [None, Some(0.0), Some(f64::NAN), Some(-1.0)] {
            let bandwidth = Bandwidth::new(none);
            assert_eq!(bandwidth.take(usize::MAX), Duration::ZERO);
        }
        let bandwidth = Bandwidth::new(None);
        bandwidth.limit(Some(1.0));
        bandwidth.take(100);
        assert!(bandwidth.take(1) > Duration::from_secs(90));
    }
}
