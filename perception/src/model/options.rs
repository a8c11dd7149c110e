//! How a model is used.

use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sinew_models::providers::ProviderOptions;

use crate::heads::{HeadOptions, Keep};
use crate::preprocess::Fit;

/// How levels of 0 to 255 become the model's numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Normalise {
    /// To 0 to 1.
    Unit,
    /// To 0 to 1, less ImageNet's mean, by its standard deviation.
    Imagenet,
    /// Not at all: the model does it.
    None,
}

/// Which colour is a model's first channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum ColourOrder {
    /// Red, green, blue.
    Rgb,
    /// Blue, green, red, as OpenCV has them.
    Bgr,
}

/// How a model is used. What is left out is what the model says of itself, or what is usual for its head.
#[derive(Debug, Clone, PartialEq)]
pub struct ModelOptions {
    /// How outputs are read.
    pub reading: HeadOptions,
    /// Class names.
    pub names: Option<Vec<String>>,
    /// Width and height of the input, pixels.
    pub size: Option<[usize; 2]>,
    /// How images are brought to that size.
    pub fit: Option<Fit>,
    /// With [`Fit::Crop`], the length that the shorter side gets before the middle is cut out, pixels; the input's
    /// where it is not said.
    pub crop_from: Option<usize>,
    /// Which colour comes first.
    pub channel_order: Option<ColourOrder>,
    /// How levels become numbers.
    pub normalise: Option<Normalise>,
    /// What is subtracted then, in the order of the channels; without it what `normalise` says.
    pub mean: Option<[f32; 3]>,
    /// What is divided by after that, likewise.
    pub std: Option<[f32; 3]>,
    /// What is kept of what is seen.
    pub keep: Keep,
    /// Threads of one operator; 0 for one per core.
    pub threads: usize,
    /// On what it runs.
    pub providers: ProviderOptions,
    /// The longest that a run may take, as [`SessionOptions::run_limit`](sinew_models::SessionOptions::run_limit) says.
    pub run_limit: Option<Duration>,
    /// Images in one run, 1 or more: what the model was exported for, or any number where it leaves that open.
    pub batch: usize,
}

impl Default for ModelOptions {
    fn default() -> Self {
        Self {
            reading: HeadOptions::default(),
            names: None,
            size: None,
            fit: None,
            crop_from: None,
            channel_order: None,
            normalise: None,
            mean: None,
            std: None,
            keep: Keep::default(),
            threads: 0,
            providers: ProviderOptions::default(),
            run_limit: None,
            batch: 1,
        }
    }
}
