//! The Rust side of `cargo xtask bench evidence`: measures one thing, prints one JSON object of numbers.

mod cpu;
mod loop_beside;
mod mosquitto;
#[path = "../common/walked.rs"]
mod replay;
mod spooled;
mod watchers;
mod written;

use std::collections::BTreeMap;
use std::path::PathBuf;

use clap::{Parser, Subcommand};

/// Figures by name.
type Figures = BTreeMap<String, f64>;

/// The Rust side of `cargo xtask bench evidence`
#[derive(Debug, Parser)]
struct Cli {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// The control tick in a paced loop, in turns with nothing, a recorder, and recorder, metrics and telemetry beside it
    Loop {
        /// ROS 2 parameter file of the robot
        params: PathBuf,
        /// Ticks of each turn
        #[arg(long, default_value_t = 1500)]
        ticks: usize,
        /// Turns of each
        #[arg(long, default_value_t = 4)]
        turns: usize,
    },
    /// Ticks written in a second, beside the crate `mcap` alone
    Written {
        /// ROS 2 parameter file of the robot
        params: PathBuf,
        /// How many
        #[arg(long, default_value_t = 20_000)]
        ticks: usize,
    },
    /// Messages a second into telemetry's spool and through it, beside a file and the bare MQTT client
    Spooled {
        /// How many
        #[arg(long, default_value_t = 20_000)]
        messages: u32,
    },
}

fn main() -> anyhow::Result<()> {
    let figures = match Cli::parse().what {
        What::Loop { params, ticks, turns } => loop_beside::measure(&params, ticks, turns)?,
        What::Written { params, ticks } => written::measure(&params, ticks)?,
        What::Spooled { messages } => spooled::measure(messages)?,
    };
    println!("{}", serde_json::to_string(&figures)?);
    Ok(())
}
