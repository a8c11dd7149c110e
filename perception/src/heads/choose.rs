//! Which head a model's outputs are read with. One is chosen because something *speaks* for it; that its shapes fit
//! is not enough:
//!
//! | head | what speaks for it, beside the option `head` |
//! |---|---|
//! | `nms` | names of the outputs (`boxes`, `scores`, `labels` or `classes`; `dets`), or Paddle's inputs |
//! | `yolov10` | metadata; or whole numbers as classes and shares as scores in a run, in at most 1000 rows of 6 |
//! | `yolov5` | three rows for each cell of the usual grids; as many class names as classes, where there are not as many rows as cells |
//! | `yolov8` | a column for each cell of the usual grids; as many class names as classes |
//! | `detr`, `rtdetr` | an output named `logits` and as many class names (less «nothing», for `detr`); metadata; the 92 columns of COCO |
//! | `classify` | metadata; as many class names as classes; a softmax as the last operator |
//! | `segment` | metadata; as many class names as channels; integers of the input's size |
//! | `depth` | metadata |
//! | `yolox`, `picodet`, `nanodet`, `ssd` | nothing: others have the same shapes |

use std::fmt;

use thiserror::Error;

use super::Head;
use super::cells::{Levels, usual_cells};
use super::fit::fit;
use super::nms::Nms;
use super::said::{BoxForm, BoxUnit, HeadOptions, Scores};
use crate::metadata::ModelMetadata;

/// Name, shape and kind of an output, as a run gave it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct OutputShape {
    /// Its name.
    pub name: String,
    /// Its shape.
    pub dims: Vec<usize>,
    /// Whether its numbers are floats.
    pub is_float: bool,
    /// The operator that its numbers come from, such as `Softmax`; empty where that is not known.
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

/// What a model shows of itself.
#[derive(Debug, Clone, Default)]
pub struct Facts {
    /// Its outputs.
    pub outputs: Vec<OutputShape>,
    /// What it says of itself, with the class names that are to be used.
    pub metadata: ModelMetadata,
    /// Width and height of its input, pixels.
    pub input: [usize; 2],
    /// Whether it asks for the image's scale, as Paddle's detectors do.
    pub has_sizes: bool,
}

impl Facts {
    /// Whether masks or key points follow the classes.
    pub(super) fn has_more(&self) -> bool {
        matches!(self.metadata.task.as_deref(), Some("segment" | "pose"))
    }

    /// Whether ultralytics made it for a task, and for none that finds things.
    fn is_ultralytics_beyond_things(&self) -> bool {
        let task = self.metadata.task.as_deref();
        self.metadata.is_ultralytics
            && task.is_some_and(|task| !["detect", "segment", "pose", "classify"].contains(&task))
    }
}

/// Why no head is chosen.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum NoHead {
    /// Nothing fits, or not the head that was asked for, or nothing says which.
    #[error(
        "the outputs {outputs} {}; {advice}\n{}",
        .wanted.map_or("speak for no head".to_owned(), |head| format!("do not fit the head {head}")),
        Head::ALL.map(|head| format!("  {:<9} takes {}", head.name(), head.takes())).join("\n")
    )]
    Outputs {
        /// What the model gives.
        outputs: String,
        /// The head that was asked for.
        wanted: Option<Head>,
        /// What to do.
        advice: String,
    },
    /// There are not as many names as classes.
    #[error(
        "{classes} classes, {names} names: with the head {head} the outputs {outputs} are of {classes} classes; \
         give one name for each (`labels`), none at all, or another `head`"
    )]
    Names {
        /// What the model gives.
        outputs: String,
        /// How it would be read.
        head: Head,
        /// Classes that it would have.
        classes: usize,
        /// Names that there are.
        names: usize,
    },
    /// What was said does not go with the head.
    #[error("`{option}`: {found} does not go with the head {head}, which takes {expected}")]
    Option {
        /// The parameter.
        option: &'static str,
        /// What was said.
        found: String,
        /// The head.
        head: Head,
        /// What it takes.
        expected: String,
    },
}

/// A head, and where it finds what it needs.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Fitted {
    /// How the outputs are read.
    pub head: Head,
    /// Number of classes that the model tells apart; 0 where it does not say.
    pub classes: usize,
    /// The output with the scores, or the only one.
    pub(super) scores: usize,
    /// The output with the boxes.
    pub(super) boxes: usize,
    /// Whether each box comes with one score and its class, rather than with a score per class.
    pub(super) finished: bool,
    /// What the model's own suppression leaves, and where.
    pub(super) nms: Option<Nms>,
    /// The grids whose cells have a row each.
    pub(super) levels: Levels,
    pub(super) form: BoxForm,
    pub(super) unit: BoxUnit,
    pub(super) activation: Scores,
    /// How many classes have a name.
    pub(super) named: usize,
}

