//! How long inferences take on a robot's own computer.

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
    /// The longest that counts as one, µs: ten seconds.
    pub const MOST_US: f64 = 1e7;

    /// The same each time.
    pub fn constant(us: f64) -> Self {
        Self { p50: us, p99: us }
    }

    /// Whether it is one.
    pub fn is_sound(&self) -> bool {
        0.0 <= self.p50 && self.p50 <= self.p99 && self.p99 <= Self::MOST_US
    }

    /// What one inference takes, ns. Half of them take the median and none less, so that a policy is not flattered; the
    /// slowest hundredth, of which nothing was measured, takes what 99 of 100 do; between, evenly more.
    pub(super) fn draw_nanos(&self, rng: &mut Pcg64Mcg) -> u64 {
        let share = rng.random_range(0.0..1.0);
        let of_way = ((share - 0.5) / 0.49_f64).clamp(0.0, 1.0);
        (1e3 * (self.p50 + of_way * (self.p99 - self.p50))) as u64
    }
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;

    use super::*;

    #[test]
    fn what_is_drawn_has_the_quantiles_that_were_measured() {
        let latency = InferenceLatency { p50: 300.0, p99: 900.0 };
        let mut rng = Pcg64Mcg::seed_from_u64(1);
        let mut drawn: Vec<u64> = (0..10_000).map(|_| latency.draw_nanos(&mut rng)).collect();
        drawn.sort_unstable();
        assert_eq!((drawn[0], drawn[4_900]), (300_000, 300_000));
        // The standard error of the 75th percentile is 0.43 % of the draws, of 1224 ns each.
        assert!(drawn[7_500].abs_diff(606_000) < 25_000, "{}", drawn[7_500]);
        assert_eq!((drawn[9_950], drawn[9_999]), (900_000, 900_000));
    }

    #[test]
    fn a_constant_is_drawn_each_time() {
        let mut rng = Pcg64Mcg::seed_from_u64(1);
        let latency = InferenceLatency::constant(1234.0);
        assert!((0..100).all(|_| latency.draw_nanos(&mut rng) == 1_234_000));
    }

    #[test]
    fn what_cannot_have_been_measured_is_not_sound() {
        let sound = |p50, p99| InferenceLatency { p50, p99 }.is_sound();
        assert!(sound(0.0, 0.0) && sound(200.0, 1e7));
        assert!(!sound(-1.0, 5.0) && !sound(5.0, 4.0) && !sound(5.0, 2e7) && !sound(f64::NAN, 5.0));
    }
}
