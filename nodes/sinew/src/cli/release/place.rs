//! Where a repository is, as the command line says it, and how far files have come on their way to it or from it.

use std::path::PathBuf;
use std::sync::Mutex;

use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use sinew::log::printable;
use sinew_node::sync::lock;
use sinew_releases::{LocationOptions, Place, Progress};

/// Files below this length are there before anybody looks.
const SHOWN_BYTES: u64 = 1 << 20;
const HEADING: &str = "Buckets and registries";

/// What the address of a bucket or a registry does not say. Credentials come from the environment or from a file, never from
/// an address.
#[derive(Debug, Clone, Default, Args)]
pub(super) struct PlaceArgs {
    /// Where the object store or the registry is; the provider's own, or what the address says, when left out.
    #[arg(long, value_name = "URL", help_heading = HEADING)]
    endpoint: Option<String>,
    /// Region of the bucket.
    #[arg(long, help_heading = HEADING)]
    region: Option<String>,
    /// File of NAME=value lines that its owner alone can read, in place of the environment.
    #[arg(long, value_name = "FILE", help_heading = HEADING)]
    credentials: Option<PathBuf>,
    /// Without TLS over a network that is trusted.
    #[arg(long, help_heading = HEADING)]
    allow_http: bool,
}

impl PlaceArgs {
    /// A repository at an address.
    pub(super) fn at(&self, address: &str) -> Place {
        Place {
            address: address.to_owned(),
            options: LocationOptions {
                endpoint: self.endpoint.clone(),
                region: self.region.clone(),
                credentials_file: self.credentials.clone(),
                allow_http: self.allow_http,
            },
        }
    }
}

/// Which repository it is about, without what may be a secret in its address.
pub(super) fn said(repo: &str) -> String {
    if repo.contains('@') {
        "--repo".to_owned()
    } else {
        format!("--repo {repo}")
    }
}

/// A bar for the file that is on its way.
#[derive(Debug, Default)]
pub(super) struct Shown(Mutex<Option<(String, ProgressBar)>>);

impl Progress for Shown {
    fn moved(&self, file: &str, bytes: u64, of: u64) {
        if of < SHOWN_BYTES {
            return;
        }
        let mut shown = lock(&self.0);
        if shown.as_ref().is_none_or(|(name, _)| name != file) {
            let template = "{msg} {bar:30} {bytes}/{total_bytes} {bytes_per_sec}, {eta} left";
            let style = ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
            let bar = ProgressBar::new(of).with_style(style);
            bar.set_message(printable(file));
            *shown = Some((file.to_owned(), bar));
        }
        if let Some((_, bar)) = &*shown {
            bar.set_position(bytes);
        }
        if bytes >= of
            && let Some((_, bar)) = shown.take()
        {
            bar.finish_and_clear();
        }
    }
}
