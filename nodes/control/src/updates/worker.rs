//! The thread in which updates are looked after: never at the loop's priority.

use std::sync::Arc;
use std::time::{Duration, Instant};

use sinew_node::report::{Gauge, Registry, Unit};
use sinew_node::updates::{UpdateReport, UpdateRequest, UpdateRequests};
use sinew_node::worker::{Builder, Ending, Worker};

use super::Updates;

/// How often the loop's records are taken: its tap keeps those of two seconds.
const PERIOD: Duration = Duration::from_millis(5);
/// How long it is waited for its end.
const ENDING: Duration = Duration::from_secs(1);
/// How often figures are told.
const TELL_PERIOD: Duration = Duration::from_secs(1);

/// What is reported.
#[derive(Debug)]
struct Metrics {
    report: UpdateReport,
    divergence: Gauge,
    lost: Gauge,
}

impl Metrics {
    fn new(report: UpdateReport) -> Self {
        let part = report.part();
        Self {
            divergence: part.gauge(
                "divergence_p99_rad",
                Unit::None,
                4,
                "How far the targets of a candidate in shadow are from those in charge, in 99 of 100 steps.",
            ),
            lost: part.gauge("lost_records", Unit::None, 0, "Ticks that were not seen in time."),
            report,
        }
    }

    fn update(&self, updates: &Updates) {
        let candidate = updates.candidate();
        let shown = candidate.as_ref().map(|(version, stage, _)| (*version, stage.name()));
        self.report.show(updates.in_charge(), shown);
        if let Some((_, _, Some(shadow))) = &candidate {
            self.divergence.set(shadow.divergence.p99_rad);
        }
        self.lost.set(updates.lost_records() as f64);
    }
}

/// The thread.
#[derive(Debug)]
pub(crate) struct UpdatesWorker {
    worker: Worker<Updates>,
    requests: Arc<UpdateRequests>,
}

impl UpdatesWorker {
    /// Begins to look after updates, and to report of them.
    ///
    /// # Errors
    /// Where the system gives no thread.
    pub(crate) fn start(
        updates: Updates,
        requests: Arc<UpdateRequests>,
        report: UpdateReport,
        events: Registry,
    ) -> std::io::Result<Self> {
        let metrics = Metrics::new(report);
        let asked = requests.clone();
        let worker = Builder::new("updates").start(updates, move |updates: &mut Updates, ending: &Ending| {
            let mut told_at = Instant::now();
            metrics.update(updates);
            while !ending.wait(PERIOD) {
                while let Some(request) = asked.take() {
                    let answer = match request {
                        UpdateRequest::Promote => updates.promote(),
                        UpdateRequest::RollBack => updates.go_back(),
                    };
                    if let Err(reason) = answer {
                        tracing::warn!("{request}: {reason}");
                    }
                }
                updates.step();
                updates.events().into_iter().for_each(|event| events.add_event(event));
                let told = updates.told();
                told.iter().for_each(|told| metrics.report.tell(told, told.is_warning));
                if !told.is_empty() || told_at.elapsed() >= TELL_PERIOD {
                    told_at = Instant::now();
                    metrics.update(updates);
                }
            }
        })?;
        requests.set_active(true);
        Ok(Self { worker, requests })
    }

    /// Ends it. A candidate that is being looked at may take its time: then the thread is left to itself.
    pub(crate) fn end(self) {
        self.requests.set_active(false);
        if self.worker.give_back_within(ENDING).is_none() {
            tracing::warn!("the policy in charge stays, and a candidate that was being looked at begins anew");
        }
    }
}
