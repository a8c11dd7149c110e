//! `sinew release list` and `sinew release show`

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Context;
use clap::Args;
use serde_json::json;
use sinew_releases::client::Client;
use sinew_releases::{Catalog, Limits, Offer};

use super::percent;
use super::place::{PlaceArgs, Shown, said};
use crate::cli::output::write_json;

/// A repository that is read, and verified from a root.
#[derive(Debug, Args)]
pub(super) struct Reading {
    /// The repository: a folder, http://, https://, s3://BUCKET/PREFIX, gs://…, az://… or oci://HOST[:PORT]/NAME.
    #[arg(long, value_name = "PLACE")]
    repo: String,
    #[command(flatten)]
    place: PlaceArgs,
    /// The root to verify from, which `sinew release init` made.
    #[arg(long, value_name = "ROOT.json")]
    root: Option<PathBuf>,
    /// The folder where is remembered what was seen of the repository, so that nothing older is taken later. Without it
    /// nothing is remembered.
    #[arg(long, value_name = "DIR")]
    trust: Option<PathBuf>,
}

impl Reading {
    pub(super) fn refresh(&self, limits: Limits) -> anyhow::Result<(Client, Catalog)> {
        let passing = tempfile::tempdir()?;
        let trust = self.trust.as_deref().unwrap_or(passing.path());
        let place = self.place.at(&self.repo);
        let mut client = Client::open(place, trust, self.root.as_deref(), limits)?;
        client.watch(Arc::new(Shown::default()));
        let catalog = client.refresh().with_context(|| said(&self.repo))?;
        Ok((client, catalog))
    }
}

#[derive(Debug, Args)]
pub(super) struct ListArgs {
    #[command(flatten)]
    reading: Reading,
    /// Only releases of this name.
    name: Option<String>,
}

#[derive(Debug, Args)]
pub(super) struct ShowArgs {
    /// Name of the release.
    name: String,
    /// Its version.
    version: u64,
    #[command(flatten)]
    reading: Reading,
    /// Write it as JSON to FILE, or to standard output with `-`.
    #[arg(long, value_name = "FILE", default_value = "-")]
    json: String,
}

impl ListArgs {
    pub(super) fn run(self) -> anyhow::Result<ExitCode> {
        let (_, catalog) = self.reading.refresh(Limits::default())?;
        let is_asked = |offer: &&Offer| self.name.as_ref().is_none_or(|name| *name == offer.rollout.name);
        for offer in catalog.offers().iter().filter(is_asked) {
            let rollout = &offer.rollout;
            let groups = if rollout.groups.is_empty() {
                String::new()
            } else {
                format!(" in {}", rollout.groups.join(", "))
            };
            println!(
                "{} {}  {}  {} of {}{groups}  {}{}",
                rollout.name,
                rollout.version,
                rollout.kind,
                percent(rollout.per_mille),
                rollout.channel,
                rollout.state,
                rollout
                    .reason
                    .as_ref()
                    .map_or_else(String::new, |reason| format!(": {reason}"))
            );
        }
        Ok(ExitCode::SUCCESS)
    }
}

impl ShowArgs {
    pub(super) fn run(self) -> anyhow::Result<ExitCode> {
        let (_, catalog) = self.reading.refresh(Limits::default())?;
        let offer = expect(&catalog, &self.name, self.version)?;
        let shown = json!({
            "archive": offer.archive.name,
            "bytes": offer.archive.bytes,
            "sha256": offer.archive.sha256,
            "rollout": offer.rollout,
        });
        write_json(&self.json, &shown)?;
        Ok(ExitCode::SUCCESS)
    }
}

/// A release of a repository.
pub(super) fn expect<'a>(catalog: &'a Catalog, name: &str, version: u64) -> anyhow::Result<&'a Offer> {
    catalog.offer(name, version).with_context(|| {
        let known: Vec<_> = (catalog.offers().iter())
            .map(|offer| format!("{} {}", offer.rollout.name, offer.rollout.version))
            .collect();
        format!(
            "{name} {version}: the repository has no such release; it has {}",
            known.join(", ")
        )
    })
}
