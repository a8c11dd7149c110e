//! Which model sees, and what with.

use std::path::{Path, PathBuf};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sinew_models::limits::MAX_LOAD;
use sinew_models::providers::ProviderOptions;
use sinew_perception::heads::{BoxForm, BoxUnit, Head, HeadOptions, Keep, Scores, load_anchors};
use sinew_perception::metadata::load_labels;
use sinew_perception::preprocess::Fit;
use sinew_perception::{ColourOrder, ModelOptions, Normalise};

use super::DetectorError;
use super::updates::UpdateParams;
use sinew_node::declared::NodeParams;
use sinew_node::stamps::StampBy;

/// Parameters of the node `perception`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PerceptionParams {
    /// ONNX file of the model.
    #[schemars(extend("x-path" = true))]
    pub model: PathBuf,
    /// Names of the cameras: images come on `NAME/image_raw` and `NAME/image_raw/compressed`.
    #[serde(default = "one_camera")]
    pub cameras: Vec<String>,
    /// Whether the images of all cameras go through the model in one run; its batch dimension must allow that.
    #[serde(default)]
    pub batch: bool,
    /// File of class names, one per line or YAML with `names`, where the model does not say them.
    #[serde(default)]
    #[schemars(extend("x-path" = true))]
    pub labels: Option<PathBuf>,
    /// Only what scores more than this counts.
    #[serde(default = "default_threshold")]
    #[schemars(range(min = 0.0, max = 1.0))]
    pub threshold: f32,
    /// Of two boxes of a class that share more of their area than this the better one counts.
    #[serde(default = "default_overlap")]
    #[schemars(range(min = 0.0, max = 1.0))]
    pub overlap: f32,
    /// How outputs are read, where the model does not say it.
    #[serde(default)]
    pub head: Option<Head>,
    /// What the four numbers of a box are; as is usual for the head where it is not said.
    #[serde(default)]
    pub boxes: Option<BoxForm>,
    /// What they are measured in; likewise.
    #[serde(default)]
    pub box_unit: Option<BoxUnit>,
    /// What makes probabilities of scores; what the model's last operator says where it is not said.
    #[serde(default)]
    pub scores: Option<Scores>,
    /// Pixels between neighbouring cells of each grid, finest first, of the heads yolox, picodet and nanodet; the
    /// usual ones whose number of cells fits where none are said.
    #[serde(default)]
    #[schemars(inner(range(min = 1, max = 4096)))]
    pub strides: Vec<usize>,
    /// File of what the boxes of the head ssd are offsets of: x, y, width and height as shares of the input on each
    /// line, as many as boxes. Without it they are decoded.
    #[serde(default)]
    #[schemars(extend("x-path" = true))]
    pub anchors: Option<PathBuf>,
    /// How images get the size of the model's input; as is usual for the head where it is not said.
    #[serde(default)]
    pub fit: Option<Fit>,
    /// With the fit crop, the length that an image's shorter side gets before the middle is cut out, pixels; what
    /// just covers the input where it is not said.
    #[serde(default)]
    pub crop_from: Option<usize>,
    /// Which colour is the first channel; as is usual for the head where it is not said.
    #[serde(default)]
    pub channel_order: Option<ColourOrder>,
    /// What levels become; as is usual for the head where it is not said.
    #[serde(default)]
    pub normalise: Option<Normalise>,
    /// What is subtracted from that, one number or one for each channel in the order of the channels.
    #[serde(default)]
    pub mean: Vec<f64>,
    /// What it is divided by then, likewise.
    #[serde(default)]
    pub std: Vec<f64>,
    /// Width and height of the input, pixels, where the model leaves them open.
    #[serde(default)]
    #[schemars(inner(range(min = 1)))]
    pub size: Vec<usize>,
    /// Whether things get a number that stays theirs from image to image.
    #[serde(default = "yes")]
    pub track: bool,
    /// Images older than this when their turn comes are dropped, s.
    #[serde(default = "default_max_age_secs")]
    #[schemars(range(min = 0.001, max = 60.0))]
    pub max_age_secs: f64,
    /// What says when an image was taken. With `arrival` what is seen is stamped with when its image came.
    #[serde(default)]
    pub stamp: StampBy,
    /// Threads that work on one operator; 0 for one per core.
    #[serde(default = "one_thread")]
    #[schemars(range(min = 0, max = 256))]
    pub threads: usize,
    /// On what the model runs.
    #[serde(default)]
    pub inference: ProviderOptions,
    /// The cores that perception may run on; empty for any. Keep the control loop's free of it.
    #[serde(default)]
    #[schemars(inner(range(max = 1023)))]
    pub cores: Vec<usize>,
    /// How another model gets into charge.
    #[serde(default)]
    pub updates: UpdateParams,
}

