//! The place of the model in charge: what it has seen, for whoever compares it, and another model that is to take it.

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

use sinew_node::sync::{lock, unpoisoned};
use sinew_perception::heads::Prediction;

use super::detector::Detector;
use super::inbox::Arrived;

/// Runs that wait for whoever looks at them.
const KEPT: usize = 1024;

/// A model, and which release it is of.
#[derive(Debug)]
pub(super) struct RunningModel {
    pub(super) detector: Detector,
    /// Name and version of the release; of the parameters' own model its file.
    pub(super) version: Arc<str>,
}

/// A run of the model in charge.
#[derive(Debug)]
pub(super) struct SeenRun {
    /// Which model it was.
    pub(super) model: Arc<str>,
    /// When the newest of its images came.
    pub(super) at: Instant,
    /// From pixels to the result.
    pub(super) took: Duration,
    /// How many numbers the model did not give, or why it has failed.
    pub(super) outcome: Result<usize, String>,
    /// Its images, where no newer run has overtaken it.
    pub(super) images: Vec<SeenImage>,
}

/// An image, and what the model in charge says of it.
#[derive(Debug)]
pub(super) struct SeenImage {
    pub(super) camera: usize,
    pub(super) arrived: Arrived,
    pub(super) stamp_secs: f64,
    /// Empty where the run has failed.
    pub(super) prediction: Prediction,
}

/// Between the thread that runs the model in charge and the one that looks after updates. Neither holds the lock for longer
/// than it takes to move what is handed over.
#[derive(Debug, Default)]
pub(super) struct ModelPlace {
    shared: Mutex<Shared>,
    news: Condvar,
}

#[derive(Debug, Default)]
struct Shared {
    runs: VecDeque<SeenRun>,
    lost: u64,
    coming: Option<Box<RunningModel>>,
    left: Option<Box<RunningModel>>,
}

impl ModelPlace {
    /// Shows a run. The images of those before go: whoever compares is slower than the model in charge.
    pub(super) fn show(&self, run: SeenRun) {
        let mut overtaken = Vec::new();
        let mut shared = lock(&self.shared);
        if let Some(last) = shared.runs.back_mut().filter(|_| !run.images.is_empty()) {
            overtaken = std::mem::take(&mut last.images);
        }
        if shared.runs.len() == KEPT {
            shared.runs.pop_front();
            shared.lost += 1;
        }
        shared.runs.push_back(run);
        drop(shared);
        // Freed once nobody waits for it.
        drop(overtaken);
        self.news.notify_one();
    }

    /// The runs since the last call; waits for one for as long as `patience`.
    pub(super) fn runs(&self, patience: Duration) -> VecDeque<SeenRun> {
        let is_empty = |shared: &mut Shared| shared.runs.is_empty() && shared.left.is_none();
        let (mut shared, _) = unpoisoned(self.news.wait_timeout_while(lock(&self.shared), patience, is_empty));
        std::mem::take(&mut shared.runs)
    }

    /// How many runs came and went while something else was done.
    pub(super) fn lost(&self) -> u64 {
        lock(&self.shared).lost
    }

    /// Hands over a model that takes charge before the next image.
    pub(super) fn bring(&self, model: Box<RunningModel>) {
        lock(&self.shared).coming = Some(model);
    }

    /// Puts the model that was brought, if one was, in the place of the one that runs. Whether it did.
    pub(super) fn change(&self, running: &mut Box<RunningModel>) -> bool {
        let Some(mut coming) = lock(&self.shared).coming.take() else {
            return false;
        };
        coming.detector.go_on_from(&mut running.detector);
        let left = std::mem::replace(running, coming);
        lock(&self.shared).left = Some(left);
        self.news.notify_one();
        true
    }

    /// The model that has left its place.
    pub(super) fn left(&self) -> Option<Box<RunningModel>> {
        lock(&self.shared).left.take()
    }

    /// Forgets what was handed over by threads that have ended.
    pub(super) fn clear(&self) {
        *lock(&self.shared) = Shared::default();
    }
}
