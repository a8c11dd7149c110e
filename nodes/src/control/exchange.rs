//! Hands the newest value from one thread to another, lock-free and without allocation: three
//! buffers go round, and what was not taken in time is overwritten.

use std::sync::Arc;

use crossbeam_queue::ArrayQueue;

#[derive(Debug)]
struct Shared<T> {
    fresh: ArrayQueue<Box<T>>,
    spare: ArrayQueue<Box<T>>,
}

/// The end that gives values.
#[derive(Debug)]
pub(crate) struct Giver<T> {
    shared: Arc<Shared<T>>,
    own: Option<Box<T>>,
}

/// The end that takes them.
#[derive(Debug)]
pub(crate) struct Taker<T> {
    shared: Arc<Shared<T>>,
    newest: Box<T>,
}

/// A connected pair; `empty` gives the buffers their size.
pub(crate) fn exchange<T: Clone>(empty: &T) -> (Giver<T>, Taker<T>) {
    let shared = Arc::new(Shared {
        fresh: ArrayQueue::new(1),
        spare: ArrayQueue::new(2),
    });
    let giver = Giver {
        shared: shared.clone(),
        own: Some(Box::new(empty.clone())),
    };
    let taker = Taker {
        newest: Box::new(empty.clone()),
        shared,
    };
    // With this one there are three: one with each end, and one on its way.
    let _ = taker.shared.spare.push(Box::new(empty.clone()));
    (giver, taker)
}

impl<T> Giver<T> {
    /// Fills a buffer, which may hold any earlier value, and gives it away.
    pub(crate) fn give(&mut self, fill: impl FnOnce(&mut T)) {
        // The other end holds one buffer at most while it swaps, so one of the three is to be had.
        let Some(mut buffer) = self.own.take().or_else(|| self.shared.spare.pop()) else {
            return;
        };
        fill(&mut buffer);
        self.own = self.shared.fresh.force_push(buffer).or_else(|| self.shared.spare.pop());
    }
}

impl<T> Taker<T> {
    /// Takes the newest value; whether it is one that was not seen before.
    pub(crate) fn take(&mut self) -> bool {
        let Some(buffer) = self.shared.fresh.pop() else {
            return false;
        };
        let seen = std::mem::replace(&mut self.newest, buffer);
        let _ = self.shared.spare.push(seen);
        true
    }

    /// The value that was taken last.
    pub(crate) fn newest(&self) -> &T {
        &self.newest
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_value_is_taken_once() {
        let (mut giver, mut taker) = exchange(&0);
        assert!(!taker.take());
        for value in 1..100 {
            giver.give(|slot| *slot = value);
        }
        assert!(taker.take());
        assert_eq!(*taker.newest(), 99);
        assert!(!taker.take());
        assert_eq!(*taker.newest(), 99);
    }

    #[test]
    fn across_threads_values_are_whole_newer_each_time_and_the_last_arrives() {
        let (mut giver, mut taker) = exchange(&vec![0_u64; 64]);
        let writer = std::thread::spawn(move || {
            for value in 1..=200_000_u64 {
                giver.give(|slot| slot.fill(value));
            }
        });
        let mut last = 0;
        while last < 200_000 {
            if taker.take() {
                let value = taker.newest()[0];
                assert!(taker.newest().iter().all(|&v| v == value), "a torn value");
                assert!(value > last, "{value} after {last}");
                last = value;
            } else {
                std::thread::yield_now();
            }
        }
        writer.join().unwrap();
    }
}
