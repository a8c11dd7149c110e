//! `sinew fleet control`

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use anyhow::Context;
use clap::Args;
use sinew_releases::cohort::ALL_PER_MILLE;
use sinew_releases::fleet::{Count, Decision, Moment, RobotReport, WideningRules, decide};
use sinew_releases::repository::{Expiry, Repository};
use sinew_releases::rollout::{Rollout, State};

use super::reports::ReportsArgs;

#[derive(Debug, Args)]
pub(crate) struct ControlArgs {
    /// Name of the release.
    name: String,
    #[command(flatten)]
    reports: ReportsArgs,
    /// The repository's folder.
    #[arg(long, value_name = "DIR")]
    repo: String,
    /// The folder of the keys: a rollout is signed by those of the targets.
    #[arg(long, value_name = "DIR")]
    keys: PathBuf,
    /// How often it is decided, s.
    #[arg(long, value_name = "SECS", default_value_t = 60, value_parser = clap::value_parser!(u64).range(1..=86_400))]
    every: u64,
    /// How long each share of robots is looked at before the next, s.
    #[arg(long, value_name = "SECS", default_value_t = WideningRules::default().soak_secs)]
    soak: u64,
    /// Which share of the robots that tried it may be unwell with it.
    #[arg(long, value_name = "SHARE", default_value_t = WideningRules::default().max_bad)]
    max_bad: f64,
    /// A robot that has said nothing for so long counts as one that has not settled, s.
    #[arg(long, value_name = "SECS", default_value_t = WideningRules::default().max_age_secs)]
    max_age: u64,
    /// How many robots there are: those that never reported count as not settled, too. Without it nobody knows of them.
    #[arg(long, value_name = "NUMBER")]
    robots: Option<usize>,
    /// Decide once, say it, and change nothing.
    #[arg(long)]
    dry_run: bool,
    /// End once the newest rollout is with all robots and was looked at there for as long as anywhere, with exit code 0; or once it
    /// is halted, paused or yanked, with 5. Without it new rollouts are waited for.
    #[arg(long, conflicts_with = "dry_run")]
    until_done: bool,
}

/// The exit code of a rollout that does not go on.
const HALTED: u8 = 5;

impl ControlArgs {
    pub(crate) fn run(self) -> anyhow::Result<ExitCode> {
        let rules = WideningRules {
            soak_secs: self.soak,
            max_bad: self.max_bad,
            max_age_secs: self.max_age,
            robots: self.robots,
            ..WideningRules::default()
        };
        let mut place = self.reports.open()?;
        // Which release it was, and since when it is as it is. A new start counts from its beginning.
        let mut looked: Option<(u64, u16, Instant)> = None;
        let mut said = None;
        loop {
            let mut repository = self.open()?;
            let rollout = self.newest(&repository)?;
            let known = looked.filter(|(version, share, _)| (*version, *share) == (rollout.version, rollout.per_mille));
            let since = known.map_or_else(Instant::now, |(_, _, since)| since);
            looked = Some((rollout.version, rollout.per_mille, since));
            let (reports, _) = place.read()?;
            let decision = match (decide(&rollout, &reports, &rules, moment(since)), place.doubt()) {
                // What is known to be bad stays so; that all is well is known only while it is heard.
                (Decision::Widen(_), Some(doubt)) => Decision::Hold(doubt),
                (decision, _) => decision,
            };
            let words = in_words(&rollout, &decision);
            // What is looked at for so many seconds more says the same each time.
            let kind = (rollout.version, rollout.per_mille, std::mem::discriminant(&decision));
            if said != Some(kind) {
                println!("{words}");
                said = Some(kind);
            }
            if self.dry_run {
                return Ok(ExitCode::SUCCESS);
            }
            let soaked = since.elapsed().as_secs() >= self.soak && place.doubt().is_none();
            let end = end_of(&rollout, &decision, soaked).filter(|_| self.until_done);
            apply(&mut repository, &rollout, &reports, decision)?;
            if let Some(code) = end {
                return Ok(code);
            }
            place.wait(Duration::from_secs(self.every))?;
        }
    }

    fn open(&self) -> anyhow::Result<Repository> {
        let opened = Repository::open(&self.repo, &self.keys, Expiry::default());
        opened.with_context(|| format!("--repo {}", self.repo))
    }

    fn newest(&self, repository: &Repository) -> anyhow::Result<Rollout> {
        let catalog = repository.catalog();
        let mut offers = catalog.offers().iter().rev();
        let newest = offers.find(|offer| offer.rollout.name == self.name);
        let newest = newest.with_context(|| format!("{}: {} is not published there", self.repo, self.name))?;
        Ok(newest.rollout.clone())
    }
}

/// How a rollout has ended that was looked at for its time, and is `decided` so; nothing where it goes on.
fn end_of(rollout: &Rollout, decided: &Decision, soaked: bool) -> Option<ExitCode> {
    match decided {
        Decision::Halt(_) => Some(ExitCode::from(HALTED)),
        Decision::Hold(_) if rollout.state != State::Active => Some(ExitCode::from(HALTED)),
        Decision::Hold(_) if rollout.per_mille == ALL_PER_MILLE && soaked => Some(ExitCode::SUCCESS),
        Decision::Hold(_) | Decision::Widen(_) => None,
    }
}

fn moment(since: Instant) -> Moment {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    Moment {
        since_secs: since.elapsed().as_secs(),
        now_secs: now.map_or(0, |now| now.as_secs()),
    }
}

fn apply(
    repository: &mut Repository,
    rollout: &Rollout,
    reports: &[RobotReport],
    decision: Decision,
) -> anyhow::Result<()> {
    match decision {
        Decision::Hold(_) => {}
        Decision::Widen(per_mille) => {
            repository.change(&rollout.name, rollout.version, |rollout| rollout.per_mille = per_mille)?;
        }
        Decision::Halt(reason) => {
            repository.change(&rollout.name, rollout.version, |rollout| {
                rollout.state = State::Halted;
                rollout.reason = Some(reason);
                rollout.pardoned = Count::of(&format!("{}-{}", rollout.name, rollout.version), reports).bad();
            })?;
        }
    }
    Ok(())
}

fn in_words(rollout: &Rollout, decision: &Decision) -> String {
    let what = format!("{}-{}", rollout.name, rollout.version);
    let share = |per_mille: u16| f64::from(per_mille) / 10.0;
    match decision {
        Decision::Hold(why) => format!("{what} stays at {} %: {why}", share(rollout.per_mille)),
        Decision::Widen(per_mille) => format!("{what} goes to {} %", share(*per_mille)),
        Decision::Halt(why) => format!("{what} is halted: {why}"),
    }
}
