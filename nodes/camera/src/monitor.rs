//! What the camera did, for `/diagnostics`.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use sinew_messages::diagnostic_msgs::msg::DiagnosticStatus;

use sinew_node::diagnostics::{pair, status};

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
    pub(super) frames: AtomicU64,
    pub(super) dropped: AtomicU64,
    pub(super) broken: AtomicU64,
    pub(super) other_size: AtomicU64,
    pub(super) losses: AtomicU64,
}

/// Where the last report was.
#[derive(Debug)]
pub(super) struct Reported {
    at: Instant,
    frames: u64,
    other_size: u64,
    changes: u64,
}

impl Default for Monitor {
    fn default() -> Self {
        Self {
            state: Mutex::new(State::Opening),
            changes: AtomicU64::new(0),
            frames: AtomicU64::new(0),
            dropped: AtomicU64::new(0),
            broken: AtomicU64::new(0),
            other_size: AtomicU64::new(0),
            losses: AtomicU64::new(0),
        }
    }
}

impl Monitor {
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
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The point from which the next report counts.
    pub(super) fn mark(&self) -> Reported {
        Reported {
            at: Instant::now(),
            frames: self.frames.load(Ordering::Relaxed),
            other_size: self.other_size.load(Ordering::Relaxed),
            changes: self.changes.load(Ordering::Acquire),
        }
    }

    /// Whether something happened that nobody should have to wait for.
    pub(super) fn has_news(&self, since: &Reported) -> bool {
        self.changes.load(Ordering::Acquire) != since.changes
    }

    /// The state, and the rate since the last report.
    pub(super) fn report(&self, name: &str, source: &str, calibration: &str, since: &Reported) -> DiagnosticStatus {
        let now = self.mark();
        let secs = (now.at - since.at).as_secs_f64();
        let rate_hz = (now.frames - since.frames) as f64 / secs.max(1e-3);
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
                let level = match tells && rate_hz < SLOW * expected {
                    true => DiagnosticStatus::WARN,
                    false => DiagnosticStatus::OK,
                };
                (level, format!("{rate_hz:.1} Hz of {expected:.1} Hz"))
            }
        };
        let count = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        let values = vec![
            pair("rate_hz", format!("{rate_hz:.2}")),
            pair("frames", now.frames),
            pair("dropped", count(&self.dropped)),
            pair("broken", count(&self.broken)),
            pair("other_size", now.other_size),
            pair("losses", count(&self.losses)),
            pair("calibration", calibration),
        ];
        status(level, name, message, source, values)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn after_a_second(monitor: &Monitor, frames: u64) -> DiagnosticStatus {
        let mut since = monitor.mark();
        since.at -= Duration::from_secs(1);
        monitor.frames.fetch_add(frames, Ordering::Relaxed);
        monitor.report("camera: source", "/dev/video0", "none", &since)
    }

    #[test]
    fn a_slow_source_is_a_warning_and_a_lost_one_an_error_that_says_why() {
        let monitor = Monitor::default();
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
    fn images_of_another_size_than_the_calibration_are_an_error() {
        let monitor = Monitor::default();
        monitor.enter(State::Streaming { rate_hz: 30.0 });
        let mut since = monitor.mark();
        since.at -= Duration::from_secs(1);
        monitor.other_size.fetch_add(1, Ordering::Relaxed);
        let status = monitor.report("camera: source", "photos", "measured", &since);
        assert_eq!(status.level, DiagnosticStatus::ERROR);
        assert!(
            status
                .values
                .iter()
                .any(|pair| pair.key == "other_size" && pair.value == "1")
        );
    }
}
