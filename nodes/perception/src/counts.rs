//! What became of the images, for `/diagnostics`.

use std::time::{Duration, Instant};

use sinew_messages::diagnostic_msgs::msg::DiagnosticStatus;
use sinew_perception::heads::{Oddities, Oddity};

use super::clocks::Clocks;
use sinew_node::report::{Counter, Gauge, Histogram, Part, Text, Unit};

/// Since the node was configured.
#[derive(Debug)]
pub(super) struct Counts {
    rate_hz: Gauge,
    /// Images that the model has seen.
    pub(super) images: Counter,
    overtaken: Counter,
    /// Images that were too old when their turn came.
    pub(super) stale: Counter,
    /// Images that are none: broken, of an unknown encoding, of depth.
    pub(super) broken: Counter,
    /// Images with which a run of the model failed.
    pub(super) failed: Counter,
    /// Boxes, classes or pixels for which the model gave no numbers.
    pub(super) no_numbers: Counter,
    /// What was odd about the model's outputs.
    oddities: Oddities,
    /// The same in words, for each that there is.
    odd: [Text; Oddity::ALL.len()],
    /// From an image's stamp to its result.
    pub(super) latency: Histogram,
    /// From pixels to the result.
    pub(super) work: Histogram,
    /// What was said last of an image that could not be used.
    complaint: Option<String>,
    /// How the images of each camera are stamped.
    pub(super) clocks: Clocks,
    /// What there was at the last report, and when that was.
    before: Option<LastReport>,
}

#[derive(Debug, Clone, Copy)]
struct LastReport {
    images: u64,
    bad: u64,
    stale: u64,
    at: Instant,
}

