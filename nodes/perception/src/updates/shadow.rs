//! What a candidate says beside the model in charge, and what speaks against it.

use std::time::{Duration, Instant};

use sinew_node::report::Histogram;
use sinew_perception::agreement::Agreement;

use super::UpdateParams;
use super::companion::Compared;
use crate::place::SeenRun;

/// Runs that were compared before anything is said of a candidate.
const FEWEST_RUNS: u64 = 30;
/// What the two have to have seen before it is known how far they agree.
const FEWEST_THINGS: f64 = 10.0;
/// How many of a candidate's runs in shadow may be late: an image that comes late is one that is not seen, and no more.
const LATE_SHARE: f64 = 0.1;
/// A longer break is one of the camera's.
pub(super) const BREAK: Duration = Duration::from_secs(1);

/// What was found of a candidate so far.
#[derive(Debug, Clone, PartialEq)]
pub struct ShadowSummary {
    /// Runs of the model in charge meanwhile.
    pub runs: u64,
    /// Those of them that the candidate has looked at; the others were overtaken by a newer one.
    pub compared: u64,
    /// How far the two agree, with the model in charge as the reference.
    pub agreement: Agreement,
    /// Runs of the candidate that were longer than is admitted.
    pub late: u64,
    /// Half of its runs, and 99 of 100, µs.
    pub took_us: [f64; 2],
    /// Numbers that it did not give.
    pub no_numbers: u64,
    /// How it has failed, if it has.
    pub failure: Option<String>,
}

/// A candidate's time beside the model in charge.
#[derive(Debug)]
pub(super) struct Shadow {
    began: Instant,
    ran: Ran,
    runs: u64,
    compared: u64,
    agreement: Agreement,
    late: u64,
    took: Histogram,
    no_numbers: u64,
    failure: Option<String>,
}

/// For how long images came, breaks not counted.
#[derive(Debug, Default)]
pub(super) struct Ran {
    last: Option<Instant>,
    time: Duration,
}

impl Ran {
    /// An image has come: how long after the one before, where that was no break.
    pub(super) fn go_on(&mut self, at: Instant) -> Option<Duration> {
        let before = self.last.replace(at);
        before
            .map(|before| at.saturating_duration_since(before))
            .filter(|gap| *gap <= BREAK)
    }

    pub(super) fn count(&mut self, gap: Duration) {
        self.time += gap;
    }

    pub(super) fn secs(&self) -> f64 {
        self.time.as_secs_f64()
    }
}

impl Shadow {
    /// Of a candidate that looks at what comes from now on.
    pub(super) fn new() -> Self {
        Self {
            began: Instant::now(),
            ran: Ran::default(),
            runs: 0,
            compared: 0,
            agreement: Agreement::default(),
            late: 0,
            took: Histogram::default(),
            no_numbers: 0,
            failure: None,
        }
    }

    /// Whether the images of a run have come since.
    pub(super) fn has_begun(&self, run: &SeenRun) -> bool {
        run.at >= self.began
    }

    /// Takes a run of the model in charge, and what the candidate says of it if it was asked. A run that is longer than
    /// `budget` is late.
    pub(super) fn take(&mut self, run: &SeenRun, compared: Option<&Compared>, budget: Option<Duration>) {
        let gap = self.ran.go_on(run.at);
        self.ran.count(gap.unwrap_or_default());
        self.runs += 1;
        let Some(compared) = compared else { return };
        self.compared += 1;
        self.took.record(compared.took.as_nanos() as u64);
        self.late += u64::from(budget.is_some_and(|budget| compared.took > budget));
        self.agreement.add(&compared.agreement);
        match &compared.outcome {
            Ok(no_numbers) => self.no_numbers += *no_numbers as u64,
            Err(reason) => self.failure = Some(reason.clone()),
        }
    }

    /// Whether it is known what to say of it.
    pub(super) fn is_over(&self, shadow_secs: f64) -> bool {
        let has_failed = self.failure.is_some() || self.no_numbers > 0;
        let is_known = self.compared >= FEWEST_RUNS && self.agreement.things() >= FEWEST_THINGS;
        has_failed || (is_known && self.ran.secs() >= shadow_secs)
    }

    pub(super) fn summary(&self) -> ShadowSummary {
        let took = self.took.summary();
        ShadowSummary {
            runs: self.runs,
            compared: self.compared,
            agreement: self.agreement,
            late: self.late,
            took_us: [took.p50, took.p99],
            no_numbers: self.no_numbers,
            failure: self.failure.clone(),
        }
    }
}

impl ShadowSummary {
    /// Whether the candidate may take charge, with what was found, or what speaks against it.
    pub(super) fn verdict(&self, params: &UpdateParams) -> Result<String, String> {
        let agreement = &self.agreement;
        if let Some(reason) = &self.failure {
            return Err(format!("shadow: expected a result in every run, found {reason}"));
        }
        if self.no_numbers > 0 {
            return Err(format!(
                "shadow: expected results that are numbers, found {} that are NaN or infinite",
                self.no_numbers
            ));
        }
        let f1 = agreement.f1().unwrap_or(0.0);
        if f1 < params.min_agreement {
            return Err(format!(
                "shadow: expected an agreement with the model in charge of at least {:.2}, found {}",
                params.min_agreement,
                found(agreement)
            ));
        }
        if let Some(overlap) = agreement.overlap().filter(|overlap| *overlap < params.min_overlap) {
            return Err(format!(
                "shadow: expected boxes of the same things that overlap by {:.2} on the mean, found {overlap:.2}",
                params.min_overlap
            ));
        }
        let share = self.late as f64 / self.compared.max(1) as f64;
        if share > LATE_SHARE {
            return Err(format!(
                "shadow: expected at most {:.0} of 100 runs late, found {:.1}; {:.0} µs in 99 of 100",
                LATE_SHARE * 100.0,
                share * 100.0,
                self.took_us[1]
            ));
        }
        Ok(format!(
            "{} of {} runs compared: {}; {:.0} µs in 99 of 100 runs",
            self.compared,
            self.runs,
            found(agreement),
            self.took_us[1]
        ))
    }
}

/// An agreement in words.
fn found(agreement: &Agreement) -> String {
    let share = |share: Option<f64>| share.map_or("none".to_owned(), |share| format!("{share:.2}"));
    let mut text = format!(
        "F1 {} (precision {}, recall {})",
        share(agreement.f1()),
        share(agreement.precision()),
        share(agreement.recall())
    );
    if let (Some(overlap), Some(scores)) = (agreement.overlap(), agreement.score_difference()) {
        text += &format!(", boxes overlap by {overlap:.2}, scores {scores:.2} apart");
    }
    text
}
