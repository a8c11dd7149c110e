//! `sinew release sign`

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context;
use clap::Args;
use sinew_releases::signature::{Scope, Signer, sign_within};

use crate::cli::output::expect_place;

#[derive(Debug, Args)]
pub(super) struct SignArgs {
    /// The model: a folder or a file.
    model: PathBuf,
    /// Where the signature is written. Within the folder it is no part of the model.
    #[arg(long, value_name = "FILE")]
    to: PathBuf,
    #[command(flatten)]
    ignored: IgnoreArgs,
    #[command(flatten)]
    signer: SignerArgs,
}

/// What is no part of a model.
#[derive(Debug, Args)]
pub(super) struct IgnoreArgs {
    /// A file or folder within the model's folder that is no part of it, by its path in it; may be given several times.
    /// `.git`, `.github`, `.gitignore` and `.gitattributes` at its top never are.
    #[arg(long = "ignore", value_name = "PATH")]
    ignored: Vec<PathBuf>,
}

impl IgnoreArgs {
    /// By their paths in `model`. Those that are given from elsewhere have to lie in it.
    pub(super) fn within(&self, model: &Path) -> anyhow::Result<Vec<String>> {
        let text = |path: &Path| path.to_str().map(str::to_owned);
        let all = self.ignored.iter().map(|path| {
            let inside = if path.is_absolute() {
                path.strip_prefix(model.canonicalize()?).ok()
            } else {
                Some(path.as_path())
            };
            let expected = || {
                format!(
                    "--ignore {}: expected a path within {}",
                    path.display(),
                    model.display()
                )
            };
            inside.and_then(text).with_context(expected)
        });
        all.collect()
    }
}

/// Who signs.
#[derive(Debug, Args)]
pub(super) struct SignerArgs {
    /// Sign the model with this private key, too: ECDSA over P-256, P-384 or P-521, such as identity.pem of `sinew
    /// identity`. Programs that know OpenSSF Model Signing verify it without the repository.
    #[arg(long, value_name = "KEY.pem", help_heading = "Model signing")]
    sign_with: Option<PathBuf>,
    /// The certificate of that key.
    #[arg(
        long,
        value_name = "CERT.pem",
        requires = "sign_with",
        help_heading = "Model signing"
    )]
    certificate: Option<PathBuf>,
    /// Certificates that lead from it to an authority; may be given several times.
    #[arg(
        long,
        value_name = "CERT.pem",
        requires = "certificate",
        help_heading = "Model signing"
    )]
    chain: Vec<PathBuf>,
}

impl SignerArgs {
    pub(super) fn signer(&self) -> anyhow::Result<Option<Signer>> {
        let chain: Vec<&Path> = self.chain.iter().map(PathBuf::as_path).collect();
        let signer = match (&self.sign_with, &self.certificate) {
            (None, _) => return Ok(None),
            (Some(key), None) => Signer::with_key(key)?,
            (Some(key), Some(certificate)) => Signer::with_certificate(key, certificate, &chain)?,
        };
        Ok(Some(signer))
    }
}

impl SignArgs {
    pub(super) fn run(self) -> anyhow::Result<ExitCode> {
        expect_place("--to", &self.to)?;
        let signer = self
            .signer
            .signer()?
            .context("--sign-with: expected the private key that signs")?;
        let full = self
            .model
            .canonicalize()
            .with_context(|| self.model.display().to_string())?;
        let name = full
            .file_name()
            .map_or_else(String::new, |name| name.to_string_lossy().into_owned());
        let mut ignored = self.ignored.within(&self.model)?;
        ignored.extend(signature_within(&full, &self.to));
        let scope = Scope {
            ignored,
            may_have_more: false,
        };
        let text = sign_within(&self.model, &name, &signer, &scope)?;
        std::fs::write(&self.to, text).with_context(|| format!("{}: cannot be written", self.to.display()))?;
        Ok(ExitCode::SUCCESS)
    }
}

/// The path in the model of a signature that is written within it.
fn signature_within(model: &Path, signature: &Path) -> Option<String> {
    let folder = signature.parent().filter(|folder| !folder.as_os_str().is_empty());
    let folder = folder.unwrap_or(Path::new(".")).canonicalize().ok()?;
    let inside = folder.strip_prefix(model).ok()?.join(signature.file_name()?);
    inside.to_str().map(str::to_owned)
}
