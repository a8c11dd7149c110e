//! The spool itself: what comes in, what is to be sent next, and what becomes of it.

mod room;
mod segments;

use std::collections::HashMap;
use std::io;

use super::class::Class;
use super::disk::Disk;
use super::error::PushError;
use super::format::{MAX_MESSAGE, parse_record, record_size, segment_name};
use super::gaps::{Gap, Reason};
use super::limits::Limits;
use super::log::ClassLog;
use room::is_full;
pub(super) use segments::NUMBERS_AT_ONCE;

/// How many gaps a message tells of.
const GAPS_AT_ONCE: usize = 8;
/// How many messages that were moved aside are kept.
const KEPT_ASIDE: usize = 64;
/// What the names of their files begin with.
pub(super) const ASIDE: &str = "aside-";

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
            self.keep_aside(&format!("{ASIDE}{class}-{sequence:020}"), &bytes);
        }
        self.log(class).lose(sequence, Reason::Refused);
        self.is_dirty = true;
        self.delete_dead_segments();
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

    fn keep_aside(&mut self, name: &str, bytes: &[u8]) {
        // It was counted, and is announced; where the disk is full, its text is lost.
        if self.disk.append(name, bytes).is_err() {
            let _ = self.disk.remove(name);
        }
        let files = self.disk.list().unwrap_or_default();
        let mut aside: Vec<String> = files.into_iter().map(|(name, _)| name).collect();
        aside.retain(|name| name.starts_with(ASIDE));
        aside.sort_by(|one, other| one.rsplit('-').next().cmp(&other.rsplit('-').next()));
        for name in aside.iter().take(aside.len().saturating_sub(KEPT_ASIDE)) {
            let _ = self.disk.remove(name);
        }
    }
}
