use std::collections::HashMap;
use std::io;

use super::class::Class;
use super::disk::Disk;
use super::error::PushError;
use super::format::{MAX_MESSAGE, SEGMENT_HEADER, parse_record, record, record_size, segment_header, segment_name};
use super::gaps::{Gap, Reason};
use super::limits::Limits;
use super::log::{ClassLog, Segment};
use super::positions::{FILE, Positions};

/// How many numbers are set aside at a time, so that none is given twice whatever is lost of the files.
pub(super) const NUMBERS_AT_ONCE: u64 = 256;
/// How many gaps a message tells of.
const GAPS_AT_ONCE: usize = 8;
/// How many messages that were moved aside are kept.
const KEPT_ASIDE: usize = 64;

/// Messages on disk; see [the module](super).
#[derive(Debug)]
pub struct Spool {
    pub(super) disk: Box<dyn Disk>,
    pub(super) limits: Limits,
    pub(super) generation: u64,
    pub(super) spool_id: u64,
    pub(super) logs: [ClassLog; Class::ALL.len()],
    /// Whether the file of positions is behind.
    pub(super) is_dirty: bool,
    /// The gaps that messages in flight tell of.
    pub(super) told: HashMap<(Class, u64), Vec<Gap>>,
}

/// A message that is to be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outgoing {
    /// Its class.
    pub class: Class,
    /// Its number within the class.
    pub sequence: u64,
    /// What was pushed.
    pub message: Vec<u8>,
    /// Numbers of its class under which nothing will come. They count as told once this message is acknowledged.
    pub gaps: Vec<Gap>,
}

/// What there is of a class, and what became of what was.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ClassCounts {
    /// Messages that wait or are in flight.
    pub messages: u64,
    /// Their bytes.
    pub bytes: u64,
    /// The number of the oldest, where there is one.
    pub oldest: Option<u64>,
    /// The number that the next one gets.
    pub next: u64,
    /// How many gave way, since the spool was made.
    pub dropped: u64,
    /// How many could not be read back.
    pub damaged: u64,
    /// How many were moved aside.
    pub refused: u64,
}

impl Spool {
    /// Tells this spool's numbers from those of another one of the same robot: 16 hexadecimal digits.
    pub fn id(&self) -> String {
        format!("{:016x}", self.spool_id)
    }

    /// Keeps a message, and returns its number. Whatever has to give way does.
    ///
    /// # Errors
    /// See [`PushError`]; the message is counted as dropped.
    pub fn push(&mut self, class: Class, message: &[u8]) -> Result<u64, PushError> {
        let size = record_size(message.len()) as u64;
        let most = self.limits.of(class).bytes.min(self.limits.total.bytes);
        if message.len() > MAX_MESSAGE || size > most || self.limits.of(class).messages == 0 {
            self.log(class).position.dropped += 1;
            return Err(PushError::TooLarge {
                class,
                size: message.len(),
                most: most.min(MAX_MESSAGE as u64),
            });
        }
        let sequence = self.log(class).next;
        let written = if self.make_room(class, (1, size)) {
            self.with_space(class, |spool| spool.write(class, sequence, message))
        } else {
            Err(io::ErrorKind::StorageFull.into())
        };
        written.map(|()| sequence).map_err(|source| {
            self.lose_new(class);
            if is_full(&source) {
                PushError::Full { class }
            } else {
                PushError::Io { class, source }
            }
        })
    }

    /// A message that could not be kept uses its number up, so that the receiver hears of it.
    fn lose_new(&mut self, class: Class) {
        let log = &self.logs[class.index()];
        let has_number = log.next < log.position.reserved || self.set_numbers_aside(class).is_ok();
        let log = self.log(class);
        if has_number {
            let sequence = log.next;
            log.next += 1;
            log.lose(sequence, Reason::Quota);
            log.position.done = log.done();
        } else {
            log.position.dropped += 1;
        }
        self.is_dirty = true;
    }

    /// The next message to send, the highest class first, among those of which `may_go` says so. It is in flight until
    /// it is acknowledged, put back or moved aside.
    pub fn take_next(&mut self, may_go: impl Fn(Class, u64) -> bool) -> Option<Outgoing> {
        for class in Class::ALL {
            let mut at = 0;
            while let Some(&entry) = self.logs[class.index()].entries.get(at) {
                if entry.is_in_flight || !may_go(class, entry.sequence) {
                    at += 1;
                    continue;
                }
                let name = segment_name(class, entry.segment);
                let read = self.disk.read(&name, u64::from(entry.offset), entry.size as usize);
                let message = read.ok().and_then(|bytes| {
                    let (sequence, message) = parse_record(&bytes)?;
                    (sequence == entry.sequence).then(|| message.to_vec())
                });
                let log = self.log(class);
                let Some(message) = message else {
                    log.remove(entry.sequence);
                    log.lose(entry.sequence, Reason::Damaged);
                    self.is_dirty = true;
                    continue;
                };
                log.entries[at].is_in_flight = true;
                return Some(Outgoing {
                    class,
                    sequence: entry.sequence,
                    message,
                    gaps: self.tell_gaps(class, entry.sequence),
                });
            }
        }
        None
    }

