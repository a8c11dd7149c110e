//! `sinew fleet`

mod control;
mod page;
mod status;

use std::process::ExitCode;

use clap::{Args, Subcommand};

/// Many robots: which releases they have, and whether a rollout goes on.
#[derive(Debug, Args)]
pub(crate) struct FleetArgs {
    #[command(subcommand)]
    command: FleetCommand,
}

#[derive(Debug, Subcommand)]
enum FleetCommand {
    /// Says which releases robots have, and how they are with them, from a folder of their reports.
    Status(status::StatusArgs),
    /// Lets rollouts go on by what robots report: wider where they do well, halted where too many do not.
    Control(control::ControlArgs),
}

impl FleetArgs {
    pub(crate) fn run(self) -> anyhow::Result<ExitCode> {
        match self.command {
            FleetCommand::Status(args) => args.run(),
            FleetCommand::Control(args) => args.run(),
        }
    }
}
