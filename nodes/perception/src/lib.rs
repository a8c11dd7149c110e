//! The node `perception`: runs a vision model on the images of one camera or several.
//!
//! | in | type | |
//! |---|---|---|
//! | `camera/image_raw` | `sensor_msgs/Image` | any common encoding |
//! | `camera/image_raw/compressed` | `sensor_msgs/CompressedImage` | JPEG or PNG |
//!
//! | out | type | |
//! |---|---|---|
//! | `camera/detections` | `vision_msgs/Detection2DArray` | boxes in pixels; the `id` of a thing stays |
//! | `camera/classification` | `vision_msgs/Classification` | of the whole image |
//! | `camera/mask` | `sensor_msgs/Image` | `mono8`: the class of each pixel |
//! | `camera/depth_estimate` | `sensor_msgs/Image` | `32FC1`: the depth of each pixel, in the network's unit |
//! | `camera/annotated` | `sensor_msgs/Image` | `rgb8`, for people; drawn only while somebody subscribes |
//! | `/diagnostics` | `diagnostic_msgs/DiagnosticArray` | 1 Hz: rate, latency, what was dropped and why |
//!
//! Which of the results there is depends on the model. All have the stamp and frame of the image (with `stamp:
//! arrival` the time at which it came). Images whose stamps say that they are older than `max_age_secs`, or that much
//! ahead of now, are dropped: `/diagnostics` says by how much the camera's clock is off. What makes one doubt that the
//! model is used as it was meant (outputs that nobody reads, scores outside 0 to 1, all boxes equal or smaller than a
//! pixel) is logged once and stays on `/diagnostics`. `camera` is
//! each of the names in the parameter `cameras`. The newest image wins: while the model works, older ones of
//! the same camera are dropped and counted. The model runs in a thread of its own, on cores of its own if asked.

mod clocks;
mod counts;
mod inbox;
mod looking;
mod outputs;
mod params;
mod seer;

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use sinew_messages::diagnostic_msgs::msg::{DiagnosticArray, DiagnosticStatus};
use sinew_messages::sensor_msgs::msg::{CompressedImage, Image};
use sinew_models::providers::Provision;

use counts::Counts;
use inbox::{Arrived, Form, Inbox};
use looking::{Looker, Looking, stay_on};
use outputs::Outputs;
pub use params::{PerceptionParams, of_channels};
pub use seer::{Seer, SeerError, Shown, Sighting, Sightings};

use sinew_node::bus::{Bus, Publisher, Qos, Subscription, full_name, listen};
use sinew_node::diagnostics::{pair, provider_pairs, status};
use sinew_node::node::{Node, NodeTime, Setup};

const REPORT_PERIOD: Duration = Duration::from_secs(1);
/// How often the node looks whether its thread still lives.
const WATCH_PERIOD: Duration = Duration::from_millis(100);

/// The node.
#[derive(Debug)]
pub struct Perception {
    bus: Arc<dyn Bus>,
    time: NodeTime,
    cores: Vec<usize>,
    model: String,
    provision: Provision,
    /// Whether the model is used as it was meant, as far as that showed when it was loaded.
    doubts: Vec<String>,
    /// Taken by the thread that runs the model, and given back by it.
    looker: Option<Looker>,
    looking: Option<Looking>,
    inbox: Arc<Inbox>,
    counts: Arc<Mutex<Counts>>,
    diagnostics: Publisher<DiagnosticArray>,
    _images: Vec<Subscription>,
}

impl Node for Perception {
    const NAME: &'static str = "perception";
    const DESCRIPTION: &'static str = "a model on the images of some cameras";
    type Params = PerceptionParams;

