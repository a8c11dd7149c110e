//! `sinew release rollout` and `sinew release yank`

use std::process::ExitCode;

use anyhow::ensure;
use clap::Args;
use sinew::log::printable;
use sinew_releases::rollout::{Rollout, State};

use super::{Writing, percent, share};

#[derive(Debug, Args)]
pub(super) struct RolloutArgs {
    /// Name of the release.
    name: String,
    /// Its version.
    version: u64,
    /// How many robots of its channel get it, such as 50%.
    #[arg(long, value_name = "PERCENT", value_parser = share)]
    to: Option<u16>,
    /// Only robots of these groups; may be given several times.
    #[arg(long = "group", value_name = "NAME")]
    groups: Vec<String>,
    /// Robots of all groups.
    #[arg(long, conflicts_with = "groups")]
    all_groups: bool,
    /// No further robot gets it; those that have it keep it.
    #[arg(long, conflicts_with = "resume")]
    pause: bool,
    /// It goes on.
    #[arg(long)]
    resume: bool,
    #[command(flatten)]
    writing: Writing,
}

#[derive(Debug, Args)]
pub(super) struct YankArgs {
    /// Name of the release.
    name: String,
    /// Its version.
    version: u64,
    /// Why; robots and people are told.
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
    #[command(flatten)]
    writing: Writing,
}

impl RolloutArgs {
    pub(super) fn run(self) -> anyhow::Result<ExitCode> {
        let changes = self.to.is_some() || !self.groups.is_empty() || self.all_groups || self.pause || self.resume;
        ensure!(
            changes,
            "expected what to change: --to, --group, --all-groups, --pause or --resume"
        );
        let rollout = self.writing.open()?.change(&self.name, self.version, |rollout| {
            rollout.per_mille = self.to.unwrap_or(rollout.per_mille);
            if self.all_groups || !self.groups.is_empty() {
                rollout.groups.clone_from(&self.groups);
            }
            if self.pause || self.resume {
                rollout.state = if self.pause { State::Paused } else { State::Active };
                rollout.reason = None;
            }
        })?;
        show(&rollout);
        Ok(ExitCode::SUCCESS)
    }
}

impl YankArgs {
    pub(super) fn run(self) -> anyhow::Result<ExitCode> {
        let rollout = self.writing.open()?.change(&self.name, self.version, |rollout| {
            rollout.state = State::Yanked;
            rollout.reason.clone_from(&self.reason);
        })?;
        show(&rollout);
        Ok(ExitCode::SUCCESS)
    }
}

fn show(rollout: &Rollout) {
    println!(
        "{} {}: {}, for {} of {}",
        printable(&rollout.name),
        rollout.version,
        rollout.state,
        percent(rollout.per_mille),
        printable(&rollout.channel)
    );
}
