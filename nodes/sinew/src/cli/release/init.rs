//! `sinew release init`

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, ensure};
use clap::Args;
use sinew_releases::repository::{Channels, InitOptions, init};

use super::ExpiryArgs;
use super::place::{PlaceArgs, said};

const MAX_CHANNELS_BYTES: u64 = 256 << 10;

#[derive(Debug, Args)]
pub(super) struct InitArgs {
    /// Where the repository is to be: a folder, whose files a web server offers to robots, s3://BUCKET/PREFIX, gs://…, az://…
    /// or oci://HOST[:PORT]/NAME.
    #[arg(long, value_name = "PLACE")]
    repo: String,
    #[command(flatten)]
    place: PlaceArgs,
    /// The folder of the keys: `offline` has those of root and targets, `online` those of snapshot and timestamp.
    #[arg(long, value_name = "DIR")]
    keys: PathBuf,
    /// How many of the root's keys must sign a root.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u8).range(1..=16))]
    threshold: u8,
    /// How many keys the root has; as many as the threshold when left out.
    #[arg(long, value_parser = clap::value_parser!(u8).range(1..=16))]
    root_keys: Option<u8>,
    /// The channels and what each asks of a policy; `stable` and `testing` when left out.
    #[arg(long, value_name = "FILE.yaml")]
    channels: Option<PathBuf>,
    #[command(flatten)]
    expiry: ExpiryArgs,
}

impl InitArgs {
    pub(super) fn run(self) -> anyhow::Result<ExitCode> {
        let root_keys = self.root_keys.unwrap_or(self.threshold);
        ensure!(
            root_keys >= self.threshold,
            "--root-keys: expected at least the {} of --threshold, found {root_keys}",
            self.threshold
        );
        let options = InitOptions {
            threshold: self.threshold,
            root_keys,
            expiry: self.expiry.expiry(),
            channels: self
                .channels
                .as_deref()
                .map_or_else(|| Ok(Channels::default()), read_channels)?,
        };
        let root = init(self.place.at(&self.repo), &self.keys, &options).with_context(|| said(&self.repo))?;
        println!("repository: {}", self.repo);
        println!("keys:       {}", self.keys.display());
        println!("root:       {}", root.display());
        println!("Give the root to robots with their installation. Move `offline` of the keys to where no network is.");
        Ok(ExitCode::SUCCESS)
    }
}

/// The channels of a file.
pub(super) fn read_channels(path: &Path) -> anyhow::Result<Channels> {
    let shown = || path.display().to_string();
    let text = sinew_files::read_text(path, MAX_CHANNELS_BYTES).with_context(shown)?;
    Channels::parse(&text).with_context(shown)
}
