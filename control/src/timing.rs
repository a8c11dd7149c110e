//! Counters and histograms of a control loop, recorded without allocation.

use hdrhistogram::Histogram;

/// Longest duration that a histogram tells apart, ns.
const LONGEST_NANOS: u64 = 10_000_000_000;

/// Durations in ns with three significant digits.
#[derive(Debug, Clone)]
pub struct Durations(Histogram<u64>);

impl Default for Durations {
    fn default() -> Self {
        let histogram = Histogram::new_with_bounds(1, LONGEST_NANOS, 3);
        Self(histogram.expect("1 ns to 10 s at three digits are valid bounds"))
    }
}

impl Durations {
    /// Adds one duration.
    pub fn record(&mut self, nanos: u64) {
        self.0.saturating_record(nanos);
    }

    /// How many were recorded.
    pub fn count(&self) -> u64 {
        self.0.len()
    }

    /// The duration in µs that the share `q` (0 to 1) of all do not exceed; 0 when there is none.
    pub fn quantile_us(&self, q: f64) -> f64 {
        self.0.value_at_quantile(q) as f64 * 1e-3
    }

    /// The longest, in µs.
    pub fn max_us(&self) -> f64 {
        self.0.max() as f64 * 1e-3
    }

    /// Pairs of (duration in µs, how many), for plots.
    pub fn buckets_us(&self) -> Vec<(f64, u64)> {
        let recorded = self.0.iter_recorded();
        recorded
            .map(|v| (v.value_iterated_to() as f64 * 1e-3, v.count_at_value()))
            .collect()
    }
}

/// What a loop has counted since it was made.
#[derive(Debug, Clone, Default)]
pub struct LoopStats {
    /// Ticks executed.
    pub ticks: u64,
    /// Deadlines that passed before their tick was done, skipped ticks included.
    pub missed_deadlines: u64,
    /// Inferences that came after their budget.
    pub late_inferences: u64,
    /// Inferences that failed.
    pub failed_inferences: u64,
    /// Rust allocations within ticks; [`RobotIo::read`](crate::io::RobotIo::read), in which a
    /// simulator computes its physics, is not part of it.
    pub rust_allocations: u64,
    /// Time from the end of `read` to the end of `write`: the loop's own work.
    pub tick: Durations,
    /// Time of `read`.
    pub read: Durations,
    /// Time in the policy.
    pub inference: Durations,
    /// How long after its scheduled time a tick began.
    pub jitter: Durations,
}
