//! `sinew release verify`

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, bail};
use clap::Args;
use sinew_releases::bundle::{MANIFEST, unpack, verify_folder};
use sinew_releases::signature::{Authorities, Scope, Trust, VerifyingKey, verify_within};

use super::sign::IgnoreArgs;

/// Says whether a release's folder or archive has the files that its release.json names, or whether a model is what somebody
/// signed: no file changed, none added and none removed.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    sinew release verify strider_walk                                   a folder that `sinew release pull` made\n  \
    sinew release verify model --signature model.sig --key signer.pub.pem\n  \
    sinew release verify model --signature model.sig --authority ca.pem")]
pub(super) struct VerifyArgs {
    /// A release's folder or archive; with --signature, a model: a folder or a file.
    model: PathBuf,
    /// Its signature, in the format of OpenSSF Model Signing.
    #[arg(long, value_name = "FILE")]
    signature: Option<PathBuf>,
    /// The public key that signed it.
    #[arg(
        long,
        value_name = "KEY.pub.pem",
        requires = "signature",
        conflicts_with = "authorities"
    )]
    key: Option<PathBuf>,
    /// Certificates of authorities: whoever has one of theirs may have signed it. May be given several times.
    #[arg(long = "authority", value_name = "CERT.pem", requires = "signature")]
    authorities: Vec<PathBuf>,
    #[command(flatten)]
    ignored: IgnoreArgs,
    /// Let files that were not signed lie beside those that were.
    #[arg(long, requires = "signature")]
    ignore_unsigned: bool,
}

impl VerifyArgs {
    pub(super) fn run(self) -> anyhow::Result<ExitCode> {
        if let Some(signature) = &self.signature {
            let trust = match &self.key {
                Some(key) => Trust::Key(VerifyingKey::load(key)?),
                None if self.authorities.is_empty() => bail!("expected who may have signed: --key or --authority"),
                None => {
                    let files: Vec<&Path> = self.authorities.iter().map(PathBuf::as_path).collect();
                    Trust::Authorities(Authorities::load(&files)?)
                }
            };
            let scope = Scope {
                ignored: self.ignored.within(&self.model)?,
                may_have_more: self.ignore_unsigned,
            };
            verify_within(&self.model, signature, &trust, &scope)?;
            println!("{}: as signed", self.model.display());
        }
        if self.model.is_file() && self.signature.is_none() {
            let folder = tempfile::tempdir()?;
            let archive = File::open(&self.model).with_context(|| self.model.display().to_string())?;
            let unpacked = unpack(archive, &folder.path().join("release"))?;
            let manifest = unpacked.manifest();
            println!(
                "{}: {} {}, whole",
                self.model.display(),
                manifest.name,
                manifest.version
            );
        } else if self.signature.is_none() || self.model.join(MANIFEST).exists() {
            let manifest = verify_folder(&self.model)?;
            println!(
                "{}: {} {}, whole",
                self.model.display(),
                manifest.name,
                manifest.version
            );
        }
        Ok(ExitCode::SUCCESS)
    }
}
