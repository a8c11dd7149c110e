//! What the node says of the images that it gets: in the log once, on `/diagnostics` every second.

use std::time::{Duration, Instant};

use sinew_messages::diagnostic_msgs::msg::DiagnosticStatus;

use super::Pursuit;
use super::refusal::ImageRefusal;
use sinew_node::bus::Bus;
use sinew_node::report::{Gauge, Part, Registry, Text, Unit};

/// What has not come again for so long is said again.
const FORGOTTEN: Duration = Duration::from_secs(10);
/// Nodes come up in any order: after that nobody is expected any more.
const COMES_UP: Duration = Duration::from_secs(2);

/// What was said, and what there is to say.
#[derive(Debug)]
pub(super) struct Report {
    said: Vec<(ImageRefusal, Instant)>,
    inputs: Vec<Source>,
    part: Part,
    state: Text,
    used: PeriodCount,
    refused: PeriodCount,
    /// What was wrong last, since the last report.
    wrong: Option<ImageRefusal>,
}

/// An input, and since when nobody publishes it.
#[derive(Debug)]
struct Source {
    topic: String,
    silent_since: Option<Instant>,
    is_said: bool,
}

/// A count of the period that is running, and the gauge of the last one.
#[derive(Debug)]
struct PeriodCount {
    now: u64,
    last: Gauge,
}

impl PeriodCount {
    fn new(part: &Part, name: &str, help: &'static str) -> Self {
        Self {
            now: 0,
            last: part.gauge(name, Unit::None, 0, help),
        }
    }

    fn end(&mut self) {
        self.last.set(std::mem::take(&mut self.now) as f64);
    }
}

impl Report {
    /// Of a node that finds its target in `detections` and needs these topics.
    pub(super) fn new(registry: &Registry, detections: &str, topics: impl IntoIterator<Item = String>) -> Self {
        let part = registry.part("sight", detections);
        let source = |topic| Source {
            topic,
            silent_since: None,
            is_said: false,
        };
        Self {
            said: Vec::new(),
            inputs: topics.into_iter().map(source).collect(),
            state: part.state("state", "What the robot does about its target."),
            used: PeriodCount::new(&part, "images.used", "Images of the last second that could be used."),
            refused: PeriodCount::new(
                &part,
                "images.refused",
                "Images of the last second that could not be used.",
            ),
            part,
            wrong: None,
        }
    }

    /// An image was used; perhaps something is odd about it.
    pub(super) fn used(&mut self, doubt: Option<ImageRefusal>, now: Instant) {
        self.used.now += 1;
        if let Some(doubt) = doubt {
            self.say(doubt, now);
        }
    }

    /// Nothing could be made of an image.
    pub(super) fn refused(&mut self, refusal: ImageRefusal, now: Instant) {
        self.refused.now += 1;
        self.say(refusal, now);
    }

    fn say(&mut self, refusal: ImageRefusal, now: Instant) {
        (self.said).retain(|(_, last)| now.saturating_duration_since(*last) < FORGOTTEN);
        match self.said.iter_mut().find(|(said, _)| said.is_like(&refusal)) {
            Some((_, last)) => *last = now,
            None => {
                tracing::warn!("{refusal}");
                self.said.push((refusal.clone(), now));
            }
        }
        self.wrong = Some(refusal);
    }

    /// Looks who publishes what is needed; says once of each topic that nobody does.
    pub(super) fn check_publishers(&mut self, bus: &dyn Bus, now: Instant) {
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

    /// Says how it stands; starts the next period.
    pub(super) fn judge(&mut self, pursuit: Pursuit) {
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
            Some(wrong) if self.used.now == 0 => (DiagnosticStatus::ERROR, wrong.to_string()),
            Some(wrong) => (DiagnosticStatus::WARN, wrong.to_string()),
            None if self.used.now == 0 => (DiagnosticStatus::WARN, "no detections".to_owned()),
            None => (DiagnosticStatus::OK, pursuit.name().to_owned()),
        };
        self.state.set(pursuit.name().to_owned());
        self.used.end();
        self.refused.end();
        self.part.judge(level, message);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn images_are_reported_under_the_same_keys_with_the_images_of_the_last_period() {
        let registry = Registry::default();
        let mut report = Report::new(&registry, "camera/detections", []);
        let told = || {
            let status = registry.parts()[0].status("follow");
            let values: Vec<_> = status.values.into_iter().map(|pair| (pair.key, pair.value)).collect();
            (status.name, status.hardware_id, status.level, status.message, values)
        };
        let expected = |level, message: &str, used: &str| {
            let values = [("state", "searching"), ("images.used", used), ("images.refused", "0")];
            let values = values.map(|(key, value)| (key.to_owned(), value.to_owned()));
            let [name, hardware] = ["follow: sight", "camera/detections"].map(str::to_owned);
            (name, hardware, level, message.to_owned(), values.to_vec())
        };
        report.used(None, Instant::now());
        report.judge(Pursuit::Searching);
        assert_eq!(told(), expected(DiagnosticStatus::OK, "searching", "1"));
        report.judge(Pursuit::Searching);
        assert_eq!(told(), expected(DiagnosticStatus::WARN, "no detections", "0"));
    }
}
