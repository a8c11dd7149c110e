//! From a network's outputs to what they mean: boxes, classes, masks, depth, in pixels of the source image.

mod boxes;
mod choose;
mod dense;
mod detect;

use std::borrow::Cow;

pub use boxes::{BoundingBox, Detection, Keep, suppress};
pub use choose::{Fitted, Head, NoHead, OutputShape};
pub use dense::{ClassScore, Grid};

use crate::preprocess::Mapping;
use detect::Candidates;

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

/// The outputs are not of the shapes that the head was chosen for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the head {head}: expected outputs {}, found {found}", .head.takes())]
pub struct ShapeChanged {
    /// How outputs were to be read.
    pub head: Head,
    /// Shapes and lengths of this run.
    pub found: String,
}

/// Reads outputs, with memory that is kept from frame to frame.
#[derive(Debug)]
pub struct Reader {
    fitted: Fitted,
    keep: Keep,
    candidates: Candidates,
    best: Vec<f32>,
    mask: Vec<u8>,
    columns: Vec<usize>,
}

impl Reader {
    /// For outputs that a head was found for.
    pub fn new(fitted: Fitted, keep: Keep) -> Self {
        Self {
            fitted,
            keep,
            candidates: Candidates::default(),
            best: Vec::new(),
            mask: Vec::new(),
            columns: Vec::new(),
        }
    }

    /// How outputs are read.
    pub fn fitted(&self) -> &Fitted {
        &self.fitted
    }

    /// Replaces `seen` with what the outputs say, and gives the number of boxes, classes or pixels that were
    /// dropped for not being numbers.
    ///
    /// # Errors
    /// Where outputs have other shapes than those that the head was found for.
    pub fn read(
        &mut self,
        outputs: &[OutputData<'_>],
        mapping: &Mapping,
        seen: &mut Seen,
    ) -> Result<usize, ShapeChanged> {
        let head = self.fitted.head;
        let changed = || ShapeChanged {
            head,
            found: outputs
                .iter()
                .map(|output| format!("{:?}", output.dims))
                .collect::<Vec<_>>()
                .join(", "),
        };
        let scores = outputs.get(self.fitted.scores).ok_or_else(changed)?;
        let boxes = outputs.get(self.fitted.boxes).ok_or_else(changed)?;
        let whole = |output: &OutputData<'_>| {
            let found = match &output.values {
                OutputValues::Float(values) => values.len(),
                OutputValues::Integer(values) => values.len(),
            };
            let expected = output.dims.iter().try_fold(1usize, |len, dim| len.checked_mul(*dim));
            expected == Some(found)
        };
        if !whole(scores) || !whole(boxes) {
            return Err(changed());
        }
        match head {
            Head::Classify => {
                let mut classes = match std::mem::take(seen) {
                    Seen::Classes(classes) => classes,
                    _ => Vec::new(),
                };
                let dropped = dense::classes(scores.values.floats(), &mut classes);
                classes.truncate(self.keep.detections);
                *seen = Seen::Classes(classes);
                Ok(dropped)
            }
            Head::Segment => self.read_mask(scores, mapping, seen).ok_or_else(changed),
            Head::Depth => self.read_depth(scores, mapping, seen).ok_or_else(changed),
            _ => self.read_things(scores, boxes, mapping, seen).ok_or_else(changed),
        }
    }

