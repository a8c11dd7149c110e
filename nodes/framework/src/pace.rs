//! The pace of threads that do something over and over, and would rather leave a turn out than be late.

use std::time::{Duration, Instant};

/// Turns at a fixed rate.
#[derive(Debug)]
pub struct Pace {
    next: Instant,
    period: Duration,
}

impl Pace {
    /// The first turn is now.
    pub fn new(period_secs: f64) -> Self {
        Self {
            next: Instant::now(),
            period: Duration::from_secs_f64(period_secs),
        }
    }

    /// Sleeps until the next turn. What has taken too long puts off all turns after it.
    pub fn wait(&mut self) {
        self.next += self.period;
        let now = Instant::now();
        match self.next.checked_duration_since(now) {
            Some(rest) => std::thread::sleep(rest),
            None => self.next = now,
        }
    }
}
