//! From what is seen in each pixel to its colour: ground, sky, exposure, noise.

use nalgebra::{Isometry3, Vector3};
use sinew_robot::camera::Intrinsics;

use super::ground::{GroundTexture, VisiblePlane};
use super::raster::{FrameBuffer, NOTHING};
use super::variation::SceneVariation;

/// Parts with this number and above are planes.
pub(super) const FIRST_PLANE: u16 = 0xFF00;
/// Distance in m at which the ground has half the colour of the horizon.
const HAZE_M: f32 = 60.0;

/// What the colour of a pixel depends on.
pub(super) struct Shader<'a> {
    pub(super) lens: &'a Intrinsics,
    pub(super) variation: &'a SceneVariation,
    pub(super) world_from_optical: &'a Isometry3<f64>,
    pub(super) planes: &'a [VisiblePlane],
    pub(super) texture: &'a GroundTexture,
    /// Colour of each part.
    pub(super) colours: &'a [[f32; 3]],
    /// How much of the light reaches each pixel of the ground.
    pub(super) lit: &'a [f32],
}

impl Shader<'_> {
    /// Fills red, green, blue and depth from what was drawn in the buffer.
    pub(super) fn shade(&self, buffer: &FrameBuffer, rgb: &mut [u8], depth: &mut [f32]) {
        let texels = GroundTexture::texels_per_m(self.variation.ground_scale_m);
        let full = 255.0 * self.variation.exposure;
        let corner = self.up(self.lens.ray(0.0, 0.0));
        let step = [
            self.up(self.lens.ray(1.0, 0.0)) - corner,
            self.up(self.lens.ray(0.0, 1.0)) - corner,
        ];
        for row in 0..buffer.height {
            let span = row * buffer.width..(row + 1) * buffer.width;
            let pixels = rgb[3 * span.start..3 * span.end].chunks_exact_mut(3);
            let rows = pixels.zip(&mut depth[span.clone()]).enumerate();
            for (column, (pixel, depth)) in rows {
                let index = span.start + column;
                let part = buffer.part[index];
                let colour = if part == NOTHING {
                    *depth = f32::INFINITY;
                    let ray = self.lens.ray(column as f64, row as f64);
                    let rise = corner + column as f32 * step[0] + row as f32 * step[1];
                    self.sky(rise / (ray.norm() as f32))
                } else {
                    let z = 1.0 / buffer.inverse_depth[index];
                    *depth = z;
                    let light = buffer.light[index] * z;
                    if part >= FIRST_PLANE {
                        let plane = &self.planes[usize::from(part - FIRST_PLANE)];
                        self.ground(plane, column as f32, row as f32, z, light * self.lit[index], texels)
                    } else {
                        self.colours[usize::from(part)].map(|channel| channel * light)
                    }
                };
                for (slot, channel) in pixel.iter_mut().zip(colour) {
                    // Conversion saturates.
                    *slot = (channel * full + 0.5) as u8;
                }
            }
        }
        if self.variation.noise > 0.0 {
            noise(rgb, self.variation.noise, self.variation.noise_seed);
        }
    }

    /// How much a direction rises in the world.
    fn up(&self, ray: Vector3<f64>) -> f32 {
        (self.world_from_optical.rotation * ray).z as f32
    }

    fn sky(&self, rise: f32) -> [f32; 3] {
        let share = (1.6 * rise).clamp(0.0, 1.0);
        mix(&self.variation.horizon, &self.variation.zenith, share)
    }

    fn ground(&self, plane: &VisiblePlane, column: f32, row: f32, z: f32, light: f32, texels: f32) -> [f32; 3] {
        let at = |axis: usize| {
            let ray = plane.ray[0][axis] + column * plane.ray[1][axis] + row * plane.ray[2][axis];
            (plane.eye[axis] + z * ray) * texels
        };
        // A pixel is z / f wide and, at a grazing angle, z² / (f h) long; its mean size counts.
        let focal = self.lens.fx as f32;
        let stretch = (z / plane.height as f32).max(1.0).sqrt();
        let footprint = z / focal * stretch * texels;
        let share = self.texture.at(at(0), at(1), footprint);
        let [one, other] = &self.variation.ground_colours;
        let colour = mix(one, other, share).map(|channel| channel * light);
        let haze = z * z / (z * z + HAZE_M * HAZE_M);
        mix(&colour, &self.variation.horizon, haze)
    }
}

fn mix(one: &[f32; 3], other: &[f32; 3], share: f32) -> [f32; 3] {
    [0, 1, 2].map(|k| one[k] + (other[k] - one[k]) * share)
}

/// Adds noise that is nearly normal: the sum of four even numbers, all cut out of one random number.
fn noise(rgb: &mut [u8], deviation: f32, seed: u64) {
    // The sum of four bytes has a deviation of 147.8.
    let factor = deviation / 147.8;
    for (index, value) in rgb.iter_mut().enumerate() {
        let random = scrambled(seed.wrapping_add((index as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15)));
        let bytes = (random as u32).to_le_bytes();
        let sum: u16 = bytes.iter().map(|byte| u16::from(*byte)).sum();
        let error = (f32::from(sum) - 510.0) * factor;
        *value = (f32::from(*value) + error + 0.5) as u8;
    }
}

/// A number that looks random (the finaliser of `SplitMix64`).
fn scrambled(mut x: u64) -> u64 {
    x = (x ^ (x >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    x ^ (x >> 31)
}
