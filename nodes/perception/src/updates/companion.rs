//! A model that runs beside the one in charge, on the same images: a candidate, or the one before.

use std::time::{Duration, Instant};

use sinew_perception::agreement::{Agreement, ClassMap};
use sinew_perception::heads::Prediction;

use crate::detector::CameraImage;
use crate::pixels::Pixels;
use crate::place::{RunningModel, SeenImage, SeenRun};

/// Images that are darker than this on the mean, of 255 levels, say nothing of a model: night, or a covered lens.
const DARK: f32 = 10.0;

/// Which of the two is the reference.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reference {
    /// The model in charge: the companion is a candidate.
    InCharge,
    /// The companion: it was in charge before.
    Companion,
}

/// A model beside the one in charge.
#[derive(Debug)]
pub(super) struct Companion {
    pub(super) running: Box<RunningModel>,
    reference: Reference,
    /// From the classes of the model that is measured to those of the reference.
    classes: ClassMap,
}

/// What the two say of the images of one run.
#[derive(Debug)]
pub(super) struct Compared {
    pub(super) agreement: Agreement,
    /// Images of which only the reference says anything.
    pub(super) missed: u64,
    /// From pixels to the companion's result.
    pub(super) took: Duration,
    /// How many numbers the companion did not give, or why it has failed.
    pub(super) outcome: Result<usize, String>,
}

impl Companion {
    /// Beside a model with these classes.
    pub(super) fn new(running: Box<RunningModel>, reference: Reference, in_charge: &[String]) -> Self {
        let own = running.detector.model().names();
        let classes = match reference {
            Reference::InCharge => ClassMap::by_name(own, in_charge),
            Reference::Companion => ClassMap::by_name(in_charge, own),
        };
        Self {
            running,
            reference,
            classes,
        }
    }

    pub(super) fn version(&self) -> &str {
        &self.running.version
    }

    /// Looks at the images of a run; none where it has none.
    pub(super) fn look(&mut self, run: &SeenRun) -> Option<Compared> {
        if run.images.is_empty() {
            return None;
        }
        let (took, outcome, answers) = match looked_at(&mut self.running, &run.images) {
            Ok((took, dropped, answers)) => (took, Ok(dropped), answers),
            Err((took, reason)) => (took, Err(reason), Vec::new()),
        };
        let mut compared = Compared {
            agreement: Agreement::default(),
            missed: 0,
            took,
            outcome,
        };
        // What has failed is counted as that.
        if run.outcome.is_ok() {
            for (seen, (answer, is_dark)) in run.images.iter().zip(answers) {
                let (reference, other) = match self.reference {
                    Reference::InCharge => (&seen.prediction, &answer),
                    Reference::Companion => (&answer, &seen.prediction),
                };
                if !is_dark {
                    compared.agreement.add(&Agreement::of(reference, other, &self.classes));
                    compared.missed += u64::from(is_empty(other) && !is_empty(reference));
                }
            }
        }
        Some(compared)
    }
}

/// What a model says of images, and of each whether it is dark; how long that took, and how many numbers it did not give.
pub(super) type Looked = (Duration, usize, Vec<(Prediction, bool)>);

/// Runs a model on images as the thread of the model in charge does.
///
/// # Errors
/// Says why it fails, and after how long.
pub(super) fn looked_at(running: &mut RunningModel, images: &[SeenImage]) -> Result<Looked, (Duration, String)> {
    let began = Instant::now();
    let pixels: Vec<_> = images.iter().map(|image| Pixels::of(&image.arrived)).collect();
    let mut views = Vec::new();
    for (image, pixels) in images.iter().zip(&pixels) {
        let view = pixels.as_ref().map_err(String::clone).and_then(Pixels::view);
        views.push(CameraImage {
            camera: image.camera,
            stamp_secs: image.stamp_secs,
            image: view.map_err(|reason| (began.elapsed(), reason))?,
        });
    }
    let answered = running.detector.predict(&views);
    let took = began.elapsed();
    let (answers, dropped) = answered.map_err(|error| (took, error.to_string()))?;
    let is_dark = |view: &CameraImage<'_>| view.image.brightness().is_some_and(|level| level < DARK);
    let answers = answers.iter().cloned().zip(views.iter().map(is_dark)).collect();
    Ok((took, dropped, answers))
}

fn is_empty(prediction: &Prediction) -> bool {
    match prediction {
        Prediction::Things(things) => things.is_empty(),
        Prediction::Classes(classes) => classes.is_empty(),
        Prediction::Mask(mask) => mask.values.iter().all(|class| *class == 0),
        Prediction::Depth(depth) => depth.values.iter().all(|depth| *depth == 0.0),
    }
}
