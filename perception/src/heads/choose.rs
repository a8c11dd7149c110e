//! The choice of the head that a model's outputs are read with, and why there is none.

use thiserror::Error;

use super::Head;
use super::cells::Levels;
use super::fit::fit;
use super::nms::Nms;
use super::said::{BoxForm, BoxUnit, HeadOptions, Scores};
use super::shape::OutputShape;
use crate::metadata::ModelMetadata;

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
        if !said.anchors.is_empty() {
            let boxes = facts.outputs[self.boxes].dims.get(1).copied().unwrap_or(0);
            if self.head != Head::Ssd {
                return Err(refused("anchors", said.anchors.len().to_string(), "none"));
            }
            if said.anchors.len() != boxes {
                let expected = format!("{boxes}, one for each box");
                return Err(refused("anchors", said.anchors.len().to_string(), &expected));
            }
            if said.boxes.is_some() || said.box_unit.is_some() {
                let expected = "none beside `anchors`, which say it";
                return Err(refused("boxes", "a form of boxes".to_owned(), expected));
            }
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

    /// Whether something follows the classes of each box, key points or factors of a mask, which nobody reads.
    pub fn has_more(&self, outputs: &[OutputShape]) -> bool {
        let dims = &outputs[self.scores].dims;
        let [rows, width] = [1, 2].map(|axis| dims.get(axis).copied().unwrap_or(0));
        match self.head {
            Head::YoloV8 => rows > 4 + self.classes,
            Head::YoloV5 => width > 5 + self.classes,
            Head::YoloV10 => width > 6,
            _ => false,
        }
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
}
