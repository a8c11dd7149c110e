//! `sinew release`: models as signed releases.

mod change;
mod copy;
mod init;
mod keys;
mod list;
mod place;
mod publish;
mod pull;
mod robot;
mod sign;
mod verify;

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Context;
use clap::{Args, Subcommand};
use sinew_releases::repository::{Expiry, Repository};

use place::{PlaceArgs, Shown, said};

/// Models as signed releases: a repository of them, what is published into it, who gets it, and what a robot takes from it.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    sinew release init --repo releases --keys keys            a repository, and its keys\n  \
    sinew eval strider.yaml --episodes 200 --json eval.json\n  \
    sinew release publish walk.onnx --name strider_walk --repo releases --keys keys --report eval.json --rollout 10%\n  \
    sinew release rollout strider_walk 2 --to 50% --repo releases --keys keys\n  \
    sinew release pull strider_walk --repo https://releases.example --root root.json --trust trust --to walk\n\n\
    docs/releases.md says how to serve it, or to have it in a bucket or a registry, to keep the keys, and what is refused.")]
pub(crate) struct ReleaseArgs {
    #[command(subcommand)]
    command: ReleaseCommand,
}

#[derive(Debug, Subcommand)]
enum ReleaseCommand {
    /// Makes a repository, and its keys: offline ones for root and targets, online ones for snapshot and timestamp.
    Init(init::InitArgs),
    /// Publishes a model, once its evaluation allows it on a channel.
    Publish(publish::PublishArgs),
    /// Lists what a repository offers.
    List(list::ListArgs),
    /// Says all that is signed about a release.
    Show(list::ShowArgs),
    /// Changes how many robots get a release, and which; pauses it, or goes on.
    Rollout(change::RolloutArgs),
    /// Takes a release back: no robot is to run it.
    Yank(change::YankArgs),
    /// Signs snapshot and timestamp anew, so that they do not expire; or, with --all, everything.
    Refresh(keys::RefreshArgs),
    /// Makes new keys for a role. Robots follow.
    Rotate(keys::RotateArgs),
    /// Shows the channels and what each asks of a policy, or puts others in their place.
    Channels(keys::ChannelsArgs),
    /// Signs a folder or a file in the format of OpenSSF Model Signing.
    Sign(sign::SignArgs),
    /// Says whether a release, or a signed model, is what it was.
    Verify(verify::VerifyArgs),
    /// Verifies a repository, and brings all of it to another place.
    Copy(copy::CopyArgs),
    /// Verifies a repository as a robot does, and downloads a release from it.
    Pull(pull::PullArgs),
    #[command(flatten)]
    Robot(robot::RobotCommand),
}

impl ReleaseArgs {
    pub(crate) fn run(self) -> anyhow::Result<ExitCode> {
        match self.command {
            ReleaseCommand::Init(args) => args.run(),
            ReleaseCommand::Publish(args) => args.run(),
            ReleaseCommand::List(args) => args.run(),
            ReleaseCommand::Show(args) => args.run(),
            ReleaseCommand::Rollout(args) => args.run(),
            ReleaseCommand::Yank(args) => args.run(),
            ReleaseCommand::Refresh(args) => args.run(),
            ReleaseCommand::Rotate(args) => args.run(),
            ReleaseCommand::Channels(args) => args.run(),
            ReleaseCommand::Sign(args) => args.run(),
            ReleaseCommand::Verify(args) => args.run(),
            ReleaseCommand::Copy(args) => args.run(),
            ReleaseCommand::Pull(args) => args.run(),
            ReleaseCommand::Robot(command) => command.run(),
        }
    }
}

/// A repository that is written to.
#[derive(Debug, Args)]
struct Writing {
    /// The repository: a folder, s3://BUCKET/PREFIX, gs://…, az://… or oci://HOST[:PORT]/NAME.
    #[arg(long, value_name = "PLACE")]
    repo: String,
    #[command(flatten)]
    place: PlaceArgs,
    /// The folder of the keys.
    #[arg(long, value_name = "DIR")]
    keys: PathBuf,
    #[command(flatten)]
    expiry: ExpiryArgs,
}

impl Writing {
    fn open(&self) -> anyhow::Result<Repository> {
        let opened = Repository::open(self.place.at(&self.repo), &self.keys, self.expiry.expiry());
        let mut opened = opened.with_context(|| said(&self.repo))?;
        opened.watch(Arc::new(Shown::default()));
        Ok(opened)
    }
}

/// How long what is signed is valid.
#[derive(Debug, Args)]
struct ExpiryArgs {
    /// How long a root is valid, days.
    #[arg(long, value_name = "DAYS", default_value_t = Expiry::default().root_days, help_heading = "Expiry")]
    root_days: u32,
    /// How long releases are valid, days.
    #[arg(long, value_name = "DAYS", default_value_t = Expiry::default().targets_days, help_heading = "Expiry")]
    targets_days: u32,
    /// How long a snapshot is valid, days.
    #[arg(long, value_name = "DAYS", default_value_t = Expiry::default().snapshot_days, help_heading = "Expiry")]
    snapshot_days: u32,
    /// How long a timestamp is valid, days: as long can robots be shown an old state as today's.
    #[arg(long, value_name = "DAYS", default_value_t = Expiry::default().timestamp_days, help_heading = "Expiry")]
    timestamp_days: u32,
}

impl ExpiryArgs {
    fn expiry(&self) -> Expiry {
        Expiry {
            root_days: self.root_days,
            targets_days: self.targets_days,
            snapshot_days: self.snapshot_days,
            timestamp_days: self.timestamp_days,
        }
    }
}

/// A share of robots, such as `10%`, in thousandths.
fn share(text: &str) -> Result<u16, String> {
    let percent = text.strip_suffix('%').unwrap_or(text).trim().parse::<f64>();
    let per_mille = percent.map(|percent| percent * 10.0);
    match per_mille {
        Ok(per_mille) if (0.0..=1000.0).contains(&per_mille) && (per_mille - per_mille.round()).abs() < 1e-6 => {
            Ok(per_mille.round() as u16)
        }
        _ => Err(format!("expected 0% to 100% in steps of 0.1%, found `{text}`")),
    }
}

/// Thousandths as people read them.
fn percent(per_mille: u16) -> String {
    format!("{}%", f64::from(per_mille) / 10.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_percent_in_tenths() {
        for (text, per_mille) in [("10%", 100), ("0.1%", 1), ("100", 1000), ("0%", 0), ("33.3%", 333)] {
            assert_eq!(share(text), Ok(per_mille), "{text}");
            assert_eq!(share(&percent(per_mille)), Ok(per_mille));
        }
        for wrong in ["", "%", "-1%", "101%", "0.05%", "NaN", "ten"] {
            assert!(share(wrong).unwrap_err().contains("0% to 100%"), "{wrong}");
        }
    }
}
