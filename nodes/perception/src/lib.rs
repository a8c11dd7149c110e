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
mod detector;
mod inbox;
mod outputs;
mod params;
mod work;

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use sinew_messages::diagnostic_msgs::msg::DiagnosticStatus;
use sinew_messages::sensor_msgs::msg::{CompressedImage, Image};
use sinew_models::providers::Provision;
use sinew_perception::Model;

use counts::Counts;
pub use detector::{CameraImage, Detector, DetectorError, DetectorResults, ImageResult};
use inbox::{Arrived, Form, Inbox};
use outputs::Outputs;
pub use params::{PerceptionParams, of_channels};
use work::PerceptionWork;

use sinew_node::bus::{Qos, Subscription, listen};
use sinew_node::node::{Node, Setup};
use sinew_node::report::{Diagnostics, Part};
use sinew_node::sync::lock;
use sinew_node::worker::{Worker, stay_on};

/// How often the node looks whether its thread still lives.
const WATCH_PERIOD: Duration = Duration::from_millis(100);

/// The node.
#[derive(Debug)]
pub struct Perception {
    cores: Vec<usize>,
    provision: Provision,
    /// Whether the model is used as it was meant, as far as that showed when it was loaded.
    doubts: Vec<String>,
    /// Taken by the thread that runs the model, and given back by it.
    work: Option<PerceptionWork>,
    worker: Option<Worker<PerceptionWork>>,
    inbox: Arc<Inbox>,
    counts: Arc<Mutex<Counts>>,
    part: Part,
    diagnostics: Diagnostics,
    _images: Vec<Subscription>,
}

impl Node for Perception {
    const NAME: &'static str = "perception";
    const DESCRIPTION: &'static str = "a model on the images of some cameras";
    type Params = PerceptionParams;

    fn configure(setup: &Setup<PerceptionParams>) -> anyhow::Result<Self> {
        let params = setup.params.get();
        let detector = load(setup, &params)?;
        let head = detector.model().head();
        let [width, height] = detector.model().input().size;
        let provision = detector.model().provision().clone();
        tracing::info!(
            "{}: head {head}, input {width}×{height}, on {}",
            params.model.display(),
            provision.used
        );
        let doubts = detector.model().doubts().to_vec();
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
        let part = setup.registry.part("model", &params.model.display().to_string());
        let counts = Arc::new(Mutex::new(registered(&part, detector.model(), &params.cameras)));
        Ok(Self {
            cores: params.cores.clone(),
            provision,
            doubts,
            work: Some(PerceptionWork::new(
                detector,
                outputs,
                &params,
                setup.time.clone(),
                counts.clone(),
            )),
            worker: None,
            inbox,
            counts,
            part,
            diagnostics: Diagnostics::new(setup)?,
            _images: images,
        })
    }

    async fn run(&mut self) -> anyhow::Result<()> {
        let work = self.work.take().context("the model's thread has ended before")?;
        self.worker = Some(work::start(work, &self.inbox, &self.cores)?);
        let mut watch = tokio::time::interval(WATCH_PERIOD);
        self.diagnostics.begin();
        loop {
            watch.tick().await;
            if self.diagnostics.is_due() {
                self.report()?;
            }
            if self.worker.as_ref().is_none_or(Worker::has_ended) {
                self.report()?;
                bail!("the model has failed, or its thread has");
            }
        }
    }

    fn deactivate(&mut self) {
        self.work = self.worker.take().and_then(Worker::give_back);
    }
}

impl Perception {
    fn report(&mut self) -> anyhow::Result<()> {
        let (mut level, mut message) = lock(&self.counts).judge(self.inbox.overtaken(), Instant::now());
        if level == DiagnosticStatus::OK
            && let Some(failed) = self.provision.failed.first()
        {
            level = DiagnosticStatus::WARN;
            message = format!("{message}, on {} because {failed}", self.provision.used);
        }
        if level == DiagnosticStatus::OK
            && let Some(doubt) = self.doubts.first()
        {
            (level, message) = (DiagnosticStatus::WARN, doubt.clone());
        }
        self.part.judge(level, message);
        Ok(self.diagnostics.publish()?)
    }
}

/// Registers what is reported of a model.
fn registered(part: &Part, model: &Model, cameras: &[String]) -> Counts {
    let counts = Counts::new(part, cameras);
    let provision = model.provision();
    let failed = provision.failed.iter().map(|failed| (failed.provider, &failed.reason));
    part.provider(provision.used, failed);
    for (i, doubt) in model.doubts().iter().enumerate() {
        part.fact(
            format!("doubt.{i}"),
            doubt,
            "Why the model may not be used as it was meant.",
        );
    }
    counts
}

/// Loads the model in a thread on the cores that it is to run on: the runtime's own threads stay there, too.
fn load(setup: &Setup<PerceptionParams>, params: &PerceptionParams) -> anyhow::Result<Detector> {
    let loaded = std::thread::scope(|scope| {
        let loading = std::thread::Builder::new().name("perception".into());
        let loading = loading.spawn_scoped(scope, || {
            stay_on(&params.cores);
            Detector::load(params, |path| setup.path(path))
        })?;
        std::io::Result::Ok(loading.join())
    })?;
    match loaded {
        Ok(detector) => Ok(detector?),
        Err(_) => bail!("{}: loading it has panicked", params.model.display()),
    }
}
