//! A model, and which thing of an image is which of the last.

use std::path::{Path, PathBuf};

use sinew_perception::heads::Seen;
use sinew_perception::image::ImageView;
use sinew_perception::metadata::LabelsError;
use sinew_perception::track::Tracker;
use sinew_perception::{Model, ModelError, PerceiveError};
use thiserror::Error;

use super::PerceptionParams;

/// Why a model cannot be used.
#[derive(Debug, Error)]
pub enum SeerError {
    /// The model does not load.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// Its class names cannot be read.
    #[error(transparent)]
    Labels(#[from] LabelsError),
}

/// Sees what is in the images of some cameras.
#[derive(Debug)]
pub struct Seer {
    model: Model,
    /// One for each camera, where things are tracked.
    trackers: Vec<Option<Tracker>>,
    seen: Seen,
    ids: Vec<Option<u64>>,
}

/// What is in one image.
#[derive(Debug, Clone, Copy)]
pub struct Sighting<'a> {
    /// What was seen.
    pub seen: &'a Seen,
    /// The number of each thing that is followed from image to image.
    pub ids: &'a [Option<u64>],
    /// Boxes, classes or pixels for which the model gave no numbers.
    pub dropped: usize,
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
    /// Where the model or its class names cannot be read.
    pub fn load(params: &PerceptionParams, path: impl Fn(&Path) -> PathBuf) -> Result<Self, SeerError> {
        let model = Model::load(&path(&params.model), &params.options(path)?)?;
        let tracker = || params.track.then(Tracker::default);
        Ok(Self {
            model,
            trackers: params.cameras.iter().map(|_| tracker()).collect(),
            seen: Seen::default(),
            ids: Vec::new(),
        })
    }

    /// Looks at an image of a camera, by its place among the parameters' cameras.
    ///
    /// # Errors
    /// Where the image is one of depth, or the model fails.
    pub fn look(
        &mut self,
        camera: usize,
        stamp_secs: f64,
        image: &ImageView<'_>,
    ) -> Result<Sighting<'_>, PerceiveError> {
        let dropped = self.model.perceive(image, &mut self.seen)?;
        self.ids.clear();
        if let (Seen::Things(things), Some(Some(tracker))) = (&self.seen, self.trackers.get_mut(camera)) {
            self.ids = tracker.update(stamp_secs, things);
        }
        Ok(Sighting {
            seen: &self.seen,
            ids: &self.ids,
            dropped,
        })
    }

    /// The model.
    pub fn model(&self) -> &Model {
        &self.model
    }
}
