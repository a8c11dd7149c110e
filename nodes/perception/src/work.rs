//! What the thread does in which the model runs.

use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use sinew_messages::std_msgs::msg::Header;
use sinew_perception::heads::Prediction;

use super::PerceptionParams;
use super::counts::Counts;
use super::detector::{CameraImage, ImageResult};
use super::facts::ModelFacts;
use super::inbox::{Arrived, Inbox};
use super::outputs::Outputs;
use super::pixels::Pixels;
use super::place::{ModelPlace, RunningModel, SeenImage, SeenRun};
use sinew_node::node::{NodeTime, to_nanos, to_stamp};
use sinew_node::stamps::{ClockFault, StampBy, offset_secs};
use sinew_node::sync::lock;
use sinew_node::worker::{Builder, Ending, Worker};

/// So often in a row the model may fail before the node does, and loads it anew.
const FAILURES: u32 = 10;
const PATIENCE: Duration = Duration::from_millis(200);

/// All that one image needs on its way to a result.
#[derive(Debug)]
pub(super) struct PerceptionWork {
    running: Box<RunningModel>,
    /// Where another model may take its place.
    place: Option<Arc<ModelPlace>>,
    facts: ModelFacts,
    outputs: Vec<Outputs>,
    cameras: Vec<String>,
    max_age_secs: f64,
    stamp: StampBy,
    time: NodeTime,
    counts: Arc<Mutex<Counts>>,
    failures: u32,
}

impl PerceptionWork {
    pub(super) fn new(
        running: RunningModel,
        place: Option<Arc<ModelPlace>>,
        facts: ModelFacts,
        outputs: Vec<Outputs>,
        params: &PerceptionParams,
        time: NodeTime,
        counts: Arc<Mutex<Counts>>,
    ) -> Self {
        facts.show(running.detector.model());
        Self {
            running: Box::new(running),
            place,
            facts,
            outputs,
            cameras: params.cameras.clone(),
            max_age_secs: params.max_age_secs,
            stamp: params.stamp,
            time,
            counts,
            failures: 0,
        }
    }

    /// The model in charge.
    pub(super) fn running(&self) -> &RunningModel {
        &self.running
    }

    /// Lets the model that was brought, if one was, take charge of the next image.
    fn change(&mut self) {
        if let Some(place) = &self.place
            && place.change(&mut self.running)
        {
            self.failures = 0;
            self.counts().forget_oddities();
            self.facts.show(self.running.detector.model());
        }
    }

    /// Runs the model on images, publishes what it finds, and counts what became of them.
    fn perceive(&mut self, arrived: &[(usize, Arrived)]) {
        let now_nanos = to_nanos(&self.time.now());
        let fresh: Vec<_> = arrived
            .iter()
            .filter_map(|(camera, image)| Some((*camera, image, self.taken_nanos(*camera, image, now_nanos)?)))
            .collect();
        let began = Instant::now();
        let pixels: Vec<_> = fresh.iter().map(|(_, image, _)| Pixels::of(image)).collect();
        let mut images = Vec::new();
        let mut headers = Vec::new();
        let mut shown = Vec::new();
        for ((camera, image, taken_nanos), pixels) in fresh.iter().zip(&pixels) {
            match pixels.as_ref().map_err(String::clone).and_then(Pixels::view) {
                Ok(view) => {
                    images.push(CameraImage {
                        camera: *camera,
                        stamp_secs: *taken_nanos as f64 * 1e-9,
                        image: view,
                    });
                    headers.push((self.header(image, *taken_nanos), *taken_nanos));
                    shown.push(*image);
                }
                Err(complaint) => {
                    let mut counts = self.counts();
                    counts.broken.add(1);
                    counts.complain(format!("{}/{complaint}", self.cameras[*camera]));
                }
            }
        }
        if images.is_empty() {
            return;
        }
        let Self {
            running,
            place,
            counts,
            outputs,
            ..
        } = self;
        let model = running.version.clone();
        let detected = running.detector.detect_batch(&images);
        let took = began.elapsed();
        let seen = |outcome, results: &[ImageResult<'_>]| SeenRun {
            model,
            at: shown.iter().map(|image| image.at).max().unwrap_or(began),
            took,
            outcome,
            images: seen_images(&images, &shown, results),
        };
        let results = match detected {
            Ok(results) => results,
            Err(error) => {
                self.failures += 1;
                if let Some(place) = place {
                    place.show(seen(Err(error.to_string()), &[]));
                }
                let mut counts = lock(counts);
                counts.failed.add(images.len() as u64);
                counts.complain(error.to_string());
                return;
            }
        };
        for ((image, (header, _)), result) in images.iter().zip(&headers).zip(&results.images) {
            let output = &outputs[image.camera];
            if let Err(error) = output.publish(header, results.names, &image.image, result) {
                lock(counts).complain(error.to_string());
            }
        }
        self.failures = 0;
        let now_nanos = to_nanos(&self.time.now());
        let mut counts = lock(counts);
        counts.images.add(images.len() as u64);
        counts.no_numbers.add(results.dropped as u64);
        counts.doubt(results.oddities);
        counts.work.record(took.as_nanos() as u64);
        for (_, taken_nanos) in headers {
            counts.latency.record(now_nanos.saturating_sub(taken_nanos));
        }
        drop(counts);
        // Whoever compares waits for who listens.
        if let Some(place) = place {
            place.show(seen(Ok(results.dropped), &results.images));
        }
    }

