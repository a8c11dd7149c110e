//! The topics that are recorded beside the ticks: what their messages are, if need be once their publishers say it.

use std::time::{Duration, Instant};

use sinew_node::bus::{Bus, BusError, Kind, resolve};

use crate::monitor::Monitor;
use crate::params::{kind_of, topic_and_kind};
use crate::session::Session;

/// How often publishers are asked.
const PERIOD: Duration = Duration::from_millis(200);
/// How long a publisher is waited for before it is an error that there is none.
const PATIENCE: Duration = Duration::from_secs(5);

/// The topics of one session.
#[derive(Debug)]
pub(crate) struct Topics {
    topics: Vec<Topic>,
    begun: Instant,
    looked: Option<Instant>,
    /// What was said last of those whose type is not known.
    said: Option<String>,
}

#[derive(Debug)]
struct Topic {
    name: String,
    kind: Option<Kind>,
    is_recorded: bool,
}

impl Topics {
    /// Of the parameter, whose texts were checked.
    pub(crate) fn new(texts: &[String], bus: &dyn Bus) -> Self {
        let topic = |text: &String| {
            let (topic, kind) = topic_and_kind(text).ok()?;
            let name = resolve(topic, bus.node_name(), bus.namespace()).unwrap_or_else(|_| topic.to_owned());
            Some(Topic {
                name,
                kind,
                is_recorded: false,
            })
        };
        Self {
            topics: texts.iter().filter_map(topic).collect(),
            begun: Instant::now(),
            looked: None,
            said: None,
        }
    }

    /// Their full names.
    pub(crate) fn names(&self) -> Vec<String> {
        self.topics.iter().map(|topic| topic.name.clone()).collect()
    }

    /// Lets the session record those whose type is known by now, and says of which it is not.
    pub(crate) fn look(
        &mut self,
        bus: &dyn Bus,
        session: Option<&mut Session>,
        monitor: &Monitor,
    ) -> Result<(), BusError> {
        let Some(session) = session else { return Ok(()) };
        let is_due = self.looked.is_none_or(|at| at.elapsed() >= PERIOD);
        if !is_due || self.topics.iter().all(|topic| topic.is_recorded) {
            return Ok(());
        }
        self.looked = Some(Instant::now());
        let mut unknown = Vec::new();
        for (at, topic) in self
            .topics
            .iter_mut()
            .enumerate()
            .filter(|(_, topic)| !topic.is_recorded)
        {
            let kind = topic.kind.map_or_else(|| kind(bus, &topic.name), Ok);
            match kind {
                Ok(kind) => {
                    session.record(bus, at, &topic.name, kind)?;
                    topic.is_recorded = true;
                }
                Err(found) => unknown.push(format!("{}: not recorded: {found}", topic.name)),
            }
        }
        let unknown = (!unknown.is_empty() && self.begun.elapsed() >= PATIENCE).then(|| unknown.join("; "));
        if unknown != self.said {
            if let Some(said) = &unknown {
                tracing::error!("{said}");
            }
            monitor.unknown(unknown.clone());
            self.said = unknown;
        }
        Ok(())
    }
}

/// The type that the topic's publishers say.
fn kind(bus: &dyn Bus, topic: &str) -> Result<Kind, String> {
    match bus.published_types(topic).as_slice() {
        [name] => kind_of(name),
        [] => Err("nobody publishes it, so nobody says its type; write the type behind the topic".to_owned()),
        several => Err(format!(
            "expected one type, found {}; write behind the topic which one is meant",
            several.join(" and ")
        )),
    }
}
