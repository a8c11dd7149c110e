//! Seeded random observations for probing a network.

/// SplitMix64 (Steele, Lea and Flood 2014): small, and the same on every machine.
#[derive(Debug)]
pub(crate) struct Samples(u64);

impl Samples {
    pub(crate) fn seeded(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// `len` numbers, uniform in −1 to 1: the magnitude of scaled joint states and gravity.
    pub(crate) fn observation(&mut self, len: usize) -> Vec<f32> {
        let mut unit = || (self.next() >> 40) as f32 / (1u64 << 24) as f32;
        (0..len).map(|_| 2.0 * unit() - 1.0).collect()
    }
}
