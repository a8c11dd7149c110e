//! What inference takes on a robot's own computer.

use rand::RngExt;
use rand_pcg::Pcg64Mcg;
use serde::{Deserialize, Serialize};

/// What an inference was measured to take, µs.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct InferenceLatency {
    /// Half of the inferences take no longer.
    pub p50: f64,
    /// 99 of 100 take no longer.
    pub p99: f64,
}

impl InferenceLatency {
    /// The longest that an episode can have, µs: with the delay that is drawn, no more than the simulator takes.
    pub const MOST_US: f64 = 80_000.0;

    /// Whether it is one, and short enough for the simulator.
    pub fn is_sound(&self) -> bool {
        0.0 <= self.p50 && self.p50 <= self.p99 && self.p99 <= Self::MOST_US
    }

    /// Evenly between its median and its 99th percentile: no episode has the faster half.
    pub(super) fn draw_secs(&self, rng: &mut Pcg64Mcg) -> f64 {
        1e-6 * rng.random_range(self.p50..=self.p99)
    }
}
