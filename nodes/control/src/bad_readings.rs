//! Readings that cannot be used: said once each, counted, and shown on `/diagnostics` with name and value.

use sinew_node::sync::lock;
use std::collections::HashSet;
use std::sync::Mutex;

/// What was wrong with readings so far.
#[derive(Debug, Default)]
pub(super) struct BadReadings(Mutex<BadReadingLog>);

#[derive(Debug, Default)]
struct BadReadingLog {
    /// What was said already: a field of a topic, whatever its joint.
    said: HashSet<&'static str>,
    count: u64,
    last: Option<String>,
}

impl BadReadings {
    /// Counts a message that holds something of no use; `what` names it with its value, `advice` says what
    /// to do. The log has the first of each `field`.
    pub(super) fn note(&self, field: &'static str, what: impl FnOnce() -> String, advice: &str) {
        let mut told = lock(&self.0);
        told.count += 1;
        let what = format!("{field}: {}", what());
        if told.said.insert(field) {
            tracing::error!("{what}; {advice}");
        }
        told.last = Some(what);
    }

    /// How many messages, and the last of what was wrong.
    pub(super) fn told(&self) -> (u64, Option<String>) {
        let told = lock(&self.0);
        (told.count, told.last.clone())
    }
}
