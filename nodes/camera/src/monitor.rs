//! What the camera did, for `/diagnostics`.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard};
use std::time::Instant;

use sinew_messages::diagnostic_msgs::msg::DiagnosticStatus;

use sinew_node::report::{Counter, Gauge, Part, Registry, Unit};
use sinew_node::sync::lock;

/// Less than this share of the expected rate is a warning.
const SLOW: f64 = 0.8;

/// What the source is doing.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum State {
    /// It is being opened for the first time.
    Opening,
    /// It gives images, as many a second as are to be expected.
    Streaming { rate_hz: f64 },
    /// It gives none, and why.
    Lost { reason: String },
    /// It has shown all that it has.
    Ended,
}

/// Counts that the capturing thread keeps and others read.
#[derive(Debug)]
pub(super) struct Monitor {
    state: Mutex<State>,
    /// Changes of state.
    changes: AtomicU64,
    part: Part,
    rate_hz: Gauge,
    pub(super) frames: Counter,
    pub(super) dropped: Counter,
    pub(super) broken: Counter,
    pub(super) other_size: Counter,
    pub(super) losses: Counter,
}

/// Where the last report was.
#[derive(Debug)]
pub(super) struct LastReport {
    at: Instant,
    frames: u64,
    other_size: u64,
    changes: u64,
}

impl Monitor {
    /// Of a source, and the kind of its calibration.
    pub(super) fn new(registry: &Registry, source: &str, calibration: &str) -> Self {
        let part = registry.part("source", source);
        let monitor = Self {
            state: Mutex::new(State::Opening),
            changes: AtomicU64::new(0),
            rate_hz: part.gauge("rate_hz", Unit::Hertz, 2, "Images published per second."),
            frames: part.counter("frames", Unit::None, "Images published."),
            dropped: part.counter("dropped", Unit::None, "Images of the source that nobody took in time."),
            broken: part.counter("broken", Unit::None, "Images that cannot be used."),
            other_size: part.counter(
                "other_size",
                Unit::None,
                "Images of a size that the calibration is not for.",
            ),
            losses: part.counter("losses", Unit::None, "How often the source was lost."),
            part: part.clone(),
        };
        part.fact("calibration", calibration, "The kind of the calibration.");
        monitor
    }

    /// Notes a state; tells whether it is another.
    pub(super) fn enter(&self, state: State) -> bool {
        let before = std::mem::replace(&mut *self.state(), state.clone());
        let is_new = before != state;
        if is_new {
            self.changes.fetch_add(1, Ordering::Release);
        }
        is_new
    }

    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }

    /// The point from which the next report counts.
    pub(super) fn mark(&self) -> LastReport {
        LastReport {
            at: Instant::now(),
            frames: self.frames.get(),
            other_size: self.other_size.get(),
            changes: self.changes.load(Ordering::Acquire),
        }
    }

    /// Whether something happened that nobody should have to wait for.
    pub(super) fn has_news(&self, since: &LastReport) -> bool {
        self.changes.load(Ordering::Acquire) != since.changes
    }

    /// Says how it stands, with the rate since the last report.
    pub(super) fn judge(&self, since: &LastReport) {
        let now = self.mark();
        let secs = (now.at - since.at).as_secs_f64();
        let rate_hz = (now.frames - since.frames) as f64 / secs.max(1e-3);
        self.rate_hz.set(rate_hz);
        let (level, message) = match &*self.state() {
            State::Lost { reason } => (DiagnosticStatus::ERROR, reason.clone()),
            State::Opening => (DiagnosticStatus::STALE, "no image yet".to_owned()),
            State::Ended => (DiagnosticStatus::OK, "all images were shown".to_owned()),
            State::Streaming { .. } if now.other_size != since.other_size => (
                DiagnosticStatus::ERROR,
                "images are not of the size that the calibration is for: they are not published".to_owned(),
            ),
            State::Streaming { rate_hz: expected } => {
                // A period that began before the source was open, or is shorter than a few images, says little.
                let tells = since.changes == now.changes && secs * expected >= 5.0;
                let level = if tells && rate_hz < SLOW * expected {
                    DiagnosticStatus::WARN
                } else {
                    DiagnosticStatus::OK
                };
                (level, format!("{rate_hz:.1} Hz of {expected:.1} Hz"))
            }
        };
        self.part.judge(level, message);
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn monitor() -> Monitor {
        Monitor::new(&Registry::default(), "/dev/video0", "none")
    }

    fn after_a_second(monitor: &Monitor, frames: u64) -> DiagnosticStatus {
        let mut since = monitor.mark();
        since.at -= Duration::from_secs(1);
        monitor.frames.add(frames);
        monitor.judge(&since);
        monitor.part.status("camera")
    }

    #[test]
    fn a_slow_source_is_a_warning_and_a_lost_one_an_error_that_says_why() {
        let monitor = monitor();
        assert_eq!(after_a_second(&monitor, 0).level, DiagnosticStatus::STALE);
        assert!(monitor.enter(State::Streaming { rate_hz: 30.0 }));
        assert!(!monitor.enter(State::Streaming { rate_hz: 30.0 }));
        assert_eq!(after_a_second(&monitor, 30).level, DiagnosticStatus::OK);
        assert_eq!(after_a_second(&monitor, 10).level, DiagnosticStatus::WARN);
        let reason = "unplugged".to_owned();
        let before = monitor.mark();
        assert!(monitor.enter(State::Lost { reason }));
        assert!(monitor.has_news(&before));
        let lost = after_a_second(&monitor, 0);
        assert_eq!(
            (lost.level, lost.message.as_str()),
            (DiagnosticStatus::ERROR, "unplugged")
        );
    }

    #[test]
    fn the_source_is_reported_under_the_same_keys_in_every_state() {
        let status = after_a_second(&monitor(), 0);
        assert_eq!(
            (status.name.as_str(), status.hardware_id.as_str()),
            ("camera: source", "/dev/video0")
        );
        let keys: Vec<_> = status.values.iter().map(|pair| pair.key.as_str()).collect();
        let expected = [
            "rate_hz",
            "frames",
            "dropped",
            "broken",
            "other_size",
            "losses",
            "calibration",
        ];
        assert_eq!(keys, expected);
    }

    #[test]
    fn images_of_another_size_than_the_calibration_are_an_error() {
        let monitor = monitor();
        monitor.enter(State::Streaming { rate_hz: 30.0 });
        let mut since = monitor.mark();
        since.at -= Duration::from_secs(1);
        monitor.other_size.add(1);
        monitor.judge(&since);
        let status = monitor.part.status("camera");
        assert_eq!(status.level, DiagnosticStatus::ERROR);
        assert!(
            status
                .values
                .iter()
                .any(|pair| pair.key == "other_size" && pair.value == "1")
        );
    }
}
