//! `sinew record repair`

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use sinew_recording::repair;

use super::public_key;

/// Makes a whole file of what is left of one without an end, as after a power cut. The original stays as it is, and is
/// what proves: the copy has the same records in the same order, but no proof of its own.
#[derive(Debug, Args)]
pub(super) struct RepairArgs {
    /// The file that lost its end, or was damaged.
    file: PathBuf,
    /// The file to make; by default NAME.repaired.mcap beside it.
    #[arg(long)]
    out: Option<PathBuf>,
    /// The robot's public key, PEM, to say what of it is proven; by default that of the user's own identity, if any.
    #[arg(long)]
    key: Option<PathBuf>,
}

impl RepairArgs {
    pub(super) fn run(self) -> anyhow::Result<ExitCode> {
        let key = public_key(self.key)?;
        let out = self.out.unwrap_or_else(|| self.file.with_extension("repaired.mcap"));
        let repaired = repair(&self.file, &out, key.as_ref())?;
        println!(
            "{}: {} records kept, {} of them messages",
            out.display(),
            repaired.records,
            repaired.messages
        );
        match &repaired.lost_from {
            None => println!("lost: nothing; all records of {} could be read", self.file.display()),
            Some((offset, error)) => println!(
                "lost: {} bytes from byte {offset} of {} on: {error}",
                repaired.lost_bytes,
                self.file.display()
            ),
        }
        match repaired.proven {
            None => println!("proven: unknown, as there is no key; name the robot's public key with --key"),
            Some(0) => println!("proven: none of it is signed with that key"),
            Some(count) => println!(
                "proven: records 0 to {} are as the robot signed them; what follows is not proven",
                count - 1
            ),
        }
        Ok(ExitCode::SUCCESS)
    }
}
