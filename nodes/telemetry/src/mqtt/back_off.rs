use std::time::Duration;

use rand::RngExt;

/// Pauses that double up to a longest one, each shortened at random so that robots that lost the same broker do not
/// come back at the same time.
#[derive(Debug)]
pub(super) struct BackOff {
    shortest: Duration,
    longest: Duration,
    next: Duration,
}

impl BackOff {
    pub(super) fn new(shortest: Duration, longest: Duration) -> Self {
        Self {
            shortest,
            longest,
            next: shortest,
        }
    }

    /// The next pause: between half and all of it.
    pub(super) fn pause(&mut self) -> Duration {
        let pause = self.next.min(self.longest);
        self.next = (pause * 2).min(self.longest);
        pause.mul_f64(rand::rng().random_range(0.5..=1.0))
    }

    pub(super) fn reset(&mut self) {
        self.next = self.shortest;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_the_longest_and_begin_anew_after_success() {
        let secs = Duration::from_secs;
        let mut back_off = BackOff::new(secs(1), secs(60));
        for longest in [1, 2, 4, 8, 16, 32, 60, 60] {
            let pause = back_off.pause();
            assert!(pause <= secs(longest) && pause >= secs(longest) / 2, "{pause:?}");
        }
        back_off.reset();
        assert!(back_off.pause() <= secs(1));
    }
}
