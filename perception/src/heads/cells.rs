//! Detectors with a row for each cell of grids over the input: which grids, and where in them each row lies.

use std::ops::Range;

use super::boxes::BoundingBox;
use super::detect::{Candidates, best_of};
use super::said::Rule;

/// Pixels between neighbouring cells of the grids that are usual, finest first.
const USUAL: [&[usize]; 5] = [
    &[8, 16, 32],
    &[8, 16, 32, 64],
    &[4, 8, 16, 32],
    &[16, 32],
    &[8, 16, 32, 64, 128],
];
/// Most grids.
const MOST: usize = 6;

/// One grid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Level {
    /// Pixels between neighbouring cells.
    pub(super) stride: usize,
    /// Cells side by side, and one above the other.
    pub(super) size: [usize; 2],
    /// The output with its scores, and the one with its boxes.
    pub(super) outputs: [usize; 2],
}

impl Level {
    fn new(input: [usize; 2], stride: usize) -> Self {
        Self {
            stride,
            size: input.map(|side| side.div_ceil(stride)),
            outputs: [0; 2],
        }
    }

    pub(super) fn cells(&self) -> usize {
        self.size[0].saturating_mul(self.size[1])
    }

    /// The point that a cell stands for, pixels; `offset` is 0 for its upper left corner, 0.5 for its middle.
    fn point(&self, cell: usize, offset: f32) -> [f32; 2] {
        [cell % self.size[0], cell / self.size[0]].map(|at| (at as f32 + offset) * self.stride as f32)
    }
}

/// The grids of a detector, finest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Levels {
    count: usize,
    of: [Level; MOST],
}

impl Levels {
    fn new(input: [usize; 2], strides: &[usize]) -> Self {
        let mut levels = Self::default();
        for (level, stride) in levels.of.iter_mut().zip(strides) {
            *level = Level::new(input, (*stride).max(1));
            levels.count += 1;
        }
        levels
    }

    /// Those that have `cells` cells together: of the strides that were said, or of the usual ones.
    pub(super) fn of_cells(input: [usize; 2], said: &[usize], cells: usize) -> Option<Self> {
        Self::candidates(input, said).find(|levels| levels.cells() == cells)
    }

    /// What could be meant: the strides that were said, or the usual ones.
    pub(super) fn candidates(input: [usize; 2], said: &[usize]) -> impl Iterator<Item = Self> {
        let of = move |strides: &[usize]| Self::new(input, strides);
        let asked = (!said.is_empty()).then(|| of(said));
        let usual = said.is_empty().then(|| USUAL.map(of));
        asked.into_iter().chain(usual.into_iter().flatten())
    }

    pub(super) fn is_empty(&self) -> bool {
        self.count == 0
    }

    pub(super) fn each(&self) -> &[Level] {
        &self.of[..self.count]
    }

    pub(super) fn each_mut(&mut self) -> &mut [Level] {
        &mut self.of[..self.count]
    }

    /// Of all grids.
    pub(super) fn cells(&self) -> usize {
        self.each().iter().map(Level::cells).fold(0, usize::saturating_add)
    }
}

/// How many cells the usual grids have, each combination once.
pub(super) fn usual_cells(input: [usize; 2]) -> impl Iterator<Item = usize> {
    Levels::candidates(input, &[]).map(|levels| levels.cells())
}

impl Candidates {
    /// Rows of x, y, width, height, how sure that there is anything, then one per class: centres from the cell's
    /// upper left corner in strides, sizes as logarithms of strides (YOLOX).
    pub(super) fn cells(&mut self, values: &[f32], width: usize, classes: usize, level: &Level, rule: &Rule) {
        let stride = level.stride as f32;
        for (cell, row) in values.chunks_exact(width).enumerate() {
            if row[4] <= rule.cut {
                continue;
            }
            let (class, score) = best_of(&row[5..5 + classes]);
            let [x, y] = level.point(cell, 0.0);
            let centre = [x + row[0] * stride, y + row[1] * stride];
            let bbox = BoundingBox::centred(centre, [row[2].exp() * stride, row[3].exp() * stride]);
            self.add(bbox, rule.score(score) * rule.score(row[4]), class, rule.threshold);
        }
    }

    /// Scores per class, and for each of the four sides a distribution over distances of 0, 1, 2 … strides, as
    /// logits: the mean of each is how far the side is from the cell's point (generalised focal loss).
    pub(super) fn distances(&mut self, scores: Rows<'_>, sides: Rows<'_>, level: &Level, offset: f32, rule: &Rule) {
        let stride = level.stride as f32;
        for (cell, (scores, sides)) in scores.each().zip(sides.each()).enumerate() {
            let (class, best) = best_of(scores);
            if best <= rule.cut {
                continue;
            }
            let [x, y] = level.point(cell, offset);
            let bins = sides.len() / 4;
            let side = |i: usize| mean_bin(&sides[i * bins..][..bins]) * stride;
            let bbox = BoundingBox {
                left: x - side(0),
                top: y - side(1),
                right: x + side(2),
                bottom: y + side(3),
            };
            self.add(bbox, rule.score(best), class, rule.threshold);
        }
    }
}

/// Some columns of a table.
#[derive(Debug, Clone)]
pub(super) struct Rows<'a> {
    pub(super) values: &'a [f32],
    pub(super) width: usize,
    pub(super) columns: Range<usize>,
}

impl<'a> Rows<'a> {
    fn each(&self) -> impl Iterator<Item = &'a [f32]> + use<'a> {
        let columns = self.columns.clone();
        self.values
            .chunks_exact(self.width)
            .map(move |row| &row[columns.clone()])
    }
}

/// The mean of the bins' numbers under the softmax of their logits.
fn mean_bin(logits: &[f32]) -> f32 {
    let top = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let (mut sum, mut mean) = (0.0, 0.0);
    for (bin, logit) in logits.iter().enumerate() {
        let weight = (logit - top).exp();
        sum += weight;
        mean += weight * bin as f32;
    }
    mean / sum
}
