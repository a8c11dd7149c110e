//! A candidate walks in simulation before it sees the robot: `sinew eval`, in a process of its own, with the latency that
//! its inferences have on this machine.

mod child;

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde::Deserialize;

use self::child::{EvaluationProcess, Left};
use super::release::Admitted;
use super::{EvaluationParams, Updates, Work};
use sinew_releases::store::Stage;

/// How often one is begun that ends without a result: somebody may have ended it with the node, or for its memory.
const ATTEMPTS: u32 = 3;
/// The most of what it has said that is told.
const TOLD_CHARS: usize = 300;

/// What an evaluation says.
#[derive(Debug, Deserialize)]
struct Found {
    policy: FoundPolicy,
    episodes: u32,
    survival: f64,
    /// `None` where no episode was long enough for it.
    velocity_error_mps: Option<f64>,
}

/// Which policy that is about.
#[derive(Debug, Deserialize)]
struct FoundPolicy {
    sha256: String,
}

/// An evaluation of one candidate.
#[derive(Debug)]
pub(super) struct Evaluation {
    params: EvaluationParams,
    program: PathBuf,
    args: Vec<OsString>,
    /// Of the model that was admitted.
    sha256: String,
    began: Instant,
    attempts: u32,
    process: Option<EvaluationProcess>,
}

/// What has come of it.
#[derive(Debug, PartialEq)]
pub(super) enum Verdict {
    /// It passed, with these numbers.
    Passed(String),
    /// It did not, or nobody can say.
    Refused(String),
}

impl Evaluation {
    /// Of a candidate by `program`, which begins with the first step.
    pub(super) fn new(params: &EvaluationParams, program: &Path, candidate: &Admitted) -> Self {
        let mut args: Vec<OsString> = vec!["eval".into()];
        args.extend(params.files.iter().map(|file| file.into()));
        args.push("--policy".into());
        args.push(candidate.released.folder.clone().into());
        let numbers = [
            ("--latency-us", format!("{:.0}", candidate.inference_us[1].ceil())),
            ("--episodes", params.episodes.to_string()),
            ("--seconds", params.episode_secs.to_string()),
            ("--seed", params.seed.to_string()),
            // The robot needs the other cores more.
            ("--threads", "1".to_owned()),
            ("--json", "-".to_owned()),
        ];
        for (name, value) in numbers {
            args.extend([name.into(), value.into()]);
        }
        args.extend(["--progress-lines".into(), "--while-stdin".into()]);
        Self {
            params: params.clone(),
            program: program.to_owned(),
            args,
            sha256: candidate.released.file.sha256().to_owned(),
            began: Instant::now(),
            attempts: 0,
            process: None,
        }
    }

    /// Looks how far it is, and begins where it has not begun.
    pub(super) fn step(&mut self) -> Option<Verdict> {
        let budget = Duration::from_secs_f64(self.params.budget_secs);
        if self.began.elapsed() >= budget {
            let done = self
                .process
                .as_ref()
                .and_then(|process| done(&process.progress()))
                .unwrap_or(0);
            return Some(Verdict::Refused(format!(
                "eval: expected {} episodes within {:.0} s, found {done} on this machine",
                self.params.episodes, self.params.budget_secs
            )));
        }
        let Some(process) = &mut self.process else {
            self.attempts += 1;
            return match EvaluationProcess::start(&self.program, self.args.clone()) {
                Ok(process) => {
                    self.process = Some(process);
                    None
                }
                Err(error) => self.without_result(format!("{}: {error}", self.program.display())),
            };
        };
        match process.left() {
            Ok(None) => None,
            Ok(Some(left)) => self.judged(&left),
            Err(error) => self.without_result(error.to_string()),
        }
    }

    fn judged(&mut self, left: &Left) -> Option<Verdict> {
        if !left.status.success() {
            return self.without_result(format!("{}: {}", left.status, last_words(&left.progress)));
        }
        match serde_json::from_slice(&left.result) {
            Ok(found) => Some(self.verdict(&found)),
            Err(error) => self.without_result(format!("its result: {error}")),
        }
    }

    fn verdict(&self, found: &Found) -> Verdict {
        let asked = self.params.episodes;
        if found.policy.sha256 != self.sha256 || found.episodes != asked {
            return Verdict::Refused(format!(
                "eval: expected {asked} episodes of the policy {}, found {} of {}",
                self.sha256, found.episodes, found.policy.sha256
            ));
        }
        let numbers = format!(
            "{:.1} % of {asked} episodes of {} s survived, {} off the command",
            100.0 * found.survival,
            self.params.episode_secs,
            found
                .velocity_error_mps
                .map_or_else(|| "nobody knows how far".to_owned(), |error| format!("{error:.3} m/s"))
        );
        // A number that is none is not within anything.
        let follows = found
            .velocity_error_mps
            .is_some_and(|error| error <= self.params.max_velocity_error_m_s);
        let is_good = found.survival >= self.params.min_survival && follows;
        if is_good {
            Verdict::Passed(numbers)
        } else {
            Verdict::Refused(format!(
                "eval: expected at least {:.1} % survived and at most {:.3} m/s, found {numbers}",
                100.0 * self.params.min_survival,
                self.params.max_velocity_error_m_s
            ))
        }
    }

    /// Tries again, or gives up.
    fn without_result(&mut self, reason: String) -> Option<Verdict> {
        self.process = None;
        if self.attempts < ATTEMPTS {
            tracing::warn!("an evaluation has ended without a result, and is begun again: {reason}");
            return None;
        }
        Some(Verdict::Refused(format!(
            "eval: expected a result, found none in {ATTEMPTS} attempts: {reason}"
        )))
    }
}

impl Updates {
    /// Lets a candidate that fits walk in simulation.
    pub(super) fn begin_evaluation(&mut self, candidate: Admitted) {
        let params = &self.params.eval;
        let evaluation = Evaluation::new(params, &self.program, &candidate);
        let reason = format!(
            "{} episodes of {} s, with {:.0} µs for each inference",
            params.episodes,
            params.episode_secs,
            candidate.inference_us[1].ceil()
        );
        let version = candidate.released.version.clone();
        self.releases.tell(&version, "in simulation", reason, false);
        self.work = Work::Evaluation {
            candidate: Box::new(candidate),
            evaluation: Box::new(evaluation),
        };
    }

    /// Goes on with an evaluation.
    pub(super) fn follow_evaluation(&mut self, candidate: Box<Admitted>, mut evaluation: Box<Evaluation>) {
        match evaluation.step() {
            None => self.work = Work::Evaluation { candidate, evaluation },
            Some(Verdict::Refused(reason)) => self.releases.refuse(&candidate.released.version, &reason),
            Some(Verdict::Passed(numbers)) => self.admitted(*candidate, Stage::Admission, Some(&numbers)),
        }
    }
}

/// How many episodes are over, by what the program has said: lines such as `3 of 20 episodes, 1 lost`.
fn done(progress: &str) -> Option<u32> {
    let mut lines = progress.lines().rev();
    lines.find_map(|line| line.split_once(" of ")?.0.trim().parse().ok())
}

/// The last line that was said, made short.
fn last_words(said: &str) -> String {
    let line = said.lines().rev().find(|line| !line.trim().is_empty());
    line.unwrap_or("it has said nothing").chars().take(TOLD_CHARS).collect()
}
