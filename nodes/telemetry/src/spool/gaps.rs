//! Numbers under which nothing will come, and why.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Why numbers are missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// Messages gave way to newer or more important ones: a quota was reached, or the disk was full.
    Quota,
    /// Messages could not be read back from the disk.
    Damaged,
    /// The broker did not take messages, however often they were sent; they were moved aside.
    Refused,
    /// Numbers that were set aside by a process that did not end in order. They belong to no message, unless a power
    /// cut took one that was not on disk yet.
    Restart,
}

impl Reason {
    const ALL: [Self; 4] = [Self::Quota, Self::Damaged, Self::Refused, Self::Restart];

    pub(super) fn code(self) -> u8 {
        self as u8
    }

    pub(super) fn of_code(code: u8) -> Option<Self> {
        Self::ALL.get(usize::from(code)).copied()
    }

    /// Its name, as receivers get it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Quota => "quota",
            Self::Damaged => "damaged",
            Self::Refused => "refused",
            Self::Restart => "restart",
        }
    }
}

/// A range of numbers under which nothing will come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Gap {
    /// The first.
    pub from: u64,
    /// The last.
    pub to: u64,
    /// Why.
    pub reason: Reason,
}

impl fmt::Display for Gap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{} {}", self.from, self.to, self.reason.name())
    }
}

/// How many gaps of a class are told apart. Where there are more, the nearest are joined, and messages between them come
/// although they were told as missing.
pub(super) const MOST: usize = 32;

/// The gaps of a class that the receiver has not been told of for certain, in ascending order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Gaps(Vec<Gap>);

impl Gaps {
    pub(super) fn add(&mut self, gap: Gap) {
        let at = self.0.partition_point(|known| known.from < gap.from);
        self.0.insert(at, gap);
        self.0.dedup_by(|next, before| {
            let joins = next.reason == before.reason && next.from <= before.to.saturating_add(1);
            if joins {
                before.to = before.to.max(next.to);
            }
            joins
        });
        if self.0.len() > MOST {
            self.join_nearest();
        }
    }

    /// Makes one of the two gaps with the fewest numbers between them.
    fn join_nearest(&mut self) {
        let between = |at: &usize| self.0[at + 1].from.saturating_sub(self.0[*at].to);
        if let Some(at) = (0..self.0.len() - 1).min_by_key(between) {
            let next = self.0.remove(at + 1);
            self.0[at].to = self.0[at].to.max(next.to);
        }
    }

    /// What was told for certain is told no more.
    pub(super) fn told(&mut self, gap: &Gap) {
        let mut rest = Vec::with_capacity(self.0.len() + 1);
        for known in self.0.drain(..) {
            if known.reason != gap.reason || known.to < gap.from || gap.to < known.from {
                rest.push(known);
                continue;
            }
            if known.from < gap.from {
                rest.push(Gap {
                    to: gap.from - 1,
                    ..known
                });
            }
            if gap.to < known.to {
                rest.push(Gap {
                    from: gap.to + 1,
                    ..known
                });
            }
        }
        rest.truncate(MOST);
        self.0 = rest;
    }

    pub(super) fn all(&self) -> &[Gap] {
        &self.0
    }

    /// The gap that a number is in.
    pub(super) fn at(&self, number: u64) -> Option<&Gap> {
        self.0.iter().find(|gap| gap.from <= number && number <= gap.to)
    }

    /// Where the next gap behind a number begins.
    pub(super) fn after(&self, number: u64) -> Option<u64> {
        self.0.iter().map(|gap| gap.from).find(|from| *from > number)
    }
}
