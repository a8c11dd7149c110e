//! What became of the images, for `/diagnostics`.

use std::time::{Duration, Instant};

use sinew_control::timing::Durations;
use sinew_messages::diagnostic_msgs::msg::{DiagnosticStatus, KeyValue};
use sinew_perception::heads::Oddities;

use crate::diagnostics::{pair, quantiles};

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
    /// Looked at, dropped or broken at the last report, and when that was.
    before: Option<(u64, u64, Instant)>,
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
        let (looked, spoilt, since) = self.before.replace((self.looked, bad, now)).unwrap_or((0, 0, now));
        let secs = now.saturating_duration_since(since).max(Duration::from_millis(1));
        let rate_hz = (self.looked - looked) as f64 / secs.as_secs_f64();
        let (level, message) = match &self.complaint {
            Some(complaint) if bad > spoilt => (DiagnosticStatus::ERROR, complaint.clone()),
            _ if self.looked == looked => (DiagnosticStatus::WARN, "no images".to_owned()),
            _ => match self.oddities.iter().next() {
                Some(oddity) => (DiagnosticStatus::WARN, oddity.to_string()),
                None => (DiagnosticStatus::OK, format!("{rate_hz:.1} Hz")),
            },
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
        values.extend(quantiles("latency", &self.latency));
        values.extend(quantiles("work", &self.work));
        (level, message, values)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
    }
}
