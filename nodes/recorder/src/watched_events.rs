//! What happens in other nodes of the process for which the black box is written.

use std::collections::{BTreeMap, HashMap};

use sinew_node::node::Shown;
use sinew_node::report;

use crate::queue::Event;

/// An event as the black box has it.
fn written(event: report::Event) -> Event {
    let mut facts = BTreeMap::from([
        ("event".to_owned(), event.name.to_owned()),
        ("subject".to_owned(), event.subject),
        ("value".to_owned(), event.value.to_string()),
    ]);
    if let Some(tick) = event.tick {
        facts.insert("tick".to_owned(), tick.to_string());
    }
    Event {
        reason: format!("{}: {}", event.name, event.message),
        facts,
    }
}

/// The events of all nodes of the process that a rule names, each once.
#[derive(Debug)]
pub(crate) struct WatchedEvents {
    names: Vec<String>,
    shown: Shown,
    /// How many events each node has had, by its full name.
    known: HashMap<String, u64>,
}

impl WatchedEvents {
    /// Those from now on.
    pub(crate) fn new(names: &[String], shown: &Shown) -> Self {
        let mut watched = Self {
            names: names.to_vec(),
            shown: shown.clone(),
            known: HashMap::new(),
        };
        watched.news();
        watched
    }

    /// Those since the last call.
    pub(crate) fn news(&mut self) -> Vec<Event> {
        let mut news = Vec::new();
        for (node, registry) in self.shown.reports() {
            let known = self.known.entry(node).or_default();
            let (events, count) = registry.events_since(*known);
            *known = count;
            let named = |event: &report::Event| self.names.iter().any(|name| name == event.name);
            news.extend(events.into_iter().filter(named).map(written));
        }
        news
    }
}
