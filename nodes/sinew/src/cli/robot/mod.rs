//! `sinew robot`

mod export;

use std::process::ExitCode;

use clap::{Args, Subcommand};

/// Looks after robot descriptions.
#[derive(Debug, Args)]
pub(crate) struct RobotArgs {
    #[command(subcommand)]
    command: RobotCommand,
}

#[derive(Debug, Subcommand)]
enum RobotCommand {
    /// Writes a robot for another simulator: Gazebo, MuJoCo, or whatever reads URDF.
    Export(export::ExportArgs),
}

impl RobotArgs {
    pub(crate) fn run(self) -> anyhow::Result<ExitCode> {
        match self.command {
            RobotCommand::Export(args) => args.run(),
        }
    }
}
