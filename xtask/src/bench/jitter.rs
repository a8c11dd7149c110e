//! How punctual a 1 kHz loop is, beside cyclictest.

use std::fs;

use anyhow::{Context, Result, bail};
use serde_json::Value;

use super::figures::{Figures, figure, interleaved, measure as run};
use super::report::{Goal, Peer, Report};
use super::walk::{STRIDER, sinew};
use crate::{apt, process, project};

const ROUNDS: u64 = 7;
const TICKS: &str = "5000";
const PRIORITY: &str = "80";

/// The loop's 99th percentile of lateness beside cyclictest's, both SCHED_FIFO at one priority.
pub(crate) fn measure(report: &mut Report) -> Result<()> {
    if let Err(reason) = provide_cyclictest() {
        report.skip("1 kHz jitter", reason);
        return Ok(());
    }
    let mut ours = || run(sinew("jitter").args([STRIDER, "--ticks", TICKS, "--priority", PRIORITY]));
    let [ours, theirs] = interleaved("1 kHz jitter", ROUNDS, [&mut ours, &mut cyclictest])?;
    let peer = Peer {
        name: "cyclictest",
        value: figure(&theirs, "p99_us")?,
    };
    report.add(
        "1 kHz jitter p99",
        figure(&ours, "p99_us")?,
        "us",
        Some(peer),
        Goal::RatioAtMost(1.1),
    );
    Ok(())
}

fn provide_cyclictest() -> Result<()> {
    if process::output(process::command("cyclictest").arg("--help")).is_err() {
        apt::install("rt-tests", "the jitter bench")?;
    }
    if !apt::is_root() {
        bail!("SCHED_FIFO needs root");
    }
    Ok(())
}

fn cyclictest() -> Result<Figures> {
    let report = project::provisioned().join("cyclictest.json");
    process::output(
        process::command("cyclictest")
            .args(["--quiet", "--mlockall", "--policy=fifo", "--interval=1000"])
            .arg(format!("--priority={PRIORITY}"))
            .arg(format!("--loops={TICKS}"))
            .args(["--histogram=100000", "--histfile=/dev/null"])
            .arg(format!("--json={}", report.display())),
    )?;
    let text = fs::read_to_string(&report).with_context(|| format!("cannot read {}", report.display()))?;
    let p99_us = p99_us(&serde_json::from_str(&text)?)
        .with_context(|| format!("{}: expected thread.0.histogram", report.display()))?;
    Ok(Figures::from([("p99_us".to_owned(), p99_us)]))
}

/// The 99th percentile in cyclictest's JSON: its histogram has a count per whole microsecond.
fn p99_us(report: &Value) -> Option<f64> {
    let thread = &report["thread"]["0"];
    let mut counts = thread["histogram"]
        .as_object()?
        .iter()
        .map(|(us, count)| Some((us.parse::<u64>().ok()?, count.as_u64()?)))
        .collect::<Option<Vec<_>>>()?;
    counts.sort_unstable();
    // Ticks later than the histogram reaches count too, so the total is the number of cycles.
    let rank = (thread["cycles"].as_u64()? as f64 * 0.99).ceil() as u64;
    let mut seen = 0;
    for (us, count) in counts {
        seen += count;
        if seen >= rank {
            return Some(us as f64);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_99th_percentile_is_found_in_any_order_of_buckets() {
        let report = serde_json::json!({"thread": {"0": {
            "histogram": {"100": 1, "9": 50, "20": 48, "30": 1}, "cycles": 100,
        }}});
        assert_eq!(p99_us(&report), Some(30.0));
    }

    #[test]
    fn a_percentile_beyond_the_histogram_is_none() {
        let report = serde_json::json!({"thread": {"0": {"histogram": {"9": 90}, "cycles": 100}}});
        assert_eq!(p99_us(&report), None);
        assert_eq!(p99_us(&serde_json::json!({})), None);
    }
}
