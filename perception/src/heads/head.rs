//! The ways in which outputs are read.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How a model's outputs are to be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Head {
    /// Boxes in rows with objectness: `[1, boxes, 5 + classes]` (YOLOv5, v6, v7).
    YoloV5,
    /// Boxes in columns: `[1, 4 + classes, boxes]` (YOLOv8, v9, v11, v12).
    YoloV8,
    /// Finished boxes: `[1, boxes, 6]`, left, top, right, bottom, score, class (YOLOv10, YOLO26, exports with NMS);
    /// more columns where there are masks or key points.
    YoloV10,
    /// Rows with objectness, one for each cell of grids, and boxes relative to their cell (YOLOX):
    /// `[1, cells, 5 + classes]`.
    YoloX,
    /// For each cell of grids a score per class and the distances from the cell's middle to the four sides, each a
    /// distribution over bins: `[1, cells, classes]` and `[1, cells, 4 × bins]` of each grid, or side by side
    /// (PicoDet, the first NanoDet).
    PicoDet,
    /// The same with distances from the cell's upper left corner (NanoDet-Plus).
    NanoDet,
    /// Scores with the class «nothing» first, and boxes, corners as shares of the input unless said otherwise, or
    /// offsets of anchors where those are given: `[1, boxes, 1 + classes]`, `[1, boxes, 4]` (SSD, UltraFace,
    /// RetinaFace).
    Ssd,
    /// Logits with a class for «nothing» and boxes: `[1, boxes, classes + 1]`, `[1, boxes, 4]`.
    Detr,
    /// Logits and boxes: `[1, boxes, classes]`, `[1, boxes, 4]`; or both in one, as probabilities:
    /// `[1, boxes, 4 + classes]`; or finished: `[1, boxes, 6]`, x, y, width, height, score, class.
    RtDetr,
    /// What a suppression inside the model leaves: boxes, scores and classes apart, with or without their number
    /// (EfficientNMS_TRT, torchvision, TensorFlow, the official RT-DETR); `dets` `[1, boxes, 5]` and labels (mmdet);
    /// or `[boxes, 6]`, class, score, left, top, right, bottom (Paddle).
    Nms,
    /// A score per class: `[1, classes]`.
    Classify,
    /// A score per class and pixel: `[1, classes, height, width]`, one channel being one class against the rest; or
    /// the class: `[1, height, width]`, integers.
    Segment,
    /// A distance per pixel: `[1, 1, height, width]` or `[1, height, width]`, floats.
    Depth,
}

impl Head {
    /// All there are, in the order in which they are tried.
    pub const ALL: [Self; 13] = [
        Self::Nms,
        Self::YoloV10,
        Self::YoloV5,
        Self::YoloV8,
        Self::Detr,
        Self::RtDetr,
        Self::Ssd,
        Self::YoloX,
        Self::PicoDet,
        Self::NanoDet,
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
            Self::YoloX => "yolox",
            Self::PicoDet => "picodet",
            Self::NanoDet => "nanodet",
            Self::Ssd => "ssd",
            Self::Detr => "detr",
            Self::RtDetr => "rtdetr",
            Self::Nms => "nms",
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
            Self::YoloX => "[1, cells, 5 + classes], a row for each cell of the grids of `strides`",
            Self::PicoDet | Self::NanoDet => {
                "[1, cells, classes] and [1, cells, 4 × bins] for each grid of `strides`, or [1, all cells, classes + 4 × bins]"
            }
            Self::Ssd => "[1, boxes, 1 + classes] and [1, boxes, 4]",
            Self::Detr => "[1, boxes, classes + 1] and [1, boxes, 4]",
            Self::RtDetr => "[1, boxes, classes] and [1, boxes, 4], or [1, boxes, 4 + classes], or [1, boxes, 6]",
            Self::Nms => "boxes, scores and classes apart, or dets [1, boxes, 5] and labels, or [boxes, 6]",
            Self::Classify => "[1, classes]",
            Self::Segment => "[1, classes, height, width], or [1, height, width] of integers",
            Self::Depth => "[1, 1, height, width] or [1, height, width] of floats",
        }
    }

    /// Whether it finds things, and where they are.
    pub fn finds_things(self) -> bool {
        !matches!(self, Self::Classify | Self::Segment | Self::Depth)
    }
}

impl fmt::Display for Head {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
