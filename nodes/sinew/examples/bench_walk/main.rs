//! The Rust side of `cargo xtask bench walk`: measures one thing, prints one JSON object of numbers.

#[path = "../common/bare.rs"]
mod bare;
mod footprint;
mod jitter;
#[path = "../common/walked.rs"]
mod replay;
mod steps;
mod tap;
mod tick;

use std::collections::BTreeMap;
use std::path::PathBuf;

use clap::{Parser, Subcommand};
use sinew_control::alloc::CountingAllocator;
use sinew_sim::Engine;

#[global_allocator]
static ALLOCATOR: CountingAllocator = CountingAllocator;

/// Figures by name.
type Figures = BTreeMap<&'static str, f64>;

/// The Rust side of `cargo xtask bench walk`
#[derive(Debug, Parser)]
struct Cli {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// The control tick beside the bare C call of its network
    Tick {
        /// ROS 2 parameter file of the robot
        params: PathBuf,
        /// How many of each
        #[arg(long, default_value_t = 5000)]
        ticks: usize,
        /// How many of each in a 1 kHz loop
        #[arg(long, default_value_t = 500)]
        paced_ticks: usize,
    },
    /// The control tick while its tap is read
    Tap {
        /// ROS 2 parameter file of the robot
        params: PathBuf,
        /// How many ticks with each number of readers
        #[arg(long, default_value_t = 20_000)]
        ticks: usize,
    },
    /// Ticks out of cold caches, to be counted by callgrind
    Footprint {
        /// ROS 2 parameter file of the robot
        params: PathBuf,
        /// How many
        #[arg(long, default_value_t = 20)]
        ticks: usize,
    },
    /// Lateness of the control loop at 1 kHz
    Jitter {
        /// ROS 2 parameter file of the robot
        params: PathBuf,
        /// How many
        #[arg(long, default_value_t = 5000)]
        ticks: usize,
        /// SCHED_FIFO priority
        #[arg(long, default_value_t = 80)]
        priority: i32,
    },
    /// Steps of the simulator in a second of CPU
    Steps {
        /// MJCF or URDF file
        scene: PathBuf,
        /// With MuJoCo instead of the embedded engine
        #[arg(long)]
        mujoco: bool,
        /// Simulated time, s
        #[arg(long, default_value_t = 10.0)]
        seconds: f64,
    },
}

fn main() -> anyhow::Result<()> {
    let figures = match Cli::parse().what {
        What::Tick {
            params,
            ticks,
            paced_ticks,
        } => tick::measure(&params, ticks, paced_ticks)?,
        What::Tap { params, ticks } => tap::measure(&params, ticks)?,
        What::Footprint { params, ticks } => footprint::measure(&params, ticks)?,
        What::Jitter {
            params,
            ticks,
            priority,
        } => jitter::measure(&params, ticks, priority)?,
        What::Steps { scene, mujoco, seconds } => {
            let engine = if mujoco { Engine::Mujoco } else { Engine::Embedded };
            steps::measure(&scene, engine, seconds)?
        }
    };
    println!("{}", serde_json::to_string(&figures)?);
    Ok(())
}
