//! The spool: messages on disk until somebody has acknowledged them, without a bus, a network or a thread.
//!
//! Each class of messages has segment files that are only added to, and numbers of its own, which begin at 1 and never
//! repeat. Where each class stands is in a file of its own (`positions.rs`). What holds:
//!
//! - a message is there until it was acknowledged, gave way to a quota or a full disk, was refused for good, or cannot
//!   be read back; whatever its end, its number is either delivered or announced as a [`Gap`];
//! - a process that is killed loses nothing; a power cut at most what was not synced: nothing of the class `safety`, of
//!   the others what came since the last [`Spool::sync`];
//! - after an acknowledgement a crash may send a message again, under its number.

mod class;
mod disk;
mod error;
mod format;
mod gaps;
mod inspect;
mod limits;
mod log;
#[cfg(test)]
mod memory_disk;
mod open;
mod positions;
mod store;
#[cfg(test)]
mod tests;

pub use class::Class;
pub use error::{OpenError, PushError};
pub use gaps::{Gap, Reason};
pub use inspect::{Aside, ClassInspection, InspectError, Inspection, Oldest};
pub use limits::{Limits, Quota};
pub use open::Opened;
pub use store::{ClassCounts, Outgoing, Spool};

/// Longest message, in bytes.
pub const MAX_MESSAGE: usize = format::MAX_MESSAGE;
