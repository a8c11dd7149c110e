//! The tap on a control loop: a ring of records of its newest ticks, for any number of readers.
//!
//! The loop writes each record once, whether anybody reads or not, and never waits or allocates. A reader has a cursor
//! of its own and copies records out: what others read it reads, too, and what was overwritten before its turn, or
//! left out for a reader that was held up, it has lost, and counts.
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

mod slot;

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, RwLock};

use crossbeam_utils::CachePadded;

use crate::record::{LoopRecord, RecordSizes, TickParts};
use crate::sync::{try_read, try_write};
use slot::Slot;

/// Records in a ring of numbered slots. The record with number `n` lies in slot `n % slots.len()`.
///
/// Nobody waits for the lock of a slot. A reader who does not get it is overtaken: the loop writes a newer record
/// there. The loop does not get it where a reader still copies the record of a whole ring before: then it leaves
/// its new one out, which every reader counts as lost.
struct Ring {
    sizes: RecordSizes,
    slots: Box<[CachePadded<RwLock<Slot>>]>,
    /// How many records have been written or left out.
    written: CachePadded<AtomicU64>,
}

impl fmt::Debug for Ring {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ring")
            .field("slots", &self.slots.len())
            .field("written", &self.written)
            .finish_non_exhaustive()
    }
}

impl Ring {
    fn new(slots: usize, sizes: RecordSizes) -> Self {
        // With one slot there would be nothing to read while it is written.
        let slots = (0..slots.max(2)).map(|_| CachePadded::new(RwLock::new(Slot::new(&sizes))));
        Self {
            sizes,
            slots: slots.collect(),
            written: CachePadded::default(),
        }
    }

    /// The slot of record `n`.
    fn slot(&self, n: u64) -> &RwLock<Slot> {
        &self.slots[(n % self.slots.len() as u64) as usize]
    }
}

/// The loop's end.
#[derive(Debug)]
pub(crate) struct Publisher {
    ring: Arc<Ring>,
    next: u64,
    /// The slot of the next record.
    at: usize,
}

impl Publisher {
    /// Of a ring that keeps the newest `records` records: one may be written meanwhile.
    pub(crate) fn new(records: usize, sizes: RecordSizes) -> Self {
        Self {
            ring: Arc::new(Ring::new(records.saturating_add(1), sizes)),
            next: 0,
            at: 0,
        }
    }

    pub(crate) fn tap(&self) -> Tap {
        Tap(self.ring.clone())
    }

    /// Writes the record of one tick.
    pub(crate) fn publish(&mut self, parts: &TickParts<'_>) {
        if let Some(mut slot) = try_write(&self.ring.slots[self.at]) {
            slot.write(parts);
            slot.number = Some(self.next);
        }
        self.next += 1;
        self.at = if self.at + 1 < self.ring.slots.len() {
            self.at + 1
        } else {
            0
        };
        self.ring.written.store(self.next, Ordering::Release);
    }
}

/// Where readers come from.
#[derive(Debug, Clone)]
pub(crate) struct Tap(Arc<Ring>);

impl Tap {
    /// A reader of the records that are written from now on.
    pub(crate) fn reader(&self) -> TapReader {
        self.reader_from(self.0.written.load(Ordering::Acquire))
    }

    /// A reader of all records: it has lost those that are not there any more.
    pub(crate) fn reader_of_all(&self) -> TapReader {
        self.reader_from(0)
    }

    fn reader_from(&self, next: u64) -> TapReader {
        let ring = self.0.clone();
        TapReader {
            next,
            lost: 0,
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
    record: LoopRecord,
}

impl TapReader {
    /// The oldest record that was not read yet and is still there; `None` where there is no newer one. Never waits
    /// for the loop, and does not allocate.
    pub fn next_record(&mut self) -> Option<&LoopRecord> {
        loop {
            let written = self.ring.written.load(Ordering::Acquire);
            if self.next >= written {
                return None;
            }
            if let Some(slot) = try_read(self.ring.slot(self.next))
                && slot.number == Some(self.next)
            {
                slot.read(&mut self.record);
                self.next += 1;
                return Some(&self.record);
            }
            self.skip(written);
        }
    }

    /// How many records were overwritten before they were read, or left out.
    pub fn lost(&self) -> u64 {
        self.lost
    }

    /// Goes on with the oldest of the `written` records that will not be overwritten next.
    fn skip(&mut self, written: u64) {
        let slots = self.ring.slots.len() as u64;
        let oldest = (written + 1).saturating_sub(slots).max(self.next + 1);
        self.lost += oldest - self.next;
        self.next = oldest;
    }
}

#[cfg(test)]
mod tests;
