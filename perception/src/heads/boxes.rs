//! Boxes, and which of them are the same thing seen twice.

use std::cmp::Ordering;

/// An upright rectangle in pixels, origin at the image's top left corner, x to the right, y downwards.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct BoundingBox {
    /// Left edge.
    pub left: f32,
    /// Upper edge.
    pub top: f32,
    /// Right edge.
    pub right: f32,
    /// Lower edge.
    pub bottom: f32,
}

impl BoundingBox {
    /// From its centre and size.
    pub fn centred([x, y]: [f32; 2], [width, height]: [f32; 2]) -> Self {
        Self {
            left: x - width / 2.0,
            top: y - height / 2.0,
            right: x + width / 2.0,
            bottom: y + height / 2.0,
        }
    }

    /// Its centre.
    pub fn centre(&self) -> [f32; 2] {
        [(self.left + self.right) / 2.0, (self.top + self.bottom) / 2.0]
    }

    /// Its width and height.
    pub fn size(&self) -> [f32; 2] {
        [self.right - self.left, self.bottom - self.top]
    }

    /// Its area; 0 where an edge is on the wrong side of the other.
    pub fn area(&self) -> f32 {
        let [width, height] = self.size();
        width.max(0.0) * height.max(0.0)
    }

    /// What it shares with another, of what both cover together: 0 to 1. Two without area share nothing.
    pub fn overlap(&self, other: &Self) -> f32 {
        let width = self.right.min(other.right) - self.left.max(other.left);
        let height = self.bottom.min(other.bottom) - self.top.max(other.top);
        if !(width > 0.0 && height > 0.0) {
            return 0.0;
        }
        let shared = width * height;
        let all = self.area() + other.area() - shared;
        if all > 0.0 { (shared / all).min(1.0) } else { 0.0 }
    }

    /// Whether every edge is a number.
    pub fn is_finite(&self) -> bool {
        [self.left, self.top, self.right, self.bottom]
            .iter()
            .all(|edge| edge.is_finite())
    }
}

/// Something seen.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Detection {
    /// Where.
    pub bbox: BoundingBox,
    /// How sure, 0 to 1.
    pub score: f32,
    /// Which class, by number.
    pub class: usize,
}

/// What is kept of what a network sees.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Keep {
    /// Only what scores more than this, 0 to 1.
    pub threshold: f32,
    /// Of two boxes that share more than this, only the better, 0 to 1.
    pub overlap: f32,
    /// Whether boxes of different classes hide each other, too.
    pub across_classes: bool,
    /// At most so many, the best.
    pub detections: usize,
    /// At most so many are compared with each other, the best.
    pub candidates: usize,
}

impl Default for Keep {
    fn default() -> Self {
        Self {
            threshold: 0.25,
            overlap: 0.7,
            across_classes: false,
            detections: 300,
            candidates: 4096,
        }
    }
}

/// Best first; of equals by class, then from left to right and from top to bottom. Those that are the same in all
/// of it are the same: the order does not depend on the one before, though sorting (without memory) forgets that.
fn rank(a: &Detection, b: &Detection) -> Ordering {
    let edges = |thing: &Detection| {
        let BoundingBox {
            left,
            top,
            right,
            bottom,
        } = thing.bbox;
        [left, top, right, bottom]
    };
    let by_edge = || edges(a).into_iter().zip(edges(b)).map(|(a, b)| a.total_cmp(&b));
    (b.score.total_cmp(&a.score))
        .then(a.class.cmp(&b.class))
        .then_with(|| by_edge().fold(Ordering::Equal, Ordering::then))
}

/// Leaves the best `count`, best first.
pub(super) fn keep_best(detections: &mut Vec<Detection>, count: usize) {
    if detections.len() > count {
        detections.select_nth_unstable_by(count, rank);
        detections.truncate(count);
    }
    detections.sort_unstable_by(rank);
}

/// Non-maximum suppression: of boxes that overlap by more than [`Keep::overlap`] only the best stays, best first.
/// At most [`Keep::candidates`] are compared with at most [`Keep::detections`]: the work is bounded.
pub fn suppress(detections: &mut Vec<Detection>, keep: &Keep) {
    keep_best(detections, keep.candidates);
    let mut kept = 0;
    for i in 0..detections.len() {
        if kept == keep.detections {
            break;
        }
        let candidate = detections[i];
        let hidden = detections[..kept].iter().any(|better| {
            (keep.across_classes || better.class == candidate.class)
                && better.bbox.overlap(&candidate.bbox) > keep.overlap
        });
        if !hidden {
            detections[kept] = candidate;
            kept += 1;
        }
    }
    detections.truncate(kept);
}
