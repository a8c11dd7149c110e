//! What has to speak for a head (the table in [`heads`](super)), and what would settle it.

use super::Head;
use super::cells::usual_cells;
use super::choose::{Facts, Fitted};
use super::fit::fit;
use super::nms::Nms;
use super::said::HeadOptions;

impl Facts {
    /// Whether ultralytics made it for a task, and for none that finds things.
    fn is_ultralytics_beyond_things(&self) -> bool {
        let task = self.metadata.task.as_deref();
        self.metadata.is_ultralytics
            && task.is_some_and(|task| !["detect", "segment", "pose", "classify"].contains(&task))
    }

    /// Whether anything says that the outputs are meant for this head, which they fit.
    pub(super) fn speaks_for(&self, fitted: &Fitted) -> bool {
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
                let is_shown = alone && first.rows_are_finished();
                is_end_to_end || (is_plausible && ((metadata.is_ultralytics && finds_things) || is_shown))
            }
            Head::YoloV5 if is_end_to_end || rows <= width => false,
            Head::YoloV5 if cells(3, rows) => is_named || (alone && first.are_shares_from_column(4)),
            Head::YoloV5 => is_named && !cells(1, rows),
            Head::YoloV8 if is_end_to_end || rows >= width => false,
            Head::YoloV8 if is_named || (metadata.is_ultralytics && finds_things) => true,
            Head::YoloV8 => alone && cells(1, width) && first.ends_in_scores() && first.are_shares_from_row(4),
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

    /// What would settle it.
    pub(super) fn advice(&self, said: &HeadOptions) -> String {
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
            names => {
                let labels = match self.metadata.names.len() {
                    0 => ", or give the class names (`labels`)",
                    _ => "",
                };
                format!(
                    "their shapes fit {}, but neither metadata nor class names say which is meant: say it with \
                     `head`{labels}:",
                    names.join(", ")
                )
            }
        }
    }
}
