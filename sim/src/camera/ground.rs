//! The ground: endless planes with a texture, drawn pixel by pixel.

use nalgebra::{Isometry3, Vector3};
use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64Mcg;
use sinew_robot::camera::Intrinsics;

use super::light::Light;
use super::raster::FrameBuffer;
use super::variation::{GroundPattern, SceneVariation};

/// Texels along a side of the texture, which repeats.
const SIZE: usize = 256;
/// Levels of the texture, each half as large as the one before.
const LEVELS: usize = 9;
/// Squares or spots along a side of the texture.
const CELLS: usize = 8;

/// A plane, seen from its upper side.
#[derive(Debug, Clone, Copy)]
pub(super) struct VisiblePlane {
    /// UnitShape normal in the optical frame.
    pub(super) normal: Vector3<f64>,
    /// How high the camera is above it, m.
    pub(super) height: f64,
    /// Where a point with depth 1 m at the middle pixel, and steps of one pixel to the right and down from
    /// it, go in the plane's own x and y.
    pub(super) ray: [[f32; 2]; 3],
    /// The camera's x and y on the plane.
    pub(super) eye: [f32; 2],
    pub(super) light: f32,
}

impl VisiblePlane {
    /// `None` when the camera is below it.
    pub(super) fn new(
        world_from_plane: &Isometry3<f64>,
        world_from_optical: &Isometry3<f64>,
        lens: &Intrinsics,
        light: &Light,
    ) -> Option<Self> {
        let plane_from_optical = world_from_plane.inverse() * world_from_optical;
        let eye = plane_from_optical.translation.vector;
        let along = |direction: Vector3<f64>| {
            let direction = plane_from_optical.rotation * direction;
            [direction.x as f32, direction.y as f32]
        };
        let corner = lens.ray(0.0, 0.0);
        (eye.z > 1e-6 && eye.iter().all(|x| x.is_finite())).then(|| Self {
            normal: plane_from_optical.rotation.inverse() * Vector3::z(),
            height: eye.z,
            ray: [
                along(corner),
                along(lens.ray(1.0, 0.0) - corner),
                along(lens.ray(0.0, 1.0) - corner),
            ],
            eye: [eye.x as f32, eye.y as f32],
            light: light.on(&(world_from_plane.rotation * Vector3::z())) as f32,
        })
    }

    /// Draws it where nothing is nearer. One over the depth is linear on the screen, as for every plane.
    pub(super) fn draw(&self, buffer: &mut FrameBuffer, lens: &Intrinsics, near: f64, part: u16) {
        let inverse_depth = |column: f64, row: f64| -self.normal.dot(&lens.ray(column, row)) / self.height;
        let along_row = (inverse_depth(1.0, 0.0) - inverse_depth(0.0, 0.0)) as f32;
        let nearest = (1.0 / near) as f32;
        for row in 0..buffer.height {
            let start = inverse_depth(0.0, row as f64) as f32;
            let span = row * buffer.width..(row + 1) * buffer.width;
            let pixels = buffer.inverse_depth[span.clone()]
                .iter_mut()
                .zip(&mut buffer.light[span.clone()])
                .zip(&mut buffer.part[span]);
            for (column, ((seen_depth, seen_light), seen_part)) in pixels.enumerate() {
                let value = start + column as f32 * along_row;
                if value > *seen_depth && value <= nearest {
                    *seen_depth = value;
                    *seen_light = value * self.light;
                    *seen_part = part;
                }
            }
        }
    }
}

/// A pattern that repeats, in several sizes so that it does not flicker far away.
#[derive(Debug)]
pub(super) struct GroundTexture {
    levels: Vec<Vec<f32>>,
    made_for: Option<(u64, GroundPattern)>,
    /// Random values that the pattern is made of.
    lattice: Vec<f32>,
}

impl GroundTexture {
    pub(super) fn new() -> Self {
        Self {
            levels: (0..LEVELS).map(|level| vec![0.0; (SIZE >> level).pow(2)]).collect(),
            made_for: None,
            lattice: vec![0.0; SIZE * SIZE],
        }
    }

    /// Makes the pattern that the scene asks for, if it is not there yet.
    pub(super) fn prepare(&mut self, variation: &SceneVariation) {
        let wanted = (variation.seed, variation.ground);
        if self.made_for == Some(wanted) {
            return;
        }
        self.made_for = Some(wanted);
        let mut source = Pcg64Mcg::seed_from_u64(variation.seed ^ 0x0067_726F_756E_6421);
        self.lattice.fill_with(|| source.random::<f32>());
        for y in 0..SIZE {
            for x in 0..SIZE {
                let value = self.pattern(variation.ground, x, y);
                self.levels[0][y * SIZE + x] = value;
            }
        }
        for level in 1..LEVELS {
            let size = SIZE >> level;
            let (finer, coarser) = self.levels.split_at_mut(level);
            let finer = &finer[level - 1];
            for (index, slot) in coarser[0].iter_mut().enumerate() {
                let at = (index / size) * 2 * 2 * size + (index % size) * 2;
                *slot = (finer[at] + finer[at + 1] + finer[at + 2 * size] + finer[at + 2 * size + 1]) / 4.0;
            }
        }
    }

