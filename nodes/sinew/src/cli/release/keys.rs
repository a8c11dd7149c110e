//! `sinew release refresh`, `rotate` and `channels`

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, ValueEnum};
use sinew_releases::repository::KeyRole;

use super::Writing;
use super::init::read_channels;
use crate::cli::output::write_json;

#[derive(Debug, Args)]
pub(super) struct RefreshArgs {
    /// Root and targets, too, which takes the offline keys.
    #[arg(long)]
    all: bool,
    #[command(flatten)]
    writing: Writing,
}

#[derive(Debug, Args)]
pub(super) struct RotateArgs {
    /// The role whose keys are replaced.
    #[arg(value_enum)]
    role: RoleArg,
    #[command(flatten)]
    writing: Writing,
}

#[derive(Debug, Args)]
pub(super) struct ChannelsArgs {
    /// Channels to put in the place of those that there are.
    #[arg(long, value_name = "FILE.yaml")]
    set: Option<PathBuf>,
    #[command(flatten)]
    writing: Writing,
}

/// A role of the repository.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum RoleArg {
    Root,
    Targets,
    Snapshot,
    Timestamp,
}

impl RefreshArgs {
    pub(super) fn run(self) -> anyhow::Result<ExitCode> {
        let mut repository = self.writing.open()?;
        if self.all {
            repository.renew()?;
        } else {
            repository.refresh()?;
        }
        Ok(ExitCode::SUCCESS)
    }
}

impl RotateArgs {
    pub(super) fn run(self) -> anyhow::Result<ExitCode> {
        let role = match self.role {
            RoleArg::Root => KeyRole::Root,
            RoleArg::Targets => KeyRole::Targets,
            RoleArg::Snapshot => KeyRole::Snapshot,
            RoleArg::Timestamp => KeyRole::Timestamp,
        };
        self.writing.open()?.rotate(role)?;
        let folder = self.writing.keys.join(role.folder());
        println!(
            "{}: new keys of {role}; the older ones of that role are of no use any more",
            folder.display()
        );
        Ok(ExitCode::SUCCESS)
    }
}

impl ChannelsArgs {
    pub(super) fn run(self) -> anyhow::Result<ExitCode> {
        let mut repository = self.writing.open()?;
        match &self.set {
            Some(path) => repository.set_channels(&read_channels(path)?)?,
            None => write_json("-", &repository.channels()?)?,
        }
        Ok(ExitCode::SUCCESS)
    }
}
