//! Where each class stands, in a file of two slots of fixed size that are written in turn and in place: a write that is
//! cut off leaves the other one, and a full disk does not keep either from being written.

use super::class::Class;
use super::format::{VERSION, u32_at, u64_at};
use super::gaps::{Gap, Gaps, MOST, Reason};

/// The name of the file.
pub(super) const FILE: &str = "positions";
/// A page each, so that they do not share a sector.
pub(super) const SLOT: usize = 4096;

const MAGIC: [u8; 8] = *b"SNWSPOOL";

/// Where a class stands.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Position {
    /// No number from this one on was given to a message.
    pub(super) reserved: u64,
    /// Every number up to this one was acknowledged, or is a gap.
    pub(super) done: u64,
    /// How many messages gave way.
    pub(super) dropped: u64,
    /// How many could not be read back.
    pub(super) damaged: u64,
    /// How many the broker did not take.
    pub(super) refused: u64,
    pub(super) gaps: Gaps,
}

/// What the file says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Positions {
    pub(super) generation: u64,
    /// Tells this spool's numbers from those of one that was deleted.
    pub(super) spool_id: u64,
    /// Whether the process that wrote it ended in order: then every number below `reserved` was given.
    pub(super) is_closed: bool,
    pub(super) classes: [Position; Class::ALL.len()],
}

/// What is in the file.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Content {
    /// With whether both slots are whole: else a newer one than these may have been there.
    Known(Box<Positions>, bool),
    /// No slot is whole.
    Lost,
    OtherVersion(u32),
}

impl Positions {
    /// The slot that these go to, and its bytes.
    pub(super) fn slot(&self) -> (u64, Vec<u8>) {
        let mut bytes = Vec::with_capacity(SLOT);
        bytes.extend(MAGIC);
        bytes.extend(VERSION.to_le_bytes());
        bytes.extend(u32::from(self.is_closed).to_le_bytes());
        bytes.extend(self.generation.to_le_bytes());
        bytes.extend(self.spool_id.to_le_bytes());
        for class in &self.classes {
            let numbers = [class.reserved, class.done, class.dropped, class.damaged, class.refused];
            bytes.extend(numbers.iter().flat_map(|number| number.to_le_bytes()));
            let gaps = &class.gaps.all()[..class.gaps.all().len().min(MOST)];
            bytes.extend((gaps.len() as u32).to_le_bytes());
            for gap in gaps {
                bytes.extend(gap.from.to_le_bytes());
                bytes.extend(gap.to.to_le_bytes());
                bytes.push(gap.reason.code());
            }
        }
        bytes.resize(SLOT - 4, 0);
        bytes.extend(crc32c::crc32c(&bytes).to_le_bytes());
        (self.generation % 2 * SLOT as u64, bytes)
    }

    /// The newest whole slot of a file.
    pub(super) fn read(file: &[u8]) -> Content {
        let mut newest: Option<Positions> = None;
        let mut whole = 0;
        for slot in file.chunks_exact(SLOT) {
            let (body, crc) = slot.split_at(SLOT - 4);
            if !body.starts_with(&MAGIC) || u32_at(crc, 0) != Some(crc32c::crc32c(body)) {
                continue;
            }
            match u32_at(body, 8) {
                Some(VERSION) => {}
                Some(other) => return Content::OtherVersion(other),
                None => continue,
            }
            let positions = Self::parse(body);
            whole += usize::from(positions.is_some());
            if positions.as_ref().map(|read| read.generation) >= newest.as_ref().map(|read| read.generation) {
                newest = positions.or(newest);
            }
        }
        newest.map_or(Content::Lost, |known| Content::Known(Box::new(known), whole == 2))
    }

    fn parse(body: &[u8]) -> Option<Self> {
        let mut positions = Self {
            is_closed: u32_at(body, 12)? == 1,
            generation: u64_at(body, 16)?,
            spool_id: u64_at(body, 24)?,
            classes: Default::default(),
        };
        let mut at = 32;
        for class in &mut positions.classes {
            let number = |n: usize| u64_at(body, at + 8 * n);
            (class.reserved, class.done, class.dropped) = (number(0)?, number(1)?, number(2)?);
            (class.damaged, class.refused) = (number(3)?, number(4)?);
            let gaps = u32_at(body, at + 40)?;
            at += 44;
            for _ in 0..gaps {
                class.gaps.add(Gap {
                    from: u64_at(body, at)?,
                    to: u64_at(body, at + 8)?,
                    reason: Reason::of_code(*body.get(at + 16)?)?,
                });
                at += 17;
            }
        }
        Some(positions)
    }
}