    fn read_things(
        &mut self,
        scores: &OutputData<'_>,
        boxes: &OutputData<'_>,
        mapping: &Mapping,
        seen: &mut Seen,
    ) -> Option<usize> {
        let (classes, threshold) = (self.fitted.classes, self.keep.threshold);
        let &[_, rows, width] = scores.dims else { return None };
        let input = mapping.input.map(|side| side as f32);
        let values = scores.values.floats();
        let candidates = &mut self.candidates;
        candidates.clear();
        let mut has_duplicates = false;
        match self.fitted.head {
            // None where the network's own suppression left nothing.
            _ if values.is_empty() => {}
            Head::YoloV8 if rows >= 4 + classes => {
                has_duplicates = true;
                candidates.columns(values, width, classes, threshold);
            }
            Head::YoloV5 if width >= 5 + classes => {
                has_duplicates = true;
                candidates.rows(values, width, classes, threshold);
            }
            Head::YoloV10 if width >= 6 => candidates.finished(values, width, threshold),
            Head::RtDetr if self.fitted.finished && width == 6 => candidates.finished_shares(values, input, threshold),
            Head::RtDetr
                if self.fitted.scores == self.fitted.boxes && !self.fitted.finished && width == 4 + classes =>
            {
                candidates.shares(values, width, input, threshold);
            }
            Head::Detr | Head::RtDetr if self.fitted.scores != self.fitted.boxes => {
                let exclusive = self.fitted.head == Head::Detr;
                if width != classes + usize::from(exclusive) || boxes.dims != [1, rows, 4] {
                    return None;
                }
                candidates.logits(values, boxes.values.floats(), width, exclusive, input, threshold);
            }
            _ => return None,
        }
        match has_duplicates {
            true => suppress(&mut candidates.found, &self.keep),
            false => boxes::keep_best(&mut candidates.found, self.keep.detections),
        }
        let mut things = match std::mem::take(seen) {
            Seen::Things(things) => things,
            _ => Vec::new(),
        };
        things.clear();
        things.extend(candidates.found.iter().filter_map(|thing| in_source(thing, mapping)));
        *seen = Seen::Things(things);
        Some(candidates.dropped)
    }

    fn read_mask(&mut self, output: &OutputData<'_>, mapping: &Mapping, seen: &mut Seen) -> Option<usize> {
        let &[.., height, width] = output.dims else { return None };
        let mut grid = match std::mem::take(seen) {
            Seen::Mask(grid) => grid,
            _ => Grid::default(),
        };
        let mut dropped = 0;
        match &output.values {
            OutputValues::Float(scores) if !scores.is_empty() => {
                dropped = dense::argmax(scores, width * height, &mut self.best, &mut self.mask);
            }
            OutputValues::Integer(classes) if !classes.is_empty() && classes.len() == width * height => {
                self.mask.clear();
                for class in classes.iter() {
                    let known = u8::try_from(*class);
                    dropped += usize::from(known.is_err());
                    self.mask.push(known.unwrap_or(0));
                }
            }
            _ => return None,
        }
        dense::to_source(&self.mask, [width, height], mapping, &mut self.columns, &mut grid);
        *seen = Seen::Mask(grid);
        Some(dropped)
    }

    fn read_depth(&mut self, output: &OutputData<'_>, mapping: &Mapping, seen: &mut Seen) -> Option<usize> {
        let &[.., height, width] = output.dims else { return None };
        let values = output.values.floats();
        if values.is_empty() || values.len() != width * height {
            return None;
        }
        let mut grid = match std::mem::take(seen) {
            Seen::Depth(grid) => grid,
            _ => Grid::default(),
        };
        dense::to_source(values, [width, height], mapping, &mut self.columns, &mut grid);
        let mut dropped = 0;
        for value in grid.values.iter_mut().filter(|value| !value.is_finite()) {
            (*value, dropped) = (0.0, dropped + 1);
        }
        *seen = Seen::Depth(grid);
        Some(dropped)
    }
}

/// The same in the source image, cut at its edges; `None` where nothing is left.
fn in_source(thing: &Detection, mapping: &Mapping) -> Option<Detection> {
    let [left, top] = mapping.to_source([thing.bbox.left, thing.bbox.top]);
    let [right, bottom] = mapping.to_source([thing.bbox.right, thing.bbox.bottom]);
    let [width, height] = mapping.source.map(|side| side as f32);
    let bbox = BoundingBox {
        left: left.clamp(0.0, width),
        top: top.clamp(0.0, height),
        right: right.clamp(0.0, width),
        bottom: bottom.clamp(0.0, height),
    };
    (bbox.area() > 0.0).then_some(Detection { bbox, ..*thing })
}
