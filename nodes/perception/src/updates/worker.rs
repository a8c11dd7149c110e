//! The thread in which updates are looked after, and the model beside the one in charge runs.

use std::sync::Arc;
use std::time::{Duration, Instant};

use sinew_node::report::{Gauge, Registry, Unit};
use sinew_node::updates::{UpdateReport, UpdateRequest, UpdateRequests};
use sinew_node::worker::{Builder, Ending, Worker};

use super::Updates;
use crate::place::ModelPlace;

/// How long it waits for a run of the model in charge before it looks for other work.
const PATIENCE: Duration = Duration::from_millis(50);
/// How long it is waited for its end.
const ENDING: Duration = Duration::from_secs(1);
/// How often figures are told.
const TELL_PERIOD: Duration = Duration::from_secs(1);

/// What is reported.
#[derive(Debug)]
struct Metrics {
    report: UpdateReport,
    agreement: Gauge,
    overlap: Gauge,
    took: Gauge,
    lost: Gauge,
}

impl Metrics {
    fn new(report: UpdateReport) -> Self {
        let part = report.part();
        Self {
            agreement: part.gauge(
                "agreement",
                Unit::None,
                3,
                "How far a candidate in shadow agrees with the model in charge, as F1 by class and place.",
            ),
            overlap: part.gauge(
                "overlap",
                Unit::None,
                3,
                "How much their boxes of the same things overlap, on the mean.",
            ),
            took: part.gauge(
                "run_p99_us",
                Unit::Microseconds,
                0,
                "How long 99 of 100 runs of a candidate in shadow take, from pixels to the result.",
            ),
            lost: part.gauge("lost_runs", Unit::None, 0, "Runs that were not seen in time."),
            report,
        }
    }

    fn update(&self, updates: &Updates, place: &ModelPlace) {
        let candidate = updates.candidate();
        let shown = candidate.as_ref().map(|(version, stage, _)| (*version, stage.name()));
        self.report.show(updates.in_charge(), shown);
        if let Some((_, _, Some(shadow))) = &candidate {
            self.agreement.set(shadow.agreement.f1().unwrap_or(f64::NAN));
            self.took.set(shadow.took_us[1]);
            self.overlap.set(shadow.agreement.overlap().unwrap_or(f64::NAN));
        }
        self.lost.set(place.lost() as f64);
    }
}

/// The thread.
#[derive(Debug)]
pub(crate) struct UpdatesWorker {
    worker: Worker<Updates>,
    requests: Arc<UpdateRequests>,
}

impl UpdatesWorker {
    /// Begins to look after updates on these cores, and to report of them.
    ///
    /// # Errors
    /// Where the system gives no thread.
    pub(crate) fn start(
        updates: Updates,
        place: Arc<ModelPlace>,
        requests: Arc<UpdateRequests>,
        report: UpdateReport,
        cores: &[usize],
        events: Registry,
    ) -> std::io::Result<Self> {
        let metrics = Metrics::new(report);
        let asked = requests.clone();
        let builder = Builder::new("updates").on_cores(cores);
        let worker = builder.start(updates, move |updates: &mut Updates, ending: &Ending| {
            let mut told_at = Instant::now();
            metrics.update(updates, &place);
            while !ending.is_asked() {
                while let Some(request) = asked.take() {
                    let answer = match request {
                        UpdateRequest::Promote => updates.promote(),
                        UpdateRequest::RollBack => updates.go_back(),
                    };
                    if let Err(reason) = answer {
                        tracing::warn!("{request}: {reason}");
                    }
                }
                updates.step(place.runs(PATIENCE));
                updates.events().into_iter().for_each(|event| events.add_event(event));
                let told = updates.told();
                told.iter().for_each(|told| metrics.report.tell(told, told.is_warning));
                if !told.is_empty() || told_at.elapsed() >= TELL_PERIOD {
                    told_at = Instant::now();
                    metrics.update(updates, &place);
                }
            }
        })?;
        requests.set_active(true);
        Ok(Self { worker, requests })
    }

    /// Ends it. A candidate that is being loaded may take its time: then the thread is left to itself. It may still find that
    /// the candidate does not fit, and does nothing else.
    pub(crate) fn end(self) {
        self.requests.set_active(false);
        if self.worker.give_back_within(ENDING).is_none() {
            tracing::warn!("the model in charge stays, and a candidate that was being looked at begins anew");
        }
    }
}
