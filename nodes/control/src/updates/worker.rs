//! The thread in which updates are looked after: never at the loop's priority.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use sinew_messages::diagnostic_msgs::msg::DiagnosticStatus;
use sinew_node::report::{Gauge, Part, Registry, Text, Unit};
use sinew_node::worker::{Builder, Ending, Worker};

use super::{Told, Updates};

/// How often the loop's records are taken: its tap keeps those of two seconds.
const PERIOD: Duration = Duration::from_millis(5);
/// How often figures are told.
const TELL_PERIOD: Duration = Duration::from_secs(1);

/// What an operator asks for by service.
#[derive(Debug, Default)]
pub(crate) struct UpdateRequests {
    promote: AtomicBool,
    roll_back: AtomicBool,
}

impl UpdateRequests {
    pub(crate) fn promote(&self) {
        self.promote.store(true, Ordering::Release);
    }

    pub(crate) fn roll_back(&self) {
        self.roll_back.store(true, Ordering::Release);
    }
}

/// What is reported.
#[derive(Debug)]
struct Metrics {
    part: Part,
    in_charge: Text,
    candidate: Text,
    stage: Text,
    last: Text,
    divergence: Gauge,
    lost: Gauge,
}

impl Metrics {
    fn new(registry: &Registry, robot: &str) -> Self {
        let part = registry.part("updates", robot);
        Self {
            in_charge: part.text("in_charge", "Name and version of the release in charge."),
            candidate: part.text("candidate", "Name and version of the release that may follow it."),
            stage: part.text("stage", "How far that has come."),
            last: part.text("last", "What was done last with a release, and why."),
            divergence: part.gauge(
                "divergence_p99_rad",
                Unit::None,
                4,
                "How far the targets of a candidate in shadow are from those in charge, in 99 of 100 steps.",
            ),
            lost: part.gauge("lost_records", Unit::None, 0, "Ticks that were not seen in time."),
            part,
        }
    }

    fn update(&self, updates: &Updates, last: Option<&Told>) {
        self.in_charge.set(updates.in_charge().to_owned());
        let candidate = updates.candidate();
        self.candidate
            .set(candidate.as_ref().map(|(version, ..)| (*version).to_owned()));
        self.stage
            .set(candidate.as_ref().map(|(_, stage, _)| stage.name().to_owned()));
        if let Some((_, _, Some(shadow))) = &candidate {
            self.divergence.set(shadow.divergence.p99_rad);
        }
        self.lost.set(updates.lost_records() as f64);
        if let Some(told) = last {
            self.last.set(told.to_string());
            let level = if told.is_warning {
                DiagnosticStatus::WARN
            } else {
                DiagnosticStatus::OK
            };
            self.part.judge(level, told.to_string());
        }
    }
}

/// The thread.
#[derive(Debug)]
pub(crate) struct UpdatesWorker {
    worker: Worker<Updates>,
}

impl UpdatesWorker {
    /// Begins to look after updates. `tell` is called with each step.
    ///
    /// # Errors
    /// Where the system gives no thread.
    pub(crate) fn start(
        updates: Updates,
        requests: Arc<UpdateRequests>,
        registry: &Registry,
        robot: &str,
        tell: impl Fn(&Told) + Send + 'static,
    ) -> std::io::Result<Self> {
        let metrics = Metrics::new(registry, robot);
        metrics.part.judge(DiagnosticStatus::OK, "no candidate");
        let worker = Builder::new("updates").start(updates, move |updates: &mut Updates, ending: &Ending| {
            let mut told_at = Instant::now();
            metrics.update(updates, None);
            while !ending.wait(PERIOD) {
                if requests.promote.swap(false, Ordering::AcqRel)
                    && let Err(reason) = updates.promote()
                {
                    tracing::warn!("~/promote: {reason}");
                }
                if requests.roll_back.swap(false, Ordering::AcqRel)
                    && let Err(reason) = updates.go_back()
                {
                    tracing::warn!("~/rollback: {reason}");
                }
                updates.step();
                let told = updates.told();
                told.iter().for_each(&tell);
                if !told.is_empty() || told_at.elapsed() >= TELL_PERIOD {
                    told_at = Instant::now();
                    metrics.update(updates, told.last());
                }
            }
        })?;
        Ok(Self { worker })
    }

    /// Ends it, once what it does is done.
    pub(crate) fn end(self) {
        if let Err(panicked) = self.worker.end() {
            tracing::error!("{panicked}; the policy in charge stays");
        }
    }
}