    fn pattern(&self, pattern: GroundPattern, x: usize, y: usize) -> f32 {
        let cell = SIZE / CELLS;
        match pattern {
            GroundPattern::Plain => 0.5 + 0.1 * (self.noise(x, y) - 0.5),
            GroundPattern::Checker => {
                let odd = ((x / cell + y / cell) % 2) as f32;
                odd + 0.12 * (self.noise(x, y) - 0.5)
            }
            GroundPattern::Noise => (2.2 * (self.noise(x, y) - 0.5) + 0.5).clamp(0.0, 1.0),
            GroundPattern::Planks => {
                let plank = y / cell;
                let gap = if y % cell < 2 { 0.5 } else { 0.0 };
                let grain = self.smooth(x, y * 16 % SIZE, 64);
                0.6 * self.lattice[plank] + 0.4 * grain + gap
            }
        }
    }

    /// Spots of many sizes, 0 to 1.
    fn noise(&self, x: usize, y: usize) -> f32 {
        let octaves = [(32, 0.4), (16, 0.25), (8, 0.15), (4, 0.1), (1, 0.1)];
        octaves
            .iter()
            .map(|(cell, weight)| weight * self.smooth(x, y, *cell))
            .sum()
    }

    /// Random values on a grid, and smoothly between.
    fn smooth(&self, x: usize, y: usize, cell: usize) -> f32 {
        let wrap = SIZE / cell;
        let (column, row) = (x / cell, y / cell);
        let value = |dx: usize, dy: usize| {
            // Each size has its own part of the random values.
            let (column, row) = ((column + dx) % wrap, (row + dy) % wrap);
            self.lattice[(row * SIZE + column + cell * 977) % (SIZE * SIZE)]
        };
        let ease = |k: usize| {
            let share = (k % cell) as f32 / cell as f32;
            share * share * (3.0 - 2.0 * share)
        };
        let (across, down) = (ease(x), ease(y));
        let upper = value(0, 0) + (value(1, 0) - value(0, 0)) * across;
        let lower = value(0, 1) + (value(1, 1) - value(0, 1)) * across;
        upper + (lower - upper) * down
    }

    /// The pattern at a point of the plane in texels, where a pixel sees `footprint` texels.
    pub(super) fn at(&self, x: f32, y: f32, footprint: f32) -> f32 {
        // The exponent of a float is the logarithm, near enough.
        let level = (footprint.max(1.0).to_bits() >> 23) as usize - 127;
        let level = level.min(LEVELS - 1);
        let between = (footprint / (1 << level) as f32 - 1.0).clamp(0.0, 1.0);
        let finer = self.bilinear(level, x, y);
        if level + 1 == LEVELS || between == 0.0 {
            return finer;
        }
        finer + (self.bilinear(level + 1, x, y) - finer) * between
    }

    fn bilinear(&self, level: usize, x: f32, y: f32) -> f32 {
        let size = SIZE >> level;
        let mask = size - 1;
        let scale = 1.0 / (1 << level) as f32;
        let (x, y) = (x * scale - 0.5, y * scale - 0.5);
        let ((left, across), (top, down)) = (whole_and_rest(x), whole_and_rest(y));
        let (left, top) = (left as usize & mask, top as usize & mask);
        let (right, bottom) = ((left + 1) & mask, (top + 1) & mask);
        let texels = &self.levels[level];
        let row = |y: usize| {
            let (a, b) = (texels[y * size + left], texels[y * size + right]);
            a + (b - a) * across
        };
        let (upper, lower) = (row(top), row(bottom));
        upper + (lower - upper) * down
    }

    /// Texels to a metre.
    pub(super) fn texels_per_m(scale_m: f64) -> f32 {
        (SIZE as f64 / CELLS as f64 / scale_m.clamp(1e-3, 1e3)) as f32
    }
}

/// The next whole number below, and what is above it; `floor` would be a function call.
fn whole_and_rest(x: f32) -> (i32, f32) {
    let towards_zero = x as i32;
    let whole = towards_zero.saturating_sub(i32::from(x < towards_zero as f32));
    (whole, x - whole as f32)
}
