//! Hands the newest value from one thread to another: wait-free at both ends, and without allocation.
//!
//! Buffers go round; what was not taken in time is overwritten. A queue will not do here: one whose
//! other end was interrupted in the middle of an operation has to be waited for, and a real-time thread
//! that waits for what it has interrupted itself waits for ever.
//!
//! ```
//! let (mut giver, mut taker) = sinew_control::exchange::exchange(&[0.0; 3]);
//! giver.give(|slot| slot[0] = 0.5);
//! assert!(taker.take());
//! assert_eq!(taker.newest()[0], 0.5);
//! assert!(!taker.take());
//! ```

use std::fmt;
use std::sync::Arc;

use crossbeam_utils::atomic::AtomicCell;

/// A place for a buffer: one pointer, exchanged in one step.
type Place<T> = AtomicCell<Option<Box<T>>>;

struct Shared<T> {
    fresh: Place<T>,
    /// Two, so that one is free whenever a buffer has been read.
    spares: [Place<T>; 2],
}

impl<T> fmt::Debug for Shared<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Shared")
    }
}

/// The end that gives values.
#[derive(Debug)]
pub struct Giver<T> {
    shared: Arc<Shared<T>>,
    own: Option<Box<T>>,
}

/// The end that takes them.
#[derive(Debug)]
pub struct Taker<T> {
    shared: Arc<Shared<T>>,
    newest: Box<T>,
}

/// A connected pair; copies of `empty` give the three buffers their size.
pub fn exchange<T: Clone>(empty: &T) -> (Giver<T>, Taker<T>) {
    let buffer = || Box::new(empty.clone());
    let shared = Arc::new(Shared {
        fresh: AtomicCell::new(None),
        spares: [AtomicCell::new(Some(buffer())), AtomicCell::new(None)],
    });
    let giver = Giver {
        shared: shared.clone(),
        own: Some(buffer()),
    };
    let newest = buffer();
    (giver, Taker { shared, newest })
}

impl<T> Giver<T> {
    /// Fills a buffer, which may hold any earlier value, and gives it away.
    pub fn give(&mut self, fill: impl FnOnce(&mut T)) {
        let Shared { fresh, spares } = &*self.shared;
        let mut buffer = loop {
            let kept = self.own.take().or_else(|| spares.iter().find_map(AtomicCell::take));
            // The taker holds two buffers at most, so the third is in one of the places. It is missed
            // only when the taker moves it meanwhile; an interrupted taker moves nothing.
            if let Some(buffer) = kept.or_else(|| fresh.take()) {
                break buffer;
            }
        };
        fill(&mut buffer);
        self.own = fresh.swap(Some(buffer));
    }
}

impl<T> Taker<T> {
    /// Takes the newest value; whether it is one that was not seen before.
    pub fn take(&mut self) -> bool {
        let Some(buffer) = self.shared.fresh.take() else {
            return false;
        };
        let mut seen = Some(std::mem::replace(&mut self.newest, buffer));
        for place in &self.shared.spares {
            seen = place.swap(seen);
            if seen.is_none() {
                break;
            }
        }
        true
    }

    /// The value that was taken last.
    pub fn newest(&self) -> &T {
        &self.newest
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_exchanged_in_one_step() {
        assert!(Place::<u8>::is_lock_free());
    }

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
    fn no_buffer_is_lost_whatever_the_order() {
        let (mut giver, mut taker) = exchange(&0_u32);
        let mut addresses = std::collections::BTreeSet::new();
        for step in 0..4096_u32 {
            // Every pattern of twelve gives and takes.
            for bit in 0..12 {
                if step >> bit & 1 == 0 {
                    giver.give(|slot| {
                        addresses.insert(std::ptr::from_mut(slot) as usize);
                        *slot = step;
                    });
                } else {
                    taker.take();
                }
            }
        }
        assert_eq!(addresses.len(), 3);
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
