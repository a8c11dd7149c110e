//! `sinew record`

mod repair;
mod verify;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Subcommand};
use sinew_recording::{Identity, PUBLIC_KEY, PublicKey};

/// Verifies recordings, and repairs those that lost their end.
#[derive(Debug, Args)]
pub(crate) struct RecordArgs {
    #[command(subcommand)]
    command: RecordCommand,
}

#[derive(Debug, Subcommand)]
enum RecordCommand {
    /// Says whether recordings are as the robot signed them, and if not, what was done to them and where.
    Verify(verify::VerifyArgs),
    /// Makes a whole file of what is left of one without an end, as after a power cut.
    Repair(repair::RepairArgs),
}

impl RecordArgs {
    pub(crate) fn run(self) -> anyhow::Result<ExitCode> {
        match self.command {
            RecordCommand::Verify(args) => args.run(),
            RecordCommand::Repair(args) => args.run(),
        }
    }
}

/// The public key that was named, or that of the user's own identity where there is one.
fn public_key(named: Option<PathBuf>) -> anyhow::Result<Option<PublicKey>> {
    let own = || {
        Identity::default_dir()
            .map(|dir| dir.join(PUBLIC_KEY))
            .filter(|path| path.exists())
    };
    Ok(named.or_else(own).map(|path| PublicKey::load(&path)).transpose()?)
}
