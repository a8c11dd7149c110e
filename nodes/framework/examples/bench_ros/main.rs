//! The Rust side of the ROS 2 part of `cargo xtask bench ros`: two processes over DDS, either both on
//! Sinew's bus or both on r2r's raw bytes. `peer.py` is the same in rclpy. Prints one JSON object of
//! numbers.
//!
//! Round trip: the near end sends a 12-joint `JointState`, the far end sends it back where it receives
//! it, and so the next is sent where the last came back. One way: the near end sends a 640×480 RGB
//! image, stamped just before, and the far end reads the clock when it has it. On the bus the ends have
//! messages; with r2r they have bytes that nobody encodes or decodes.

mod ends;
mod idle;
mod messages;
mod on_bus;
mod on_r2r;

use anyhow::Result;
use clap::{Parser, ValueEnum};

/// The ROS 2 part of `cargo xtask bench ros`
#[derive(Debug, Parser)]
struct Cli {
    /// What is measured
    what: What,
    /// Be the far end: started by the near one
    #[arg(long)]
    far: bool,
    /// Round trips
    #[arg(long, default_value_t = 3000)]
    trips: usize,
    /// Images
    #[arg(long, default_value_t = 100)]
    images: usize,
    /// How long a node idles, s
    #[arg(long, default_value_t = 5.0)]
    seconds: f64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum What {
    /// Sinew's bus
    Bus,
    /// r2r's raw bytes
    R2r,
    /// The CPU time of a node that nobody speaks to
    Idle,
}

fn main() -> Result<()> {
    let cli = Cli::parse();
    match (cli.what, cli.far) {
        (What::Bus, false) => ends::near(&cli, on_bus::Near::new()?),
        (What::Bus, true) => on_bus::far(),
        (What::R2r, false) => ends::near(&cli, on_r2r::Near::new()?),
        (What::R2r, true) => on_r2r::far(),
        (What::Idle, _) => idle::measure(cli.seconds),
    }
}
