//! How a vision model is used, in the words of the parameters of the node `perception`.

use std::path::{Path, PathBuf};

use clap::Args;
use serde::de::DeserializeOwned;
use serde_json::Value;
use sinew::perception::{PerceptionParams, of_channels};
use sinew_perception::heads::{BoxForm, BoxUnit, Head, Scores};
use sinew_perception::preprocess::Fit;
use sinew_perception::{ColourOrder, Normalise};

/// What a model does not say of itself.
#[derive(Debug, Args)]
pub(crate) struct VisionArgs {
    /// Class names: one per line, or YAML with `names`. Default: the model's metadata.
    #[arg(long, value_name = "FILE")]
    pub(crate) labels: Option<PathBuf>,
    /// How the outputs are read. Default: the one that metadata, class names or an unmistakable layout speak for.
    #[arg(long, value_parser = word::<Head>)]
    head: Option<Head>,
    /// What the four numbers of a box are: centre, corners or corners_yx. Default: as is usual for the head.
    #[arg(long, value_name = "FORM", value_parser = word::<BoxForm>)]
    boxes: Option<BoxForm>,
    /// What they are measured in: pixels, or shares of the input. Default: likewise.
    #[arg(long, value_name = "UNIT", value_parser = word::<BoxUnit>)]
    box_unit: Option<BoxUnit>,
    /// What makes probabilities of scores: softmax, sigmoid or none. Default: what the model's last operator says.
    #[arg(long, value_parser = word::<Scores>)]
    scores: Option<Scores>,
    /// Pixels between neighbouring cells of each grid, finest first (yolox, picodet, nanodet). Default: the usual ones.
    #[arg(long, value_name = "LIST", value_delimiter = ',', value_parser = stride)]
    strides: Vec<usize>,
    /// What the boxes of the head ssd are offsets of: x, y, width, height as shares of the input on each line.
    #[arg(long, value_name = "FILE")]
    pub(crate) anchors: Option<PathBuf>,
    /// Size of the model's input, pixels, where the model leaves it open.
    #[arg(long, value_name = "WIDTHxHEIGHT", value_parser = size)]
    size: Option<[usize; 2]>,
    /// How images get that size: letterbox, stretch or crop. Default: as is usual for the head.
    #[arg(long, value_parser = word::<Fit>)]
    fit: Option<Fit>,
    /// With the fit crop: what the shorter side becomes before the middle is cut out, pixels, such as 256.
    #[arg(long, value_name = "PIXELS")]
    crop_from: Option<usize>,
    /// Which colour is the first channel: rgb or bgr. Default: as is usual for the head.
    #[arg(long, value_name = "ORDER", value_parser = word::<ColourOrder>)]
    channel_order: Option<ColourOrder>,
    /// What levels become: unit (0 to 1), imagenet (its mean and deviation) or none. Default: likewise.
    #[arg(long, value_parser = word::<Normalise>)]
    normalise: Option<Normalise>,
    /// What is subtracted from that: one number, or three in the order of the channels.
    #[arg(long, value_name = "NUMBERS", value_parser = three, allow_hyphen_values = true)]
    mean: Option<[f32; 3]>,
    /// What it is divided by then, likewise.
    #[arg(long, value_name = "NUMBERS", value_parser = three)]
    std: Option<[f32; 3]>,
}

impl VisionArgs {
    /// The same as parameters of the node `perception`.
    pub(crate) fn params(&self, model: &Path) -> PerceptionParams {
        let channels = |numbers: Option<[f32; 3]>| numbers.map_or_else(Vec::new, |all| all.map(f64::from).to_vec());
        PerceptionParams {
            labels: self.labels.clone(),
            head: self.head,
            boxes: self.boxes,
            box_unit: self.box_unit,
            scores: self.scores,
            strides: self.strides.clone(),
            anchors: self.anchors.clone(),
            size: self.size.map_or_else(Vec::new, |size| size.to_vec()),
            fit: self.fit,
            crop_from: self.crop_from,
            channel_order: self.channel_order,
            normalise: self.normalise,
            mean: channels(self.mean),
            std: channels(self.std),
            ..PerceptionParams::of_model(model)
        }
    }
}

/// Width and height.
pub(crate) fn size(text: &str) -> Result<[usize; 2], String> {
    let sides = text.split_once(['x', '×']);
    let sides = sides.and_then(|(width, height)| Some([width.parse().ok()?, height.parse().ok()?]));
    sides
        .filter(|sides| sides.iter().all(|side| (1..=16_384).contains(side)))
        .ok_or_else(|| format!("expected width and height in pixels, such as 640x480, found `{text}`"))
}

/// One of the words that parameter files have for it.
fn word<T: DeserializeOwned>(text: &str) -> Result<T, String> {
    serde_json::from_value(Value::String(text.to_owned())).map_err(|error| {
        let error = error.to_string();
        let expected = error.find("expected").map_or("", |at| &error[at..]);
        format!("{expected}, found `{text}`")
    })
}

fn stride(text: &str) -> Result<usize, String> {
    match text.trim().parse() {
        Ok(stride @ 1..=4096) => Ok(stride),
        _ => Err(format!("expected pixels, 1 to 4096, found `{text}`")),
    }
}

fn three(text: &str) -> Result<[f32; 3], String> {
    let numbers: Result<Vec<f64>, _> = text.split(',').map(|number| number.trim().parse()).collect();
    numbers
        .ok()
        .and_then(|numbers| of_channels(&numbers))
        .ok_or_else(|| format!("expected one number, or three such as 123.7,116.3,103.5, found `{text}`"))
}
