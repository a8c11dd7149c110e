//! Signatures of models behind the command line that the conformance suite of OpenSSF Model Signing asks for:
//! `pytest test --entrypoint target/release/examples/model_signing_conformance`. docs/releases.md says what comes of it.

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};

use sinew_releases::signature::{Authorities, Scope, Signer, Trust, VerifyingKey, sign_within, verify_within};

#[derive(Debug, Default)]
struct Line {
    command: String,
    method: String,
    model: PathBuf,
    signature: PathBuf,
    key: PathBuf,
    certificate: PathBuf,
    chain: Vec<PathBuf>,
    ignored: Vec<PathBuf>,
    may_have_more: bool,
}

impl Line {
    fn read() -> Result<Self, Box<dyn Error>> {
        let mut words = std::env::args().skip(1);
        let mut line = Self {
            command: words.next().ok_or("expected sign-model or verify-model")?,
            ..Self::default()
        };
        while let Some(word) = words.next() {
            let mut value = || words.next().ok_or_else(|| format!("{word}: expected a value"));
            match word.as_str() {
                "--method" => line.method = value()?,
                "--model-path" => line.model = value()?.into(),
                "--output-bundle" | "--bundle" => line.signature = value()?.into(),
                "--private-key" | "--public-key" => line.key = value()?.into(),
                "--signing-cert" => line.certificate = value()?.into(),
                "--cert-chain" => line.chain.push(value()?.into()),
                "--ignore-paths" => line.ignored.push(value()?.into()),
                "--ignore-unsigned-files" => line.may_have_more = true,
                _ => return Err(format!("{word}: it is not known").into()),
            }
        }
        Ok(line)
    }

    /// What is no part of the model, by paths in it. The suite names them from the root.
    fn scope(&self) -> Scope {
        let within = |path: &Path| Some(path.strip_prefix(&self.model).ok()?.to_str()?.to_owned());
        let mut ignored: Vec<String> = self.ignored.iter().filter_map(|path| within(path)).collect();
        if self.command == "sign-model" {
            ignored.extend(within(&self.signature));
        }
        Scope {
            ignored,
            may_have_more: self.may_have_more,
        }
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let line = Line::read()?;
    let chain: Vec<&Path> = line.chain.iter().map(PathBuf::as_path).collect();
    match (line.command.as_str(), line.method.as_str()) {
        ("sign-model", method @ ("key" | "certificate")) => {
            let signer = if method == "key" {
                Signer::with_key(&line.key)?
            } else {
                Signer::with_certificate(&line.key, &line.certificate, &chain)?
            };
            let name = line.model.file_name().unwrap_or_default().to_string_lossy();
            let text = sign_within(&line.model, &name, &signer, &line.scope())?;
            fs::write(&line.signature, text)?;
        }
        ("verify-model", method @ ("key" | "certificate")) => {
            let trust = if method == "key" {
                Trust::Key(VerifyingKey::load(&line.key)?)
            } else {
                Trust::Authorities(Authorities::load(&chain)?)
            };
            verify_within(&line.model, &line.signature, &trust, &line.scope())?;
        }
        (command, method) => return Err(format!("{command} by {method} is not offered").into()),
    }
    Ok(())
}
