//! From the raw outputs of detectors to candidates in pixels of the network's input.

use super::boxes::{BoundingBox, Detection};

/// Candidates under collection.
#[derive(Debug, Default)]
pub(super) struct Candidates {
    pub(super) found: Vec<Detection>,
    /// Those with a box or score that is no number.
    pub(super) dropped: usize,
    best: Vec<f32>,
    class: Vec<u32>,
    bad: Vec<bool>,
}

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
        self.best.clear();
        self.best.resize(boxes, f32::NEG_INFINITY);
        self.class.clear();
        self.class.resize(boxes, 0);
        self.bad.clear();
        self.bad.resize(boxes, false);
        let rows = |from: usize, count: usize| values[from * boxes..].chunks_exact(boxes).take(count);
        for (class, row) in (0..).zip(rows(4, classes)) {
            let slots = self.best.iter_mut().zip(&mut self.class).zip(&mut self.bad);
            for (((best, best_class), bad), score) in slots.zip(row) {
                let better = *score > *best;
                *best = if better { *score } else { *best };
                *best_class = if better { class } else { *best_class };
                *bad |= !score.is_finite();
            }
        }
        for i in 0..boxes {
            if self.bad[i] {
                self.dropped += 1;
            } else if self.best[i] > threshold {
                let at = |row: usize| values[row * boxes + i];
                let bbox = BoundingBox::centred([at(0), at(1)], [at(2), at(3)]);
                self.add(bbox, self.best[i], self.class[i] as usize, threshold);
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

    /// `[boxes, 6]`: left, top, right, bottom, score, class.
    pub(super) fn finished(&mut self, values: &[f32], threshold: f32) {
        for row in values.chunks_exact(6) {
            let [left, top, right, bottom, score, class] = [row[0], row[1], row[2], row[3], row[4], row[5]];
            let bbox = BoundingBox {
                left,
                top,
                right,
                bottom,
            };
            let score = if class.is_finite() { score } else { f32::NAN };
            self.add(bbox, score, class.max(0.0) as usize, threshold);
        }
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