    /// When an image was taken; `None`, counted, where that is too long ago, or nobody knows.
    fn taken_nanos(&self, camera: usize, image: &Arrived, now_nanos: u64) -> Option<u64> {
        let waited = image.at.elapsed();
        let arrived_nanos = now_nanos.saturating_sub(waited.as_nanos() as u64);
        let stamp_nanos = to_nanos(&image.header().stamp);
        let mut counts = self.counts();
        let taken_nanos = match self.stamp {
            StampBy::Arrival => Some(arrived_nanos),
            StampBy::Message => {
                let fault = ClockFault::of(stamp_nanos, arrived_nanos, self.max_age_secs, self.max_age_secs);
                let offset_secs = offset_secs(stamp_nanos, arrived_nanos);
                (counts.clocks).heard(&self.cameras[camera], offset_secs, fault);
                match fault {
                    Some(fault) if fault.is_offset() => None,
                    Some(_) => Some(arrived_nanos),
                    None => Some(stamp_nanos),
                }
            }
        };
        let is_fresh = |taken_nanos: &u64| {
            let age_secs = offset_secs(*taken_nanos, now_nanos).max(waited.as_secs_f64());
            age_secs <= self.max_age_secs
        };
        let taken_nanos = taken_nanos.filter(is_fresh);
        counts.stale.add(u64::from(taken_nanos.is_none()));
        taken_nanos
    }

    /// The header of what was seen in an image: the image's, but for a stamp that is not looked at.
    fn header(&self, image: &Arrived, taken_nanos: u64) -> Header {
        let mut header = image.header().clone();
        if self.stamp == StampBy::Arrival {
            header.stamp = to_stamp(taken_nanos);
        }
        header
    }

    fn counts(&self) -> MutexGuard<'_, Counts> {
        lock(&self.counts)
    }
}

/// Images and what was said of them, for whoever compares.
fn seen_images(images: &[CameraImage<'_>], arrived: &[&Arrived], results: &[ImageResult<'_>]) -> Vec<SeenImage> {
    let predictions = results.iter().map(|result| result.prediction.clone());
    let predictions = predictions.chain(std::iter::repeat_with(Prediction::default));
    let images = images.iter().zip(arrived).zip(predictions);
    images
        .map(|((image, arrived), prediction)| SeenImage {
            camera: image.camera,
            arrived: (*arrived).clone(),
            stamp_secs: image.stamp_secs,
            prediction,
        })
        .collect()
}

/// Runs the model in a thread of its own, on these cores where there are any, until it has failed [`FAILURES`] times in
/// a row.
///
/// # Errors
/// Where the system gives no thread.
pub(super) fn start(
    work: PerceptionWork,
    inbox: &Arc<Inbox>,
    cores: &[usize],
) -> std::io::Result<Worker<PerceptionWork>> {
    inbox.open();
    let (images, closed) = (inbox.clone(), inbox.clone());
    // The thread waits for images: a closed inbox wakes it, and takes none until the next start.
    let ending = Arc::new(Ending::calling(move || closed.close()));
    let builder = Builder::new("perception").on_cores(cores).ended_by(ending);
    builder.start(work, move |work, ending| {
        while !ending.is_asked() && work.failures < FAILURES {
            let arrived = images.take(work.running.detector.model().batch(), PATIENCE);
            // Between two images, and before the next one that is there already.
            work.change();
            if !arrived.is_empty() {
                work.perceive(&arrived);
            }
        }
    })
}
