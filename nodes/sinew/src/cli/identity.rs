//! `sinew identity`

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context;
use clap::{Args, Subcommand};
use sinew_recording::{Identity, PRIVATE_KEY, PUBLIC_KEY};

/// The robot's key: what its recordings are signed with, and the public half that proves it.
///
/// ECDSA over P-384. Without `--dir` the key is in $XDG_CONFIG_HOME/sinew/identity, or ~/.config/sinew/identity.
#[derive(Debug, Args)]
#[command(
    after_help = "Copy identity.pub.pem to whoever is to verify recordings, once, by a way that they trust. The private \
                  key, identity.pem, never leaves the robot: who has it can sign as the robot. OpenSSL reads both."
)]
pub(crate) struct IdentityArgs {
    #[command(subcommand)]
    command: IdentityCommand,
}

#[derive(Debug, Subcommand)]
enum IdentityCommand {
    /// Makes a key.
    New(NewArgs),
    /// Says where the key is and what its fingerprint is (SHA-256 of the public key, SPKI in DER).
    Show(ShowArgs),
}

#[derive(Debug, Args)]
struct NewArgs {
    /// Folder of the identity; by default the user's own.
    #[arg(long)]
    dir: Option<PathBuf>,
    /// Put a new key in the place of one that is there. What the old one signed is proven by its public key alone.
    #[arg(long)]
    force: bool,
}

#[derive(Debug, Args)]
struct ShowArgs {
    /// Folder of the identity; by default the user's own.
    #[arg(long)]
    dir: Option<PathBuf>,
}

impl IdentityArgs {
    pub(crate) fn run(self) -> anyhow::Result<ExitCode> {
        let (dir, identity) = match self.command {
            IdentityCommand::New(args) => {
                let dir = folder(args.dir)?;
                let identity = Identity::create(&dir, args.force)?;
                (dir, identity)
            }
            IdentityCommand::Show(args) => {
                let dir = folder(args.dir)?;
                let identity = Identity::load(&dir)?;
                (dir, identity)
            }
        };
        println!("private key: {}", dir.join(PRIVATE_KEY).display());
        println!("public key:  {}", dir.join(PUBLIC_KEY).display());
        println!("fingerprint: {}", identity.public().fingerprint());
        Ok(ExitCode::SUCCESS)
    }
}

/// The folder that was named, or that of the user's own identity.
pub(crate) fn folder(named: Option<PathBuf>) -> anyhow::Result<PathBuf> {
    let own = named.or_else(Identity::default_dir);
    own.context("neither XDG_CONFIG_HOME nor HOME is set: name the identity's folder")
}
