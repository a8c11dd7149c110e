//! `sinew release copy`

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use sinew_releases::repository::copy;
use sinew_releases::{LocationOptions, Place};

use super::place::Shown;

/// Verifies a repository, and brings all of it to another place: another folder, a bucket, a registry. What is there already
/// does not go again, the metadata come last, and an older state is never put in the place of a newer one.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    sinew release copy --from releases --to s3://robots/releases --root keys/root.json\n  \
    sinew release copy --from https://releases.example --to oci://registry.example/walks --root root.json")]
pub(super) struct CopyArgs {
    /// The repository: a folder, http://, https://, s3://BUCKET/PREFIX, gs://…, az://… or oci://HOST[:PORT]/NAME.
    #[arg(long, value_name = "PLACE")]
    from: String,
    /// Where it is to be, too: a folder, s3://BUCKET/PREFIX, gs://…, az://… or oci://HOST[:PORT]/NAME.
    #[arg(long, value_name = "PLACE")]
    to: String,
    /// The root to verify from, which `sinew release init` made.
    #[arg(long, value_name = "ROOT.json")]
    root: PathBuf,
    /// Where the object store or the registry of --from is.
    #[arg(long, value_name = "URL")]
    from_endpoint: Option<String>,
    /// Region of the bucket of --from.
    #[arg(long, value_name = "REGION")]
    from_region: Option<String>,
    /// File of NAME=value lines for --from, in place of the environment.
    #[arg(long, value_name = "FILE")]
    from_credentials: Option<PathBuf>,
    /// Where the object store or the registry of --to is.
    #[arg(long, value_name = "URL")]
    to_endpoint: Option<String>,
    /// Region of the bucket of --to.
    #[arg(long, value_name = "REGION")]
    to_region: Option<String>,
    /// File of NAME=value lines for --to, in place of the environment.
    #[arg(long, value_name = "FILE")]
    to_credentials: Option<PathBuf>,
    /// Without TLS over a network that is trusted.
    #[arg(long)]
    allow_http: bool,
}

impl CopyArgs {
    pub(super) fn run(self) -> anyhow::Result<ExitCode> {
        let place = |address, endpoint, region, credentials_file| Place {
            address,
            options: LocationOptions {
                endpoint,
                region,
                credentials_file,
                allow_http: self.allow_http,
            },
        };
        let from = place(self.from, self.from_endpoint, self.from_region, self.from_credentials);
        let to = place(self.to, self.to_endpoint, self.to_region, self.to_credentials);
        let copied = copy(&from, &to, &self.root, &Shown::default())?;
        println!(
            "{}: {} releases, {} files of {} bytes went there this time",
            to.address, copied.releases, copied.files, copied.bytes
        );
        Ok(ExitCode::SUCCESS)
    }
}
