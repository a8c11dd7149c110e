//! `sinew record repair`

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context;
use clap::Args;
use sinew_recording::repair;

use super::public_key;

/// Makes a whole file of what is left of one without an end, as after a power cut. The original stays as it is, and is
/// what proves: the copy has the same records in the same order, but no proof of its own.
#[derive(Debug, Args)]
pub(super) struct RepairArgs {
    /// The file that lost its end, or was damaged.
    file: PathBuf,
    /// The file to make; by default one of the same name in the folder `repaired` beside it, so that `sinew record verify`
    /// of the folder is not given a file twice.
    #[arg(long)]
    out: Option<PathBuf>,
    /// The robot's public key, PEM, to say what of it is proven; by default that of the user's own identity, if any.
    #[arg(long)]
    key: Option<PathBuf>,
}

/// The folder for repaired files, beside the originals.
const FOLDER: &str = "repaired";

fn beside(file: &Path) -> anyhow::Result<PathBuf> {
    let name = file.file_name().context("expected a file to repair, found no name")?;
    let folder = file.with_file_name(FOLDER);
    if file.is_file() {
        std::fs::create_dir_all(&folder).with_context(|| format!("{}: the folder cannot be made", folder.display()))?;
    }
    Ok(folder.join(name))
}

impl RepairArgs {
    pub(super) fn run(self) -> anyhow::Result<ExitCode> {
        let key = public_key(self.key)?;
        let out = match self.out {
            Some(out) => out,
            None => beside(&self.file)?,
        };
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