    fn configure(setup: &Setup<PerceptionParams>) -> anyhow::Result<Self> {
        let params = setup.params.get();
        let seer = load(setup, &params)?;
        let head = seer.model().head();
        let [width, height] = seer.model().input().size;
        let provision = seer.model().provision().clone();
        tracing::info!(
            "{}: head {head}, input {width}×{height}, on {}",
            params.model.display(),
            provision.used
        );
        let doubts = seer.model().doubts().to_vec();
        let inbox = Arc::new(Inbox::new(params.cameras.len()));
        inbox.close();
        let mut outputs = Vec::new();
        let mut images = Vec::new();
        let newest = Qos::sensor_data().keep_last(1);
        for (i, camera) in params.cameras.iter().enumerate() {
            outputs.push(Outputs::new(&*setup.bus, camera, head)?);
            let raw = inbox.clone();
            // In the thread that brings them: the inbox takes no time, and counts each that it lets go.
            images.push(listen(
                &*setup.bus,
                &format!("{camera}/image_raw"),
                newest,
                move |image: Arc<Image>| raw.put(i, Arrived::now(Form::Raw(image))),
            )?);
            let compressed = inbox.clone();
            images.push(listen(
                &*setup.bus,
                &format!("{camera}/image_raw/compressed"),
                newest,
                move |image: Arc<CompressedImage>| compressed.put(i, Arrived::now(Form::Compressed(image))),
            )?);
        }
        let counts = Arc::new(Mutex::new(Counts::default()));
        Ok(Self {
            bus: setup.bus.clone(),
            time: setup.time.clone(),
            cores: params.cores.clone(),
            model: params.model.display().to_string(),
            provision,
            doubts,
            looker: Some(Looker::new(seer, outputs, &params, setup.time.clone(), counts.clone())),
            looking: None,
            inbox,
            counts,
            diagnostics: setup.output("/diagnostics", Qos::default())?,
            _images: images,
        })
    }

    async fn run(&mut self) -> anyhow::Result<()> {
        let looker = self.looker.take().context("the model's thread has ended before")?;
        let looking = Looking::start(looker, self.inbox.clone(), self.cores.clone())?;
        self.looking = Some(looking);
        let mut watch = tokio::time::interval(WATCH_PERIOD);
        let mut reported = Instant::now();
        loop {
            watch.tick().await;
            if reported.elapsed() >= REPORT_PERIOD {
                reported = Instant::now();
                self.report()?;
            }
            if self.looking.as_ref().is_none_or(Looking::has_ended) {
                self.report()?;
                bail!("the model has failed, or its thread has");
            }
        }
    }

    fn deactivate(&mut self) {
        self.looker = self.looking.take().and_then(Looking::end);
    }
}

impl Perception {
    fn report(&self) -> anyhow::Result<()> {
        let overtaken = self.inbox.overtaken();
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        let (mut level, mut message, mut values) = counts.report(overtaken, Instant::now());
        drop(counts);
        let failed = self.provision.failed.iter();
        let failed = failed.map(|failed| (failed.provider, &failed.reason));
        values.extend(provider_pairs(self.provision.used, failed));
        if let Some(failed) = self.provision.failed.first()
            && level == DiagnosticStatus::OK
        {
            level = DiagnosticStatus::WARN;
            message = format!("{message}, on {} because {failed}", self.provision.used);
        }
        for (i, doubt) in self.doubts.iter().enumerate() {
            values.push(pair(&format!("doubt.{i}"), doubt));
            if level == DiagnosticStatus::OK {
                (level, message) = (DiagnosticStatus::WARN, doubt.clone());
            }
        }
        let name = full_name(&*self.bus);
        let mut array = DiagnosticArray {
            status: vec![status(
                level,
                &format!("{}: model", name.trim_start_matches('/')),
                message,
                &self.model,
                values,
            )],
            ..DiagnosticArray::default()
        };
        array.header.stamp = self.time.now();
        Ok(self.diagnostics.publish(array)?)
    }
}

/// Loads the model in a thread on the cores that it is to run on: the runtime's own threads stay there, too.
fn load(setup: &Setup<PerceptionParams>, params: &PerceptionParams) -> anyhow::Result<Seer> {
    let loaded = std::thread::scope(|scope| {
        let loading = std::thread::Builder::new().name("perception".into());
        let loading = loading.spawn_scoped(scope, || {
            stay_on(&params.cores);
            Seer::load(params, |path| setup.path(path))
        })?;
        std::io::Result::Ok(loading.join())
    })?;
    match loaded {
        Ok(seer) => Ok(seer?),
        Err(_) => bail!("{}: loading it has panicked", params.model.display()),
    }
}
