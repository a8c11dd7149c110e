//! How a spool is found again after whatever has happened to it.

use std::collections::HashMap;
use std::io;
use std::path::Path;

use super::class::Class;
use super::disk::{Disk, Folder};
use super::error::OpenError;
use super::format::{SEGMENT_HEADER, VERSION, parse_segment_name, scan, segment_name, segment_version};
use super::gaps::Reason;
use super::limits::Limits;
use super::log::ClassLog;
use super::positions::{Content, FILE, Positions, SLOT};
use super::store::{NUMBERS_AT_ONCE, Spool};

/// A segment that is larger than this was not written by a spool, and is not read.
pub(super) const LARGEST_SEGMENT: u64 = 32 << 20;

/// What was found when a spool was opened.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Opened {
    /// Messages that wait.
    pub messages: u64,
    /// What is damaged, each in a sentence for people.
    pub damage: Vec<String>,
    /// Whether the process before did not end in order.
    pub was_cut_off: bool,
}

impl Spool {
    /// Opens the spool in a folder, which is made where there is none. What is damaged is counted, told and skipped.
    ///
    /// # Errors
    /// Where another process has it open, where it is of another version, and where the system refuses.
    pub fn open(folder: &Path, limits: Limits) -> Result<(Self, Opened), OpenError> {
        let disk = Box::new(Folder::open(folder)?);
        Self::on(disk, limits, folder)
    }

    pub(super) fn on(mut disk: Box<dyn Disk>, limits: Limits, folder: &Path) -> Result<(Self, Opened), OpenError> {
        let failed = |source| OpenError::Io {
            folder: folder.to_owned(),
            source,
        };
        let of_version = |found| OpenError::Version {
            folder: folder.to_owned(),
            expected: VERSION,
            found,
        };
        let mut opened = Opened::default();
        let mut logs = Class::ALL.map(ClassLog::new);
        let mut files = disk.list().map_err(failed)?;
        files.sort();
        let has_segments = files.iter().any(|(name, _)| parse_segment_name(name).is_some());
        let has_positions = files.iter().any(|(name, _)| name == FILE);
        let content = if has_positions {
            Positions::read(&disk.read(FILE, 0, 2 * SLOT).map_err(failed)?)
        } else {
            Content::Lost
        };
        let mut positions = match content {
            Content::OtherVersion(found) => return Err(of_version(found)),
            Content::Known(mut known, is_whole) => {
                for (log, position) in logs.iter_mut().zip(&mut known.classes) {
                    log.position = std::mem::take(position);
                    log.next = log.position.reserved;
                }
                if !is_whole {
                    opened
                        .damage
                        .push(format!("`{FILE}`: one of its two slots is not whole"));
                    known.is_closed = false;
                    for log in &mut logs {
                        log.next += NUMBERS_AT_ONCE;
                    }
                }
                *known
            }
            Content::Lost => Positions {
                spool_id: rand::random(),
                is_closed: !has_segments,
                ..Positions::default()
            },
        };
        let is_lost = positions.generation == 0;
        if is_lost && (has_segments || has_positions) {
            let said = "is missing or not whole: what is there goes out again, under new names";
            opened.damage.push(format!("`{FILE}` {said}"));
        }
        opened.was_cut_off = !positions.is_closed;
        for (name, size) in &files {
            let Some((class, first)) = parse_segment_name(name) else {
                continue;
            };
            let log = &mut logs[class.index()];
            let bytes = if *size > LARGEST_SEGMENT {
                Vec::new()
            } else {
                disk.read(name, 0, *size as usize).map_err(failed)?
            };
            match segment_version(&bytes) {
                Some(VERSION) => {}
                Some(found) => return Err(of_version(found)),
                None if bytes.len() < SEGMENT_HEADER => {}
                None => opened.damage.push(format!("`{name}`: its header is not whole")),
            }
            let scan = scan(&bytes);
            if scan.damaged_bytes > 0 {
                let what = if scan.is_torn { "the last" } else { "in all," };
                opened.damage.push(format!(
                    "`{name}`: {what} {} bytes of {size} are no whole message",
                    scan.damaged_bytes
                ));
            }
            if is_lost && log.segments.is_empty() {
                log.position.done = scan.found.first().map_or(first, |found| found.sequence).max(1) - 1;
            }
            log.recover(first, *size, &scan.found);
        }
        for log in &mut logs {
            let damaged = log.position.damaged;
            log.find_damage();
            let last = log.entries.back().map_or(log.position.done, |entry| entry.sequence);
            if log.next > last + 1 {
                // A process that ended in order had given every number to a message.
                let reason = if positions.is_closed {
                    Reason::Damaged
                } else {
                    Reason::Restart
                };
                log.miss(last + 1, log.next - 1, reason);
            }
            if log.position.damaged > damaged {
                let lost = log.position.damaged - damaged;
                opened
                    .damage
                    .push(format!("{lost} messages of the class {} are not there", log.class));
            }
            log.next = log.next.max(last + 1);
            log.position.reserved = log.next;
            log.position.done = log.done();
            opened.messages += log.entries.len() as u64;
        }
        positions.is_closed = false;
        let mut spool = Self {
            disk,
            limits,
            generation: positions.generation,
            spool_id: positions.spool_id,
            logs,
            is_dirty: true,
            told: HashMap::new(),
        };
        spool.begin(is_lost).map_err(failed)?;
        Ok((spool, opened))
    }

    /// Both slots are there before the first number is given.
    fn begin(&mut self, is_lost: bool) -> io::Result<()> {
        if is_lost {
            self.write_positions(false)?;
        }
        self.write_positions(false)?;
        // What a process that was killed had written last is still in the system's cache alone.
        for log in &mut self.logs {
            if let Some(last) = log.segments.back() {
                self.disk.sync(&segment_name(log.class, last.first))?;
            }
        }
        self.disk.sync_folder()?;
        // What had given way when a process was killed is there again, and quotas may be others.
        for class in Class::ALL {
            self.make_room(class, (0, 0));
        }
        Ok(())
    }
}
