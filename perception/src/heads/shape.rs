//! An output, and what a run shows of it.

use std::fmt;

use super::oddity::is_outside;

/// Name, shape and kind of an output, as a run gave it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct OutputShape {
    /// Its name.
    pub name: String,
    /// Its shape.
    pub dims: Vec<usize>,
    /// Whether its numbers are floats.
    pub is_float: bool,
    /// The operator that its numbers come from, such as `Softmax` or `Concat Sigmoid`; empty where that is not known.
    pub operator: String,
    /// What a run gave, of floats; empty where there was none.
    pub sample: Vec<f32>,
}

impl fmt::Display for OutputShape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = if self.is_float { "floats" } else { "integers" };
        write!(f, "`{}` {:?} of {kind}", self.name.escape_debug(), self.dims)
    }
}

impl OutputShape {
    /// Whether one of the words is in its name.
    pub(super) fn says(&self, words: &[&str]) -> bool {
        let name = self.name.to_lowercase();
        words.iter().any(|word| name.contains(word))
    }

    /// Whether a run has shown numbers, and all are probabilities.
    pub(super) fn are_shares(&self) -> bool {
        let are_different = self.sample.iter().any(|value| *value != self.sample[0]);
        are_different && self.sample.iter().all(|value| (0.0..=1.0).contains(value))
    }

    /// The same from this row of `[1, rows, columns]` on. Where no run was, nothing speaks against it.
    pub(super) fn are_shares_from_row(&self, row: usize) -> bool {
        let columns = self.dims.last().copied().unwrap_or(0);
        let rest = self.sample.iter().skip(row * columns);
        rest.into_iter().all(|value| !is_outside(*value))
    }

    /// Whether the last of several tensors side by side are scores, as the graph says. Behind the scores there can be
    /// angles or key points.
    pub(super) fn ends_in_scores(&self) -> bool {
        self.operator
            .strip_prefix("Concat ")
            .is_none_or(|last| last == "Sigmoid")
    }

    /// The same from this column of each row on.
    pub(super) fn are_shares_from_column(&self, column: usize) -> bool {
        let width = self.dims.last().copied().unwrap_or(0).max(1);
        let mut rows = self.sample.chunks_exact(width);
        rows.all(|row| row.iter().skip(column).all(|value| !is_outside(*value)))
    }

    /// Whether the last two of six columns are shares and whole numbers, as a run has shown.
    pub(super) fn rows_are_finished(&self) -> bool {
        let is_finished = |row: &[f32]| !(is_outside(row[4]) || row[5] < 0.0 || row[5].fract() > 0.0);
        !self.sample.is_empty() && self.dims.last() == Some(&6) && self.sample.chunks_exact(6).all(is_finished)
    }

    /// Whether it has a number for each pixel of the input.
    pub(super) fn ends_with(&self, [width, height]: [usize; 2]) -> bool {
        self.dims.ends_with(&[height, width])
    }

    /// Width and height of a map `[1, channels, height, width]` or `[1, anchors, height, width, numbers]` that is
    /// smaller than the input.
    pub(super) fn map_size(&self, input: [usize; 2]) -> Option<[usize; 2]> {
        match self.dims[..] {
            [1, _, height, width] | [1, _, height, width, _] if width > 1 && width < input[0] => Some([width, height]),
            _ => None,
        }
    }
}
