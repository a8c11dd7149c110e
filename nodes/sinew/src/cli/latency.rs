//! How long inferences take in simulated time, as `run` and `eval` are told.

use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::Args;
use serde::Deserialize;
use sinew::run::InferenceLatency;

/// More than any summary of a run has.
const SUMMARY_BYTES: u64 = 1 << 20;

/// What an inference takes on the robot's own computer. In simulated time the policy answers so much later, whatever it
/// takes here: the loop judges it as late where that is longer than its budget, and the robot goes on with its last
/// command meanwhile.
#[derive(Debug, Args)]
pub(crate) struct LatencyArgs {
    /// How long each inference takes in simulated time, µs, whatever it takes here.
    #[arg(long, value_name = "MICROSECONDS", value_parser = latency_us, allow_negative_numbers = true, conflicts_with = "latency_from")]
    latency_us: Option<f64>,
    /// The same as it was measured on the robot's own computer: half of the inferences take its p50, the others up to its
    /// p99, out of the JSON of `sinew run … --json` there, or any with `inference_us: {p50, p99}`.
    #[arg(long, value_name = "BOARD.json")]
    latency_from: Option<PathBuf>,
}

impl LatencyArgs {
    /// What it is; `None` where nothing was said.
    pub(crate) fn read(&self) -> anyhow::Result<Option<InferenceLatency>> {
        match (self.latency_us, &self.latency_from) {
            (Some(us), _) => Ok(Some(InferenceLatency::constant(us))),
            (None, Some(file)) => measured(file).map(Some),
            (None, None) => Ok(None),
        }
    }
}

/// A latency of up to ten seconds.
fn latency_us(text: &str) -> Result<f64, String> {
    let us: f64 = text.parse().map_err(|_| format!("expected a number, found `{text}`"))?;
    if InferenceLatency::constant(us).is_sound() {
        Ok(us)
    } else {
        Err(format!("expected 0 to {} µs, found {us}", InferenceLatency::MOST_US))
    }
}

/// What an inference takes, out of a summary of a run.
fn measured(file: &Path) -> anyhow::Result<InferenceLatency> {
    #[derive(Deserialize)]
    struct Board {
        inference_us: InferenceLatency,
    }
    let expected = "expected a JSON object with `inference_us: {p50, p99}` in µs, as `sinew run --json` writes it";
    let text =
        sinew_files::read_text(file, SUMMARY_BYTES).with_context(|| format!("--latency-from {}", file.display()))?;
    let board: Board = serde_json::from_str(&text).with_context(|| format!("{}: {expected}", file.display()))?;
    let latency = board.inference_us;
    anyhow::ensure!(
        latency.is_sound(),
        "{}: {expected}, of 0 ≤ p50 ≤ p99 ≤ {} µs, found p50 {} and p99 {}",
        file.display(),
        InferenceLatency::MOST_US,
        latency.p50,
        latency.p99
    );
    Ok(latency)
}
