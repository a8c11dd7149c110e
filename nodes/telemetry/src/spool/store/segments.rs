//! What is written: records into segments, numbers and positions into their file.

use std::io;

use super::super::class::Class;
use super::super::format::{SEGMENT_HEADER, record, segment_header, segment_name};
use super::super::log::{Entry, Segment};
use super::super::positions::{FILE, Positions};
use super::Spool;

/// How many numbers are set aside at a time, so that none is given twice whatever is lost of the files.
pub(in crate::spool) const NUMBERS_AT_ONCE: u64 = 256;
impl Spool {
    /// What was pushed before is on disk when this returns, and what was acknowledged is known there.
    ///
    /// # Errors
    /// Where the disk refuses. What was written stays in the system's cache.
    pub fn sync(&mut self) -> io::Result<()> {
        let mut result = Ok(());
        for class in Class::ALL {
            result = result.and(self.sync_class(class));
        }
        if self.is_dirty {
            result = result.and(self.write_positions(false));
        }
        result
    }

    /// Ends in order: the next process goes on with the next number.
    ///
    /// # Errors
    /// As [`sync`](Self::sync).
    pub fn close(mut self) -> io::Result<()> {
        self.sync()?;
        for log in &mut self.logs {
            log.position.reserved = log.next;
        }
        self.write_positions(true)
    }

    /// Writes one record behind the others.
    pub(super) fn write(&mut self, class: Class, sequence: u64, message: &[u8]) -> io::Result<()> {
        if sequence >= self.logs[class.index()].position.reserved {
            self.set_numbers_aside(class)?;
        }
        let is_full =
            (self.logs[class.index()].segments.back()).is_some_and(|segment| segment.size >= self.limits.segment_bytes);
        if is_full && self.logs[class.index()].is_open {
            self.end_segment(class)?;
        }
        if !self.logs[class.index()].is_open {
            self.begin_segment(class, sequence)?;
        }
        let bytes = record(sequence, message);
        let log = &mut self.logs[class.index()];
        let Some(segment) = log.segments.back_mut() else {
            return Err(io::Error::other("a segment that was begun is gone"));
        };
        let (name, offset) = (segment_name(class, segment.first), segment.size);
        if let Err(error) = self.disk.append(&name, &bytes) {
            // What was written of it is taken back, else the next record would lie behind it.
            if self.disk.truncate(&name, offset).is_err() {
                log.is_open = false;
            }
            return Err(error);
        }
        segment.size += bytes.len() as u64;
        segment.live += 1;
        log.bytes += bytes.len() as u64;
        log.entries.push_back(Entry {
            sequence,
            segment: segment.first,
            offset: offset as u32,
            size: bytes.len() as u32,
            is_in_flight: false,
        });
        log.next = sequence + 1;
        log.is_unsynced = true;
        if class.is_synced_at_once() {
            // It is written; that it may not outlive a power cut is told with the next `sync`.
            let _ = self.sync_class(class);
        }
        Ok(())
    }

    pub(super) fn set_numbers_aside(&mut self, class: Class) -> io::Result<()> {
        let log = self.log(class);
        let before = log.position.reserved;
        log.position.reserved = log.next + NUMBERS_AT_ONCE;
        let result = self.write_positions(false);
        if result.is_err() {
            self.log(class).position.reserved = before;
        }
        result
    }

    fn begin_segment(&mut self, class: Class, first: u64) -> io::Result<()> {
        let name = segment_name(class, first);
        // A file of this name would be what a write has left that failed.
        let _ = self.disk.remove(&name);
        if let Err(error) = self.disk.append(&name, &segment_header()) {
            let _ = self.disk.remove(&name);
            return Err(error);
        }
        let log = self.log(class);
        log.segments.push_back(Segment {
            first,
            size: SEGMENT_HEADER as u64,
            live: 0,
        });
        (log.is_open, log.is_new) = (true, true);
        Ok(())
    }

    fn end_segment(&mut self, class: Class) -> io::Result<()> {
        let result = self.sync_class(class);
        self.log(class).is_open = false;
        result
    }

    fn sync_class(&mut self, class: Class) -> io::Result<()> {
        let log = &mut self.logs[class.index()];
        let Some(segment) = log.segments.back().filter(|_| log.is_unsynced) else {
            return Ok(());
        };
        let synced = self.disk.sync(&segment_name(class, segment.first));
        // After a failed sync the system may forget what it could not write: what follows goes to another file.
        log.is_unsynced = false;
        log.is_open &= synced.is_ok();
        synced?;
        if std::mem::take(&mut log.is_new) {
            self.disk.sync_folder()?;
        }
        Ok(())
    }

    pub(in crate::spool) fn write_positions(&mut self, is_closed: bool) -> io::Result<()> {
        let positions = Positions {
            generation: self.generation + 1,
            spool_id: self.spool_id,
            is_closed,
            classes: std::array::from_fn(|at| self.logs[at].position.clone()),
        };
        let (offset, bytes) = positions.slot();
        self.disk.write_at(FILE, offset, &bytes)?;
        self.disk.sync(FILE)?;
        self.generation += 1;
        self.is_dirty = false;
        Ok(())
    }
}
