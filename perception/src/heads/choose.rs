//! Which head fits a model's outputs.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::metadata::ModelMetadata;

/// How a model's outputs are to be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Head {
    /// Boxes in rows with objectness: `[1, boxes, 5 + classes]` (YOLOv5, v7).
    YoloV5,
    /// Boxes in columns: `[1, 4 + classes, boxes]` (YOLOv8, v9, v11, v12).
    YoloV8,
    /// Finished boxes: `[1, boxes, 6]`, left, top, right, bottom, score, class (YOLOv10, YOLO26, exports with NMS);
    /// more columns where there are masks or key points.
    YoloV10,
    /// Logits with a class for «nothing» and boxes: `[1, boxes, classes + 1]`, `[1, boxes, 4]`.
    Detr,
    /// Logits and boxes: `[1, boxes, classes]`, `[1, boxes, 4]`; or both in one, as probabilities:
    /// `[1, boxes, 4 + classes]`; or finished: `[1, boxes, 6]`, x, y, width, height, score, class.
    RtDetr,
    /// A score per class: `[1, classes]`.
    Classify,
    /// A score per class and pixel: `[1, classes, height, width]`; or the class: `[1, height, width]`, integers.
    Segment,
    /// A distance per pixel: `[1, 1, height, width]` or `[1, height, width]`, floats.
    Depth,
}

impl Head {
    /// All there are, in the order in which they are tried.
    pub const ALL: [Self; 8] = [
        Self::YoloV10,
        Self::YoloV5,
        Self::YoloV8,
        Self::Detr,
        Self::RtDetr,
        Self::Classify,
        Self::Segment,
        Self::Depth,
    ];

    /// Its name on the command line and in parameter files.
    pub fn name(self) -> &'static str {
        match self {
            Self::YoloV5 => "yolov5",
            Self::YoloV8 => "yolov8",
            Self::YoloV10 => "yolov10",
            Self::Detr => "detr",
            Self::RtDetr => "rtdetr",
            Self::Classify => "classify",
            Self::Segment => "segment",
            Self::Depth => "depth",
        }
    }

    /// What outputs it takes, in words.
    pub fn takes(self) -> &'static str {
        match self {
            Self::YoloV5 => "[1, boxes, 5 + classes]",
            Self::YoloV8 => "[1, 4 + classes, boxes]",
            Self::YoloV10 => "[1, boxes, 6]",
            Self::Detr => "[1, boxes, classes + 1] and [1, boxes, 4]",
            Self::RtDetr => "[1, boxes, classes] and [1, boxes, 4], or [1, boxes, 4 + classes], or [1, boxes, 6]",
            Self::Classify => "[1, classes]",
            Self::Segment => "[1, classes, height, width], or [1, height, width] of integers",
            Self::Depth => "[1, 1, height, width] or [1, height, width] of floats",
        }
    }
}

impl fmt::Display for Head {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Name, shape and kind of an output, as a run gave it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutputShape {
    /// Its name.
    pub name: String,
    /// Its shape.
    pub dims: Vec<usize>,
    /// Whether its numbers are floats.
    pub is_float: bool,
}

impl fmt::Display for OutputShape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = if self.is_float { "floats" } else { "integers" };
        write!(f, "`{}` {:?} of {kind}", self.name, self.dims)
    }
}

/// No head fits, or not the one that was asked for.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error(
    "the outputs {} {}; {advice}\n{}",
    .outputs.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "),
    .wanted.map_or("fit no head".to_owned(), |head| format!("do not fit the head {head}")),
    Head::ALL.map(|head| format!("  {:<9} takes {}", head.name(), head.takes())).join("\n")
)]
pub struct NoHead {
    /// What the model gives.
    pub outputs: Vec<OutputShape>,
    /// The head that was asked for.
    pub wanted: Option<Head>,
    /// What to do.
    pub advice: String,
}

/// A head, and where it finds what it needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fitted {
    /// How the outputs are read.
    pub head: Head,
    /// Number of classes that the model tells apart; 0 where it does not.
    pub classes: usize,
    /// The output with the scores, or the only one.
    pub(super) scores: usize,
    /// The output with the boxes.
    pub(super) boxes: usize,
    /// Whether each box comes with one score and its class, rather than with a score per class.
    pub(super) finished: bool,
}

impl Fitted {
    /// Finds the head for a model's outputs: the one `wanted`, else the only one that fits, of several that fit
    /// the one that the metadata speak for.
    ///
    /// # Errors
    /// Where there is none, with all shapes.
    pub fn choose(outputs: &[OutputShape], metadata: &ModelMetadata, wanted: Option<Head>) -> Result<Self, NoHead> {
        let refused = |advice: &str| NoHead {
            outputs: outputs.to_vec(),
            wanted,
            advice: advice.to_owned(),
        };
        if metadata.task.as_deref() == Some("obb") {
            return Err(refused(
                "oriented boxes (task `obb`) are not read; export the model for task `detect`",
            ));
        }
        let order = match wanted {
            Some(head) => vec![head],
            None => Head::ALL.to_vec(),
        };
        let fitting = order
            .into_iter()
            .find_map(|head| fit(head, outputs, metadata, wanted.is_some()));
        fitting.ok_or_else(|| refused("export the model in one of these layouts, or name the head that fits:"))
    }
}

