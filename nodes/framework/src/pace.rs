//! The pace of threads that do something over and over, and would rather leave a turn out than be late.

use std::time::{Duration, Instant};

use crate::worker::Ending;

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

    /// Waits until the next turn, or until the thread is asked to end. What has taken too long puts off all turns
    /// after it.
    pub fn wait(&mut self, ending: &Ending) {
        self.next += self.period;
        let now = Instant::now();
        if now < self.next {
            ending.wait(self.next - now);
        } else {
            self.next = now;
        }
    }
}
