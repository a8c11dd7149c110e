//! What a camera delivers.

use nalgebra::{Isometry3, Point3};

/// Shortest side of what a detector should find, pixels.
const LEAST_SIDE: u32 = 6;
/// Least share that is seen of what a detector should find.
const LEAST_SHARE: f32 = 0.3;

/// One picture. Its buffers are kept from frame to frame.
#[derive(Debug, Clone, PartialEq)]
pub struct Frame {
    /// Pixels in a row.
    pub width: u32,
    /// Rows.
    pub height: u32,
    /// Red, green and blue of each pixel, row by row from the upper left.
    pub rgb: Vec<u8>,
    /// Depth of each pixel in m along the optical axis; infinite where only the sky is.
    pub depth: Vec<f32>,
    /// What is seen of the props, in their order; those of which no pixel is seen are left out.
    pub boxes: Vec<GroundTruthBox>,
    /// Where the picture was taken: `world_from_optical`.
    pub world_from_optical: Isometry3<f64>,
}

impl Frame {
    /// The depths as bytes, in the machine's own order, which is little-endian wherever Sinew runs.
    pub fn depth_bytes(&self) -> &[u8] {
        bytemuck::must_cast_slice(&self.depth)
    }
}

impl Default for Frame {
    fn default() -> Self {
        Self {
            width: 0,
            height: 0,
            rgb: Vec::new(),
            depth: Vec::new(),
            boxes: Vec::new(),
            world_from_optical: Isometry3::identity(),
        }
    }
}

/// What is seen of a prop.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct GroundTruthBox {
    /// Index into the props that were rendered; its class is there.
    pub prop: usize,
    /// First column with a visible pixel.
    pub left: u32,
    /// First row with a visible pixel.
    pub top: u32,
    /// One past the last column with a visible pixel.
    pub right: u32,
    /// One past the last row with a visible pixel.
    pub bottom: u32,
    /// Visible pixels.
    pub pixels: u32,
    /// Share of its pixels in the image that nothing hides.
    pub unhidden_share: f32,
    /// Share of it that lies in the image: of its bounding rectangle's area and, where a part is behind
    /// the camera, of its corners.
    pub inside_share: f32,
    /// Middle of the prop in the optical frame, m.
    pub position: Point3<f64>,
}

impl GroundTruthBox {
    /// Roughly how much of the prop is seen, 0 to 1.
    pub fn visible_share(&self) -> f32 {
        self.unhidden_share * self.inside_share
    }

    /// Whether so much of the prop is seen that a detector should find it. What is not is nobody's fault: it
    /// is neither taught nor judged, as what is «difficult» in Pascal VOC.
    pub fn is_recognisable(&self) -> bool {
        let shorter = (self.right - self.left).min(self.bottom - self.top);
        shorter >= LEAST_SIDE && self.visible_share() >= LEAST_SHARE
    }
}
