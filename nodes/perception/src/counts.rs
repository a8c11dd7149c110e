//! What became of the images, for `/diagnostics`.

use std::time::{Duration, Instant};

use sinew_control::timing::Durations;
use sinew_messages::diagnostic_msgs::msg::{DiagnosticStatus, KeyValue};
use sinew_perception::heads::Oddities;

use super::clocks::Clocks;
use sinew_node::diagnostics::{pair, quantiles};

/// Since the node was configured.
#[derive(Debug, Default)]
pub(super) struct Counts {
    /// Images that were looked at.
    pub(super) looked: u64,
    /// Images that were too old when their turn came.
    pub(super) stale: u64,
    /// Images that are none: broken, of an unknown encoding, of depth.
    pub(super) broken: u64,
    /// Runs of the model that failed.
    pub(super) failed: u64,
    /// Boxes, classes or pixels for which the model gave no numbers.
    pub(super) no_numbers: u64,
    /// What was odd about the model's outputs.
    pub(super) oddities: Oddities,
    /// From an image's stamp to its result.
    pub(super) latency: Durations,
    /// From pixels to the result.
    pub(super) work: Durations,
    /// What was said last of an image that could not be used.
    pub(super) complaint: Option<String>,
    /// How the images of each camera are stamped.
    pub(super) clocks: Clocks,
    /// What there was at the last report, and when that was.
    before: Option<Before>,
}

#[derive(Debug, Clone, Copy)]
struct Before {
    looked: u64,
    bad: u64,
    stale: u64,
    at: Instant,
}

impl Counts {
    /// Counts, and says of the first of many what is wrong.
    pub(super) fn complain(&mut self, complaint: String) {
        if self.complaint.as_ref() != Some(&complaint) {
            tracing::warn!("{complaint}");
            self.complaint = Some(complaint);
        }
    }

    /// Keeps what was odd, and says of each the first time.
    pub(super) fn doubt(&mut self, oddities: Oddities) {
        for oddity in oddities.iter().filter(|oddity| !self.oddities.has(*oddity)) {
            tracing::warn!("the model's outputs: {oddity}");
        }
        self.oddities = self.oddities.or(oddities);
    }

    /// Level, message and values; starts the next period.
    pub(super) fn report(&mut self, overtaken: u64, now: Instant) -> (u8, String, Vec<KeyValue>) {
        let bad = self.broken + self.failed;
        let newest = Before {
            looked: self.looked,
            bad,
            stale: self.stale,
            at: now,
        };
        let before = self.before.replace(newest).unwrap_or(Before {
            looked: 0,
            bad: 0,
            stale: 0,
            at: now,
        });
        let secs = now.saturating_duration_since(before.at).max(Duration::from_millis(1));
        let rate_hz = (self.looked - before.looked) as f64 / secs.as_secs_f64();
        let (clock, clock_values) = self.clocks.report();
        let stale = self.stale - before.stale;
        let (level, message) = match (&self.complaint, clock) {
            (Some(complaint), _) if bad > before.bad => (DiagnosticStatus::ERROR, complaint.clone()),
            (_, Some(clock)) => clock,
            _ if self.looked > before.looked => match self.oddities.iter().next() {
                Some(oddity) => (DiagnosticStatus::WARN, oddity.to_string()),
                None => (DiagnosticStatus::OK, format!("{rate_hz:.1} Hz")),
            },
            _ if stale > 0 => (
                DiagnosticStatus::WARN,
                format!("all {stale} images were older than `max_age_secs` when their turn came"),
            ),
            _ => (DiagnosticStatus::WARN, "no images".to_owned()),
        };
        let mut values = vec![
            pair("rate_hz", format!("{rate_hz:.2}")),
            pair("images", self.looked),
            pair("dropped.overtaken", overtaken),
            pair("dropped.stale", self.stale),
            pair("dropped.broken", self.broken),
            pair("dropped.failed", self.failed),
            pair("values_without_numbers", self.no_numbers),
        ];
        values.extend(
            self.oddities
                .iter()
                .map(|oddity| pair(&format!("odd.{}", oddity.name()), oddity)),
        );
        values.extend(clock_values);
        values.extend(quantiles("latency", &self.latency));
        values.extend(quantiles("work", &self.work));
        (level, message, values)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sinew_node::stamps::ClockFault;

    #[test]
    fn trouble_is_an_error_while_it_lasts_and_silence_a_warning() {
        let mut counts = Counts::default();
        let now = Instant::now();
        let second = Duration::from_secs(1);
        assert_eq!(counts.report(0, now).0, DiagnosticStatus::WARN);
        counts.looked = 30;
        let (level, message, _) = counts.report(0, now + second);
        assert_eq!((level, message.as_str()), (DiagnosticStatus::OK, "30.0 Hz"));
        counts.broken = 1;
        counts.complain("no image".to_owned());
        let (level, message, values) = counts.report(7, now + 2 * second);
        assert_eq!((level, message.as_str()), (DiagnosticStatus::ERROR, "no image"));
        assert!(
            values
                .iter()
                .any(|pair| pair.key == "dropped.overtaken" && pair.value == "7")
        );
        counts.looked = 31;
        assert_eq!(counts.report(7, now + 3 * second).0, DiagnosticStatus::OK);
        counts.stale = 20;
        let (level, message, _) = counts.report(7, now + 4 * second);
        assert_eq!(level, DiagnosticStatus::WARN);
        assert!(message.contains("20") && message.contains("max_age_secs"), "{message}");
        counts.clocks.heard("camera", -2.0, Some(ClockFault::Ahead(2.0)));
        let (level, message, _) = counts.report(7, now + 5 * second);
        assert_eq!(level, DiagnosticStatus::ERROR);
        assert!(message.contains("2.00 s ahead"), "{message}");
    }
}
