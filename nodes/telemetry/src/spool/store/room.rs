//! Room for a message: within the quotas, and on the disk. What matters least gives way.

use std::io;

use super::super::class::Class;
use super::super::format::segment_name;
use super::super::gaps::Reason;
use super::super::log::ClassLog;
use super::Spool;

impl Spool {
    /// Drops what is too much once so many messages of so many bytes are added. Returns whether there is room then.
    pub(in crate::spool) fn make_room(&mut self, class: Class, size: (u64, u64)) -> bool {
        let (own, total) = (self.limits.of(class), self.limits.total);
        let mut has_room = true;
        while has_room && !own.has_room(&[&self.logs[class.index()]], size) {
            has_room = self.drop_oldest(class);
        }
        while has_room && !total.has_room(&self.logs.each_ref(), size) {
            // What matters more does not give way.
            let mut below = Class::ALL.into_iter().rev().take_while(|other| *other >= class);
            let lowest = below.find(|other| !self.logs[other.index()].entries.is_empty());
            has_room = lowest.is_some_and(|lowest| self.drop_oldest(lowest));
        }
        self.delete_dead_segments();
        has_room
    }

    fn drop_oldest(&mut self, class: Class) -> bool {
        let log = self.log(class);
        let Some(oldest) = log.entries.front().map(|entry| entry.sequence) else {
            return false;
        };
        log.remove(oldest);
        log.lose(oldest, Reason::Quota);
        self.told.remove(&(class, oldest));
        self.is_dirty = true;
        true
    }

    /// Does something that needs space on the disk, and makes room for it as long as there is something that matters
    /// no more than `class`.
    pub(super) fn with_space(
        &mut self,
        class: Class,
        mut act: impl FnMut(&mut Self) -> io::Result<()>,
    ) -> io::Result<()> {
        loop {
            match act(self) {
                Err(error) if is_full(&error) && self.free_space(class) => {}
                result => return result,
            }
        }
    }

    /// Deletes the oldest segment of the lowest class that has one, down from the lowest to `class`. Returns whether
    /// there was one.
    fn free_space(&mut self, class: Class) -> bool {
        let mut below = Class::ALL.into_iter().rev().take_while(|other| *other >= class);
        // One that was begun just now, for the message that finds no room, would be begun again.
        let oldest = |other: &Class| {
            self.logs[other.index()]
                .segments
                .front()
                .filter(|segment| segment.has_records())
        };
        let Some((lowest, first)) = below.find_map(|other| Some((other, oldest(&other)?.first))) else {
            return false;
        };
        while (self.logs[lowest.index()].entries.front()).is_some_and(|entry| entry.segment == first) {
            self.drop_oldest(lowest);
        }
        // Written in place: a full disk does not keep it from being known that these were dropped.
        let _ = self.write_positions(false);
        self.delete_first_segment(lowest).is_ok()
    }

    /// Deletes segments of which nothing is waited for, once it is known on disk that it is not.
    pub(in crate::spool) fn delete_dead_segments(&mut self) {
        if !self.logs.iter().any(ClassLog::has_dead_segment) {
            return;
        }
        if self.is_dirty && self.write_positions(false).is_err() {
            return;
        }
        for class in Class::ALL {
            while self.logs[class.index()].has_dead_segment() {
                if self.delete_first_segment(class).is_err() {
                    break;
                }
            }
        }
    }

    fn delete_first_segment(&mut self, class: Class) -> io::Result<()> {
        let log = &mut self.logs[class.index()];
        let Some(segment) = log.segments.front() else {
            return Ok(());
        };
        match self.disk.remove(&segment_name(class, segment.first)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        log.segments.pop_front();
        if log.segments.is_empty() {
            (log.is_open, log.is_unsynced, log.is_new) = (false, false, false);
        }
        Ok(())
    }
}

/// Whether an error says that there is no space: on the disk, for the user, or for a file.
pub(super) fn is_full(error: &io::Error) -> bool {
    use io::ErrorKind::{FileTooLarge, QuotaExceeded, StorageFull, WriteZero};
    matches!(error.kind(), FileTooLarge | QuotaExceeded | StorageFull | WriteZero)
}
