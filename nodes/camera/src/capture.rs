//! The thread that takes images and publishes them, and opens the source again when it is lost.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use sinew_messages::sensor_msgs::msg::{CameraInfo, CompressedImage, Image};

use super::calibration::Optics;
use super::monitor::{Monitor, State};
use super::pool::Pool;
use super::source::{Desk, Ending, Fault, Frame, Next, Source};
use sinew_node::bus::{BusError, Publisher, Qos};
use sinew_node::node::{NodeTime, Setup};

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

/// What the thread works with.
#[derive(Debug)]
pub(super) struct Studio {
    pub(super) outputs: Outputs,
    pub(super) optics: Optics,
    pub(super) frame_id: String,
    pub(super) time: NodeTime,
    pub(super) monitor: Monitor,
}

/// The thread. Dropping it ends it.
#[derive(Debug)]
pub(super) struct Capture {
    ending: Arc<Ending>,
    thread: Option<JoinHandle<()>>,
}

impl Capture {
    pub(super) fn start(studio: Arc<Studio>, open: Open) -> std::io::Result<Self> {
        let ending = Arc::new(Ending::default());
        let mut capturing = Capturing {
            studio,
            ending: ending.clone(),
            pool: Pool::default(),
            told_sizes: HashSet::new(),
        };
        let thread = std::thread::Builder::new()
            .name("camera".into())
            .spawn(move || capturing.until_the_end(&open))?;
        Ok(Self {
            ending,
            thread: Some(thread),
        })
    }

    /// Whether the thread has ended by itself.
    pub(super) fn has_ended(&self) -> bool {
        self.thread.as_ref().is_none_or(JoinHandle::is_finished)
    }

    /// Ends the thread; false where it has panicked.
    pub(super) fn end(&mut self) -> bool {
        self.ending.ask();
        self.thread.take().is_none_or(|thread| thread.join().is_ok())
    }
}

impl Drop for Capture {
    fn drop(&mut self) {
        self.end();
    }
}

struct Capturing {
    studio: Arc<Studio>,
    ending: Arc<Ending>,
    pool: Pool,
    /// Sizes for which the calibration is not, once said.
    told_sizes: HashSet<[u32; 2]>,
}

impl Capturing {
    fn until_the_end(&mut self, open: &Open) {
        let mut back_off = FIRST_BACK_OFF;
        let mut lost_since: Option<Instant> = None;
        while !self.ending.is_asked() {
            let played = open().and_then(|source| self.play(source, &mut lost_since));
            let fault = match played {
                Ok(()) => return,
                Err(fault) => fault,
            };
            let reason = fault.to_string();
            let is_first = lost_since.is_none();
            if is_first {
                lost_since = Some(Instant::now());
                back_off = FIRST_BACK_OFF;
                self.studio.monitor.losses.fetch_add(1, Ordering::Relaxed);
                tracing::error!("no images: {reason}; tried again until there are");
            }
            let is_news = self.studio.monitor.enter(State::Lost { reason: reason.clone() });
            if is_news && !is_first {
                tracing::info!("still no images: {reason}");
            }
            if self.ending.wait(back_off) {
                return;
            }
            back_off = (2 * back_off).min(LONGEST_BACK_OFF);
        }
    }

    /// Publishes what comes, until the source ends or the thread is to.
    fn play(&mut self, mut source: Box<dyn Source>, lost_since: &mut Option<Instant>) -> Result<(), Fault> {
        let studio = self.studio.clone();
        while !self.ending.is_asked() {
            let mut desk = Desk {
                pool: &mut self.pool,
                ending: &self.ending,
                time: &studio.time,
                frame_id: &studio.frame_id,
                wants_image: studio.outputs.image.subscriber_count() > 0,
                wants_jpeg: studio.outputs.jpeg.subscriber_count() > 0,
            };
            match source.next(&mut desk)? {
                Next::Frame(frame) => {
                    let rate_hz = source.rate_hz();
                    studio.monitor.enter(State::Streaming { rate_hz });
                    if let Some(since) = lost_since.take() {
                        tracing::info!("images again, after {:.1} s", since.elapsed().as_secs_f64());
                    }
                    self.publish(frame);
                }
                Next::Broken => {
                    studio.monitor.broken.fetch_add(1, Ordering::Relaxed);
                }
                Next::Nothing => {}
                Next::End => {
                    studio.monitor.enter(State::Ended);
                    return Ok(());
                }
            }
        }
        Ok(())
    }

    fn publish(&mut self, frame: Frame) {
        let Studio {
            outputs,
            optics,
            monitor,
            ..
        } = &*self.studio;
        monitor.dropped.fetch_add(frame.dropped, Ordering::Relaxed);
        // An image without the calibration that its listeners count on would be a wrong one.
        let info = match optics.info(frame.size, frame.header.clone()) {
            Ok(info) => info,
            Err(error) => {
                monitor.other_size.fetch_add(1, Ordering::Relaxed);
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
                monitor.frames.fetch_add(1, Ordering::Relaxed);
            }
            Err(error) => tracing::warn!("{error}"),
        }
    }
}
