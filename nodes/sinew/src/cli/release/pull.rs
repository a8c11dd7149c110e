//! `sinew release pull`

use std::fs::{self, File};
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, ensure};
use clap::Args;
use sinew::log::printable;
use sinew_releases::Limits;
use sinew_releases::bundle::unpack;
use sinew_releases::client::Way;
use sinew_releases::rollout::{State, Subscriber};

use super::list::{Reading, expect};

/// Verifies a repository as a robot does, and downloads a release into a folder: the newest that is for this robot, or one
/// that is named.
#[derive(Debug, Args)]
pub(super) struct PullArgs {
    /// Name of the release.
    name: String,
    /// Its version; the newest that is for this robot when left out.
    version: Option<u64>,
    #[command(flatten)]
    reading: Reading,
    /// The folder that it is unpacked into; it must not be there yet.
    #[arg(long, value_name = "DIR")]
    to: PathBuf,
    /// The robot, by which its turn in a rollout is decided.
    #[arg(long, value_name = "ID", default_value = "")]
    robot: String,
    /// The channel that it follows.
    #[arg(long, default_value = "stable")]
    channel: String,
    /// A group that it belongs to; may be given several times.
    #[arg(long = "group", value_name = "NAME")]
    groups: Vec<String>,
    /// The archive of an earlier version: only the difference is downloaded, where the repository has it.
    #[arg(long, value_name = "FILE.tar")]
    base: Option<PathBuf>,
    /// Most bytes a second.
    #[arg(long, value_name = "BYTES")]
    bandwidth: Option<f64>,
    /// Keep the archive: as a base for the next version.
    #[arg(long, value_name = "FILE.tar")]
    archive: Option<PathBuf>,
}

impl PullArgs {
    pub(super) fn run(self) -> anyhow::Result<ExitCode> {
        ensure!(
            !self.to.exists(),
            "--to {}: expected a folder that is not there yet",
            self.to.display()
        );
        ensure!(
            self.bandwidth
                .is_none_or(|bandwidth| bandwidth.is_finite() && bandwidth > 0.0),
            "--bandwidth: expected a number above 0"
        );
        let limits = Limits {
            bandwidth: self.bandwidth,
            ..Limits::default()
        };
        let (client, catalog) = self.reading.refresh(limits)?;
        let subscriber = Subscriber {
            robot: self.robot,
            channel: self.channel,
            groups: self.groups,
        };
        let offer = match self.version {
            Some(version) => expect(&catalog, &self.name, version)?,
            None => (catalog.newest_for(&self.name, &subscriber))
                .with_context(|| format!("{}: the repository has none for this robot", self.name))?,
        };
        ensure!(
            offer.rollout.state != State::Yanked,
            "{} {} was yanked{}: it is to be run by none",
            offer.rollout.name,
            offer.rollout.version,
            offer
                .rollout
                .reason
                .as_ref()
                .map(|why| format!(" ({})", printable(why)))
                .unwrap_or_default()
        );
        let beside = |extension: &str| PathBuf::from(format!("{}.{extension}", self.to.display()));
        let archive = self.archive.clone().unwrap_or_else(|| beside("tar"));
        let downloaded = client.download(&catalog, offer, &archive, self.base.as_deref())?;
        let opened = File::open(&archive).with_context(|| archive.display().to_string())?;
        let unpacked = unpack(opened, &self.to)?;
        let manifest = unpacked.manifest();
        if self.archive.is_none() {
            fs::remove_file(&archive).with_context(|| archive.display().to_string())?;
        }
        if let Some(target) = offer.rollout.signature.as_ref().and_then(|name| catalog.file(name)) {
            let signature = beside("sig");
            client.download_file(target, &signature)?;
            println!("signature: {}", signature.display());
        }
        let way = match downloaded.way {
            Way::Whole => "as a whole".to_owned(),
            Way::Delta { from } => format!("as the difference from version {from}"),
        };
        println!(
            "{} {}: {} bytes {way}, unpacked into {}",
            manifest.name,
            manifest.version,
            downloaded.bytes,
            self.to.display()
        );
        Ok(ExitCode::SUCCESS)
    }
}