    /// A message has arrived: it is not waited for any longer.
    pub fn acknowledge(&mut self, class: Class, sequence: u64) {
        let told = self.told.remove(&(class, sequence)).unwrap_or_default();
        let log = self.log(class);
        log.remove(sequence);
        // As long as an older message waits, it has to be known after a restart why numbers behind it are missing: until
        // then a gap is told again.
        for gap in told.iter().filter(|gap| gap.to <= log.position.done) {
            log.position.gaps.told(gap);
        }
        self.is_dirty = true;
        self.delete_dead_segments();
    }

    /// A message was not sent, or is not known to have arrived: it waits again.
    pub fn put_back(&mut self, class: Class, sequence: u64) {
        self.told.remove(&(class, sequence));
        if let Some(entry) = self.log(class).entry(sequence) {
            entry.is_in_flight = false;
        }
    }

    /// A message will not be taken, however often it is sent: it is kept in a file `aside-CLASS-NUMBER`, of which there
    /// are at most 64, and announced as a gap.
    pub fn move_aside(&mut self, class: Class, sequence: u64) {
        self.told.remove(&(class, sequence));
        let Some(entry) = self.log(class).remove(sequence) else {
            return;
        };
        let read = self.disk.read(
            &segment_name(class, entry.segment),
            u64::from(entry.offset),
            entry.size as usize,
        );
        if let Ok(bytes) = read {
            self.keep_aside(&format!("aside-{class}-{sequence:020}"), &bytes);
        }
        self.log(class).lose(sequence, Reason::Refused);
        self.is_dirty = true;
        self.delete_dead_segments();
    }

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

    /// What there is of a class.
    pub fn counts(&self, class: Class) -> ClassCounts {
        let log = &self.logs[class.index()];
        ClassCounts {
            messages: log.entries.len() as u64,
            bytes: log.bytes,
            oldest: log.entries.front().map(|entry| entry.sequence),
            next: log.next,
            dropped: log.position.dropped,
            damaged: log.position.damaged,
            refused: log.position.refused,
        }
    }

    /// The gaps of a class of which the receiver has not been told for certain.
    pub fn gaps(&self, class: Class) -> Vec<Gap> {
        self.logs[class.index()].position.gaps.all().to_vec()
    }

    fn log(&mut self, class: Class) -> &mut ClassLog {
        &mut self.logs[class.index()]
    }

    /// The gaps that no other message in flight tells of.
    fn tell_gaps(&mut self, class: Class, sequence: u64) -> Vec<Gap> {
        let told = |gap: &&Gap| {
            let mut others = self.told.iter().filter(|((other, _), _)| *other == class);
            others.any(|(_, gaps)| gaps.contains(gap))
        };
        let all = self.logs[class.index()].position.gaps.all();
        let gaps: Vec<Gap> = all
            .iter()
            .filter(|gap| !told(gap))
            .take(GAPS_AT_ONCE)
            .copied()
            .collect();
        if !gaps.is_empty() {
            self.told.insert((class, sequence), gaps.clone());
        }
        gaps
    }

    /// Drops what is too much once so many messages of so many bytes are added. Returns whether there is room then.
    pub(super) fn make_room(&mut self, class: Class, size: (u64, u64)) -> bool {
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
    fn with_space(&mut self, class: Class, mut act: impl FnMut(&mut Self) -> io::Result<()>) -> io::Result<()> {
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
    pub(super) fn delete_dead_segments(&mut self) {
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

    /// Writes one record behind the others.
    fn write(&mut self, class: Class, sequence: u64, message: &[u8]) -> io::Result<()> {
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
        log.entries.push_back(super::log::Entry {
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

    fn set_numbers_aside(&mut self, class: Class) -> io::Result<()> {
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

    pub(super) fn write_positions(&mut self, is_closed: bool) -> io::Result<()> {
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

    fn keep_aside(&mut self, name: &str, bytes: &[u8]) {
        // It was counted, and is announced; where the disk is full, its text is lost.
        if self.disk.append(name, bytes).is_err() {
            let _ = self.disk.remove(name);
        }
        let files = self.disk.list().unwrap_or_default();
        let mut aside: Vec<String> = files.into_iter().map(|(name, _)| name).collect();
        aside.retain(|name| name.starts_with("aside-"));
        aside.sort_by(|one, other| one.rsplit('-').next().cmp(&other.rsplit('-').next()));
        for name in aside.iter().take(aside.len().saturating_sub(KEPT_ASIDE)) {
            let _ = self.disk.remove(name);
        }
    }
}

/// Whether an error says that there is no space: on the disk, for the user, or for a file.
fn is_full(error: &io::Error) -> bool {
    use io::ErrorKind::{FileTooLarge, QuotaExceeded, StorageFull, WriteZero};
    matches!(error.kind(), FileTooLarge | QuotaExceeded | StorageFull | WriteZero)
}
