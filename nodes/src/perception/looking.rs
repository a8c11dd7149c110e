//! The thread in which the model runs.

use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use sinew_control::realtime::{RealtimeParams, enter_realtime};
use sinew_perception::image::{ImageView, Picture};

use super::counts::Counts;
use super::inbox::{Arrived, Form, Inbox};
use super::outputs::Outputs;
use super::seer::Seer;
use crate::node::{NodeTime, to_nanos};

/// So often in a row the model may fail before the node does, and loads it anew.
const FAILURES: u32 = 10;
/// Stamps farther from now than this are not of the node's clock, ns.
const ANOTHER_CLOCK_NANOS: u64 = 60_000_000_000;
const PATIENCE: Duration = Duration::from_millis(200);

/// All that one image needs on its way to a result.
#[derive(Debug)]
pub(super) struct Looker {
    seer: Seer,
    /// Of its classes.
    names: Vec<String>,
    outputs: Vec<Outputs>,
    cameras: Vec<String>,
    max_age_secs: f64,
    time: NodeTime,
    counts: Arc<Mutex<Counts>>,
    failures: u32,
}

impl Looker {
    pub(super) fn new(
        seer: Seer,
        outputs: Vec<Outputs>,
        cameras: Vec<String>,
        max_age_secs: f64,
        time: NodeTime,
        counts: Arc<Mutex<Counts>>,
    ) -> Self {
        Self {
            names: seer.model().names().to_vec(),
            seer,
            outputs,
            cameras,
            max_age_secs,
            time,
            counts,
            failures: 0,
        }
    }

    /// Looks at an image, and says what became of it.
    fn look(&mut self, camera: usize, arrived: &Arrived) {
        let stamp = to_nanos(&arrived.header().stamp);
        let time = self.time.clone();
        // A stamp of another clock says nothing of an age: then it counts from the image's arrival.
        let age_nanos = || match to_nanos(&time.now()).abs_diff(stamp) {
            far if far > ANOTHER_CLOCK_NANOS => arrived.at.elapsed().as_nanos() as u64,
            age => age,
        };
        let counts = self.counts.clone();
        let counts = || counts.lock().unwrap_or_else(PoisonError::into_inner);
        if age_nanos() as f64 * 1e-9 > self.max_age_secs {
            counts().stale += 1;
            return;
        }
        let began = Instant::now();
        let name = &self.cameras[camera];
        let decoded;
        let view = match &arrived.form {
            Form::Raw(image) => ImageView::of(image).map_err(|error| format!("{name}/image_raw: {error}")),
            Form::Compressed(image) => match Picture::of(image) {
                Ok(picture) => {
                    decoded = picture;
                    Ok(decoded.view())
                }
                Err(error) => Err(format!("{name}/image_raw/compressed: {error}")),
            },
        };
        let view = match view {
            Ok(view) if view.encoding().is_depth() => Err(format!(
                "{name}/image_raw: expected an image of colours or greys, found {}",
                view.encoding()
            )),
            other => other,
        };
        let view = match view {
            Ok(view) => view,
            Err(complaint) => {
                let mut counts = counts();
                counts.broken += 1;
                counts.complain(complaint);
                return;
            }
        };
        match self.seer.look(camera, stamp as f64 * 1e-9, &view) {
            Ok(sighting) => {
                let work_nanos = began.elapsed().as_nanos() as u64;
                let dropped = sighting.dropped as u64;
                let published = self.outputs[camera].publish(arrived.header(), &self.names, &view, &sighting);
                self.failures = 0;
                let mut counts = counts();
                counts.looked += 1;
                counts.no_numbers += dropped;
                counts.work.record(work_nanos);
                counts.latency.record(age_nanos());
                if let Err(error) = published {
                    counts.complain(error.to_string());
                }
            }
            Err(error) => {
                self.failures += 1;
                let mut counts = counts();
                counts.failed += 1;
                counts.complain(error.to_string());
            }
        }
    }
}

/// The thread. It has to be ended.
#[derive(Debug)]
pub(super) struct Looking {
    inbox: Arc<Inbox>,
    thread: JoinHandle<Looker>,
}

impl Looking {
    pub(super) fn start(mut looker: Looker, inbox: Arc<Inbox>, cores: Vec<usize>) -> std::io::Result<Self> {
        inbox.open();
        let images = inbox.clone();
        let thread = std::thread::Builder::new().name("perception".into()).spawn(move || {
            stay_on(&cores);
            while !images.is_closed() && looker.failures < FAILURES {
                if let Some((camera, image)) = images.take(PATIENCE) {
                    looker.look(camera, &image);
                }
            }
            looker
        })?;
        Ok(Self { inbox, thread })
    }

    /// Whether the thread has ended by itself.
    pub(super) fn has_ended(&self) -> bool {
        self.thread.is_finished()
    }

    /// Ends the thread; gives the looker back unless it has panicked.
    pub(super) fn end(self) -> Option<Looker> {
        self.inbox.close();
        self.thread.join().ok()
    }
}

/// Binds the calling thread, and those that it starts, to these cores, where there are any.
pub(super) fn stay_on(cores: &[usize]) {
    let nothing_else = RealtimeParams {
        priority: 0,
        lock_memory: false,
        low_latency: false,
        cores: cores.to_vec(),
    };
    for refused in enter_realtime(&nothing_else) {
        tracing::warn!("{refused}");
    }
}
