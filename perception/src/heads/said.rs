//! What one who uses a model says of its outputs, where the file does not.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Head;
use super::boxes::BoundingBox;

/// What the four numbers of a box are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum BoxForm {
    /// x and y of the centre, width, height.
    Centre,
    /// Left, top, right, bottom.
    Corners,
    /// Top, left, bottom, right, as TensorFlow has them.
    CornersYx,
}

/// What the numbers of a box are measured in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum BoxUnit {
    /// Pixels of the model's input.
    Pixels,
    /// Shares of the input's width and height, 0 to 1.
    Shares,
}

/// What makes probabilities of the numbers that the model gives as scores.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Scores {
    /// They are probabilities already.
    None,
    /// Each by itself: 1 / (1 + exp(−x)).
    Sigmoid,
    /// Each against all others: exp(x) / Σ exp.
    Softmax,
}

impl Scores {
    /// Its name on the command line and in parameter files.
    pub fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Sigmoid => "sigmoid",
            Self::Softmax => "softmax",
        }
    }
}

impl fmt::Display for Scores {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// How outputs are read. What is left out is what the model says of itself, or what is usual for the head.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct HeadOptions {
    /// The layout.
    pub head: Option<Head>,
    /// What the numbers of a box are.
    pub boxes: Option<BoxForm>,
    /// What they are measured in.
    pub box_unit: Option<BoxUnit>,
    /// What makes probabilities of scores.
    pub scores: Option<Scores>,
    /// Pixels between neighbouring cells of each grid, finest first; empty for the usual ones whose number of cells
    /// fits.
    pub strides: Vec<usize>,
    /// What the boxes of [`Head::Ssd`] are offsets of, each as x, y, width and height in shares of the input; empty
    /// where the model has decoded them.
    pub anchors: Vec<[f32; 4]>,
}

/// How the numbers of one candidate become a box and a score.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rule {
    pub(super) form: BoxForm,
    /// Pixels for 1, across and down.
    pub(super) scale: [f32; 2],
    pub(super) scores: Scores,
    /// What a score has to be above.
    pub(super) threshold: f32,
    /// The same before `scores`.
    pub(super) cut: f32,
}

impl Rule {
    pub(super) fn new(form: BoxForm, unit: BoxUnit, scores: Scores, input: [usize; 2], threshold: f32) -> Self {
        Self {
            form,
            scale: match unit {
                BoxUnit::Pixels => [1.0; 2],
                BoxUnit::Shares => input.map(|side| side as f32),
            },
            scores,
            threshold,
            cut: match scores {
                Scores::Sigmoid => (threshold / (1.0 - threshold)).ln(),
                Scores::None | Scores::Softmax => threshold,
            },
        }
    }

    /// A box in the unit of the model's, in pixels.
    pub(super) fn scaled(&self, bbox: BoundingBox) -> BoundingBox {
        let [across, down] = self.scale;
        BoundingBox {
            left: bbox.left * across,
            top: bbox.top * down,
            right: bbox.right * across,
            bottom: bbox.bottom * down,
        }
    }

    pub(super) fn bbox(&self, four: &[f32]) -> BoundingBox {
        let [across, down] = self.scale;
        match self.form {
            BoxForm::Centre => {
                BoundingBox::centred([four[0] * across, four[1] * down], [four[2] * across, four[3] * down])
            }
            BoxForm::Corners => BoundingBox {
                left: four[0] * across,
                top: four[1] * down,
                right: four[2] * across,
                bottom: four[3] * down,
            },
            BoxForm::CornersYx => BoundingBox {
                left: four[1] * across,
                top: four[0] * down,
                right: four[3] * across,
                bottom: four[2] * down,
            },
        }
    }

    /// The probability of a score that stands by itself.
    pub(super) fn score(&self, raw: f32) -> f32 {
        match self.scores {
            Scores::Sigmoid => 1.0 / (1.0 + (-raw).exp()),
            Scores::None | Scores::Softmax => raw,
        }
    }
}
