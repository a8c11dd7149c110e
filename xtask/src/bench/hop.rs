//! One hop of a message within a process: the local bus beside crossbeam-channel and Copper.

use std::process::Command;

use anyhow::Result;

use super::figures::{Figures, figure, interleaved, measure as run};
use super::peer_program;
use super::report::{Goal, Peer, Report};
use crate::{process, project};

const ROUNDS: u64 = 9;
const EXAMPLE: &str = "bench_hop";

/// Copper is a workspace of its own, so that nothing of it becomes a dependency of Sinew.
const COPPER: &str = "xtask/peers/cu29/Cargo.toml";
const COPPER_BINARY: &str = "bench-hop-cu29";

/// What is measured, as `nodes/framework/examples/bench_hop` calls it, and where its 99th percentile must not be
/// worse than the channel's: a channel is for threads.
const HOPS: [(&str, &str, Goal); 3] = [
    ("spin", "hop to a spinning thread", Goal::RatioAtMost(1.0)),
    ("block", "hop to a sleeping thread", Goal::RatioAtMost(1.0)),
    ("call", "hop within a thread", Goal::None),
];

/// A 12-joint `JointState`, median and 99th percentile.
pub(crate) fn measure(report: &mut Report) -> Result<()> {
    let example = ["--package", "sinew-node", "--example", EXAMPLE];
    process::hand_over(process::cargo().args(["build", "--release", "--locked"]).args(example))?;
    let program = project::target().join("release/examples").join(EXAMPLE);
    let mut ours = || run(&mut process::command(&program));
    let ours = match copper() {
        Ok(mut copper) => {
            let mut theirs = || run(&mut copper);
            let [ours, theirs] = interleaved("local hop", ROUNDS, [&mut ours, &mut theirs])?;
            beside_copper(report, &ours, &theirs)?;
            ours
        }
        Err(reason) => {
            report.skip("hop within a thread beside Copper", reason);
            let [ours] = interleaved("local hop", ROUNDS, [&mut ours])?;
            ours
        }
    };
    beside_channel(report, &ours)
}

fn beside_channel(report: &mut Report, ours: &Figures) -> Result<()> {
    for (key, name, goal) in HOPS {
        for (percentile, goal) in [("p50", Goal::None), ("p99", goal)] {
            let peer = Peer {
                name: "crossbeam-channel",
                value: figure(ours, &format!("{key}_channel_{percentile}_ns"))?,
            };
            let value = figure(ours, &format!("{key}_bus_{percentile}_ns"))?;
            report.add(format!("{name} {percentile}"), value, "ns", Some(peer), goal);
        }
    }
    Ok(())
}

/// Copper hands a message from task to task within one thread.
fn beside_copper(report: &mut Report, ours: &Figures, theirs: &Figures) -> Result<()> {
    for (percentile, goal) in [("p50", Goal::None), ("p99", Goal::RatioAtMost(1.0))] {
        let peer = Peer {
            name: "Copper (cu29)",
            value: figure(theirs, &format!("{percentile}_ns"))?,
        };
        let value = figure(ours, &format!("call_bus_{percentile}_ns"))?;
        report.add(
            format!("hop within a thread {percentile}"),
            value,
            "ns",
            Some(peer),
            goal,
        );
    }
    Ok(())
}

fn copper() -> Result<Command> {
    Ok(process::command(peer_program("Copper", COPPER, COPPER_BINARY)?))
}
