use std::collections::VecDeque;

use super::super::{Durability, Qos, Sample};

/// The last messages of a publisher, for those who join late.
#[derive(Debug)]
pub(super) struct History {
    depth: usize,
    samples: VecDeque<Sample>,
}

impl History {
    pub(super) fn new(qos: Qos) -> Self {
        Self {
            depth: qos.depth.max(1),
            samples: VecDeque::new(),
        }
    }

    /// Keeps a message; gives back the one that it displaces.
    pub(super) fn keep(&mut self, sample: Sample) -> Option<Sample> {
        let displaced = if self.samples.len() < self.depth {
            None
        } else {
            self.samples.pop_front()
        };
        self.samples.push_back(sample);
        displaced
    }

    /// What a subscriber that comes now is given, oldest first: as much as it keeps.
    pub(super) fn for_subscriber(&self, qos: Qos) -> VecDeque<Sample> {
        if qos.durability == Durability::Volatile {
            return VecDeque::new();
        }
        let skipped = self.samples.len().saturating_sub(qos.depth.max(1));
        self.samples.iter().skip(skipped).cloned().collect()
    }
}
