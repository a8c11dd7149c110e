//! Outputs of a suppression inside the model, in the ways of those who build it in.

use super::choose::Facts;
use super::detect::Candidates;
use super::said::{BoxForm, BoxUnit, Rule};
use super::shape::OutputShape;
use super::{OutputData, OutputValues};

/// Which output is what.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Nms {
    /// Boxes, their scores and their classes, and how many of them count.
    Apart {
        boxes: usize,
        scores: usize,
        classes: usize,
        count: Option<usize>,
    },
    /// Boxes with the score as fifth number, and their classes (mmdet).
    Scored { boxes: usize, classes: usize },
    /// Class, score, left, top, right, bottom, and how many of them count (Paddle).
    Rows { rows: usize, count: Option<usize> },
}

impl Nms {
    /// What fits these outputs, the form and unit of its boxes, and whether the names or the inputs say so.
    pub(super) fn find(facts: &Facts) -> Option<(Self, BoxForm, BoxUnit, bool)> {
        let outputs = &facts.outputs;
        let find = |fits: &dyn Fn(&OutputShape) -> bool| outputs.iter().position(fits);
        // How many things count: an integer, or what says so.
        let count_beside = |others: &[usize]| {
            let is_count = |output: &OutputShape| {
                let is_one = output.dims.len() < 3 && output.dims.iter().product::<usize>() == 1;
                is_one && (!output.is_float || output.says(&["num"]))
            };
            (0..outputs.len()).find(|i| !others.contains(i) && is_count(&outputs[*i]))
        };
        if let Some(rows) = find(&|output| output.is_float && matches!(output.dims[..], [_, 6]))
            && outputs.len() <= 2
        {
            let count = count_beside(&[rows]);
            let says = facts.has_sizes && (outputs.len() == 1 || count.is_some());
            return Some((Self::Rows { rows, count }, BoxForm::Corners, BoxUnit::Pixels, says));
        }
        if let Some(boxes) = find(&|output| output.is_float && output.dims.last() == Some(&5) && output.lists(1))
            && let Some(classes) = find(&|output| !output.is_float && output.lists(0))
            && outputs.len() >= 2
        {
            let says = outputs[boxes].says(&["dets"]) && outputs[classes].says(&["labels", "classes"]);
            let found = Self::Scored { boxes, classes };
            return Some((found, BoxForm::Corners, BoxUnit::Pixels, says));
        }
        let boxes = find(&|output| output.is_float && output.dims.last() == Some(&4) && output.lists(1))?;
        let is_list = |output: &OutputShape| output.lists(0) && output.rows(0) == outputs[boxes].rows(1);
        let classes = find(&|output| is_list(output) && output.says(&["labels", "classes"]))
            .or_else(|| find(&|output| is_list(output) && !output.is_float))?;
        let scores = find(&|output| is_list(output) && output.is_float && output.says(&["scores"])).or_else(|| {
            let rest: Vec<_> = (0..outputs.len())
                .filter(|i| *i != classes && outputs[*i].is_float && is_list(&outputs[*i]))
                .collect();
            (rest.len() == 1).then(|| rest[0])
        })?;
        let count = count_beside(&[boxes, scores, classes]);
        let says = outputs[boxes].says(&["boxes"])
            && outputs[scores].says(&["scores"])
            && outputs[classes].says(&["labels", "classes"]);
        let is_tensorflow = outputs[boxes].says(&["detection_boxes"]);
        let (form, unit) = if is_tensorflow {
            (BoxForm::CornersYx, BoxUnit::Shares)
        } else {
            (BoxForm::Corners, BoxUnit::Pixels)
        };
        let found = Self::Apart {
            boxes,
            scores,
            classes,
            count,
        };
        (scores != classes).then_some((found, form, unit, says))
    }

    /// The outputs that it reads.
    pub(super) fn reads(self) -> [Option<usize>; 4] {
        match self {
            Self::Apart {
                boxes,
                scores,
                classes,
                count,
            } => [Some(boxes), Some(scores), Some(classes), count],
            Self::Scored { boxes, classes } => [Some(boxes), Some(classes), None, None],
            Self::Rows { rows, count } => [Some(rows), count, None, None],
        }
    }
}

impl OutputShape {
    /// Whether it is a list of things with `inner` dimensions each, alone or in a batch of one.
    fn lists(&self, inner: usize) -> bool {
        match self.dims.len().checked_sub(inner) {
            Some(1) => true,
            Some(2) => self.dims[0] == 1,
            _ => false,
        }
    }

    /// How many things that lists.
    fn rows(&self, inner: usize) -> Option<usize> {
        self.dims.get(self.dims.len().checked_sub(1 + inner)?).copied()
    }
}

impl Candidates {
    /// What is left. `None` where the outputs do not belong together.
    pub(super) fn embedded(&mut self, nms: Nms, outputs: &[OutputData<'_>], rule: &Rule) -> Option<()> {
        let counted = |count: Option<usize>, rows: usize| match count {
            None => Some(rows),
            Some(count) => Some((number(&outputs.get(count)?.values, 0)?.max(0.0) as usize).min(rows)),
        };
        match nms {
            Nms::Rows { rows, count } => {
                let values = outputs.get(rows)?.values.floats();
                for row in values.chunks_exact(6).take(counted(count, values.len() / 6)?) {
                    self.add_finished(rule.bbox(&row[2..]), [row[1], row[0]], rule);
                }
            }
            Nms::Scored { boxes, classes } => {
                let (boxes, classes) = (outputs.get(boxes)?, outputs.get(classes)?);
                for (i, row) in boxes.values.floats().chunks_exact(5).enumerate() {
                    self.add_finished(rule.bbox(row), [row[4], number(&classes.values, i)?], rule);
                }
            }
            Nms::Apart {
                boxes,
                scores,
                classes,
                count,
            } => {
                let boxes = outputs.get(boxes)?.values.floats();
                let (scores, classes) = (outputs.get(scores)?, outputs.get(classes)?);
                for (i, four) in boxes.chunks_exact(4).take(counted(count, boxes.len() / 4)?).enumerate() {
                    let found = [number(&scores.values, i)?, number(&classes.values, i)?];
                    self.add_finished(rule.bbox(four), found, rule);
                }
            }
        }
        Some(())
    }
}

/// The `i`th number of an output.
fn number(values: &OutputValues<'_>, i: usize) -> Option<f32> {
    match values {
        OutputValues::Float(values) => values.get(i).copied(),
        OutputValues::Integer(values) => values.get(i).map(|value| *value as f32),
    }
}
