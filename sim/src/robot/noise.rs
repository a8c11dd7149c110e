//! Random numbers that depend on the seed alone.

use nalgebra::Vector3;
use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64Mcg;

/// A stream of random numbers.
#[derive(Debug, Clone)]
pub(super) struct Noise {
    source: Pcg64Mcg,
}

impl Noise {
    /// A stream of its own for each (seed, purpose).
    pub(super) fn new(seed: u64, purpose: u64) -> Self {
        let spread = purpose.wrapping_mul(0x9E37_79B9_7F4A_7C15);
        Self {
            source: Pcg64Mcg::seed_from_u64(seed ^ spread),
        }
    }

    /// Evenly between −`size` and `size`.
    pub(super) fn within(&mut self, size: f64) -> f64 {
        (2.0 * self.source.random::<f64>() - 1.0) * size
    }

    /// Normally distributed with this standard deviation (Box and Muller's transform). Draws
    /// nothing when there is no noise.
    pub(super) fn normal(&mut self, deviation: f64) -> f64 {
        if deviation == 0.0 {
            return 0.0;
        }
        let radius = (-2.0 * (1.0 - self.source.random::<f64>()).ln()).sqrt();
        let angle = std::f64::consts::TAU * self.source.random::<f64>();
        deviation * radius * angle.cos()
    }

    pub(super) fn vector_within(&mut self, size: f64) -> Vector3<f64> {
        Vector3::from_fn(|_, _| self.within(size))
    }

    pub(super) fn normal_vector(&mut self, deviation: f64) -> Vector3<f64> {
        Vector3::from_fn(|_, _| self.normal(deviation))
    }

    /// A horizontal direction.
    pub(super) fn heading(&mut self) -> Vector3<f64> {
        let angle = self.within(std::f64::consts::PI);
        Vector3::new(angle.cos(), angle.sin(), 0.0)
    }
}
