//! What it costs to keep what a robot did.

use anyhow::Result;

use super::figures::{figure, interleaved, measure as run};
use super::report::{Goal, Peer, Report};
use super::walk::STRIDER;
use crate::{onnxruntime, process, project};

const EXAMPLE: &str = "bench_evidence";
const ROUNDS: u64 = 5;

/// Measures all of it.
pub(crate) fn measure(report: &mut Report) -> Result<()> {
    eprintln!("{}", onnxruntime::set_up()?);
    process::hand_over(process::cargo().args([
        "build",
        "--release",
        "--locked",
        "--package",
        "sinew",
        "--example",
        EXAMPLE,
    ]))?;
    process::build_sinew()?;
    let example = |what: &str| {
        let mut command = process::command(project::target().join("release/examples").join(EXAMPLE));
        command.args([what, STRIDER]);
        command
    };
    let mut paced = || run(&mut example("loop"));
    let mut written = || run(&mut example("written"));
    let [paced, written] = interleaved("evidence", ROUNDS, [&mut paced, &mut written])?;
    for (quantile, goal) in [("p50", Goal::None), ("p99", Goal::RatioAtMost(1.02))] {
        let off = Peer {
            name: "not recorded",
            value: figure(&paced, &format!("off_{quantile}_us"))?,
        };
        let on = figure(&paced, &format!("on_{quantile}_us"))?;
        report.add(
            format!("tick {quantile} at 500 Hz, recorded and signed"),
            on,
            "us",
            Some(off),
            goal,
        );
    }
    let cpu = figure(&paced, "recorder_cpu_percent")?;
    report.add("processor time of that recorder", cpu, "% of a core", None, Goal::None);
    let alone = Peer {
        name: "crate mcap alone",
        value: figure(&written, "mcap_mb_per_s")?,
    };
    for (name, key) in [
        ("ticks written", "plain_mb_per_s"),
        ("ticks written, chained and signed", "signed_mb_per_s"),
    ] {
        report.add(
            name,
            figure(&written, key)?,
            "MB/s",
            Some(alone),
            Goal::RatioAtLeast(0.9),
        );
    }
    replay(report)
}

/// How much faster than real time a recording of 20 s runs again.
fn replay(report: &mut Report) -> Result<()> {
    let folder = project::target().join("bench-evidence");
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder)?;
    let file = folder.join("walk.mcap");
    let mut record = process::command(project::sinew());
    record
        .args(["run", STRIDER, "--pace", "fast", "--seconds", "20", "--record"])
        .arg(&file);
    process::quietly("recording a walk", &mut record)?;
    let mut again = || {
        let mut command = process::command(project::sinew());
        let result = folder.join("replay.json");
        process::quietly(
            "replaying it",
            command.arg("replay").arg(&file).arg("--json").arg(&result),
        )?;
        let json: serde_json::Value = serde_json::from_slice(&std::fs::read(&result)?)?;
        let times = json["times_real_time"].as_f64().unwrap_or(0.0);
        Ok([("times".to_owned(), times)].into_iter().collect())
    };
    let [again] = interleaved("replay", ROUNDS, [&mut again])?;
    let real_time = Peer {
        name: "real time",
        value: 1.0,
    };
    report.add(
        "replay of a walk",
        figure(&again, "times")?,
        "x",
        Some(real_time),
        Goal::RatioAtLeast(20.0),
    );
    Ok(())
}
