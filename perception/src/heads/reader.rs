//! Reading of outputs, with memory that is kept from frame to frame.

use std::ops::Range;

use super::boxes::{self, BoundingBox, Detection, Keep, suppress};
use super::cells::Rows;
use super::choose::Fitted;
use super::dense::{self, Grid};
use super::detect::Candidates;
use super::oddity::{self, Oddities, Oddity};
use super::said::{Rule, Scores};
use super::{Head, OutputData, OutputValues, Prediction};
use crate::preprocess::Mapping;

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
    anchors: Vec<[f32; 4]>,
    candidates: Candidates,
    best: Vec<f32>,
    mask: Vec<u8>,
    columns: Vec<usize>,
    oddities: Oddities,
}

impl Reader {
    /// For outputs that a head was found for.
    pub fn new(fitted: Fitted, keep: Keep) -> Self {
        Self {
            fitted,
            keep,
            anchors: Vec::new(),
            candidates: Candidates::default(),
            best: Vec::new(),
            mask: Vec::new(),
            columns: Vec::new(),
            oddities: Oddities::default(),
        }
    }

    /// With the anchors that boxes are offsets of; none where they are decoded.
    pub fn with_anchors(mut self, anchors: Vec<[f32; 4]>) -> Self {
        self.anchors = anchors;
        self
    }

