//! What the node says of its sight: in the log once, on `/diagnostics` every second.

use std::time::{Duration, Instant};

use sinew_messages::diagnostic_msgs::msg::{DiagnosticStatus, KeyValue};

use super::Pursuit;
use super::unseen::Unseen;
use sinew_node::bus::Bus;
use sinew_node::diagnostics::pair;

/// What has not come again for so long is said again.
const FORGOTTEN: Duration = Duration::from_secs(10);
/// Nodes come up in any order: after that nobody is expected any more.
const COMES_UP: Duration = Duration::from_secs(2);

/// What was said, and what there is to say.
#[derive(Debug)]
pub(super) struct Report {
    said: Vec<(Unseen, Instant)>,
    inputs: Vec<Source>,
    /// Images since the last report: used, and not.
    used: u64,
    refused: u64,
    /// What was wrong last, since the last report.
    wrong: Option<Unseen>,
}

/// An input, and since when nobody publishes it.
#[derive(Debug)]
struct Source {
    topic: String,
    silent_since: Option<Instant>,
    is_said: bool,
}

impl Report {
    /// Of a node that needs these topics.
    pub(super) fn new(topics: impl IntoIterator<Item = String>) -> Self {
        let source = |topic| Source {
            topic,
            silent_since: None,
            is_said: false,
        };
        Self {
            said: Vec::new(),
            inputs: topics.into_iter().map(source).collect(),
            used: 0,
            refused: 0,
            wrong: None,
        }
    }

    /// An image was used; perhaps something is odd about it.
    pub(super) fn used(&mut self, doubt: Option<Unseen>, now: Instant) {
        self.used += 1;
        if let Some(doubt) = doubt {
            self.say(doubt, now);
        }
    }

    /// Nothing could be made of an image.
    pub(super) fn refused(&mut self, unseen: Unseen, now: Instant) {
        self.refused += 1;
        self.say(unseen, now);
    }

    fn say(&mut self, unseen: Unseen, now: Instant) {
        (self.said).retain(|(_, last)| now.saturating_duration_since(*last) < FORGOTTEN);
        match self.said.iter_mut().find(|(said, _)| said.is_like(&unseen)) {
            Some((_, last)) => *last = now,
            None => {
                tracing::warn!("{unseen}");
                self.said.push((unseen.clone(), now));
            }
        }
        self.wrong = Some(unseen);
    }

    /// Looks who publishes what is needed; says once of each topic that nobody does.
    pub(super) fn look_around(&mut self, bus: &dyn Bus, now: Instant) {
        for source in &mut self.inputs {
            if bus.publisher_count(&source.topic) > 0 {
                (source.silent_since, source.is_said) = (None, false);
                continue;
            }
            let since = *source.silent_since.get_or_insert(now);
            if now.saturating_duration_since(since) >= COMES_UP && !std::mem::replace(&mut source.is_said, true) {
                tracing::warn!("{}: nobody publishes it: without it the robot stands", source.topic);
            }
        }
    }

    /// Level, message and values; starts the next period.
    pub(super) fn report(&mut self, pursuit: Pursuit) -> (u8, String, Vec<KeyValue>) {
        let unpublished: Vec<&str> = (self.inputs.iter())
            .filter(|source| source.is_said)
            .map(|source| source.topic.as_str())
            .collect();
        let wrong = self.wrong.take();
        let (level, message) = match &wrong {
            _ if !unpublished.is_empty() => (
                DiagnosticStatus::ERROR,
                format!("nobody publishes {}", unpublished.join(", ")),
            ),
            Some(wrong) if self.used == 0 => (DiagnosticStatus::ERROR, wrong.to_string()),
            Some(wrong) => (DiagnosticStatus::WARN, wrong.to_string()),
            None if self.used == 0 => (DiagnosticStatus::WARN, "no detections".to_owned()),
            None => (DiagnosticStatus::OK, pursuit.name().to_owned()),
        };
        let values = vec![
            pair("state", pursuit.name()),
            pair("images.used", std::mem::take(&mut self.used)),
            pair("images.refused", std::mem::take(&mut self.refused)),
        ];
        (level, message, values)
    }
}
