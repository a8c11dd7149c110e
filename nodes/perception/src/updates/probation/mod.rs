//! Whether a model that has just taken charge is as good as the one before, which now runs beside it.
//!
//! Nothing is counted that a model cannot be blamed for: what happens while no images come and right after, what neither
//! of the two can see, what fails in both, and being late where the one before is so too.

#[cfg(test)]
mod tests;

use std::collections::VecDeque;
use std::fmt;
use std::time::{Duration, Instant};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sinew_perception::agreement::Agreement;

use super::companion::Compared;
use super::shadow::Ran;
use crate::place::SeenRun;

/// How many runs a share is of: the last of them.
const WINDOW: usize = 60;
/// Fewer say nothing.
const FEWEST_RUNS: usize = 20;
/// Nor does an agreement about fewer things.
const FEWEST_THINGS: f64 = 10.0;
/// So often in a row it may fail before nothing more is waited for.
const FAILURES: u32 = 3;

/// What a newcomer may do on probation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ProbationRules {
    /// How many more of its runs than of those of the model before may be late, as a share.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub late_share: f64,
    /// How many more may fail, or have results that are no numbers, as a share.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub failed_share: f64,
    /// In how many of its images it may see nothing where the model before does, as a share.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub empty_share: f64,
    /// How much less than in shadow it may agree with the model before, as F1 by class and place.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub agreement: f64,
    /// How long after it has taken charge, or images have come again, nothing counts, s.
    #[schemars(range(min = 0.0, max = 60.0))]
    pub excused_secs: f64,
}

impl Default for ProbationRules {
    fn default() -> Self {
        Self {
            late_share: 0.1,
            failed_share: 0.05,
            empty_share: 0.2,
            agreement: 0.2,
            excused_secs: 1.0,
        }
    }
}

/// A rule of a probation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rule {
    /// Runs come too late.
    Late,
    /// Runs fail, or have results that are no numbers.
    Failed,
    /// It sees nothing where the model before does.
    Empty,
    /// It sees something else than the model before.
    Agreement,
}

impl Rule {
    /// Name for people and machines.
    pub fn name(self) -> &'static str {
        match self {
            Self::Late => "late",
            Self::Failed => "failed",
            Self::Empty => "empty",
            Self::Agreement => "agreement",
        }
    }
}

/// A rule that was broken.
#[derive(Debug, Clone, PartialEq)]
pub struct Broken {
    /// Which.
    pub rule: Rule,
    /// What was found, and what is allowed.
    pub reason: String,
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.rule.name(), self.reason)
    }
}

/// How the model before did.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Baseline {
    /// The longest run that is in time; none where that is not known.
    pub(super) budget: Option<Duration>,
    /// The share of its runs that were late.
    pub(super) late_share: f64,
    /// The share that failed, or had results that are no numbers.
    pub(super) failed_share: f64,
    /// How far the newcomer agreed with it in shadow.
    pub(super) agreement: f64,
}

/// Measures the model in charge for what comes after.
#[derive(Debug, Default)]
pub(super) struct BaselineMeter {
    ran: Ran,
    gaps: VecDeque<Duration>,
    runs: u64,
    late: u64,
    failed: u64,
}

impl BaselineMeter {
    /// Takes a run; late is what is longer than `budget`.
    pub(super) fn take(&mut self, run: &SeenRun, budget: Option<Duration>) {
        if let Some(gap) = self.ran.go_on(run.at) {
            if self.gaps.len() == WINDOW {
                self.gaps.pop_front();
            }
            self.gaps.push_back(gap);
        }
        self.runs += 1;
        self.late += u64::from(budget.is_some_and(|budget| run.took > budget));
        self.failed += u64::from(is_bad(&run.outcome));
    }

    /// The time from one run to the next, on the mean, once it is known.
    pub(super) fn gap(&self) -> Option<Duration> {
        let runs = self.gaps.len() as u32;
        (self.gaps.len() >= FEWEST_RUNS).then(|| self.gaps.iter().sum::<Duration>() / runs)
    }

    pub(super) fn baseline(&self, budget: Option<Duration>, agreement: f64) -> Baseline {
        let share = |count: u64| count as f64 / self.runs.max(1) as f64;
        Baseline {
            budget,
            late_share: share(self.late),
            failed_share: share(self.failed),
            agreement,
        }
    }
}

#[derive(Debug, Clone, Copy)]
struct RunSample {
    late: bool,
    failed: bool,
}

#[derive(Debug, Clone, Copy)]
struct ComparedSample {
    agreement: Agreement,
    missed: u64,
    late_before: bool,
}

/// Watches a model that has taken charge.
#[derive(Debug)]
pub(super) struct Probation {
    rules: ProbationRules,
    baseline: Baseline,
    images: Ran,
    /// What was watched, which dark images are not.
    watched: Ran,
    excused_until: Option<Instant>,
    runs: VecDeque<RunSample>,
    compared: VecDeque<ComparedSample>,
    failures: u32,
}

