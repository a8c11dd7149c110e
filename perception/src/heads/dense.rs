//! Answers for the whole image or for each of its pixels.

use super::said::Scores;
use crate::preprocess::Mapping;

/// A class and how sure the network is of it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ClassScore {
    /// Which class, by number.
    pub class: usize,
    /// How sure, 0 to 1.
    pub score: f32,
}

/// A number for every pixel of the source image, row by row.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Grid<T> {
    /// Width and height, pixels.
    pub size: [usize; 2],
    /// Row by row.
    pub values: Vec<T>,
}

/// Probabilities, best first; those that are no number are left out and counted.
pub(super) fn classes(scores: &[f32], activation: Scores, out: &mut Vec<ClassScore>) -> usize {
    out.clear();
    let finite = scores.iter().enumerate().filter(|(_, score)| score.is_finite());
    out.extend(finite.map(|(class, score)| ClassScore { class, score: *score }));
    match activation {
        Scores::None => {}
        Scores::Sigmoid => out
            .iter_mut()
            .for_each(|class| class.score = 1.0 / (1.0 + (-class.score).exp())),
        Scores::Softmax => {
            let top = out.iter().map(|class| class.score).fold(f32::NEG_INFINITY, f32::max);
            let sum: f32 = out.iter().map(|class| (class.score - top).exp()).sum();
            for class in &mut *out {
                class.score = (class.score - top).exp() / sum;
            }
        }
    }
    out.sort_unstable_by(|a, b| b.score.total_cmp(&a.score).then(a.class.cmp(&b.class)));
    scores.len() - out.len()
}

/// Class 1 where a pixel's one score is above `cut`, else 0; 0 and counted where it is no number.
pub(super) fn above(scores: &[f32], cut: f32, out: &mut Vec<u8>) -> usize {
    out.clear();
    out.extend(scores.iter().map(|score| u8::from(*score > cut)));
    scores.iter().filter(|score| score.is_nan()).count()
}

/// The best class of each pixel of `[classes, height, width]`; 0 and counted where a score is no number.
pub(super) fn argmax(scores: &[f32], pixels: usize, best: &mut Vec<f32>, out: &mut Vec<u8>) -> usize {
    best.clear();
    best.resize(pixels, f32::NEG_INFINITY);
    out.clear();
    out.resize(pixels, 0);
    for (class, plane) in (0..=u8::MAX).zip(scores.chunks_exact(pixels)) {
        for ((best, winner), score) in best.iter_mut().zip(out.iter_mut()).zip(plane) {
            // A NaN, once best, stays so: no score is above it.
            let better = *score > *best || score.is_nan();
            *winner = if better { class } else { *winner };
            *best = if better { *score } else { *best };
        }
    }
    let mut bad = 0;
    for (best, winner) in best.iter().zip(out.iter_mut()) {
        if best.is_nan() {
            (*winner, bad) = (0, bad + 1);
        }
    }
    bad
}

/// For each pixel of the source the value of the output's pixel that its centre lies in, the nearest one where
/// the image was cropped. `size` is the output's width and height, which cover the whole input. `columns` is
/// memory that is kept.
pub(super) fn to_source<T: Copy>(
    values: &[T],
    size: [usize; 2],
    mapping: &Mapping,
    columns: &mut Vec<usize>,
    out: &mut Grid<T>,
) {
    let [width, height] = mapping.source;
    let place = |axis: usize, i: usize| {
        let point = mapping.to_input([i as f32 + 0.5; 2])[axis];
        let at = point * size[axis] as f32 / mapping.input[axis] as f32;
        (at.max(0.0) as usize).min(size[axis] - 1)
    };
    columns.clear();
    columns.extend((0..width).map(|x| place(0, x)));
    out.size = [width, height];
    out.values.clear();
    out.values.reserve(width * height);
    for y in 0..height {
        let row = &values[place(1, y) * size[0]..][..size[0]];
        out.values.extend(columns.iter().map(|x| row[*x]));
    }
}