impl Fitted {
    /// Finds the head for a model's outputs: the one that was said, else the first that something speaks for.
    ///
    /// # Errors
    /// Where there is none, with all shapes and what would settle it; where names are not as many as classes; where
    /// what was said does not go with the head.
    pub fn choose(facts: &Facts, said: &HeadOptions) -> Result<Self, NoHead> {
        let fitted = match said.head {
            Some(head) => fit(head, facts, said).ok_or_else(|| facts.refused(Some(head), facts.advice(said)))?,
            None => facts.spoken_for(said)?,
        };
        let named = facts.metadata.names.len();
        if named > 0 && fitted.classes > 0 && named != fitted.classes {
            return Err(facts.misnamed(&fitted));
        }
        fitted.said(facts, said)
    }

    /// With what was said of boxes and scores, where the head takes that.
    fn said(mut self, facts: &Facts, said: &HeadOptions) -> Result<Self, NoHead> {
        let head = self.head;
        let refused = |option, found: String, expected: &str| NoHead::Option {
            option,
            found,
            head,
            expected: expected.to_owned(),
        };
        let has_free_boxes = head.finds_things() && self.levels.is_empty();
        if !has_free_boxes && (said.boxes.is_some() || said.box_unit.is_some()) {
            let option = if said.boxes.is_some() { "boxes" } else { "box_unit" };
            return Err(refused(
                option,
                "a form of boxes".to_owned(),
                "none: it has its own, or none",
            ));
        }
        if self.levels.is_empty() && !said.strides.is_empty() {
            return Err(refused(
                "strides",
                format!("{:?}", said.strides),
                "none: it has no cells",
            ));
        }
        self.form = said.boxes.unwrap_or(self.form);
        self.unit = said.box_unit.unwrap_or(self.unit);
        let takes = self.takes_scores();
        self.activation = match said.scores {
            Some(scores) if !takes.contains(&scores) => {
                let expected: Vec<_> = takes.iter().map(|scores| scores.name()).collect();
                return Err(refused("scores", scores.to_string(), &expected.join(", ")));
            }
            Some(scores) => scores,
            None => self.usual_scores(&facts.outputs[self.scores]),
        };
        Ok(self)
    }

    fn takes_scores(&self) -> &'static [Scores] {
        const ANY: [Scores; 3] = [Scores::None, Scores::Sigmoid, Scores::Softmax];
        match self.head {
            _ if self.finished => &ANY[..1],
            Head::Classify | Head::Ssd | Head::Detr => &ANY,
            Head::Segment if self.classes == 1 => &ANY[..2],
            Head::Segment | Head::Depth => &ANY[..1],
            _ => &ANY[..2],
        }
    }

    /// What the graph says, else what a run says, else what is usual.
    fn usual_scores(&self, output: &OutputShape) -> Scores {
        let usual = match self.head {
            _ if self.finished => return Scores::None,
            Head::Classify | Head::Detr | Head::Ssd => Scores::Softmax,
            Head::RtDetr if self.scores != self.boxes => Scores::Sigmoid,
            Head::Segment if self.classes == 1 => Scores::Sigmoid,
            _ => return Scores::None,
        };
        match output.operator.as_str() {
            "Softmax" | "Sigmoid" | "HardSigmoid" => Scores::None,
            "Gemm" | "MatMul" | "Conv" | "LogSoftmax" => usual,
            _ if output.are_shares() => Scores::None,
            _ => usual,
        }
    }

    /// Whether this output is read.
    pub(super) fn reads(&self, i: usize) -> bool {
        match self.nms {
            Some(nms) => nms.reads().contains(&Some(i)),
            None if self.levels.each().iter().any(|level| level.outputs.contains(&i)) => true,
            None => i == self.scores || i == self.boxes,
        }
    }

    /// The outputs that nobody reads.
    pub fn unread<'a>(&self, outputs: &'a [OutputShape]) -> impl Iterator<Item = &'a OutputShape> {
        let fitted = *self;
        let outputs = (0..).zip(outputs).filter(move |(i, _)| !fitted.reads(*i));
        outputs.map(|(_, output)| output)
    }

    /// Whether a run has shown scores that are no probabilities, though they are taken for some.
    pub fn scores_are_outside(&self, outputs: &[OutputShape]) -> bool {
        let output = &outputs[self.scores];
        let width = output.dims.last().copied().unwrap_or(0).max(1);
        let is_outside = |value: &f32| super::oddity::is_outside(*value);
        let mut rows = output.sample.chunks_exact(width);
        match self.head {
            _ if self.activation != Scores::None || self.nms.is_some() => false,
            Head::YoloV8 => rows.skip(4).take(self.classes).flatten().any(is_outside),
            Head::YoloV5 | Head::YoloX => rows.any(|row| row[4..5 + self.classes].iter().any(is_outside)),
            Head::YoloV10 => rows.any(|row| is_outside(&row[4])),
            Head::RtDetr if self.finished => rows.any(|row| is_outside(&row[4])),
            Head::RtDetr if self.scores == self.boxes => rows.any(|row| row[4..].iter().any(is_outside)),
            Head::Classify | Head::Detr | Head::RtDetr | Head::Ssd => output.sample.iter().any(is_outside),
            _ => false,
        }
    }
}

