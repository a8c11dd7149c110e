//! What is seen of each prop, out of the picture itself.

use nalgebra::Point3;

use super::frame::GroundTruthBox;
use super::raster::{Canvas, Coverage};

/// A prop in the picture.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sighting {
    pub(super) prop: usize,
    pub(super) coverage: Coverage,
    /// Its middle in the optical frame.
    pub(super) position: Point3<f64>,
    /// Left, top, right and bottom of its visible pixels, inclusive, and how many there are.
    bounds: [u32; 4],
    pixels: u32,
}

impl Sighting {
    pub(super) fn new(prop: usize, coverage: Coverage, position: Point3<f64>) -> Self {
        Self {
            prop,
            coverage,
            position,
            bounds: [u32::MAX, u32::MAX, 0, 0],
            pixels: 0,
        }
    }

    fn add(&mut self, column: u32, row: u32) {
        let [left, top, right, bottom] = &mut self.bounds;
        *left = column.min(*left);
        *top = row.min(*top);
        *right = column.max(*right);
        *bottom = row.max(*bottom);
        self.pixels += 1;
    }

    /// How much of its bounding rectangle, and of its corners, lies where the camera sees.
    fn inside_share(&self, width: f32, height: f32) -> f32 {
        let [left, top, right, bottom] = self.coverage.bounds;
        let within = |low: f32, high: f32, size: f32| {
            let inside = high.min(size - 0.5) - low.max(-0.5);
            (inside / (high - low)).clamp(0.0, 1.0)
        };
        let [in_front, all] = self.coverage.corners;
        within(left, right, width) * within(top, bottom, height) * in_front as f32 / all.max(1) as f32
    }
}

/// Fills the boxes of the props of which something is seen. `owners` says which sighting the parts from
/// `first` on belong to.
pub(super) fn find(
    canvas: &Canvas,
    first: u16,
    owners: &[Option<usize>],
    sightings: &mut [Sighting],
    boxes: &mut Vec<GroundTruthBox>,
) {
    boxes.clear();
    if sightings.is_empty() {
        return;
    }
    for (row, parts) in canvas.part.chunks_exact(canvas.width).enumerate() {
        for (column, part) in parts.iter().enumerate() {
            let owner = part.checked_sub(first).and_then(|index| owners.get(usize::from(index)));
            if let Some(Some(owner)) = owner {
                sightings[*owner].add(column as u32, row as u32);
            }
        }
    }
    boxes.extend(sightings.iter().filter(|sighting| sighting.pixels > 0).map(|sighting| {
        let [left, top, right, bottom] = sighting.bounds;
        GroundTruthBox {
            prop: sighting.prop,
            left,
            top,
            right: right + 1,
            bottom: bottom + 1,
            pixels: sighting.pixels,
            unhidden_share: sighting.pixels as f32 / sighting.coverage.pixels.max(1) as f32,
            inside_share: sighting.inside_share(canvas.width as f32, canvas.height as f32),
            position: sighting.position,
        }
    }));
}
