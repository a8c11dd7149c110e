//! What has happened in a node, once.

use std::collections::VecDeque;
use std::time::SystemTime;

/// The event that two models which look at the same answer differently: the one in charge, and one in its shadow.
pub const DISAGREEMENT: &str = "disagreement";

/// The newest events that a registry keeps: whoever wants them looks several times a second.
const KEPT: usize = 64;

/// Something that has happened in a node, for whoever keeps what was around it, or tells it to others.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    /// What, such as [`DISAGREEMENT`]: rules name it so.
    pub name: &'static str,
    /// What it is about, such as name and version of a release.
    pub subject: String,
    /// How much of it, in the unit that the message says.
    pub value: f64,
    /// In which tick of a control loop, where it was in one.
    pub tick: Option<u64>,
    /// When.
    pub at: SystemTime,
    /// All of it, for people.
    pub message: String,
}

/// The newest events, each with its number.
#[derive(Debug, Default)]
pub(super) struct Events {
    kept: VecDeque<Event>,
    /// How many there have been.
    count: u64,
}

impl Events {
    pub(super) fn add(&mut self, event: Event) {
        if self.kept.len() == KEPT {
            self.kept.pop_front();
        }
        self.kept.push_back(event);
        self.count += 1;
    }

    /// Those after the first `known`, as far as they are kept, and how many there have been.
    pub(super) fn since(&self, known: u64) -> (Vec<Event>, u64) {
        let new = self.count.saturating_sub(known).min(self.kept.len() as u64) as usize;
        let first = self.kept.len() - new;
        (self.kept.range(first..).cloned().collect(), self.count)
    }
}

#[cfg(test)]
mod tests {
    use super::super::Registry;
    use super::*;

    fn event(value: f64) -> Event {
        Event {
            name: DISAGREEMENT,
            subject: "walk-2".to_owned(),
            value,
            tick: None,
            at: SystemTime::UNIX_EPOCH,
            message: String::new(),
        }
    }

    #[test]
    fn a_reader_gets_each_event_once_and_the_newest_where_it_comes_too_late() {
        let registry = Registry::default();
        assert_eq!(registry.events_since(0), (Vec::new(), 0));
        registry.add_event(event(1.0));
        registry.add_event(event(2.0));
        assert_eq!(registry.events_since(0), (vec![event(1.0), event(2.0)], 2));
        assert_eq!(registry.events_since(1), (vec![event(2.0)], 2));
        assert_eq!(registry.clone().events_since(2), (Vec::new(), 2));
        for _ in 0..2 * KEPT {
            registry.add_event(event(3.0));
        }
        let (events, count) = registry.events_since(2);
        assert_eq!((events.len(), count), (KEPT, 2 + 2 * KEPT as u64));
        // A registry of a node that was started anew counts anew.
        assert_eq!(Registry::default().events_since(count), (Vec::new(), 0));
    }
}
