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
//! | `~/update` | `std_msgs/String` | latched, with `updates.store`: what was done last with a release, and why |
//!
//! | service | type | |
//! |---|---|---|
//! | `~/promote` | `std_srvs/Trigger` | with `updates.store`: the candidate that was admitted takes charge before the next image |
//! | `~/rollback` | `std_srvs/Trigger` | with `updates.store`: the release in charge is taken back |
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
mod facts;
mod inbox;
mod outputs;
mod params;
mod pixels;
mod place;
pub mod updates;
mod work;

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use counts::Counts;
pub use detector::{CameraImage, Detector, DetectorError, DetectorResults, ImageResult};
use facts::ModelFacts;
use inbox::{Arrived, Form, Inbox};
use outputs::Outputs;
pub use params::{PerceptionParams, of_channels};
use place::RunningModel;
use sinew_messages::sensor_msgs::msg::{CompressedImage, Image};
use updates::{Released, UpdatesWorker};
use work::PerceptionWork;

use sinew_node::bus::{Qos, Server, Subscription, listen};
use sinew_node::node::{Node, Setup};
use sinew_node::report::{Diagnostics, Part};
use sinew_node::sync::lock;
use sinew_node::updates::UpdateRequests;
use sinew_node::worker::{Worker, stay_on};

/// How often the node looks whether its thread still lives.
const WATCH_PERIOD: Duration = Duration::from_millis(100);

/// The node.
#[derive(Debug)]
pub struct Perception {
    cores: Vec<usize>,
    facts: ModelFacts,
    /// Where the model comes from a store of releases.
    released: Option<Released>,
    updates: Option<UpdatesWorker>,
    /// Whether it was active since it was configured.
    was_active: bool,
    /// Whether it ends because its model, or the thread of that, has failed.
    has_failed: bool,
    /// Taken by the thread that runs the model, and given back by it.
    work: Option<PerceptionWork>,
    worker: Option<Worker<PerceptionWork>>,
    inbox: Arc<Inbox>,
    counts: Arc<Mutex<Counts>>,
    part: Part,
    diagnostics: Diagnostics,
    _images: Vec<Subscription>,
    _services: Vec<Server>,
}

impl Node for Perception {
    const NAME: &'static str = "perception";
    const DESCRIPTION: &'static str = "a model on the images of some cameras";
    type Params = PerceptionParams;

    fn configure(setup: &Setup<PerceptionParams>) -> anyhow::Result<Self> {
        let params = setup.params.get();
        let released = Released::open(setup, &params)?;
        let running = load(setup, &params, released.as_ref())?;
        let model = running.detector.model();
        let head = model.head();
        let [width, height] = model.input().size;
        tracing::info!(
            "{}: head {head}, input {width}×{height}, on {}",
            running.version,
            model.provision().used
        );
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
        let counts = Arc::new(Mutex::new(Counts::new(&part, &params.cameras)));
        let facts = ModelFacts::new(&part);
        let requests = released.as_ref().map(|released| &released.requests);
        let services = UpdateRequests::services(setup, requests, "updates.store")?;
        let place = released.as_ref().map(|released| released.place.clone());
        let (time, shared) = (setup.time.clone(), counts.clone());
        let work = PerceptionWork::new(running, place, facts.clone(), outputs, &params, time, shared);
        Ok(Self {
            cores: params.cores.clone(),
            facts,
            released,
            updates: None,
            was_active: false,
            has_failed: false,
            work: Some(work),
            worker: None,
            inbox,
            counts,
            part,
            diagnostics: Diagnostics::new(setup)?,
            _images: images,
            _services: services,
        })
    }

    async fn run(&mut self) -> anyhow::Result<()> {
        let work = self.work.take().context("the model's thread has ended before")?;
        let began_before = std::mem::replace(&mut self.was_active, true);
        if let Some(released) = &self.released {
            if began_before {
                released.started_again()?;
            }
            self.updates = Some(released.start(work.running(), self.diagnostics.registry())?);
        }
        self.worker = Some(work::start(work, &self.inbox, &self.cores)?);
        let mut watch = tokio::time::interval(WATCH_PERIOD);
        self.diagnostics.begin();
        loop {
            watch.tick().await;
            if self.diagnostics.is_due() {
                self.report()?;
            }
            if self.worker.as_ref().is_none_or(Worker::has_ended) {
                self.has_failed = true;
                self.report()?;
                bail!("the model has failed, or its thread has");
            }
        }
    }

    fn deactivate(&mut self) {
        if let Some(updates) = self.updates.take() {
            updates.end();
        }
        self.work = self.worker.take().and_then(Worker::give_back);
        // An end that the model may be to blame for, or that it does not come to, is no good order.
        if let Some(released) = self.released.as_ref().filter(|_| !self.has_failed) {
            released.ended();
        }
    }
}

impl Perception {
    fn report(&mut self) -> anyhow::Result<()> {
        let (level, message) = lock(&self.counts).judge(self.inbox.overtaken(), Instant::now());
        let (level, message) = self.facts.judge(level, message);
        self.part.judge(level, message);
        Ok(self.diagnostics.publish()?)
    }
}

/// Loads the model in charge in a thread on the cores that it is to run on: the runtime's own threads stay there, too.
fn load(
    setup: &Setup<PerceptionParams>,
    params: &PerceptionParams,
    released: Option<&Released>,
) -> anyhow::Result<RunningModel> {
    let load = || match released {
        Some(released) => released.load(),
        None => Ok(RunningModel {
            detector: Detector::load(params, |path| setup.path(path))?,
            version: params.model.display().to_string().into(),
        }),
    };
    let loaded = std::thread::scope(|scope| {
        let loading = std::thread::Builder::new().name("perception".into());
        let loading = loading.spawn_scoped(scope, || {
            stay_on(&params.cores);
            load()
        })?;
        std::io::Result::Ok(loading.join())
    })?;
    match loaded {
        Ok(running) => running,
        Err(_) => bail!("{}: loading it has panicked", params.model.display()),
    }
}
