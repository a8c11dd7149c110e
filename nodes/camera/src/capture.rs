//! The thread that takes images and publishes them, and opens the source again when it is lost.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use sinew_messages::sensor_msgs::msg::{CameraInfo, CompressedImage, Image};

use super::calibration::Lens;
use super::monitor::{Monitor, State};
use super::pool::Pool;
use super::source::{Fault, Frame, FrameNeeds, Next, Source};
use sinew_node::bus::{BusError, Publisher, Qos};
use sinew_node::node::{NodeTime, Setup};
use sinew_node::worker::{Builder, Ending, Worker};

/// How long a lost source is left alone: at first, and at most.
const FIRST_BACK_OFF: Duration = Duration::from_millis(100);
const LONGEST_BACK_OFF: Duration = Duration::from_secs(2);

/// Opens the source, or says why it cannot be.
pub(super) type Open = Arc<dyn Fn() -> Result<Box<dyn Source>, Fault> + Send + Sync>;

/// The topics of one camera.
#[derive(Debug)]
pub(super) struct Outputs {
    image: Publisher<Image>,
    info: Publisher<CameraInfo>,
    jpeg: Publisher<CompressedImage>,
}

impl Outputs {
    pub(super) fn new<P>(setup: &Setup<P>, camera: &str) -> Result<Self, BusError> {
        let qos = Qos::sensor_data();
        Ok(Self {
            image: setup.output(&format!("{camera}/image_raw"), qos)?,
            info: setup.output(&format!("{camera}/camera_info"), qos)?,
            jpeg: setup.output(&format!("{camera}/image_raw/compressed"), qos)?,
        })
    }
}

/// What the thread and the node share.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) outputs: Outputs,
    pub(super) optics: Lens,
    pub(super) frame_id: String,
    pub(super) time: NodeTime,
    pub(super) monitor: Monitor,
}

/// Takes images in a thread of its own until the source ends.
///
/// # Errors
/// Where the system gives no thread.
pub(super) fn start(shared: Arc<Shared>, open: Open) -> std::io::Result<Worker<()>> {
    let mut capture = Capture {
        shared,
        pool: Pool::default(),
        told_sizes: HashSet::new(),
    };
    Builder::new("camera").start((), move |(), ending| capture.until_the_end(&open, ending))
}

struct Capture {
    shared: Arc<Shared>,
    pool: Pool,
    /// Sizes for which the calibration is not, once said.
    told_sizes: HashSet<[u32; 2]>,
}

impl Capture {
    fn until_the_end(&mut self, open: &Open, ending: &Ending) {
        let mut back_off = FIRST_BACK_OFF;
        let mut lost_since: Option<Instant> = None;
        while !ending.is_asked() {
            let played = open().and_then(|source| self.play(source, &mut lost_since, ending));
            let fault = match played {
                Ok(()) => return,
                Err(fault) => fault,
            };
            let reason = fault.to_string();
            let is_first = lost_since.is_none();
            if is_first {
                lost_since = Some(Instant::now());
                back_off = FIRST_BACK_OFF;
                self.shared.monitor.losses.add(1);
                tracing::error!("no images: {reason}; tried again until there are");
            }
            let is_news = self.shared.monitor.enter(State::Lost { reason: reason.clone() });
            if is_news && !is_first {
                tracing::info!("still no images: {reason}");
            }
            if ending.wait(back_off) {
                return;
            }
            back_off = (2 * back_off).min(LONGEST_BACK_OFF);
        }
    }

    /// Publishes what comes, until the source ends or the thread is to.
    fn play(
        &mut self,
        mut source: Box<dyn Source>,
        lost_since: &mut Option<Instant>,
        ending: &Ending,
    ) -> Result<(), Fault> {
        let shared = self.shared.clone();
        while !ending.is_asked() {
            let mut needs = FrameNeeds {
                pool: &mut self.pool,
                ending,
                time: &shared.time,
                frame_id: &shared.frame_id,
                wants_image: shared.outputs.image.subscriber_count() > 0,
                wants_jpeg: shared.outputs.jpeg.subscriber_count() > 0,
            };
            match source.next(&mut needs)? {
                Next::Frame(frame) => {
                    let rate_hz = source.rate_hz();
                    shared.monitor.enter(State::Streaming { rate_hz });
                    if let Some(since) = lost_since.take() {
                        tracing::info!("images again, after {:.1} s", since.elapsed().as_secs_f64());
                    }
                    self.publish(frame);
                }
                Next::Broken => {
                    shared.monitor.broken.add(1);
                }
                Next::Nothing => {}
                Next::End => {
                    shared.monitor.enter(State::Ended);
                    return Ok(());
                }
            }
        }
        Ok(())
    }

    fn publish(&mut self, frame: Frame) {
        let Shared {
            outputs,
            optics,
            monitor,
            ..
        } = &*self.shared;
        monitor.dropped.add(frame.dropped);
        // An image without the calibration that its listeners count on would be a wrong one.
        let info = match optics.info(frame.size, frame.header.clone()) {
            Ok(info) => info,
            Err(error) => {
                monitor.other_size.add(1);
                if self.told_sizes.insert(error.found) {
                    tracing::error!("{error}; images of this size are not published");
                }
                return;
            }
        };
        let mut sent = Ok(());
        if let Some(image) = frame.image {
            sent = outputs.image.publish_shared(image.clone());
            self.pool.give(image);
        }
        let sent = sent.and_then(|()| outputs.info.publish(info)).and_then(|()| {
            let Some(data) = frame.jpeg else { return Ok(()) };
            outputs.jpeg.publish(CompressedImage {
                header: frame.header,
                format: "jpeg".to_owned(),
                data,
            })
        });
        match sent {
            Ok(()) => {
                monitor.frames.add(1);
            }
            Err(error) => tracing::warn!("{error}"),
        }
    }
}
