//! `sinew release sign`

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context;
use clap::Args;
use sinew_releases::signature::{Signer, sign_folder};

use crate::cli::output::expect_place;

#[derive(Debug, Args)]
pub(super) struct SignArgs {
    /// The model: a folder or a file.
    model: PathBuf,
    /// Where the signature is written; not into the folder.
    #[arg(long, value_name = "FILE")]
    to: PathBuf,
    #[command(flatten)]
    signer: SignerArgs,
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
        let text = sign_folder(&self.model, &name, &signer)?;
        std::fs::write(&self.to, text).with_context(|| format!("{}: cannot be written", self.to.display()))?;
        Ok(ExitCode::SUCCESS)
    }
}