impl Counts {
    /// Of a model and the cameras whose images it gets.
    pub(super) fn new(part: &Part, cameras: &[String]) -> Self {
        let count = |name: &str, help| part.counter(name, Unit::None, help);
        Self {
            rate_hz: part.gauge("rate_hz", Unit::Hertz, 2, "Images per second that the model has seen."),
            images: count("images", "Images that the model has seen."),
            overtaken: count(
                "dropped.overtaken",
                "Images that a newer one of the same camera has replaced.",
            ),
            stale: count(
                "dropped.stale",
                "Images that were older than `max_age_secs` when their turn came.",
            ),
            broken: count("dropped.broken", "Images that cannot be read."),
            failed: count("dropped.failed", "Images with which the model failed."),
            no_numbers: count(
                "values_without_numbers",
                "Results of the model that are NaN or infinite.",
            ),
            oddities: Oddities::default(),
            odd: Oddity::ALL.map(|oddity| {
                part.text(
                    format!("odd.{}", oddity.name()),
                    "What is odd about the model's outputs.",
                )
            }),
            clocks: Clocks::new(part, cameras),
            latency: part.histogram("latency", "From an image's stamp to its result."),
            work: part.histogram("work", "From pixels to the result."),
            complaint: None,
            before: None,
        }
    }

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
        for (oddity, odd) in Oddity::ALL.into_iter().zip(&self.odd) {
            odd.set(self.oddities.has(oddity).then(|| oddity.to_string()));
        }
    }

    /// Another model is in charge: nothing was odd about it yet.
    pub(super) fn forget_oddities(&mut self) {
        self.oddities = Oddities::default();
        self.doubt(Oddities::default());
    }

    /// Level and message; starts the next period. `overtaken` images were replaced so far.
    pub(super) fn judge(&mut self, overtaken: u64, now: Instant) -> (u8, String) {
        self.overtaken.raise_to(overtaken);
        let newest = LastReport {
            images: self.images.get(),
            bad: self.broken.get() + self.failed.get(),
            stale: self.stale.get(),
            at: now,
        };
        let before = self.before.replace(newest).unwrap_or(LastReport {
            images: 0,
            bad: 0,
            stale: 0,
            at: now,
        });
        let secs = now.saturating_duration_since(before.at).max(Duration::from_millis(1));
        let rate_hz = (newest.images - before.images) as f64 / secs.as_secs_f64();
        self.rate_hz.set(rate_hz);
        let stale = newest.stale - before.stale;
        match (&self.complaint, self.clocks.judge()) {
            (Some(complaint), _) if newest.bad > before.bad => (DiagnosticStatus::ERROR, complaint.clone()),
            (_, Some(clock)) => clock,
            _ if newest.images > before.images => match self.oddities.iter().next() {
                Some(oddity) => (DiagnosticStatus::WARN, oddity.to_string()),
                None => (DiagnosticStatus::OK, format!("{rate_hz:.1} Hz")),
            },
            _ if stale > 0 => (
                DiagnosticStatus::WARN,
                format!("all {stale} images were older than `max_age_secs` when their turn came"),
            ),
            _ => (DiagnosticStatus::WARN, "no images".to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use sinew_node::report::Registry;
    use sinew_node::stamps::ClockFault;

    use super::*;

    fn counts(part: &Part) -> Counts {
        Counts::new(part, &["left".to_owned(), "camera".to_owned()])
    }

    #[test]
    fn trouble_is_an_error_while_it_lasts_and_silence_a_warning() {
        let part = Registry::default().part("model", "ball.onnx");
        let mut counts = counts(&part);
        let now = Instant::now();
        let second = Duration::from_secs(1);
        assert_eq!(counts.judge(0, now).0, DiagnosticStatus::WARN);
        counts.images.add(30);
        let (level, message) = counts.judge(0, now + second);
        assert_eq!((level, message.as_str()), (DiagnosticStatus::OK, "30.0 Hz"));
        counts.broken.add(1);
        counts.complain("no image".to_owned());
        let (level, message) = counts.judge(7, now + 2 * second);
        assert_eq!((level, message.as_str()), (DiagnosticStatus::ERROR, "no image"));
        let values = part.status("perception").values;
        assert!(
            values
                .iter()
                .any(|pair| pair.key == "dropped.overtaken" && pair.value == "7")
        );
        counts.images.add(1);
        assert_eq!(counts.judge(7, now + 3 * second).0, DiagnosticStatus::OK);
        counts.stale.add(20);
        let (level, message) = counts.judge(7, now + 4 * second);
        assert_eq!(level, DiagnosticStatus::WARN);
        assert!(message.contains("20") && message.contains("max_age_secs"), "{message}");
        counts.clocks.heard("camera", -2.0, Some(ClockFault::Ahead(2.0)));
        let (level, message) = counts.judge(7, now + 5 * second);
        assert_eq!(level, DiagnosticStatus::ERROR);
        assert!(message.contains("2.00 s ahead"), "{message}");
    }

    #[test]
    fn a_model_is_reported_under_the_same_keys_and_more_where_it_is_odd_or_a_camera_is_heard() {
        let part = Registry::default().part("model", "ball.onnx");
        let mut counts = counts(&part);
        let keys = |expected: &[&str]| {
            let found: Vec<_> = part
                .status("perception")
                .values
                .into_iter()
                .map(|pair| pair.key)
                .collect();
            assert_eq!(found, expected);
        };
        let first = [
            "images",
            "dropped.overtaken",
            "dropped.stale",
            "dropped.broken",
            "dropped.failed",
            "values_without_numbers",
        ];
        let durations = ["latency", "work"].map(|name| ["p50", "p99", "p999", "max"].map(|q| format!("{name}_{q}_us")));
        let last: Vec<_> = durations.iter().flatten().map(String::as_str).collect();
        keys(&[&first[..], &last].concat());
        counts.judge(0, Instant::now());
        counts.clocks.heard("left", 0.0, None);
        counts.clocks.heard("camera", 0.0, None);
        counts.odd[0].set(Oddity::Scores.to_string());
        let clocks = ["camera.stamp_offset_secs", "left.stamp_offset_secs"];
        keys(&[&["rate_hz"], &first[..], &["odd.scores"], &clocks, &last].concat());
    }
}
