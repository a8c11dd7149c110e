//! One control tick of Strider: state in, observation, policy, gate, command out.

use anyhow::Result;

use super::figures::{figure, interleaved, measure as run};
use super::report::{Goal, Peer, Report};
use super::walk::{STRIDER, python_peer, sinew};

const ROUNDS: u64 = 9;
const POLICY: &str = "models/strider/walk.onnx";
const TICKS: &str = "5000";

/// The Rust tick beside the bare C call of the same policy, and the same tick in Python.
pub(crate) fn measure(report: &mut Report) -> Result<()> {
    let mut rust = || run(sinew("tick").args([STRIDER, "--ticks", TICKS]));
    let mut python = || run(python_peer("tick.py")?.args([POLICY, "--ticks", TICKS]));
    let [rust, python] = interleaved("tick", ROUNDS, [&mut rust, &mut python])?;
    let tick_us = figure(&rust, "tick_p50_us")?;
    let bare = |value| Peer {
        name: "bare ORT C API call",
        value,
    };
    let bare_us = figure(&rust, "bare_p50_us")?;
    report.add("tick p50", tick_us, "us", Some(bare(bare_us)), Goal::RatioAtMost(1.05));
    let paced_us = figure(&rust, "paced_tick_p50_us")?;
    let paced_bare = bare(figure(&rust, "paced_bare_p50_us")?);
    report.add("tick p50 in a 1 kHz loop", paced_us, "us", Some(paced_bare), Goal::None);
    let allocations = figure(&rust, "rust_allocations")?;
    report.add(
        "Rust allocations in ticks",
        allocations,
        "count",
        None,
        Goal::ValueAtMost(0.0),
    );
    // How many times less a tick takes: Python's rate is the peer of ours.
    let per_sec = |us: f64| 1e6 / us;
    let python = Peer {
        name: "onnxruntime + numpy",
        value: per_sec(figure(&python, "tick_p50_us")?),
    };
    report.add(
        "ticks in a second",
        per_sec(tick_us),
        "1/s",
        Some(python),
        Goal::RatioAtLeast(3.0),
    );
    Ok(())
}
