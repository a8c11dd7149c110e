//! From a network's outputs to what they mean: boxes, classes, masks, depth, in pixels of the source image.
//!
//! `choose` says which head outputs are read with, and what has to speak for it; [`HeadOptions`] is what can be said
//! where the model does not; [`Oddity`] is what makes one doubt that it was right.

mod boxes;
mod cells;
mod choose;
mod dense;
mod detect;
mod fit;
mod head;
mod nms;
mod oddity;
mod reader;
mod said;

use std::borrow::Cow;

pub use boxes::{BoundingBox, Detection, Keep, suppress};
pub use choose::{Facts, Fitted, NoHead, OutputShape};
pub use dense::{ClassScore, Grid};
pub use head::Head;
pub use oddity::{Oddities, Oddity};
pub use reader::{Reader, ShapeChanged};
pub use said::{BoxForm, BoxUnit, HeadOptions, Scores};

/// The numbers of an output.
#[derive(Debug, Clone)]
pub enum OutputValues<'a> {
    /// Floats.
    Float(Cow<'a, [f32]>),
    /// Class numbers.
    Integer(Cow<'a, [i64]>),
}

impl OutputValues<'_> {
    fn floats(&self) -> &[f32] {
        match self {
            Self::Float(values) => values,
            Self::Integer(_) => &[],
        }
    }
}

/// An output of a run.
#[derive(Debug, Clone)]
pub struct OutputData<'a> {
    /// Its shape.
    pub dims: &'a [usize],
    /// Its numbers, the last dimension's side by side.
    pub values: OutputValues<'a>,
}

impl OutputData<'_> {
    /// No numbers.
    pub(crate) const EMPTY: Self = Self {
        dims: &[],
        values: OutputValues::Float(Cow::Borrowed(&[])),
    };
}

/// What a network saw in one image.
#[derive(Debug, Clone, PartialEq)]
pub enum Seen {
    /// Things and where they are, the surest first.
    Things(Vec<Detection>),
    /// What the image as a whole shows, the surest first.
    Classes(Vec<ClassScore>),
    /// The class of each pixel.
    Mask(Grid<u8>),
    /// The distance at each pixel, in the network's unit; 0 where it is no number.
    Depth(Grid<f32>),
}

impl Default for Seen {
    fn default() -> Self {
        Self::Things(Vec::new())
    }
}
