//! `cargo xtask bench`: Sinew beside its peers, on the same machine in the same minute.

use std::path::{Path, PathBuf};

use anyhow::Result;
use clap::ValueEnum;

mod evidence;
mod figures;
mod hop;
mod jitter;
mod perception;
mod report;
mod ros;
mod steps;
mod tap;
mod tick;
mod ticks;
mod update;
mod walk;

use report::Report;
pub(crate) use walk::STRIDER;

use crate::{process, project};

/// A bench, by what it measures.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum Name {
    /// The walking humanoid: control tick, 1 kHz jitter, simulator speed
    Walk,
    /// The bus: one hop within a process, and between two over DDS; CPU of an idle node
    Ros,
    /// From camera frames to detections: preprocessing, what is around the network, allocations
    Perception,
    /// Recording, metrics, telemetry and replay: whether the control loop notices, how fast ticks and messages are kept
    Evidence,
    /// Other versions of a policy: shadow beside the loop, changes without a missed tick, deltas, from archive to charge
    Update,
}

/// Runs the bench `only`, or all of them; prints the table and writes `json`.
pub(crate) fn run(only: Option<Name>, json: Option<&Path>) -> Result<()> {
    let mut report = Report::default();
    for name in Name::value_variants() {
        if only.is_some_and(|only| only as u8 != *name as u8) {
            continue;
        }
        match name {
            Name::Walk => walk::measure(&mut report)?,
            Name::Ros => {
                hop::measure(&mut report)?;
                ros::measure(&mut report)?;
            }
            Name::Perception => perception::measure(&mut report)?,
            Name::Evidence => evidence::measure(&mut report)?,
            Name::Update => update::measure(&mut report)?,
        }
    }
    println!("{}", report.table());
    if let Some(path) = json {
        report.write_json(path)?;
    }
    Ok(())
}

/// Builds the peers of a bench, a project of their own with this manifest; gives the path of its program.
fn peer_program(peers: &str, manifest: &str, program: &str) -> Result<PathBuf> {
    let target = project::target().join("peers");
    let mut build = process::cargo();
    build.args(["build", "--release", "--locked", "--manifest-path", manifest]);
    process::quietly(&format!("building {peers}"), build.arg("--target-dir").arg(&target))?;
    Ok(target.join("release").join(program))
}
