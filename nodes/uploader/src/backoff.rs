//! When something that failed is tried again.

use std::time::{Duration, Instant};

use crate::digest::fraction;

/// The pause after the first failure; it doubles with each further one.
const FIRST: Duration = Duration::from_secs(2);
/// The longest pause.
const LONGEST: Duration = Duration::from_secs(600);

/// Growing pauses with jitter: robots that lost their network together do not come back together.
#[derive(Debug, Clone, Default)]
pub(crate) struct Backoff {
    failures: u32,
    due_at: Option<Instant>,
}

impl Backoff {
    /// Another failure of that robot with that recording.
    pub(crate) fn fail(&mut self, robot: &str, recording: &str, now: Instant) {
        let longest = FIRST.saturating_mul(1 << self.failures.min(20)).min(LONGEST);
        self.failures = self.failures.saturating_add(1);
        // Between half of it and all of it.
        let share = 0.5 + 0.5 * fraction(&format!("{robot}\n{recording}\n{}", self.failures));
        self.due_at = Some(now + longest.mul_f64(share));
    }

    /// Whether it is time to try again.
    pub(crate) fn is_due(&self, now: Instant) -> bool {
        self.due_at.is_none_or(|due_at| now >= due_at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pause(robot: &str, failures: usize) -> f64 {
        let (mut backoff, now) = (Backoff::default(), Instant::now());
        (0..failures).for_each(|_| backoff.fail(robot, "run", now));
        (backoff.due_at.unwrap() - now).as_secs_f64()
    }

    #[test]
    fn pauses_double_up_to_ten_minutes_and_differ_from_robot_to_robot() {
        assert!(Backoff::default().is_due(Instant::now()));
        for (failures, longest) in [(1, 2.0), (2, 4.0), (5, 32.0), (9, 512.0), (10, 600.0), (1000, 600.0)] {
            let pause = pause("strider", failures);
            assert!((longest / 2.0..=longest).contains(&pause), "{failures}: {pause}");
        }
        assert_ne!(pause("strider", 1), pause("g1", 1));
    }
}
