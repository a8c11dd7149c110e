use super::class::Class;
use super::log::ClassLog;

/// What may lie in a spool.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quota {
    /// Bytes of messages, with what a record has beside them.
    pub bytes: u64,
    /// Messages.
    pub messages: u64,
}

impl Quota {
    /// Whether what waits is within it once so many messages are added, of so many bytes in all.
    pub(super) fn has_room(&self, logs: &[&ClassLog], (messages, bytes): (u64, u64)) -> bool {
        let waiting = logs.iter().map(|log| log.entries.len() as u64).sum::<u64>();
        let their_bytes = logs.iter().map(|log| log.bytes).sum::<u64>();
        waiting + messages <= self.messages && their_bytes + bytes <= self.bytes
    }
}

/// The quotas of a spool. Each message costs about 32 bytes of memory while it waits, besides its place on disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Of all classes together.
    pub total: Quota,
    /// Of each class, in the order of [`Class::ALL`].
    pub classes: [Quota; Class::ALL.len()],
    /// From what size on a new segment file is begun. What was delivered is deleted by whole segments, so that a class
    /// may take this much more on disk than its quota.
    pub segment_bytes: u64,
}

impl Limits {
    /// The same quota for all classes together and for each.
    pub fn same(bytes: u64, messages: u64, segment_bytes: u64) -> Self {
        let quota = Quota { bytes, messages };
        Self {
            total: quota,
            classes: [quota; Class::ALL.len()],
            segment_bytes,
        }
    }

    pub(super) fn of(&self, class: Class) -> Quota {
        self.classes[class.index()]
    }
}
