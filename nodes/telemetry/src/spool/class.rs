use std::fmt;

use serde::{Deserialize, Serialize};

/// How much a message matters. Those of a class go out in their order, a class before the ones below it; what has to
/// give way for want of space is the oldest of the lowest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Class {
    /// Stops of a control loop. On disk before anything else is done.
    Safety,
    /// Answers to commands from the cloud.
    Replies,
    /// Changes of mode, failures of nodes, changes of level on `/diagnostics`.
    Events,
    /// State of health and aggregates, at most once a second.
    Health,
    /// What somebody has asked for and can wait.
    Bulk,
}

impl Class {
    /// All of them, the highest first.
    pub const ALL: [Self; 5] = [Self::Safety, Self::Replies, Self::Events, Self::Health, Self::Bulk];

    /// Its name, which is also the last level of its topic.
    pub fn name(self) -> &'static str {
        match self {
            Self::Safety => "safety",
            Self::Replies => "replies",
            Self::Events => "events",
            Self::Health => "health",
            Self::Bulk => "bulk",
        }
    }

    /// Its place in [`Class::ALL`].
    pub(super) fn index(self) -> usize {
        self as usize
    }

    /// Whether a message is on disk, beyond the system's cache, before [`push`](super::Spool::push) returns.
    pub(super) fn is_synced_at_once(self) -> bool {
        self == Self::Safety
    }
}

impl fmt::Display for Class {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
