//! Counters and histograms of a control loop, recorded without allocation.

/// Durations below this many ns are told apart to the ns; the longer ones to one part in 1024.
const EXACT_NANOS: u64 = 1 << 11;
/// Durations of 2^35 ns (34 s) and more all count as the longest.
const LONGEST_NANOS: u64 = (1 << 35) - 1;

/// A histogram of durations with three significant digits.
#[derive(Debug, Clone)]
pub struct Durations {
    counts: Vec<u64>,
    count: u64,
    max_nanos: u64,
}

impl Default for Durations {
    fn default() -> Self {
        Self {
            counts: vec![0; bucket(LONGEST_NANOS) + 1],
            count: 0,
            max_nanos: 0,
        }
    }
}

/// The bucket that counts a duration. Each doubling above [`EXACT_NANOS`] has 1024 of them.
fn bucket(nanos: u64) -> usize {
    let nanos = nanos.min(LONGEST_NANOS);
    let dropped_bits = (nanos | (EXACT_NANOS - 1)).ilog2() - 10;
    ((u64::from(dropped_bits) << 10) + (nanos >> dropped_bits)) as usize
}

/// The longest duration that a bucket counts.
fn longest_nanos(bucket: usize) -> u64 {
    let bucket = bucket as u64;
    let dropped_bits = (bucket >> 10).saturating_sub(1);
    ((bucket - (dropped_bits << 10) + 1) << dropped_bits) - 1
}

impl Durations {
    /// Adds one duration.
    // Not once more for each of the histograms of a tick.
    #[inline(never)]
    pub fn record(&mut self, nanos: u64) {
        self.counts[bucket(nanos)] += 1;
        self.count += 1;
        self.max_nanos = self.max_nanos.max(nanos);
    }

    /// How many were recorded.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// The duration in µs that the share `q` (0 to 1) of all do not exceed; 0 when there is none.
    pub fn quantile_us(&self, q: f64) -> f64 {
        let rank = ((q * self.count as f64).ceil() as u64).max(1);
        let mut seen = 0;
        for (nanos, count) in self.recorded() {
            seen += count;
            if seen >= rank {
                return nanos as f64 * 1e-3;
            }
        }
        self.max_us()
    }

    /// The longest, in µs.
    pub fn max_us(&self) -> f64 {
        self.max_nanos as f64 * 1e-3
    }

    /// Pairs of (duration in µs, how many), for plots.
    pub fn buckets_us(&self) -> Vec<(f64, u64)> {
        let recorded = self.recorded();
        recorded.map(|(nanos, count)| (nanos as f64 * 1e-3, count)).collect()
    }

    /// Every duration that was recorded, rounded up within its bucket, and how often.
    fn recorded(&self) -> impl Iterator<Item = (u64, u64)> {
        let counted = self.counts.iter().enumerate().filter(|(_, count)| **count > 0);
        counted.map(|(bucket, &count)| (longest_nanos(bucket).min(self.max_nanos), count))
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
    /// From the end of `read` to the policy's answer: observation and inference.
    pub inference: Durations,
    /// How long after its scheduled time a tick began.
    pub jitter: Durations,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bucket_holds_what_is_longer_than_the_one_before_and_at_most_its_own() {
        for bucket_of in (0..35).flat_map(|bit| [(1 << bit) - 1, 1 << bit, (1 << bit) + 1, 3 << bit >> 1]) {
            let i = bucket(bucket_of);
            assert!(bucket_of <= longest_nanos(i), "{bucket_of} in bucket {i}");
            assert!(i == 0 || longest_nanos(i - 1) < bucket_of, "{bucket_of} in bucket {i}");
            assert!(
                longest_nanos(i) - bucket_of <= bucket_of / 1024,
                "{bucket_of} in bucket {i}"
            );
        }
    }

    #[test]
    fn quantiles_have_three_digits_and_never_exceed_the_longest() {
        let mut durations = Durations::default();
        assert_eq!(durations.quantile_us(0.5), 0.0);
        (1..=10_000).for_each(|us| durations.record(us * 1000));
        assert_eq!(durations.count(), 10_000);
        for (q, us) in [(0.5, 5000.0), (0.99, 9900.0), (0.999, 9990.0)] {
            let found = durations.quantile_us(q);
            assert!((found / us - 1.0).abs() < 1e-3, "{q}: {found} µs");
        }
        assert_eq!(durations.quantile_us(1.0), 10_000.0);
        assert_eq!(durations.max_us(), 10_000.0);
        durations.record(u64::MAX);
        assert_eq!(durations.buckets_us().iter().map(|(_, n)| n).sum::<u64>(), 10_001);
    }
}