fn fit(head: Head, outputs: &[OutputShape], metadata: &ModelMetadata, wanted: bool) -> Option<Fitted> {
    let known = metadata.names.len();
    let first = outputs.first()?;
    let only = |classes: usize| {
        Some(Fitted {
            head,
            classes,
            scores: 0,
            boxes: 0,
            finished: false,
        })
    };
    let finished = || {
        only(known).map(|fitted| Fitted {
            finished: true,
            ..fitted
        })
    };
    // Masks and key points follow the classes, and are not read.
    let has_more = matches!(metadata.task.as_deref(), Some("segment" | "pose"));
    let counted = |beside: usize| match known {
        0 => Some(beside),
        _ if beside == known || (has_more && beside > known) => Some(known),
        _ => None,
    };
    match (head, first.dims.as_slice()) {
        (Head::YoloV10, &[1, boxes, width]) if width == 6 || (has_more && (6..boxes).contains(&width)) => {
            // The same shape as YOLOv5's with one class, which has many more boxes.
            let plausible = metadata.end_to_end == Some(true) || (boxes <= 1000 && !metadata.is_rtdetr);
            (first.is_float && (wanted || plausible)).then(finished).flatten()
        }
        (Head::RtDetr, &[1, _, 6]) if outputs.len() == 1 && metadata.is_rtdetr => {
            first.is_float.then(finished).flatten()
        }
        (Head::YoloV5, &[1, boxes, width]) if outputs.len() == 1 || has_more || known > 0 => {
            let plausible = wanted || (boxes > width && (known > 0 || (boxes > 1000 && boxes > 4 * width)));
            let classes = counted(width.checked_sub(5)?)?;
            (first.is_float && plausible && classes > 0 && metadata.end_to_end != Some(true))
                .then(|| only(classes))
                .flatten()
        }
        (Head::YoloV8, &[1, rows, boxes]) => {
            let classes = counted(rows.checked_sub(4)?)?;
            // An image of depth is not four times as wide as it is high.
            let alone = (outputs.len() == 1 || has_more) && (known > 0 || boxes > 4 * rows);
            (first.is_float && classes > 0 && (wanted || (boxes > rows && alone)))
                .then(|| only(classes))
                .flatten()
        }
        (Head::RtDetr, &[1, boxes, width]) if outputs.len() == 1 => {
            let classes = width.checked_sub(4)?;
            let plausible = wanted || (known == classes && boxes <= 1000);
            (first.is_float && classes > 0 && plausible)
                .then(|| only(classes))
                .flatten()
        }
        (Head::Detr | Head::RtDetr, _) => {
            let (scores, boxes) = logits_and_boxes(outputs)?;
            let width = outputs[scores].dims[2];
            let named_detr = metadata.names.len() + 1 == width;
            let classes = match head {
                Head::Detr if wanted || named_detr || (known == 0 && is_detr_width(width)) => width.checked_sub(1)?,
                Head::RtDetr => width,
                _ => return None,
            };
            (classes > 0).then_some(Fitted {
                head,
                classes,
                scores,
                boxes,
                finished: false,
            })
        }
        (Head::Classify, &[1, classes] | &[1, classes, 1, 1]) => {
            (first.is_float && classes > 1).then(|| only(classes)).flatten()
        }
        (Head::Segment, &[1, classes, _, _]) if first.is_float && (2..=256).contains(&classes) => only(classes),
        (Head::Segment, &[1, _, _] | &[1, 1, _, _]) if !first.is_float => only(known),
        (Head::Depth, &[1, 1, height, width] | &[1, height, width]) if first.is_float => {
            (wanted || (height > 6 && width > 6)).then(|| only(0)).flatten()
        }
        _ => None,
    }
}

/// 91 classes of COCO and «nothing», as DETR was trained.
fn is_detr_width(width: usize) -> bool {
    width == 92
}

/// The outputs `[1, n, classes]` and `[1, n, 4]`, whichever comes first.
fn logits_and_boxes(outputs: &[OutputShape]) -> Option<(usize, usize)> {
    let of = |words: &[&str]| {
        let named = |output: &OutputShape| words.iter().any(|word| output.name.contains(word));
        outputs
            .iter()
            .position(|output| output.is_float && output.dims.len() == 3 && named(output))
    };
    let (scores, boxes) = match (of(&["logits", "scores"]), of(&["boxes"])) {
        (Some(scores), Some(boxes)) => (scores, boxes),
        _ if outputs.len() == 2 => {
            let boxes = outputs.iter().position(|output| output.dims.last() == Some(&4))?;
            (1 - boxes, boxes)
        }
        _ => return None,
    };
    match (outputs[scores].dims.as_slice(), outputs[boxes].dims.as_slice()) {
        (&[1, a, _], &[1, b, 4]) if a == b && scores != boxes => Some((scores, boxes)),
        _ => None,
    }
}