fn one_camera() -> Vec<String> {
    vec!["camera".to_owned()]
}

fn default_threshold() -> f32 {
    Keep::default().threshold
}

fn default_overlap() -> f32 {
    Keep::default().overlap
}

fn default_max_age_secs() -> f64 {
    0.5
}

fn one_thread() -> usize {
    1
}

fn yes() -> bool {
    true
}

impl PerceptionParams {
    /// For a model that says everything of itself, on the images of one camera.
    pub fn of_model(model: &Path) -> Self {
        Self {
            model: model.to_owned(),
            cameras: one_camera(),
            batch: false,
            labels: None,
            threshold: default_threshold(),
            overlap: default_overlap(),
            head: None,
            boxes: None,
            box_unit: None,
            scores: None,
            strides: Vec::new(),
            anchors: None,
            fit: None,
            crop_from: None,
            channel_order: None,
            normalise: None,
            mean: Vec::new(),
            std: Vec::new(),
            size: Vec::new(),
            track: yes(),
            max_age_secs: default_max_age_secs(),
            stamp: StampBy::default(),
            threads: one_thread(),
            inference: ProviderOptions::default(),
            cores: Vec::new(),
            updates: UpdateParams::default(),
        }
    }

    /// What is asked of the model; files lie where `path` says.
    ///
    /// # Errors
    /// Where the class names or the anchors cannot be read.
    pub fn options(&self, path: impl Fn(&Path) -> PathBuf) -> Result<ModelOptions, DetectorError> {
        let labels = self.labels.as_deref().map(&path);
        let anchors = self.anchors.as_deref().map(&path);
        Ok(ModelOptions {
            reading: HeadOptions {
                head: self.head,
                boxes: self.boxes,
                box_unit: self.box_unit,
                scores: self.scores,
                strides: self.strides.clone(),
                anchors: anchors.as_deref().map(load_anchors).transpose()?.unwrap_or_default(),
            },
            names: labels.as_deref().map(load_labels).transpose()?,
            size: self.input_size(),
            fit: self.fit,
            crop_from: self.crop_from,
            channel_order: self.channel_order,
            normalise: self.normalise,
            mean: of_channels(&self.mean),
            std: of_channels(&self.std),
            keep: Keep {
                threshold: self.threshold,
                overlap: self.overlap,
                ..Keep::default()
            },
            threads: self.threads,
            providers: self.inference.with_files(path),
            // One that takes as long when it is loaded is refused.
            run_limit: Some(MAX_LOAD),
            batch: if self.batch { self.cameras.len() } else { 1 },
        })
    }

    fn input_size(&self) -> Option<[usize; 2]> {
        self.size.as_slice().try_into().ok()
    }
}

/// One number for each channel, from as many or from one for all; `None` for any other count.
pub fn of_channels(numbers: &[f64]) -> Option<[f32; 3]> {
    match *numbers {
        [all] => Some([all as f32; 3]),
        [first, second, third] => Some([first, second, third].map(|number| number as f32)),
        _ => None,
    }
}

impl NodeParams for PerceptionParams {
    fn validate(&self) -> Result<(), String> {
        let expected = |key: &str, expected: &str, found: &str| format!("`{key}`: expected {expected}, found {found}");
        if !self.size.is_empty() && self.input_size().is_none() {
            return Err(expected(
                "size",
                "[width, height] in pixels",
                &format!("{:?}", self.size),
            ));
        }
        for (key, numbers) in [("mean", &self.mean), ("std", &self.std)] {
            if !numbers.is_empty() && of_channels(numbers).is_none() {
                return Err(expected(key, "one number, or three", &format!("{numbers:?}")));
            }
        }
        let mut names = self.cameras.clone();
        names.sort();
        names.dedup();
        if names.is_empty() || names.len() != self.cameras.len() {
            return Err(expected("cameras", "names, each once", &format!("{:?}", self.cameras)));
        }
        Ok(())
    }
}
