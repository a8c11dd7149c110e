//! From the raw outputs of detectors to candidates in pixels of the network's input.

use super::boxes::{BoundingBox, Detection};

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

    fn add(&mut self, bbox: BoundingBox, score: f32, class: usize, threshold: f32) {
        if !score.is_finite() || (score > threshold && !bbox.is_finite()) {
            self.dropped += 1;
        } else if score > threshold {
            self.found.push(Detection { bbox, score, class });
        }
    }

    /// `[4 + classes + more, boxes]`: rows of x, y, width, height, then one per class.
    pub(super) fn columns(&mut self, values: &[f32], boxes: usize, classes: usize, threshold: f32) {
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
                } else if *best > threshold {
                    let at = |row: usize| values[row * boxes + start + i];
                    let class = (0..classes).find(|class| at(4 + class) == *best).unwrap_or(0);
                    let bbox = BoundingBox::centred([at(0), at(1)], [at(2), at(3)]);
                    self.add(bbox, *best, class, threshold);
                }
            }
        }
    }

    /// `[boxes, 5 + classes + more]`: x, y, width, height, how sure that there is anything, then one per class.
    pub(super) fn rows(&mut self, values: &[f32], width: usize, classes: usize, threshold: f32) {
        for row in values.chunks_exact(width) {
            let objectness = row[4];
            if objectness <= threshold {
                continue;
            }
            let (class, score) = best_of(&row[5..5 + classes]);
            let bbox = BoundingBox::centred([row[0], row[1]], [row[2], row[3]]);
            self.add(bbox, score * objectness, class, threshold);
        }
    }

    /// `[boxes, 6 + more]`: left, top, right, bottom, score, class.
    pub(super) fn finished(&mut self, values: &[f32], width: usize, threshold: f32) {
        for row in values.chunks_exact(width) {
            let bbox = BoundingBox {
                left: row[0],
                top: row[1],
                right: row[2],
                bottom: row[3],
            };
            self.add_finished(bbox, [row[4], row[5]], threshold);
        }
    }

    /// `[boxes, 6]`: x, y, width, height as shares of the input, score, class.
    pub(super) fn finished_shares(&mut self, values: &[f32], input: [f32; 2], threshold: f32) {
        for row in values.chunks_exact(6) {
            self.add_finished(of_shares(&row[..4], input), [row[4], row[5]], threshold);
        }
    }

    fn add_finished(&mut self, bbox: BoundingBox, [score, class]: [f32; 2], threshold: f32) {
        let score = if class.is_finite() { score } else { f32::NAN };
        self.add(bbox, score, class.max(0.0) as usize, threshold);
    }

    /// `[boxes, 4 + classes]`: x, y, width, height as shares of the input, then a probability per class.
    pub(super) fn shares(&mut self, values: &[f32], width: usize, input: [f32; 2], threshold: f32) {
        for row in values.chunks_exact(width) {
            let (class, score) = best_of(&row[4..]);
            self.add(of_shares(&row[..4], input), score, class, threshold);
        }
    }

    /// `[boxes, classes]` logits and `[boxes, 4]` shares. With `exclusive` classes the last means «nothing».
    pub(super) fn logits(
        &mut self,
        logits: &[f32],
        shares: &[f32],
        classes: usize,
        exclusive: bool,
        input: [f32; 2],
        threshold: f32,
    ) {
        for (logits, shares) in logits.chunks_exact(classes).zip(shares.chunks_exact(4)) {
            let somethings = if exclusive { classes - 1 } else { classes };
            let (class, best) = best_of(&logits[..somethings]);
            let score = match exclusive {
                true => {
                    let top = best.max(logits[somethings]);
                    let sum: f32 = logits.iter().map(|logit| (logit - top).exp()).sum();
                    (best - top).exp() / sum
                }
                false => 1.0 / (1.0 + (-best).exp()),
            };
            self.add(of_shares(shares, input), score, class, threshold);
        }
    }
}

fn of_shares(shares: &[f32], [width, height]: [f32; 2]) -> BoundingBox {
    BoundingBox::centred(
        [shares[0] * width, shares[1] * height],
        [shares[2] * width, shares[3] * height],
    )
}

/// The largest and its index; NaN where one of them is.
fn best_of(scores: &[f32]) -> (usize, f32) {
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
