//! Bounding boxes of the props, found by counting their pixels in the picture.

use nalgebra::Point3;

use super::frame::GroundTruthBox;
use super::raster::{Coverage, FrameBuffer};

/// A prop in the picture.
#[derive(Debug, Clone, Copy)]
pub(super) struct PropInImage {
    pub(super) prop: usize,
    pub(super) coverage: Coverage,
    /// Its middle in the optical frame.
    pub(super) position: Point3<f64>,
    /// Left, top, right and bottom of its visible pixels, inclusive, and how many there are.
    bounds: [u32; 4],
    pixels: u32,
}

impl PropInImage {
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

/// Fills the boxes of the props of which something is seen. `owners` says which prop the parts from `first` on
/// belong to.
pub(super) fn find(
    buffer: &FrameBuffer,
    first: u16,
    owners: &[Option<usize>],
    props_in_image: &mut [PropInImage],
    boxes: &mut Vec<GroundTruthBox>,
) {
    boxes.clear();
    if props_in_image.is_empty() {
        return;
    }
    for (row, parts) in buffer.part.chunks_exact(buffer.width).enumerate() {
        for (column, part) in parts.iter().enumerate() {
            let owner = part.checked_sub(first).and_then(|index| owners.get(usize::from(index)));
            if let Some(Some(owner)) = owner {
                props_in_image[*owner].add(column as u32, row as u32);
            }
        }
    }
    boxes.extend(
        props_in_image
            .iter()
            .filter(|prop_in_image| prop_in_image.pixels > 0)
            .map(|prop_in_image| {
                let [left, top, right, bottom] = prop_in_image.bounds;
                GroundTruthBox {
                    prop: prop_in_image.prop,
                    left,
                    top,
                    right: right + 1,
                    bottom: bottom + 1,
                    pixels: prop_in_image.pixels,
                    unhidden_share: prop_in_image.pixels as f32 / prop_in_image.coverage.pixels.max(1) as f32,
                    inside_share: prop_in_image.inside_share(buffer.width as f32, buffer.height as f32),
                    position: prop_in_image.position,
                }
            }),
    );
}
