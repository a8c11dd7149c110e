//! From the raw outputs of detectors to candidates in pixels of the network's input.

use std::ops::Range;

use super::anchors::decoded;
use super::boxes::{BoundingBox, Detection};
use super::said::{Rule, Scores};

/// Candidates under collection.
#[derive(Debug, Default)]
pub(super) struct Candidates {
    pub(super) found: Vec<Detection>,
    /// Those with a box or score that is no number.
    pub(super) dropped: usize,
}

/// Boxes that are looked at together, so that what is kept of each stays in the nearest cache.
const BATCH: usize = 256;

impl Candidates {
    pub(super) fn clear(&mut self) {
        self.found.clear();
        self.dropped = 0;
    }

    pub(super) fn add(&mut self, bbox: BoundingBox, score: f32, class: usize, threshold: f32) {
        if !score.is_finite() || (score > threshold && !bbox.is_finite()) {
            self.dropped += 1;
        } else if score > threshold {
            self.found.push(Detection { bbox, score, class });
        }
    }

    /// `[4 + classes + more, boxes]`: rows of the box's four numbers, then one per class.
    pub(super) fn columns(&mut self, values: &[f32], boxes: usize, classes: usize, rule: &Rule) {
        for start in (0..boxes).step_by(BATCH) {
            let len = BATCH.min(boxes - start);
            let mut best = [f32::NEG_INFINITY; BATCH];
            // Stays 0 unless a score is no number: 0 times it is none either.
            let mut rest = [0.0; BATCH];
            for class in 0..classes {
                let row = &values[(4 + class) * boxes + start..][..len];
                for ((best, rest), score) in best.iter_mut().zip(&mut rest).zip(row) {
                    *best = if *score > *best { *score } else { *best };
                    *rest += *score * 0.0;
                }
            }
            for (i, (best, rest)) in best.iter().zip(rest).take(len).enumerate() {
                if rest.is_nan() {
                    self.dropped += 1;
                } else if *best > rule.cut {
                    let at = |row: usize| values[row * boxes + start + i];
                    let class = (0..classes).find(|class| at(4 + class) == *best).unwrap_or(0);
                    let bbox = rule.bbox(&[at(0), at(1), at(2), at(3)]);
                    self.add(bbox, rule.score(*best), class, rule.threshold);
                }
            }
        }
    }

    /// `[boxes, 5 + classes + more]`: the box's four numbers, how sure that there is anything, then one per class.
    pub(super) fn rows(&mut self, values: &[f32], width: usize, classes: usize, rule: &Rule) {
        for row in values.chunks_exact(width) {
            if row[4] <= rule.cut {
                continue;
            }
            let (class, score) = best_of(&row[5..5 + classes]);
            let score = rule.score(score) * rule.score(row[4]);
            self.add(rule.bbox(row), score, class, rule.threshold);
        }
    }

    /// `[boxes, 6 + more]`: the box's four numbers, score, class.
    pub(super) fn finished(&mut self, values: &[f32], width: usize, rule: &Rule) {
        for row in values.chunks_exact(width) {
            self.add_finished(rule.bbox(row), [row[4], row[5]], rule);
        }
    }

    pub(super) fn add_finished(&mut self, bbox: BoundingBox, [score, class]: [f32; 2], rule: &Rule) {
        let score = if class.is_finite() { score } else { f32::NAN };
        self.add(bbox, score, class.max(0.0) as usize, rule.threshold);
    }

    /// `[boxes, 4 + classes]`: the box's four numbers, then a score per class.
    pub(super) fn joined(&mut self, values: &[f32], width: usize, rule: &Rule) {
        for row in values.chunks_exact(width) {
            let (class, score) = best_of(&row[4..]);
            self.add(rule.bbox(row), rule.score(score), class, rule.threshold);
        }
    }

    /// Scores `[boxes, width]`, of which `things` are classes, and `[boxes, 4]`, which are offsets of `anchors` where
    /// there are any.
    pub(super) fn apart(
        &mut self,
        scores: &[f32],
        boxes: &[f32],
        width: usize,
        things: Range<usize>,
        anchors: &[[f32; 4]],
        rule: &Rule,
    ) {
        for (i, (scores, four)) in scores.chunks_exact(width).zip(boxes.chunks_exact(4)).enumerate() {
            let (class, best) = best_of(&scores[things.clone()]);
            let score = match rule.scores {
                Scores::Softmax => {
                    let top = scores.iter().copied().fold(best, f32::max);
                    let sum: f32 = scores.iter().map(|score| (score - top).exp()).sum();
                    (best - top).exp() / sum
                }
                Scores::None | Scores::Sigmoid => rule.score(best),
            };
            let bbox = match anchors.get(i) {
                Some(anchor) => rule.scaled(decoded(*anchor, four)),
                None => rule.bbox(four),
            };
            self.add(bbox, score, class, rule.threshold);
        }
    }
}

/// The largest and its index; NaN where one of them is.
pub(super) fn best_of(scores: &[f32]) -> (usize, f32) {
    let mut best = (0, f32::NEG_INFINITY);
    for (class, score) in scores.iter().enumerate() {
        if score.is_nan() {
            return (class, f32::NAN);
        }
        if *score > best.1 {
            best = (class, *score);
        }
    }
    best
}
