//! What it costs to keep what a robot did.

use anyhow::Result;

use super::figures::{Figures, figure, interleaved, measure as run, medians, rounds};
use super::report::{Goal, Peer, Report};
use super::ticks;
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
        command.arg(what);
        command
    };
    let mut paced = || run(example("loop").arg(STRIDER));
    let mut written = || run(example("written").arg(STRIDER));
    let mut spooled = || run(&mut example("spooled"));
    let [paced, written, spooled] = rounds("evidence", ROUNDS, [&mut paced, &mut written, &mut spooled])?;
    beside_the_loop(report, &paced)?;
    let (written, spooled) = (medians(&written), medians(&spooled));
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
    through_the_spool(report, &spooled)?;
    replay(report)
}

/// Whether the loop notices who reads along.
fn beside_the_loop(report: &mut Report, rounds: &[Figures]) -> Result<()> {
    let median = medians(rounds);
    let broker = if figure(&median, "has_broker")? > 0.0 {
        "a mosquitto"
    } else {
        "its spool"
    };
    for (side, name) in [
        ("recorded", "recorded and signed".to_owned()),
        (
            "all",
            format!("recorded, read by metrics, told by telemetry to {broker}"),
        ),
    ] {
        ticks::beside(report, rounds, side, &name, 1.02)?;
    }
    for node in ["recorder", "metrics", "telemetry"] {
        let percent = figure(&median, &format!("{node}_cpu_percent"))?;
        let name = format!("processor time of that {node}");
        report.add(name, percent, "% of a core", None, Goal::None);
    }
    Ok(())
}

/// What it costs to keep a message on disk until somebody has acknowledged it.
fn through_the_spool(report: &mut Report, spooled: &Figures) -> Result<()> {
    for (name, ours, peer, theirs) in [
        (
            "messages into the spool, no fsync",
            "spool_per_s",
            "file append, no fsync",
            "append_per_s",
        ),
        (
            "messages into the spool, fsync after each",
            "spool_synced_per_s",
            "file append, fsync after each",
            "append_synced_per_s",
        ),
    ] {
        let peer = Peer {
            name: peer,
            value: figure(spooled, theirs)?,
        };
        report.add(name, figure(spooled, ours)?, "1/s", Some(peer), Goal::None);
    }
    let through = "messages through the spool to a mosquitto, QoS 1";
    if let Ok(bare) = figure(spooled, "bare_per_s") {
        let peer = Peer {
            name: "rumqttc alone",
            value: bare,
        };
        report.add(
            through,
            figure(spooled, "through_per_s")?,
            "1/s",
            Some(peer),
            Goal::None,
        );
    } else {
        report.skip(through, "there is no mosquitto: sudo apt-get install mosquitto");
    }
    Ok(())
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
