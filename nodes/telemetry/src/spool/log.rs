//! The messages of one class: where each lies, and the segment files that they lie in.

use std::collections::VecDeque;

use super::class::Class;
use super::format::{Found, SEGMENT_HEADER};
use super::gaps::{Gap, Reason};
use super::positions::Position;

/// A message that was neither acknowledged nor given up.
#[derive(Debug, Clone, Copy)]
pub(super) struct Entry {
    pub(super) sequence: u64,
    /// The first number of its segment.
    pub(super) segment: u64,
    pub(super) offset: u32,
    pub(super) size: u32,
    pub(super) is_in_flight: bool,
}

/// A file.
#[derive(Debug)]
pub(super) struct Segment {
    /// The number that it begins with, by which it is named.
    pub(super) first: u64,
    pub(super) size: u64,
    /// How many of its messages are still waited for.
    pub(super) live: u64,
}

impl Segment {
    pub(super) fn has_records(&self) -> bool {
        self.size > SEGMENT_HEADER as u64
    }
}

/// The messages of one class.
#[derive(Debug)]
pub(super) struct ClassLog {
    pub(super) class: Class,
    pub(super) entries: VecDeque<Entry>,
    pub(super) segments: VecDeque<Segment>,
    /// Whether the last segment takes more records.
    pub(super) is_open: bool,
    /// Whether the name of the last segment may not be on disk yet.
    pub(super) is_new: bool,
    /// Whether records of the last segment may not be on disk yet.
    pub(super) is_unsynced: bool,
    /// The number of the next message.
    pub(super) next: u64,
    pub(super) bytes: u64,
    pub(super) position: Position,
}

impl ClassLog {
    pub(super) fn new(class: Class) -> Self {
        Self {
            class,
            entries: VecDeque::new(),
            segments: VecDeque::new(),
            is_open: false,
            is_new: false,
            is_unsynced: false,
            next: 1,
            bytes: 0,
            position: Position {
                reserved: 1,
                ..Position::default()
            },
        }
    }

    /// Takes in what was found in a segment that is on disk.
    pub(super) fn recover(&mut self, first: u64, size: u64, found: &[Found]) {
        let mut segment = Segment { first, size, live: 0 };
        for record in found {
            let newest = self.entries.back().map_or(self.position.done, |entry| entry.sequence);
            if record.sequence <= newest {
                continue;
            }
            segment.live += 1;
            self.bytes += u64::from(record.size);
            self.entries.push_back(Entry {
                sequence: record.sequence,
                segment: first,
                offset: record.offset,
                size: record.size,
                is_in_flight: false,
            });
        }
        self.segments.push_back(segment);
    }

    /// Numbers that belong to a message that is not there, although nobody has said so yet.
    pub(super) fn find_damage(&mut self) {
        let mut missing = Vec::new();
        let mut expected = self.position.done.saturating_add(1);
        for entry in &self.entries {
            while expected < entry.sequence {
                // Known gaps are few and long: a whole one is stepped over at a time.
                if let Some(gap) = self.position.gaps.at(expected) {
                    expected = gap.to.saturating_add(1);
                    continue;
                }
                let next_gap = self.position.gaps.after(expected).unwrap_or(entry.sequence);
                let to = next_gap.min(entry.sequence) - 1;
                missing.push((expected, to));
                expected = to + 1;
            }
            expected = entry.sequence.saturating_add(1);
        }
        for (from, to) in missing {
            self.miss(from, to, Reason::Damaged);
        }
    }

    /// Nothing will come under numbers that are not known as a gap yet.
    pub(super) fn miss(&mut self, from: u64, to: u64, reason: Reason) {
        let known = |gap: &&Gap| from <= gap.to && gap.from <= to;
        let told: u64 = (self.position.gaps.all().iter().filter(known))
            .map(|gap| gap.to.min(to) - gap.from.max(from) + 1)
            .sum();
        if reason == Reason::Damaged {
            self.position.damaged = self
                .position
                .damaged
                .saturating_add((to - from + 1).saturating_sub(told));
        }
        if told < to - from + 1 {
            self.position.gaps.add(Gap { from, to, reason });
        }
    }

    pub(super) fn entry(&mut self, sequence: u64) -> Option<&mut Entry> {
        let at = self.entries.binary_search_by_key(&sequence, |entry| entry.sequence);
        at.ok().map(|at| &mut self.entries[at])
    }

    /// Waits for a message no longer.
    pub(super) fn remove(&mut self, sequence: u64) -> Option<Entry> {
        let at = self.entries.binary_search_by_key(&sequence, |entry| entry.sequence);
        let entry = self.entries.remove(at.ok()?)?;
        self.bytes -= u64::from(entry.size);
        if let Ok(at) = self
            .segments
            .binary_search_by_key(&entry.segment, |segment| segment.first)
        {
            self.segments[at].live -= 1;
        }
        self.position.done = self.done();
        Some(entry)
    }

    /// Gives a message up.
    pub(super) fn lose(&mut self, sequence: u64, reason: Reason) {
        self.position.gaps.add(Gap {
            from: sequence,
            to: sequence,
            reason,
        });
        let counted = match reason {
            Reason::Quota => &mut self.position.dropped,
            Reason::Damaged => &mut self.position.damaged,
            Reason::Refused => &mut self.position.refused,
            Reason::Restart => return,
        };
        *counted += 1;
    }

    /// Whether the first segment has nothing that is waited for, and takes no more records.
    pub(super) fn has_dead_segment(&self) -> bool {
        let is_last = self.segments.len() == 1;
        (self.segments.front()).is_some_and(|segment| segment.live == 0 && !(is_last && self.is_open))
    }

    pub(super) fn done(&self) -> u64 {
        self.entries.front().map_or(self.next, |entry| entry.sequence) - 1
    }
}
