//! The Rust side of `cargo xtask bench update`: measures one thing, prints one JSON object of numbers.
#![allow(clippy::unwrap_used, reason = "it ends at the first that is wrong")]

mod deltas;
mod made;
#[path = "../../../control/tests/updates/network.rs"]
mod network;
#[path = "../common/walked.rs"]
mod replay;
mod shadowed;
mod staged;
mod swapped;

use std::collections::BTreeMap;
use std::path::PathBuf;

use clap::{Parser, Subcommand};
use sinew_control::alloc::CountingAllocator;

#[global_allocator]
static ALLOCATOR: CountingAllocator = CountingAllocator;

/// Figures by name.
type Figures = BTreeMap<String, f64>;

/// The Rust side of `cargo xtask bench update`
#[derive(Debug, Parser)]
struct Cli {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// The control tick in a paced loop, in turns with nothing beside it and with a candidate in shadow
    Shadowed {
        /// ROS 2 parameter file of the robot
        params: PathBuf,
        /// Ticks of each turn
        #[arg(long, default_value_t = 1500)]
        ticks: usize,
        /// Turns of each
        #[arg(long, default_value_t = 6)]
        turns: usize,
    },
    /// Deadlines missed while two policies take turns in charge, and while none does
    Swapped {
        /// ROS 2 parameter file of the robot
        params: PathBuf,
        /// How often another takes charge
        #[arg(long, default_value_t = 100)]
        swaps: usize,
    },
    /// Bytes of the difference between two releases, beside bsdiff's and the whole
    Deltas {
        /// ROS 2 parameter file of the robot
        params: PathBuf,
    },
    /// From the archive of a release to its verified model in charge, beside a copy and its SHA-256
    Staged {
        /// Size of the model, MB
        #[arg(long, default_value_t = 100)]
        megabytes: usize,
        /// How often
        #[arg(long, default_value_t = 5)]
        rounds: usize,
    },
}

fn main() -> anyhow::Result<()> {
    let figures = match Cli::parse().what {
        What::Shadowed { params, ticks, turns } => shadowed::measure(&params, ticks, turns)?,
        What::Swapped { params, swaps } => swapped::measure(&params, swaps)?,
        What::Deltas { params } => deltas::measure(&params)?,
        What::Staged { megabytes, rounds } => staged::measure(megabytes, rounds)?,
    };
    println!("{}", serde_json::to_string(&figures)?);
    Ok(())
}
