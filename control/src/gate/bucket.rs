//! How much of something bad has piled up.

/// What is bad fills the bucket, one for one; what is good drains it at half that pace. It counts seconds or
/// events, whatever its owner does.
///
/// Bad without a break it is full after the limit, as a count of what came in a row would be. Bad for a share
/// `s` of the time or of the events it is full after `limit / (s − (1 − s) / 2)`: four fifths take 1.43 times the
/// limit, a half takes four times. A third and less never fill it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Bucket {
    /// Twice what is in it: draining halves nothing.
    doubled: u64,
}

impl Bucket {
    pub(super) fn bad(&mut self, amount: u64) {
        self.doubled = self.doubled.saturating_add(amount.saturating_mul(2));
    }

    pub(super) fn good(&mut self, amount: u64) {
        self.doubled = self.doubled.saturating_sub(amount);
    }

    /// Fills it or drains it.
    pub(super) fn count(&mut self, bad: bool, amount: u64) {
        if bad {
            self.bad(amount);
        } else {
            self.good(amount);
        }
    }

    pub(super) fn is_full(self, limit: u64) -> bool {
        self.doubled >= limit.saturating_mul(2)
    }

    pub(super) fn is_empty(self) -> bool {
        self.doubled == 0
    }

    /// What is in it.
    pub(super) fn level(self) -> f64 {
        self.doubled as f64 * 0.5
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// After how many events a bucket of 100 is full when `bad` tells which of them are.
    fn filled_after(bad: impl Fn(u64) -> bool) -> Option<u64> {
        let mut bucket = Bucket::default();
        (1..=100_000).find(|&n| {
            bucket.count(bad(n), 1);
            bucket.is_full(100)
        })
    }

    #[test]
    fn what_is_bad_without_a_break_fills_it_at_the_limit() {
        assert_eq!(filled_after(|_| true), Some(100));
    }

    #[test]
    fn what_is_bad_for_more_than_a_third_of_the_time_fills_it_and_for_less_never_does() {
        let four_fifths = filled_after(|n| n % 5 != 0).unwrap();
        assert!((140..=146).contains(&four_fifths), "{four_fifths}");
        let half = filled_after(|n| n % 2 != 0).unwrap();
        assert!((396..=400).contains(&half), "{half}");
        assert!(filled_after(|n| n % 5 < 2).is_some());
        assert_eq!(filled_after(|n| n % 3 == 0), None);
        assert_eq!(filled_after(|n| n % 4 == 0), None);
    }

    #[test]
    fn it_is_empty_again_after_twice_as_long() {
        let mut bucket = Bucket::default();
        bucket.bad(50);
        bucket.good(99);
        assert!(!bucket.is_empty());
        bucket.good(1);
        assert!(bucket.is_empty());
    }
}