    /// What was odd about the outputs that were read last.
    pub fn oddities(&self) -> Oddities {
        self.oddities
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
        seen: &mut Prediction,
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
        let whole = |output: &OutputData<'_>| {
            let found = match &output.values {
                OutputValues::Float(values) => values.len(),
                OutputValues::Integer(values) => values.len(),
            };
            let expected = output.dims.iter().try_fold(1usize, |len, dim| len.checked_mul(*dim));
            expected == Some(found)
        };
        let scores = outputs.get(self.fitted.scores).ok_or_else(changed)?;
        let mut read = (0..).zip(outputs).filter(|(i, _)| self.fitted.reads(*i));
        if !read.all(|(_, output)| whole(output)) {
            return Err(changed());
        }
        self.oddities = Oddities::default();
        match head {
            Head::Classify => {
                let mut classes = match std::mem::take(seen) {
                    Prediction::Classes(classes) => classes,
                    _ => Vec::new(),
                };
                let dropped = dense::classes(scores.values.floats(), self.fitted.activation, &mut classes);
                let is_odd = classes.iter().any(|class| oddity::is_outside(class.score));
                self.oddities.add(Oddity::Scores, is_odd);
                classes.truncate(self.keep.detections);
                *seen = Prediction::Classes(classes);
                Ok(dropped)
            }
            Head::Segment => self.read_mask(scores, mapping, seen).ok_or_else(changed),
            Head::Depth => self.read_depth(scores, mapping, seen).ok_or_else(changed),
            _ => self.read_things(outputs, mapping, seen).ok_or_else(changed),
        }
    }

    fn read_things(&mut self, outputs: &[OutputData<'_>], mapping: &Mapping, seen: &mut Prediction) -> Option<usize> {
        let fitted = &self.fitted;
        let (form, unit) = (fitted.form, fitted.unit);
        let rule = Rule::new(form, unit, fitted.activation, mapping.input, self.keep.threshold);
        let candidates = &mut self.candidates;
        candidates.clear();
        let has_duplicates = candidates.collect(fitted, &self.anchors, outputs, &rule)?;
        self.oddities.look_at(&candidates.found, fitted.named);
        if has_duplicates {
            suppress(&mut candidates.found, &self.keep)
        } else {
            boxes::keep_best(&mut candidates.found, self.keep.detections)
        }
        let mut things = match std::mem::take(seen) {
            Prediction::Things(things) => things,
            _ => Vec::new(),
        };
        things.clear();
        things.extend(candidates.found.iter().filter_map(|thing| in_source(thing, mapping)));
        *seen = Prediction::Things(things);
        Some(candidates.dropped)
    }

    fn read_mask(&mut self, output: &OutputData<'_>, mapping: &Mapping, seen: &mut Prediction) -> Option<usize> {
        let &[.., height, width] = output.dims else { return None };
        let mut grid = match std::mem::take(seen) {
            Prediction::Mask(grid) => grid,
            _ => Grid::default(),
        };
        let mut dropped = 0;
        match &output.values {
            OutputValues::Float(scores) if self.fitted.classes == 1 && scores.len() == width * height => {
                // Of a sigmoid, one half is where the score before it is 0.
                let cut = match self.fitted.activation {
                    Scores::None => 0.5,
                    Scores::Sigmoid | Scores::Softmax => 0.0,
                };
                dropped = dense::above(scores, cut, &mut self.mask);
            }
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
        *seen = Prediction::Mask(grid);
        Some(dropped)
    }

    fn read_depth(&mut self, output: &OutputData<'_>, mapping: &Mapping, seen: &mut Prediction) -> Option<usize> {
        let &[.., height, width] = output.dims else { return None };
        let values = output.values.floats();
        if values.is_empty() || values.len() != width * height {
            return None;
        }
        let mut grid = match std::mem::take(seen) {
            Prediction::Depth(grid) => grid,
            _ => Grid::default(),
        };
        dense::to_source(values, [width, height], mapping, &mut self.columns, &mut grid);
        let mut dropped = 0;
        for value in grid.values.iter_mut().filter(|value| !value.is_finite()) {
            (*value, dropped) = (0.0, dropped + 1);
        }
        *seen = Prediction::Depth(grid);
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

impl Candidates {
    /// All that outputs say, and whether one thing can be among it several times.
    fn collect(
        &mut self,
        fitted: &Fitted,
        anchors: &[[f32; 4]],
        outputs: &[OutputData<'_>],
        rule: &Rule,
    ) -> Option<bool> {
        let classes = fitted.classes;
        if let Some(nms) = fitted.nms {
            return self.embedded(nms, outputs, rule).map(|()| false);
        }
        if !fitted.levels.is_empty() {
            return self.collect_cells(fitted, outputs, rule).map(|()| true);
        }
        let (scores, boxes) = (outputs.get(fitted.scores)?, outputs.get(fitted.boxes)?);
        let &[_, rows, width] = scores.dims else { return None };
        let values = scores.values.floats();
        // None where the network's own suppression left nothing.
        if values.is_empty() {
            return Some(false);
        }
        match fitted.head {
            Head::YoloV8 if rows >= 4 + classes => self.columns(values, width, classes, rule),
            Head::YoloV5 if width >= 5 + classes => self.rows(values, width, classes, rule),
            Head::YoloV10 | Head::RtDetr if fitted.finished && width >= 6 => self.finished(values, width, rule),
            Head::RtDetr if fitted.scores == fitted.boxes && width == 4 + classes => self.joined(values, width, rule),
            Head::Ssd | Head::Detr | Head::RtDetr if fitted.scores != fitted.boxes => {
                let things = match fitted.head {
                    Head::Ssd => 1..width,
                    Head::Detr => 0..width.saturating_sub(1),
                    _ => 0..width,
                };
                if things.len() != classes || boxes.dims != [1, rows, 4] {
                    return None;
                }
                self.apart(values, boxes.values.floats(), width, things, anchors, rule);
            }
            _ => return None,
        }
        Some(matches!(fitted.head, Head::YoloV8 | Head::YoloV5 | Head::Ssd))
    }

    /// A row for each cell, of all grids in one output or of each in its own.
    fn collect_cells(&mut self, fitted: &Fitted, outputs: &[OutputData<'_>], rule: &Rule) -> Option<()> {
        let classes = fitted.classes;
        let offset = if fitted.head == Head::NanoDet { 0.0 } else { 0.5 };
        let mut start = 0;
        for level in fitted.levels.each() {
            let is_apart = level.outputs[0] != level.outputs[1];
            let of = |output: usize, columns: Range<usize>| {
                let output = outputs.get(output)?;
                let &[_, _, width] = output.dims else { return None };
                let first = if is_apart { 0 } else { start };
                let values = output
                    .values
                    .floats()
                    .get(first * width..(first + level.cells()) * width)?;
                let columns = columns.start..columns.end.min(width);
                (!columns.is_empty()).then_some(Rows { values, width, columns })
            };
            if fitted.head == Head::YoloX {
                let rows = of(level.outputs[0], 0..5 + classes)?;
                if rows.width < 5 + classes {
                    return None;
                }
                self.cells(rows.values, rows.width, classes, level, rule);
            } else {
                let scores = of(level.outputs[0], 0..classes)?;
                let sides = of(level.outputs[1], if is_apart { 0 } else { classes }..usize::MAX)?;
                self.distances(scores, sides, level, offset, rule);
            }
            start += level.cells();
        }
        Some(())
    }
}
