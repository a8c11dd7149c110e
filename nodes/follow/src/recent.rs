//! What has come lately, to be found by when it was.

use std::collections::VecDeque;

/// The newest things of one kind, each with when it was measured and when it came, ns.
#[derive(Debug)]
pub(super) struct Recent<T> {
    most: usize,
    things: VecDeque<Thing<T>>,
}

#[derive(Debug)]
struct Thing<T> {
    measured_nanos: u64,
    arrived_nanos: u64,
    what: T,
}

impl<T> Recent<T> {
    /// Keeps that many.
    pub(super) fn new(most: usize) -> Self {
        Self {
            most,
            things: VecDeque::with_capacity(most),
        }
    }

    /// Takes what came. What was measured when the last was is the same again, of a sender that is frozen: false.
    pub(super) fn push(&mut self, measured_nanos: u64, arrived_nanos: u64, what: T) -> bool {
        if (self.things.back()).is_some_and(|last| last.measured_nanos == measured_nanos) {
            return false;
        }
        if self.things.len() == self.most {
            self.things.pop_front();
        }
        self.things.push_back(Thing {
            measured_nanos,
            arrived_nanos,
            what,
        });
        true
    }

    /// What was measured nearest to a time, and how far from it, s: later is above 0. Only what came within the last
    /// `lately_secs` counts: where time goes back, the same stamps come twice.
    pub(super) fn nearest(&self, nanos: u64, now_nanos: u64, lately_secs: f64) -> Option<(&T, f64)> {
        let lately = |thing: &&Thing<T>| now_nanos.saturating_sub(thing.arrived_nanos) as f64 * 1e-9 <= lately_secs;
        let mut lately = self.things.iter().filter(lately);
        let first = lately.next()?;
        let nearest = lately.fold(first, |best, thing| {
            // Of two that are as near the newer one.
            if thing.measured_nanos.abs_diff(nanos) <= best.measured_nanos.abs_diff(nanos) {
                thing
            } else {
                best
            }
        });
        let off = i128::from(nearest.measured_nanos) - i128::from(nanos);
        Some((&nearest.what, off as f64 * 1e-9))
    }

    /// What came last, however long ago.
    pub(super) fn last(&self) -> Option<&T> {
        self.things.back().map(|thing| &thing.what)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: u64 = 1_000_000_000;

    #[test]
    fn the_nearest_in_time_is_found_and_what_came_long_ago_is_not() {
        let mut recent = Recent::new(3);
        for secs in 1..=4 {
            assert!(recent.push(secs * SECOND, secs * SECOND, secs));
        }
        assert_eq!(recent.nearest(2_400_000_000, 4 * SECOND, 3.0), Some((&2, -0.4)));
        // The first had to make room.
        assert_eq!(recent.nearest(SECOND, 4 * SECOND, 3.0), Some((&2, 1.0)));
        assert_eq!(recent.nearest(2 * SECOND, 6 * SECOND, 3.0), Some((&3, 1.0)));
        assert_eq!(recent.nearest(2 * SECOND, 8 * SECOND, 3.0), None);
        assert_eq!(recent.last(), Some(&4));
    }

    #[test]
    fn the_same_again_is_not_news() {
        let mut recent = Recent::new(3);
        assert!(recent.push(SECOND, SECOND, ()));
        assert!(!recent.push(SECOND, 9 * SECOND, ()));
        assert_eq!(recent.nearest(SECOND, 9 * SECOND, 3.0), None);
    }

    #[test]
    fn after_time_went_back_the_newer_of_two_counts() {
        let mut recent = Recent::new(3);
        recent.push(SECOND, 5 * SECOND, "before");
        recent.push(2 * SECOND, 6 * SECOND, "before");
        recent.push(SECOND, 7 * SECOND, "after");
        assert_eq!(recent.nearest(SECOND, 7 * SECOND, 3.0), Some((&"after", 0.0)));
    }
}
