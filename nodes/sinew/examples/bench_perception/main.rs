//! The Rust side of `cargo xtask bench perception`: measures one thing, prints one JSON object of numbers. What
//! it works on is made by `xtask/bench/perception_inputs.py`.

#[path = "../common/bare.rs"]
mod bare;
mod frame;
mod preprocess;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Instant;

use clap::{Parser, Subcommand};
use sinew_control::alloc::CountingAllocator;

#[global_allocator]
static ALLOCATOR: CountingAllocator = CountingAllocator;

/// Figures by name.
type Figures = BTreeMap<String, f64>;

/// Width and height of the frame.
const SIZE: [usize; 2] = [1280, 720];
/// Frames that are not counted.
const WARM_UP: usize = 3;

/// The Rust side of `cargo xtask bench perception`
#[derive(Debug, Parser)]
struct Cli {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// From frames of several encodings to the network's input
    Preprocess {
        /// Where the frames are
        folder: PathBuf,
        /// Sides of the inputs, pixels
        sides: Vec<usize>,
        /// How many frames of each
        #[arg(long)]
        frames: usize,
    },
    /// From a frame to detections, beside the bare C call of the network
    Frame {
        /// Where frame and models are
        folder: PathBuf,
        /// Side of the input, pixels
        side: usize,
        /// How many frames
        #[arg(long)]
        frames: usize,
    },
}

fn main() -> anyhow::Result<()> {
    let figures = match Cli::parse().what {
        What::Preprocess { folder, sides, frames } => preprocess::measure(&folder, &sides, frames)?,
        What::Frame { folder, side, frames } => frame::measure(&folder, side, frames)?,
    };
    println!("{}", serde_json::to_string(&figures)?);
    Ok(())
}

/// How long it takes, µs.
fn timed<T>(work: impl FnOnce() -> anyhow::Result<T>) -> anyhow::Result<(f64, T)> {
    let began = Instant::now();
    let result = work()?;
    Ok((began.elapsed().as_secs_f64() * 1e6, result))
}

/// The median of each of the durations that `work` measures, over `frames` calls of it.
fn medians<const N: usize>(
    frames: usize,
    mut work: impl FnMut() -> anyhow::Result<[f64; N]>,
) -> anyhow::Result<[f64; N]> {
    for _ in 0..WARM_UP {
        work()?;
    }
    let took = (0..frames).map(|_| work()).collect::<anyhow::Result<Vec<_>>>()?;
    Ok(std::array::from_fn(|i| {
        let mut took: Vec<f64> = took.iter().map(|took| took[i]).collect();
        took.sort_by(f64::total_cmp);
        took[took.len() / 2]
    }))
}