impl Facts {
    fn spoken_for(&self, said: &HeadOptions) -> Result<Fitted, NoHead> {
        if self.metadata.task.as_deref() == Some("obb") {
            let advice = "oriented boxes (task `obb`) are not read; export the model for task `detect`";
            return Err(self.refused(None, advice.to_owned()));
        }
        let fitting: Vec<_> = Head::ALL.into_iter().filter_map(|head| fit(head, self, said)).collect();
        let known = self.metadata.names.len();
        let mut spoken = fitting.iter().filter(|fitted| self.speaks_for(fitted));
        let is_named = |fitted: &&Fitted| fitted.classes == 0 || known == 0 || fitted.classes == known;
        if let Some(fitted) = spoken.clone().find(is_named).or_else(|| spoken.next()) {
            return Ok(*fitted);
        }
        Err(self.refused(None, self.advice(said)))
    }

    /// Whether anything says that the outputs are meant for this head, which they fit.
    fn speaks_for(&self, fitted: &Fitted) -> bool {
        let metadata = &self.metadata;
        let (first, known, alone) = (&self.outputs[0], metadata.names.len(), self.outputs.len() == 1);
        let is_named = known > 0 && fitted.classes == known;
        let task = metadata.task.as_deref();
        let finds_things = matches!(task, Some("detect" | "segment" | "pose"));
        let is_end_to_end = metadata.end_to_end == Some(true);
        let rows = first.dims.get(1).copied().unwrap_or(0);
        let width = first.dims.last().copied().unwrap_or(0);
        let cells = |times: usize, of: usize| usual_cells(self.input).any(|cells| cells > 0 && of == times * cells);
        match fitted.head {
            Head::Nms => Nms::find(self).is_some_and(|(.., says)| says),
            Head::YoloV10 => {
                let is_plausible = rows <= 1000 && !metadata.is_rtdetr;
                let is_shown = alone && !cells(1, rows) && !cells(3, rows) && first.rows_are_finished();
                is_end_to_end || (is_plausible && ((metadata.is_ultralytics && finds_things) || is_shown))
            }
            Head::YoloV5 if is_end_to_end || rows <= width => false,
            Head::YoloV5 if cells(3, rows) => is_named || (alone && first.are_shares_from_column(4)),
            Head::YoloV5 => is_named && !cells(1, rows),
            Head::YoloV8 if is_end_to_end || rows >= width => false,
            Head::YoloV8 if is_named || (metadata.is_ultralytics && finds_things) => true,
            Head::YoloV8 => alone && cells(1, width) && first.are_shares_from_row(4),
            Head::RtDetr if fitted.scores == fitted.boxes => metadata.is_rtdetr || (is_named && rows <= 1000),
            Head::Detr | Head::RtDetr => {
                let scores = &self.outputs[fitted.scores];
                let is_coco = fitted.head == Head::Detr && known == 0 && fitted.classes == 91;
                let is_rtdetr = fitted.head == Head::RtDetr && metadata.is_rtdetr;
                is_rtdetr || (scores.says(&["logits"]) && (is_named || is_coco))
            }
            Head::Classify => task == Some("classify") || (alone && (is_named || first.operator == "Softmax")),
            Head::Segment if first.is_float => {
                let are_alike = self.outputs.iter().all(|output| output.dims == first.dims);
                self.is_ultralytics_beyond_things() || (is_named && fitted.classes > 1 && are_alike)
            }
            Head::Segment => self.is_ultralytics_beyond_things() || (alone && first.ends_with(self.input)),
            Head::Depth => self.is_ultralytics_beyond_things(),
            Head::YoloX | Head::PicoDet | Head::NanoDet | Head::Ssd => false,
        }
    }

