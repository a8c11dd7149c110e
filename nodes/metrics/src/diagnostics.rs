//! What nodes of other processes say on `/diagnostics`, so that one address serves a robot of several processes.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use sinew_messages::diagnostic_msgs::msg::{DiagnosticArray, DiagnosticStatus};
use sinew_node::sync::lock;

use crate::exposition::{Families, Labels};

/// Whoever may publish on the topic can fill no more than this.
const MAX_STATUSES: usize = 256;
const MAX_VALUES: usize = 64;
const MAX_TEXT_BYTES: usize = 256;
/// A status that nobody repeats is forgotten.
const FORGOTTEN: Duration = Duration::from_secs(60);

/// The newest status of each name.
#[derive(Debug, Default)]
pub(crate) struct Heard(Mutex<Statuses>);

#[derive(Debug, Default)]
struct Statuses {
    known: BTreeMap<String, Status>,
    /// Statuses and values for which there was no room.
    left_out: u64,
}

#[derive(Debug, Clone)]
struct Status {
    at: Instant,
    level: u8,
    hardware_id: String,
    values: Vec<(String, f64)>,
}

impl Heard {
    /// Takes over what a message says, at `now`.
    pub(crate) fn hear(&self, message: &DiagnosticArray, now: Instant) {
        let mut statuses = lock(&self.0);
        statuses
            .known
            .retain(|_, status| now.duration_since(status.at) < FORGOTTEN);
        for status in &message.status {
            statuses.hear(status, now);
        }
    }

    /// Adds all that is not from one of these nodes, whose registries say more.
    pub(crate) fn add(&self, families: &mut Families, own: &[String], now: Instant) {
        let (known, left_out) = {
            let statuses = lock(&self.0);
            (statuses.known.clone(), statuses.left_out)
        };
        families.counter(
            "sinew_diagnostic_left_out_total",
            "Statuses and values of /diagnostics for which there was no room.",
            Labels::default(),
            left_out as f64,
        );
        let is_own = |name: &str| {
            let node = name.split_once(": ").map_or(name, |(node, _)| node);
            own.iter().any(|own| own.trim_start_matches('/') == node)
        };
        for (name, status) in known.iter().filter(|(name, _)| !is_own(name)) {
            let age = now.duration_since(status.at);
            if age < FORGOTTEN {
                status.add(families, name, age);
            }
        }
    }
}

impl Statuses {
    fn hear(&mut self, status: &DiagnosticStatus, now: Instant) {
        let is_known = self.known.contains_key(&status.name);
        if status.name.len() > MAX_TEXT_BYTES || (!is_known && self.known.len() >= MAX_STATUSES) {
            self.left_out += 1;
            return;
        }
        let numbers = status.values.iter().filter_map(|pair| {
            let value = pair.value.trim().parse::<f64>().ok()?;
            (value.is_finite() && pair.key.len() <= MAX_TEXT_BYTES).then(|| (pair.key.clone(), value))
        });
        let mut values: Vec<_> = numbers.take(MAX_VALUES + 1).collect();
        if values.len() > MAX_VALUES {
            values.truncate(MAX_VALUES);
            self.left_out += 1;
        }
        let heard = Status {
            at: now,
            level: status.level,
            hardware_id: status.hardware_id.chars().take(MAX_TEXT_BYTES).collect(),
            values,
        };
        self.known.insert(status.name.clone(), heard);
    }
}

impl Status {
    fn add(&self, families: &mut Families, name: &str, age: Duration) {
        let labels = Labels::default().with("status", name);
        families.gauge(
            "sinew_diagnostic_level",
            "What a status of another process says on /diagnostics: 0 well, 1 a warning, 2 an error, 3 nothing new.",
            labels.clone().with("hardware_id", &self.hardware_id),
            f64::from(self.level),
        );
        families.gauge(
            "sinew_diagnostic_age_seconds",
            "Since the status was last heard.",
            labels.clone(),
            age.as_secs_f64(),
        );
        for (key, value) in &self.values {
            families.gauge(
                "sinew_diagnostic_value",
                "A number of a status of another process.",
                labels.clone().with("key", key),
                *value,
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use sinew_messages::diagnostic_msgs::msg::KeyValue;

    use super::*;
    use crate::exposition::Format;

    fn message(name: &str, values: &[(&str, &str)]) -> DiagnosticArray {
        let pair = |(key, value): &(&str, &str)| KeyValue {
            key: (*key).to_owned(),
            value: (*value).to_owned(),
        };
        let status = DiagnosticStatus {
            level: DiagnosticStatus::WARN,
            name: name.to_owned(),
            hardware_id: "left \"knee\"".to_owned(),
            values: values.iter().map(pair).collect(),
            ..DiagnosticStatus::default()
        };
        DiagnosticArray {
            status: vec![status],
            ..DiagnosticArray::default()
        }
    }

    fn text(heard: &Heard, now: Instant) -> String {
        let mut families = Families::default();
        heard.add(&mut families, &["/robot/control".to_owned()], now);
        families.text(Format::Text)
    }

    #[test]
    fn numbers_of_other_processes_are_told_and_those_of_this_one_only_once() {
        let (heard, now) = (Heard::default(), Instant::now());
        let values = [("temperature", "41.5"), ("mode", "run"), ("load", "inf")];
        heard.hear(&message("drives: left knee", &values), now);
        heard.hear(&message("robot/control: loop", &[("ticks", "3")]), now);
        let told = text(&heard, now);
        for line in [
            "sinew_diagnostic_level{status=\"drives: left knee\",hardware_id=\"left \\\"knee\\\"\"} 1",
            "sinew_diagnostic_value{status=\"drives: left knee\",key=\"temperature\"} 41.5",
        ] {
            assert!(told.lines().any(|found| found == line), "{line}\n{told}");
        }
        assert!(
            !told.contains("control") && !told.contains("mode") && !told.contains("load"),
            "{told}"
        );
        assert!(!text(&heard, now + FORGOTTEN).contains("drives"));
    }

    #[test]
    fn a_flood_of_statuses_fills_no_more_than_there_is_room_for() {
        let (heard, now) = (Heard::default(), Instant::now());
        let keys: Vec<String> = (0..1000).map(|n| format!("key{n}")).collect();
        let values: Vec<_> = keys.iter().map(|key| (key.as_str(), "1")).collect();
        for n in 0..1000 {
            heard.hear(&message(&format!("flood: {n}"), &values), now);
        }
        let told = text(&heard, now);
        assert!(told.lines().count() < MAX_STATUSES * (MAX_VALUES + 2) + 10);
        assert!(!told.contains("sinew_diagnostic_left_out_total 0"));
        // Who was heard in time is not driven out.
        assert!(told.contains("status=\"flood: 0\""));
    }
}
