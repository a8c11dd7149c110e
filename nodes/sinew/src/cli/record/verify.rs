//! `sinew record verify`

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context;
use clap::Args;
use sinew_recording::verify;

use super::public_key;
use crate::cli::NOT_AS_RECORDED;

/// Says whether recordings are as the robot signed them, and if not, what was done to them and where.
///
/// Found are records that were changed, removed, added or reordered, files that were cut, damaged, removed, swapped or
/// put in, and proofs that were changed. `docs/recordings.md` says what that proves and what not, and
/// `docs/verify_recording.py` verifies the same without any of Sinew's code.
#[derive(Debug, Args)]
#[command(
    after_help = "Exit codes: 0 everything holds; 2 it cannot be verified; 4 something does not hold.\n\n\
                  Examples:\n  \
                  sinew record verify walk.mcap\n  \
                  sinew record verify recordings/ --key robot.pub.pem\n  \
                  sinew record verify recordings/walk_3.mcap --part        one file of several"
)]
pub(super) struct VerifyArgs {
    /// Recordings, or folders of recordings. The proofs lie beside them, under their names with `.proof`.
    #[arg(required = true)]
    paths: Vec<PathBuf>,
    /// The robot's public key, PEM; by default that of the user's own identity.
    #[arg(long)]
    key: Option<PathBuf>,
    /// Other files of the same recording are elsewhere.
    #[arg(long)]
    part: bool,
}

impl VerifyArgs {
    pub(super) fn run(self) -> anyhow::Result<ExitCode> {
        let key = public_key(self.key)?.context(
            "there is no key to verify with, so nothing can be said to be genuine: name the robot's public key with --key",
        )?;
        let report = verify(&self.paths, &key, self.part)?;
        for genuine in &report.genuine {
            println!(
                "{}: file {} of the recording {}, {} records, as signed",
                genuine.path.display(),
                genuine.file,
                genuine.recording,
                genuine.records
            );
        }
        for finding in &report.findings {
            let record = finding
                .record
                .map_or(String::new(), |record| format!(", record {record}"));
            println!(
                "{}: {}{record}: {}",
                finding.path.display(),
                finding.kind.name(),
                finding.what
            );
        }
        if report.holds() {
            println!(
                "Genuine: all {} files are as {} signed them",
                report.genuine.len(),
                key.fingerprint()
            );
            Ok(ExitCode::SUCCESS)
        } else {
            println!(
                "NOT genuine: {} findings, with the key {}",
                report.findings.len(),
                key.fingerprint()
            );
            Ok(ExitCode::from(NOT_AS_RECORDED))
        }
    }
}
