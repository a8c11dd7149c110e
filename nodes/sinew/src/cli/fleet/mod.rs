//! `sinew fleet`

#[cfg(feature = "telemetry")]
mod broker;
#[cfg(feature = "telemetry")]
mod collect;
mod control;
mod page;
mod reports;
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
    /// Says which releases robots have, and how they are with them, from their reports in a folder or at a broker.
    Status(status::StatusArgs),
    /// Lets rollouts go on by what robots report: wider where they do well, halted where too many do not.
    Control(control::ControlArgs),
    #[cfg(feature = "telemetry")]
    Collect(collect::CollectArgs),
}

impl FleetArgs {
    pub(crate) fn run(self) -> anyhow::Result<ExitCode> {
        match self.command {
            FleetCommand::Status(args) => args.run(),
            FleetCommand::Control(args) => args.run(),
            #[cfg(feature = "telemetry")]
            FleetCommand::Collect(args) => args.run(),
        }
    }
}
