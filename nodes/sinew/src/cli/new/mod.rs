//! `sinew new`

mod messages;
mod name;
mod node;
mod origin;

use std::process::ExitCode;

use clap::{Args, Subcommand};

/// Begins something of your own: a node, or message types.
#[derive(Debug, Args)]
pub(crate) struct NewArgs {
    #[command(subcommand)]
    what: NewCommand,
}

#[derive(Debug, Subcommand)]
enum NewCommand {
    Node(node::NodeArgs),
    Messages(messages::MessagesArgs),
}

impl NewArgs {
    pub(crate) fn run(self) -> anyhow::Result<ExitCode> {
        match self.what {
            NewCommand::Node(args) => args.run(),
            NewCommand::Messages(args) => args.run(),
        }
    }
}
