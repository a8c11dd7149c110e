//! From a network's outputs to what they mean: boxes, classes, masks, depth, in pixels of the source image.
//!
//! A [`Head`] is chosen because something *speaks* for it; that its shapes fit is not enough. What nothing speaks for
//! is refused, with the parameter that would settle it. Class names that are not as many as the classes are an error.
//!
//! | head | what speaks for it, beside the option `head` |
//! |---|---|
//! | `nms` | names of the outputs (`boxes`, `scores`, `labels` or `classes`; `dets`), or Paddle's inputs |
//! | `yolov10` | metadata; or whole numbers as classes and shares as scores in a run, in at most 1000 rows of 6 |
//! | `yolov5` | three rows for each cell of the usual grids; as many class names as classes, where there are not as many rows as cells |
//! | `yolov8` | a column for each cell of the usual grids, with probabilities alone behind the boxes; as many class names as classes |
//! | `detr`, `rtdetr` | an output named `logits` and as many class names (less «nothing», for `detr`); metadata; the 92 columns of COCO |
//! | `classify` | metadata; as many class names as classes; a softmax as the last operator |
//! | `segment` | metadata; as many class names as channels; integers of the input's size |
//! | `depth` | metadata |
//! | `yolox`, `picodet`, `nanodet`, `ssd` | nothing: others have the same shapes |
//!
//! «The usual grids» have cells of 8, 16 and 32 pixels, with or without those of 4, 64 and 128. A classifier's
//! logits alone, `[1, classes]`, are the same shape as a regression, an embedding or a steering angle: name the
//! classes, or the head.
//!
//! Scores are made probabilities by what [`HeadOptions::scores`] says, else by what the graph ends in (nothing more
//! after `Softmax` or `Sigmoid`), else by whether a run on noise gave numbers within 0 to 1.
//! [`HeadOptions`] is what can be said where the model does not; [`Oddity`] is what makes one doubt that it was right.
//!
//! Not read, and refused or warned of: oriented boxes (refused), key points and masks of single things (their boxes
//! are read), feature maps before their decoding.

mod anchors;
mod boxes;
mod cells;
mod choose;
mod dense;
mod detect;
mod evidence;
mod fit;
mod head;
mod nms;
mod oddity;
mod reader;
mod said;
mod shape;

use std::borrow::Cow;

pub use anchors::{AnchorsError, load_anchors};
pub use boxes::{BoundingBox, Detection, Keep, suppress};
pub use choose::{Facts, Fitted, NoHead};
pub use dense::{ClassScore, Grid};
pub use head::Head;
pub use oddity::{Oddities, Oddity};
pub use reader::{Reader, ShapeChanged};
pub use said::{BoxForm, BoxUnit, HeadOptions, Scores};
pub use shape::OutputShape;

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

/// What a network says of one image.
#[derive(Debug, Clone, PartialEq)]
pub enum Prediction {
    /// Things and where they are, the surest first.
    Things(Vec<Detection>),
    /// What the image as a whole shows, the surest first.
    Classes(Vec<ClassScore>),
    /// The class of each pixel.
    Mask(Grid<u8>),
    /// The distance at each pixel, in the network's unit; 0 where it is no number.
    Depth(Grid<f32>),
}

impl Default for Prediction {
    fn default() -> Self {
        Self::Things(Vec::new())
    }
}