impl Probation {
    /// Of a newcomer, by these rules, against the model before.
    pub(super) fn new(rules: ProbationRules, baseline: Baseline) -> Self {
        Self {
            rules,
            baseline,
            images: Ran::default(),
            watched: Ran::default(),
            excused_until: None,
            runs: VecDeque::new(),
            compared: VecDeque::new(),
            failures: 0,
        }
    }

    /// How long it was watched, s.
    pub(super) fn counted_secs(&self) -> f64 {
        self.watched.secs()
    }

    /// Takes a run of the newcomer, and what the model before says of it, where it was asked; the rule that it breaks.
    /// Without a model before, `is_alone`, all that comes is watched.
    pub(super) fn take(&mut self, run: &SeenRun, compared: Option<&Compared>, is_alone: bool) -> Option<Broken> {
        if self.images.go_on(run.at).is_none() {
            self.excused_until = Some(run.at + Duration::from_secs_f64(self.rules.excused_secs));
        }
        // A run that fails is no slow start.
        let failed = is_bad(&run.outcome);
        let is_excused = self.excused_until.is_some_and(|until| run.at < until);
        let fails_too = compared.is_some_and(|compared| is_bad(&compared.outcome));
        if fails_too {
            self.failures = 0;
            return None;
        }
        self.failures = if failed { self.failures + 1 } else { 0 };
        if self.failures >= FAILURES {
            let last = match &run.outcome {
                Err(reason) => reason.clone(),
                Ok(no_numbers) => format!("{no_numbers} results that are NaN or infinite"),
            };
            return Some(Broken {
                rule: Rule::Failed,
                reason: format!("{FAILURES} runs in a row, the last with {last}"),
            });
        }
        if is_excused {
            return None;
        }
        if is_alone || compared.is_some_and(|compared| compared.agreement.images > 0) {
            let gap = self.watched.go_on(run.at);
            self.watched.count(gap.unwrap_or_default());
        }
        let is_late = |took: Duration| self.baseline.budget.is_some_and(|budget| took > budget);
        let sample = RunSample {
            late: is_late(run.took),
            failed,
        };
        let compared = compared.map(|compared| ComparedSample {
            agreement: compared.agreement,
            missed: compared.missed,
            late_before: is_late(compared.took),
        });
        keep(&mut self.runs, sample);
        if let Some(compared) = compared {
            keep(&mut self.compared, compared);
        }
        self.broken_share().or_else(|| self.broken_agreement())
    }

    fn broken_share(&self) -> Option<Broken> {
        if self.runs.len() < FEWEST_RUNS {
            return None;
        }
        let late = share(&self.runs, |run| run.late);
        let failed = share(&self.runs, |run| run.failed);
        let late_before = share(&self.compared, |compared| compared.late_before);
        let rules = &self.rules;
        let allowed = self.baseline.late_share.max(late_before) + rules.late_share;
        let rules = [
            (Rule::Late, late, allowed),
            (Rule::Failed, failed, self.baseline.failed_share + rules.failed_share),
        ];
        let broken = rules.into_iter().find(|(_, found, allowed)| found > allowed);
        broken.map(|(rule, found, allowed)| Broken {
            rule,
            reason: format!("{found:.2} of the last runs where {allowed:.2} is allowed"),
        })
    }

    fn broken_agreement(&self) -> Option<Broken> {
        let (mut agreement, mut missed) = (Agreement::default(), 0);
        for compared in &self.compared {
            agreement.add(&compared.agreement);
            missed += compared.missed;
        }
        if agreement.images < FEWEST_RUNS as u64 {
            return None;
        }
        let empty = missed as f64 / agreement.images as f64;
        if empty > self.rules.empty_share {
            return Some(Broken {
                rule: Rule::Empty,
                reason: format!(
                    "nothing seen in {empty:.2} of the last images in which the model before sees something, where {:.2} is allowed",
                    self.rules.empty_share
                ),
            });
        }
        let allowed = self.baseline.agreement - self.rules.agreement;
        let f1 = agreement.f1().filter(|_| agreement.things() >= FEWEST_THINGS)?;
        (f1 < allowed).then(|| Broken {
            rule: Rule::Agreement,
            reason: format!("F1 {f1:.2} with the model before where {allowed:.2} is expected"),
        })
    }
}

fn is_bad(outcome: &Result<usize, String>) -> bool {
    !matches!(outcome, Ok(0))
}

fn keep<T>(window: &mut VecDeque<T>, sample: T) {
    if window.len() == WINDOW {
        window.pop_front();
    }
    window.push_back(sample);
}

fn share<T>(window: &VecDeque<T>, is_so: impl Fn(&T) -> bool) -> f64 {
    let count = window.iter().filter(|sample| is_so(sample)).count();
    count as f64 / window.len().max(1) as f64
}
