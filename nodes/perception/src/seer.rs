//! A model, and which thing of an image is which of the last.

use std::path::{Path, PathBuf};

use sinew_models::{ModelFile, ModelFileError};
use sinew_node::declared::NodeParams;
use sinew_perception::heads::{AnchorsError, Oddities, Seen};
use sinew_perception::image::ImageView;
use sinew_perception::metadata::LabelsError;
use sinew_perception::track::Tracker;
use sinew_perception::{Model, ModelError, PerceiveError};
use thiserror::Error;

use super::PerceptionParams;

/// Why a model cannot be used.
#[derive(Debug, Error)]
pub enum SeerError {
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

/// Sees what is in the images of some cameras.
#[derive(Debug)]
pub struct Seer {
    model: Model,
    /// One for each camera, where things are tracked.
    trackers: Vec<Option<Tracker>>,
    seen: Vec<Seen>,
}

/// An image to look at.
#[derive(Debug, Clone, Copy)]
pub struct Shown<'a> {
    /// Its camera, by its place among the parameters' cameras.
    pub camera: usize,
    /// When it was taken, s.
    pub stamp_secs: f64,
    /// The image.
    pub image: ImageView<'a>,
}

/// What is in one image.
#[derive(Debug, Clone)]
pub struct Sighting<'a> {
    /// What was seen.
    pub seen: &'a Seen,
    /// The number of each thing that is followed from image to image.
    pub ids: Vec<Option<u64>>,
}

/// What is in some images.
#[derive(Debug, Clone)]
pub struct Sightings<'a> {
    /// Of each image.
    pub of: Vec<Sighting<'a>>,
    /// Boxes, classes or pixels for which the model gave no numbers.
    pub dropped: usize,
    /// What was odd about the model's outputs.
    pub oddities: Oddities,
}

impl Sighting<'_> {
    /// The number of a thing as text, empty where it has none.
    pub fn id(&self, thing: usize) -> String {
        let id = self.ids.get(thing).copied().flatten();
        id.map(|id| id.to_string()).unwrap_or_default()
    }
}

impl Seer {
    /// Loads the model. Files lie where `path` says.
    ///
    /// # Errors
    /// Where the parameters cannot be, and where the model or its class names cannot be read.
    pub fn load(params: &PerceptionParams, path: impl Fn(&Path) -> PathBuf) -> Result<Self, SeerError> {
        params.check().map_err(SeerError::Params)?;
        let file = ModelFile::read(&path(&params.model))?;
        let model = Model::load(&file, &params.options(path)?)?;
        for fallback in model.provision().fallbacks() {
            tracing::warn!("{}: {fallback}", params.model.display());
        }
        for doubt in model.doubts() {
            tracing::warn!("{}: {doubt}", params.model.display());
        }
        let tracker = || params.track.then(Tracker::default);
        Ok(Self {
            model,
            trackers: params.cameras.iter().map(|_| tracker()).collect(),
            seen: Vec::new(),
        })
    }

    /// Looks at an image.
    ///
    /// # Errors
    /// Where the image is one of depth, or the model fails.
    pub fn look(&mut self, shown: Shown<'_>) -> Result<Sightings<'_>, PerceiveError> {
        self.look_at_all(&[shown])
    }

    /// Looks at the images of several cameras in one run of the model.
    ///
    /// # Errors
    /// Where there are more than the model's batch, and as [`look`](Self::look).
    pub fn look_at_all(&mut self, shown: &[Shown<'_>]) -> Result<Sightings<'_>, PerceiveError> {
        self.seen.resize_with(shown.len().max(self.seen.len()), Seen::default);
        let seen = &mut self.seen[..shown.len()];
        let images: Vec<_> = shown.iter().map(|shown| shown.image).collect();
        let dropped = self.model.perceive_batch(&images, seen)?;
        let mut of = Vec::with_capacity(shown.len());
        for (shown, seen) in shown.iter().zip(&*seen) {
            let ids = match (seen, self.trackers.get_mut(shown.camera)) {
                (Seen::Things(things), Some(Some(tracker))) => tracker.update(shown.stamp_secs, things),
                _ => Vec::new(),
            };
            of.push(Sighting { seen, ids });
        }
        Ok(Sightings {
            of,
            dropped,
            oddities: self.model.oddities(),
        })
    }

    /// The model.
    pub fn model(&self) -> &Model {
        &self.model
    }
}
