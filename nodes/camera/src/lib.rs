//! The node `camera`: images of a file, a folder or a camera, on topics.
//!
//! | out | type | |
//! |---|---|---|
//! | `<camera_name>/image_raw` | `sensor_msgs/Image` | `rgb8` from files and JPEGs, else the camera's own encoding |
//! | `<camera_name>/camera_info` | `sensor_msgs/CameraInfo` | for each image, with its stamp |
//! | `<camera_name>/image_raw/compressed` | `sensor_msgs/CompressedImage` | where the source has JPEGs, as they are |
//! | `/diagnostics` | `diagnostic_msgs/DiagnosticArray` | 1 Hz, and at once when the source is lost or back |
//!
//! All but `/diagnostics` have ROS's quality of service for sensor data: best effort, the last 5. What
//! nobody listens to is not decoded, copied or sent.
//!
//! Images are taken and decoded in a thread of their own. A source that is lost (a cable, a folder that is
//! gone, a file that is half written) is opened again, with growing pauses of at most 2 s, until it is
//! there; the node stays up. What is broken *when the node is configured* is an error that names it; only
//! a camera may be plugged in later.

mod calibration;
mod capture;
mod files;
mod found;
mod monitor;
mod params;
mod pool;
mod source;
#[cfg(feature = "v4l2")]
mod v4l2;

use std::os::unix::fs::FileTypeExt;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{bail, ensure};

pub use found::found;
pub use params::{CameraParams, PixelFormat};

use calibration::Lens;
use capture::{Open, Outputs, Shared};
use files::{Files, Playback};
use monitor::{Monitor, State};
use pool::Pool;
use source::{Complaints, FrameNeeds, Next, Source};

use sinew_node::node::{Node, Setup};
use sinew_node::report::Diagnostics;
use sinew_node::worker::{Ending, Worker};

const WATCH_PERIOD: Duration = Duration::from_millis(50);

/// The node.
#[derive(Debug)]
pub struct Camera {
    source: String,
    shared: Arc<Shared>,
    open: Opener,
    capture: Option<Worker<()>>,
    diagnostics: Diagnostics,
}

/// Opens the source, as often as it must be.
struct Opener(Open);

impl std::fmt::Debug for Opener {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Opener")
    }
}

impl Node for Camera {
    const NAME: &'static str = "camera";
    const DESCRIPTION: &'static str = "images of a camera, or of files, with their calibration";
    type Params = CameraParams;

    fn configure(setup: &Setup<CameraParams>) -> anyhow::Result<Self> {
        let params = setup.params.get();
        ensure!(
            !params.source.as_os_str().is_empty(),
            "`source`: expected a file, a folder or a camera such as /dev/video0, found none"
        );
        let path = setup.path(&params.source);
        let optics = match (&params.camera_info, params.fovy_rad) {
            (Some(file), _) => Lens::load(&setup.path(file))?,
            (None, Some(fovy_rad)) => Lens::Ideal { fovy_rad },
            (None, None) => Lens::Unknown,
        };
        let open = if is_camera(&path) {
            camera(&path, &params, &optics)?
        } else {
            files(&path, &params, &optics, setup)?
        };
        let source = path.display().to_string();
        Ok(Self {
            shared: Arc::new(Shared {
                outputs: Outputs::new(setup, &params.camera_name)?,
                monitor: Monitor::new(&setup.registry, &source, optics.name()),
                optics,
                frame_id: params.frame_id.clone(),
                time: setup.time.clone(),
            }),
            open: Opener(open),
            capture: None,
            diagnostics: Diagnostics::new(setup)?,
            source,
        })
    }

    async fn run(&mut self) -> anyhow::Result<()> {
        self.shared.time.known().await;
        let mut reported = self.shared.monitor.mark();
        self.shared.monitor.enter(State::Opening);
        self.capture = Some(capture::start(self.shared.clone(), self.open.0.clone())?);
        let mut watch = tokio::time::interval(WATCH_PERIOD);
        self.diagnostics.begin();
        loop {
            watch.tick().await;
            let ended = self.capture.as_ref().is_none_or(Worker::has_ended);
            if ended || self.diagnostics.is_due() || self.shared.monitor.has_news(&reported) {
                self.shared.monitor.judge(&reported);
                self.diagnostics.publish()?;
                reported = self.shared.monitor.mark();
            }
            if !ended {
                continue;
            }
            self.capture.take().map(Worker::end).transpose()?;
            tracing::info!("{}: all images were shown", self.source);
            return Ok(());
        }
    }

    fn deactivate(&mut self) {
        self.capture = None;
    }
}

/// Whether a path means a camera, which may be not plugged in yet.
fn is_camera(path: &Path) -> bool {
    let is_device = std::fs::metadata(path).is_ok_and(|metadata| metadata.file_type().is_char_device());
    is_device || (path.starts_with("/dev") && !path.exists())
}

/// A file or a folder, of which one image was read for a trial.
fn files(path: &Path, params: &CameraParams, optics: &Lens, setup: &Setup<CameraParams>) -> anyhow::Result<Open> {
    if let Some(name) = params.of_cameras_only() {
        bail!(
            "`{name}`: expected none for {}: files have a size and a form of their own",
            path.display()
        );
    }
    let show = Playback {
        path: path.to_owned(),
        rate_hz: params.rate_hz,
        repeat: params.repeat,
    };
    let complaints = Arc::new(Complaints::default());
    let mut trial = Files::open(show.clone(), complaints.clone())?;
    let mut needs = FrameNeeds {
        pool: &mut Pool::default(),
        ending: &Ending::default(),
        time: &setup.time,
        frame_id: &params.frame_id,
        wants_image: false,
        wants_jpeg: false,
    };
    loop {
        match trial.next(&mut needs)? {
            Next::Frame(frame) => break drop(optics.info(frame.size, frame.header)?),
            Next::Broken | Next::Nothing => {}
            Next::End => break,
        }
    }
    Ok(Arc::new(move || {
        let files = Files::open(show.clone(), complaints.clone())?;
        Ok(Box::new(files))
    }))
}

/// A camera, which was asked whether it can do what it shall. One that is not there, or busy, is waited for.
#[cfg(feature = "v4l2")]
fn camera(path: &Path, params: &CameraParams, optics: &Lens) -> anyhow::Result<Open> {
    let asked = v4l2::CaptureRequest::new(path, params);
    match v4l2::introduce(&asked) {
        Ok(camera) => {
            tracing::info!("{}: {}", path.display(), camera.text);
            if (camera.rate_hz / params.rate_hz - 1.0).abs() > 0.01 {
                tracing::warn!(
                    "`rate_hz`: asked for {}, the camera gives {:.2}",
                    params.rate_hz,
                    camera.rate_hz
                );
            }
            optics.info(camera.size, Default::default())?;
        }
        Err(fault) if fault.may_pass() => tracing::warn!("{fault}; it is waited for"),
        Err(fault) => return Err(fault.into()),
    }
    Ok(Arc::new(move || v4l2::open(&asked)))
}

#[cfg(not(feature = "v4l2"))]
fn camera(path: &Path, _params: &CameraParams, _optics: &Lens) -> anyhow::Result<Open> {
    bail!(
        "{}: this program was built without cameras: build it with `--features v4l2`",
        path.display()
    );
}
