//! A model, and which thing of an image is which of the last.

use std::path::{Path, PathBuf};

use sinew_models::{ModelFile, ModelFileError};
use sinew_node::declared::NodeParams;
use sinew_perception::agreement::ClassMap;
use sinew_perception::contract::{ContractError, PerceptionContract};
use sinew_perception::heads::{AnchorsError, Oddities, Prediction};
use sinew_perception::image::ImageView;
use sinew_perception::metadata::LabelsError;
use sinew_perception::track::Tracker;
use sinew_perception::{Model, ModelError, PerceiveError};
use thiserror::Error;

use super::PerceptionParams;

/// Why a model cannot be used.
#[derive(Debug, Error)]
pub enum DetectorError {
    /// A parameter is out of range, or does not go with another.
    #[error("{0}")]
    Params(String),
    /// The model's file cannot be read.
    #[error(transparent)]
    File(#[from] ModelFileError),
    /// The model does not load.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// Its class names cannot be read.
    #[error(transparent)]
    Labels(#[from] LabelsError),
    /// Its anchors cannot be read.
    #[error(transparent)]
    Anchors(#[from] AnchorsError),
}

/// Detects what is in the images of some cameras, and follows it from image to image. No bus, no thread.
#[derive(Debug)]
pub struct Detector {
    model: Model,
    /// One for each camera, where things are tracked.
    trackers: Vec<Option<Tracker>>,
    predictions: Vec<Prediction>,
    /// What the model is called: its file, as the parameters have it.
    name: String,
}

/// An image of one of the cameras.
#[derive(Debug, Clone, Copy)]
pub struct CameraImage<'a> {
    /// Its camera, by its place among the parameters' cameras.
    pub camera: usize,
    /// When it was taken, s.
    pub stamp_secs: f64,
    /// The image.
    pub image: ImageView<'a>,
}

/// What was detected in one image.
#[derive(Debug, Clone)]
pub struct ImageResult<'a> {
    /// What the model says of it.
    pub prediction: &'a Prediction,
    /// The number of each thing that is followed from image to image.
    pub ids: Vec<Option<u64>>,
}

/// What was detected in some images.
#[derive(Debug, Clone)]
pub struct DetectorResults<'a> {
    /// Of each image.
    pub images: Vec<ImageResult<'a>>,
    /// The model's class names by number; fewer than classes where they are not known.
    pub names: &'a [String],
    /// Boxes, classes or pixels for which the model gave no numbers.
    pub dropped: usize,
    /// What was odd about the model's outputs.
    pub oddities: Oddities,
}

impl ImageResult<'_> {
    /// The number of a thing as text, empty where it has none.
    pub fn id(&self, thing: usize) -> String {
        let id = self.ids.get(thing).copied().flatten();
        id.map(|id| id.to_string()).unwrap_or_default()
    }
}

impl Detector {
    /// Loads the model. Files lie where `path` says.
    ///
    /// # Errors
    /// Where the parameters cannot be, and where the model or its class names cannot be read.
    pub fn load(params: &PerceptionParams, path: impl Fn(&Path) -> PathBuf) -> Result<Self, DetectorError> {
        params.check().map_err(DetectorError::Params)?;
        let file = ModelFile::read(&path(&params.model))?;
        Self::of(&file, params, path)
    }

    /// The same of another model than that of the parameters.
    ///
    /// # Errors
    /// As [`load`](Self::load).
    pub fn of(
        file: &ModelFile,
        params: &PerceptionParams,
        path: impl Fn(&Path) -> PathBuf,
    ) -> Result<Self, DetectorError> {
        params.check().map_err(DetectorError::Params)?;
        let model = Model::load(file, &params.options(path)?)?;
        let name = file.path().display().to_string();
        for fallback in model.provision().fallbacks() {
            tracing::warn!("{name}: {fallback}");
        }
        for doubt in model.doubts() {
            tracing::warn!("{name}: {doubt}");
        }
        let tracker = || params.track.then(Tracker::default);
        Ok(Self {
            model,
            trackers: params.cameras.iter().map(|_| tracker()).collect(),
            predictions: Vec::new(),
            name,
        })
    }

    /// Detects what is in an image.
    ///
    /// # Errors
    /// Where the image is one of depth, or the model fails.
    pub fn detect(&mut self, image: CameraImage<'_>) -> Result<DetectorResults<'_>, PerceiveError> {
        self.detect_batch(&[image])
    }

    /// Detects what is in the images of several cameras, in one run of the model.
    ///
    /// # Errors
    /// Where there are more than the model's batch, and as [`detect`](Self::detect).
    pub fn detect_batch(&mut self, images: &[CameraImage<'_>]) -> Result<DetectorResults<'_>, PerceiveError> {
        let dropped = self.run(images)?;
        let mut results = Vec::with_capacity(images.len());
        for (image, prediction) in images.iter().zip(&self.predictions) {
            let ids = match (prediction, self.trackers.get_mut(image.camera)) {
                (Prediction::Things(things), Some(Some(tracker))) => tracker.update(image.stamp_secs, things),
                _ => Vec::new(),
            };
            results.push(ImageResult { prediction, ids });
        }
        Ok(DetectorResults {
            images: results,
            names: self.model.names(),
            dropped,
            oddities: self.model.oddities(),
        })
    }

    /// What the model says of images, as many as of them, and how many numbers it did not give; nothing is followed from
    /// image to image.
    pub(super) fn predict(&mut self, images: &[CameraImage<'_>]) -> Result<(&[Prediction], usize), PerceiveError> {
        let dropped = self.run(images)?;
        Ok((&self.predictions[..images.len()], dropped))
    }

    fn run(&mut self, images: &[CameraImage<'_>]) -> Result<usize, PerceiveError> {
        let provider = self.model.provision().used;
        let _span = tracing::info_span!("inference", model = self.name, %provider).entered();
        self.predictions
            .resize_with(images.len().max(self.predictions.len()), Prediction::default);
        let views: Vec<_> = images.iter().map(|image| image.image).collect();
        self.model.perceive_batch(&views, &mut self.predictions[..images.len()])
    }

    /// Whether the model keeps a contract on the provider that runs it.
    ///
    /// # Errors
    /// Says what it does not keep.
    pub(super) fn expect(&mut self, contract: &PerceptionContract, threshold: f32) -> Result<(), ContractError> {
        contract.expect_of(&mut self.model, threshold)
    }

    /// Goes on where another detector of the same cameras has ended: things keep their numbers.
    pub(super) fn go_on_from(&mut self, before: &mut Self) {
        let classes = ClassMap::by_name(before.model.names(), self.model.names());
        self.trackers = std::mem::take(&mut before.trackers);
        for tracker in self.trackers.iter_mut().flatten() {
            tracker.renumber_classes(|class| classes.number(class));
        }
    }

    /// The model.
    pub fn model(&self) -> &Model {
        &self.model
    }
}