    /// Whether the shapes are not only possible, for what is offered.
    fn is_plausible(&self, fitted: &Fitted) -> bool {
        let dims = &self.outputs[0].dims;
        let (rows, width) = (dims.get(1).copied().unwrap_or(0), dims.last().copied().unwrap_or(0));
        let alone = self.outputs.len() == 1;
        match fitted.head {
            Head::YoloV8 => alone && rows < width,
            Head::YoloV5 | Head::YoloX | Head::YoloV10 => alone && rows > width,
            Head::RtDetr if fitted.scores == fitted.boxes => rows > width && rows <= 1000,
            Head::Depth | Head::Segment => alone && width > 6 && dims[dims.len() - 2] > 6,
            _ => true,
        }
    }

    fn refused(&self, wanted: Option<Head>, advice: String) -> NoHead {
        NoHead::Outputs {
            outputs: self.list(),
            wanted,
            advice,
        }
    }

    fn misnamed(&self, fitted: &Fitted) -> NoHead {
        NoHead::Names {
            outputs: self.list(),
            head: fitted.head,
            classes: fitted.classes,
            names: self.metadata.names.len(),
        }
    }

    fn list(&self) -> String {
        let outputs: Vec<_> = self.outputs.iter().map(ToString::to_string).collect();
        outputs.join(", ")
    }

    /// What would settle it.
    fn advice(&self, said: &HeadOptions) -> String {
        let maps: Vec<_> = self
            .outputs
            .iter()
            .filter_map(|output| output.map_size(self.input))
            .collect();
        if maps.len() == self.outputs.len() && maps.len() > 1 && maps.iter().any(|map| *map != maps[0]) {
            return "these are feature maps of several sizes, of which no head makes boxes: export the model with \
                    its boxes decoded, in one of these layouts:"
                .to_owned();
        }
        if matches!(said.head, Some(Head::YoloX | Head::PicoDet | Head::NanoDet)) {
            let [width, height] = self.input;
            let strides = match said.strides.as_slice() {
                [] => "8, 16, 32 (and 64), and others that are usual".to_owned(),
                strides => format!("{strides:?}"),
            };
            return format!(
                "expected a row for each cell of {width}×{height} pixels with the strides {strides}: give the model's \
                 own as `strides`, or class names where all is in one output"
            );
        }
        let fitting: Vec<_> = match said.head {
            Some(_) => Vec::new(),
            None => Head::ALL
                .into_iter()
                .filter(|head| fit(*head, self, said).is_some_and(|fitted| self.is_plausible(&fitted)))
                .collect(),
        };
        let names: Vec<_> = fitting.iter().map(|head| head.name()).collect();
        match names.as_slice() {
            [] => "export the model in one of these layouts, or name the `head` that fits:".to_owned(),
            names => format!(
                "their shapes fit {}, but neither metadata nor class names say which is meant: say it with `head`, \
                 or give the class names (`labels`):",
                names.join(", ")
            ),
        }
    }
}

impl OutputShape {
    /// Whether a run has shown numbers, and all are probabilities.
    fn are_shares(&self) -> bool {
        let are_different = self.sample.iter().any(|value| *value != self.sample[0]);
        are_different && self.sample.iter().all(|value| (0.0..=1.0).contains(value))
    }

    /// The same from this row of `[1, rows, columns]` on. Where no run was, nothing speaks against it.
    fn are_shares_from_row(&self, row: usize) -> bool {
        let columns = self.dims.last().copied().unwrap_or(0);
        let rest = self.sample.iter().skip(row * columns);
        rest.into_iter().all(|value| !super::oddity::is_outside(*value))
    }

    /// The same from this column of each row on.
    fn are_shares_from_column(&self, column: usize) -> bool {
        let width = self.dims.last().copied().unwrap_or(0).max(1);
        let mut rows = self.sample.chunks_exact(width);
        rows.all(|row| row.iter().skip(column).all(|value| !super::oddity::is_outside(*value)))
    }

    /// Whether the last two of six columns are shares and whole numbers, as a run has shown.
    fn rows_are_finished(&self) -> bool {
        let is_finished = |row: &[f32]| !super::oddity::is_outside(row[4]) && row[5] >= 0.0 && row[5].fract() == 0.0;
        !self.sample.is_empty() && self.dims.last() == Some(&6) && self.sample.chunks_exact(6).all(is_finished)
    }

    /// Whether it has a number for each pixel of the input.
    fn ends_with(&self, [width, height]: [usize; 2]) -> bool {
        self.dims.ends_with(&[height, width])
    }

    /// Width and height of a map `[1, channels, height, width]` or `[1, anchors, height, width, numbers]` that is
    /// smaller than the input.
    fn map_size(&self, input: [usize; 2]) -> Option<[usize; 2]> {
        match self.dims[..] {
            [1, _, height, width] | [1, _, height, width, _] if width > 1 && width < input[0] => Some([width, height]),
            _ => None,
        }
    }
}
