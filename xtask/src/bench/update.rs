//! What other versions of a policy cost: beside the loop, in it, on the network and on the disk.

use anyhow::Result;

use super::figures::{Figures, figure, measure as run, medians, rounds};
use super::report::{Goal, Peer, Report};
use super::ticks;
use super::walk::STRIDER;
use crate::{apt, onnxruntime, process, project};

const EXAMPLE: &str = "bench_update";
const ROUNDS: u64 = 5;

/// Measures all of it.
pub(crate) fn measure(report: &mut Report) -> Result<()> {
    eprintln!("{}", onnxruntime::set_up()?);
    if let Err(reason) = provide_bsdiff() {
        report.skip("bsdiff's patches", reason);
    }
    process::hand_over(process::cargo().args([
        "build",
        "--release",
        "--locked",
        "--package",
        "sinew",
        "--example",
        EXAMPLE,
    ]))?;
    let example = |what: &str| {
        let mut command = process::command(project::target().join("release/examples").join(EXAMPLE));
        command.arg(what);
        command
    };
    let mut shadowed = || run(example("shadowed").arg(STRIDER));
    let mut staged = || run(&mut example("staged"));
    let [shadowed, staged] = rounds("update", ROUNDS, [&mut shadowed, &mut staged])?;
    ticks::beside(report, &shadowed, "shadow", "a candidate in shadow", 1.05)?;
    changes(report, &run(example("swapped").arg(STRIDER))?)?;
    deltas(report, &run(example("deltas").arg(STRIDER))?)?;
    let staged = medians(&staged);
    let copied = Peer {
        name: "a copy and its SHA-256",
        value: figure(&staged, "copy_ms")?,
    };
    let name = "100 MB, from a release's archive to its verified model in charge";
    report.add(
        name,
        figure(&staged, "ours_ms")?,
        "ms",
        Some(copied),
        Goal::RatioAtMost(1.5),
    );
    Ok(())
}

fn provide_bsdiff() -> Result<()> {
    // It has no option that only says who it is.
    if process::command("bsdiff").output().is_err() {
        apt::install("bsdiff", "the update bench")?;
    }
    Ok(())
}

/// Whether a tick is missed because another policy takes charge.
fn changes(report: &mut Report, swapped: &Figures) -> Result<()> {
    let missed = figure(swapped, "missed_with")?;
    let title = "deadlines missed in the 25 ticks after each of 100 changes of the policy";
    report.add(title, missed, "count", None, Goal::ValueAtMost(0.0));
    let without = Peer {
        name: "as many ticks without",
        value: figure(swapped, "longest_without_us")?,
    };
    let longest = figure(swapped, "longest_with_us")?;
    report.add("the longest of these ticks", longest, "us", Some(without), Goal::None);
    let allocations = figure(swapped, "allocations")?;
    let title = "Rust allocations in these ticks";
    report.add(title, allocations, "count", None, Goal::ValueAtMost(0.0));
    Ok(())
}

/// What has to come over the network.
fn deltas(report: &mut Report, deltas: &Figures) -> Result<()> {
    for (name, key) in [("1 %", "1_percent"), ("100 %", "100_percent")] {
        let ours = figure(deltas, &format!("delta_{key}_bytes"))?;
        let whole = Peer {
            name: "the whole archive",
            value: figure(deltas, "whole_bytes")?,
        };
        let title = format!("delta, {name} of Strider's weights changed");
        report.add(&title, ours, "bytes", Some(whole), Goal::None);
        if let Ok(value) = figure(deltas, &format!("bsdiff_{key}_bytes")) {
            let bsdiff = Peer { name: "bsdiff", value };
            report.add(&title, ours, "bytes", Some(bsdiff), Goal::None);
        }
    }
    Ok(())
}
