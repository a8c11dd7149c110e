//! `sinew model`

mod prepare;
mod show;

use std::process::ExitCode;

use clap::{Args, Subcommand};

/// Looks at a model, or makes everything ready that its first run would wait for.
#[derive(Debug, Args)]
pub(crate) struct ModelArgs {
    #[command(subcommand)]
    command: ModelCommand,
}

#[derive(Debug, Subcommand)]
enum ModelCommand {
    /// Builds engines ahead of time and says on which providers a model runs, and how fast.
    Prepare(prepare::PrepareArgs),
    /// Prints inputs, outputs, metadata and the head that fits.
    Show(show::ShowArgs),
}

impl ModelArgs {
    pub(crate) fn run(self) -> anyhow::Result<ExitCode> {
        match self.command {
            ModelCommand::Prepare(args) => args.run(),
            ModelCommand::Show(args) => args.run(),
        }
    }
}
