//! The tap on a control loop: a ring of records of its newest ticks, for any number of readers.
//!
//! The loop writes each record once, whether anybody reads or not, and never waits, locks or allocates. A reader has
//! a cursor of its own and copies records out: what others read it reads, too, and what was overwritten before its
//! turn it has lost, and counts.
//!
//! ```no_run
//! # fn with(operator: sinew_control::mailbox::Operator) {
//! let mut tap = operator.tap();
//! loop {
//!     while let Some(record) = tap.next_record() {
//!         println!("{} {:?}", record.tick.time_secs, record.written.position);
//!     }
//!     println!("{} records lost", tap.lost());
//!     std::thread::sleep(std::time::Duration::from_millis(20));
//! }
//! # }
//! ```

mod words;

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering, fence};

use crossbeam_utils::CachePadded;

use crate::record::{LoopRecord, RecordSizes, TickParts};

/// Records in a ring of numbered slots. The record with number `n` lies in slot `n % capacity`.
///
/// Each slot is a sequence lock: its first word is `2 n + 1` while record `n` is written and `2 n + 2` once it is
/// there; the record's own words follow. The words are atomic, so that a reader who is overtaken reads a mixture
/// and no more: he sees by the first word that he has to drop it.
struct Ring {
    sizes: RecordSizes,
    words: Box<[AtomicU64]>,
    slot_words: usize,
    capacity: u64,
    /// How many records have been written.
    written: CachePadded<AtomicU64>,
}

impl fmt::Debug for Ring {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ring")
            .field("capacity", &self.capacity)
            .field("written", &self.written)
            .finish_non_exhaustive()
    }
}

impl Ring {
    fn new(capacity: usize, sizes: RecordSizes) -> Self {
        // With one slot there would be nothing to read while it is written.
        let capacity = capacity.max(2);
        let slot_words = 1 + words::most_words(&sizes);
        Self {
            sizes,
            // Written one by one: no page is touched first in a tick.
            words: (0..capacity * slot_words).map(|_| AtomicU64::new(0)).collect(),
            slot_words,
            capacity: capacity as u64,
            written: CachePadded::default(),
        }
    }

    /// The sequence and the words of the slot of record `n`.
    fn slot(&self, n: u64) -> (&AtomicU64, &[AtomicU64]) {
        let start = (n % self.capacity) as usize * self.slot_words;
        (&self.words[start], &self.words[start + 1..start + self.slot_words])
    }
}

/// The sequence of a slot that holds record `n`.
fn sequence_of(n: u64) -> u64 {
    2 * n + 2
}

/// The loop's end.
#[derive(Debug)]
pub(crate) struct Publisher {
    ring: Arc<Ring>,
    next: u64,
}

impl Publisher {
    /// Of a ring that keeps the newest `records` records: one may be written meanwhile.
    pub(crate) fn new(records: usize, sizes: RecordSizes) -> Self {
        Self {
            ring: Arc::new(Ring::new(records.saturating_add(1), sizes)),
            next: 0,
        }
    }

    pub(crate) fn tap(&self) -> Tap {
        Tap(self.ring.clone())
    }

    /// Writes the record of one tick.
    pub(crate) fn publish(&mut self, parts: &TickParts<'_>) {
        let (sequence, words) = self.ring.slot(self.next);
        // Whoever sees this one sees `written` as it was before it.
        sequence.store(sequence_of(self.next) - 1, Ordering::Release);
        // No word of the record may be seen before it.
        fence(Ordering::Release);
        words::write(parts, words);
        sequence.store(sequence_of(self.next), Ordering::Release);
        self.next += 1;
        self.ring.written.store(self.next, Ordering::Release);
    }
}

/// Where readers come from.
#[derive(Debug, Clone)]
pub(crate) struct Tap(Arc<Ring>);

impl Tap {
    /// A reader of the records that are written from now on.
    pub(crate) fn reader(&self) -> TapReader {
        let ring = self.0.clone();
        TapReader {
            next: ring.written.load(Ordering::Acquire),
            lost: 0,
            words: vec![0; ring.slot_words - 1].into(),
            record: LoopRecord::empty(&ring.sizes),
            ring,
        }
    }
}

/// A reader of a control loop's records, in order. Each reader gets all of them, but for those that it has lost.
#[derive(Debug)]
pub struct TapReader {
    ring: Arc<Ring>,
    /// The number of the record that is read next.
    next: u64,
    lost: u64,
    words: Box<[u64]>,
    record: LoopRecord,
}

impl TapReader {
    /// The oldest record that was not read yet and is still there; `None` where there is no newer one. Never waits
    /// for the loop, and does not allocate.
    pub fn next_record(&mut self) -> Option<&LoopRecord> {
        loop {
            let (sequence, words) = self.ring.slot(self.next);
            let before = sequence.load(Ordering::Acquire);
            if before < sequence_of(self.next) {
                return None;
            }
            if before == sequence_of(self.next) {
                for (copy, word) in self.words.iter_mut().zip(words) {
                    *copy = word.load(Ordering::Relaxed);
                }
                // Whoever has copied a newer word sees the newer sequence.
                fence(Ordering::Acquire);
                if sequence.load(Ordering::Relaxed) == before {
                    self.next += 1;
                    words::read(&self.words, &self.ring.sizes, &mut self.record);
                    return Some(&self.record);
                }
            }
            self.skip();
        }
    }

    /// How many records were overwritten before they were read.
    pub fn lost(&self) -> u64 {
        self.lost
    }

    /// Goes on with the oldest record that will not be overwritten next.
    fn skip(&mut self) {
        let written = self.ring.written.load(Ordering::Acquire);
        let oldest = (written + 1).saturating_sub(self.ring.capacity).max(self.next + 1);
        self.lost += oldest - self.next;
        self.next = oldest;
    }
}

#[cfg(test)]
mod tests;
