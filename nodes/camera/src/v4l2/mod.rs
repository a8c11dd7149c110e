//! Cameras of Linux (Video4Linux2, the single-planar interface): set up, streamed from, lost and found.
//!
//! [`device`] and [`abi`] are the system's calls, and the only places here with unsafe code. What is done
//! with them is in this file and knows a trait only, so that a test can pull the plug.

mod abi;
mod device;
#[cfg(test)]
mod fake;
mod format;
#[cfg(test)]
mod tests;

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use sinew_control::clock::monotonic_nanos;
use sinew_messages::sensor_msgs::msg::Image;
use sinew_perception::image::{Encoding, ImageView, Picture};

use super::params::{CameraParams, PixelFormat};
use super::source::{Fault, Frame, FrameNeeds, Next, Source};
use device::{Device, TakenFrame, VideoDevice};
use format::{FourCc, Pixels, RoundedRate, Setting, listing};

/// One is filled, one is read, two are for the time in between.
const BUFFERS: u32 = 4;
/// How long a frame is waited for before it is asked whether the thread is to end.
const PATIENCE: Duration = Duration::from_millis(100);
/// A camera is lost that has been silent for this long, or for this many images; before its first one it may
/// take more time.
const SILENCE: Duration = Duration::from_secs(2);
const FIRST_SILENCE: Duration = Duration::from_secs(5);
const SILENT_IMAGES: f64 = 20.0;
/// A stamp further back than this is of another clock.
const OLDEST: Duration = Duration::from_secs(10);

/// What a camera that was there does when it is not.
const LOST: &str = "gives no images any more";

/// What a camera is to do.
#[derive(Debug, Clone)]
pub(super) struct CaptureRequest {
    device: PathBuf,
    size: Option<[u32; 2]>,
    format: Option<PixelFormat>,
    rate_hz: f64,
}

impl CaptureRequest {
    pub(super) fn new(device: &Path, params: &CameraParams) -> Self {
        Self {
            device: device.to_owned(),
            size: params.width.zip(params.height).map(|(width, height)| [width, height]),
            format: params.pixel_format,
            rate_hz: params.rate_hz,
        }
    }

    fn fault(&self, doing: &'static str) -> impl Fn(io::Error) -> Fault {
        move |cause| Fault::Device {
            device: self.device.clone(),
            doing,
            cause,
        }
    }

    fn refused<T>(&self, message: String) -> Result<T, Fault> {
        Err(Fault::Refused {
            device: self.device.clone(),
            message,
        })
    }
}

/// What a camera turned out to be.
#[derive(Debug)]
pub(super) struct OpenedCamera {
    /// Width and height of its images.
    pub(super) size: [u32; 2],
    /// Images per second that it has promised.
    pub(super) rate_hz: f64,
    /// Its name and what it does, for people.
    pub(super) text: String,
}

/// Opens the device and sets it up. It streams from the first frame that is asked for.
pub(super) fn open(asked: &CaptureRequest) -> Result<Box<dyn Source>, Fault> {
    Ok(Box::new(opened(asked)?))
}

/// Sets the device up for a trial.
pub(super) fn introduce(asked: &CaptureRequest) -> Result<OpenedCamera, Fault> {
    let camera = opened(asked)?;
    Ok(OpenedCamera {
        size: camera.size(),
        rate_hz: camera.rate_hz,
        text: format!(
            "{}, {} at {} Hz",
            camera.name,
            camera.setting,
            RoundedRate(camera.rate_hz)
        ),
    })
}

fn opened(asked: &CaptureRequest) -> Result<Camera<VideoDevice>, Fault> {
    let device = VideoDevice::open(&asked.device).map_err(asked.fault("cannot be opened"))?;
    Camera::new(device, asked.clone())
}

/// A camera that was set up.
#[derive(Debug)]
struct Camera<D> {
    device: D,
    asked: CaptureRequest,
    name: String,
    setting: Setting,
    pixels: Pixels,
    rate_hz: f64,
    /// When it last gave a frame, or began to; `None` before it streams.
    heard: Option<Instant>,
    /// The number of its last frame.
    sequence: Option<u32>,
    /// Whether a broken frame was spoken of.
    complained: bool,
}

impl<D: Device> Camera<D> {
    fn new(mut device: D, asked: CaptureRequest) -> Result<Self, Fault> {
        let about = match device.about() {
            Ok(about) => about,
            Err(error) if error.raw_os_error() == Some(libc::ENOTTY) => {
                return asked.refused("expected a camera, found another kind of device".to_owned());
            }
            Err(error) => return Err(asked.fault("does not say what it is")(error)),
        };
        let name = about.name;
        if !about.captures || !about.streams {
            let found = match (about.several_planes, about.captures) {
                (true, _) => "one that gives them in several planes only, which is not supported",
                (_, false) => "one that gives none",
                (_, true) => "one that does not stream",
            };
            return asked.refused(format!("expected a device that gives images, found {name}, {found}"));
        }
        let setting = negotiate(&mut device, &asked)?;
        let Some(pixels) = setting.letters.pixels() else {
            return asked.refused(misfit(&device, &asked, &setting));
        };
        // A camera without rates to choose from is as fast as it is.
        let granted = device.set_rate(asked.rate_hz).ok().flatten();
        Ok(Self {
            rate_hz: granted.unwrap_or(asked.rate_hz),
            device,
            asked,
            name,
            setting,
            pixels,
            heard: None,
            sequence: None,
            complained: false,
        })
    }

    /// Width and height of its images.
    fn size(&self) -> [u32; 2] {
        [self.setting.width, self.setting.height]
    }

    /// The newest frame that waits, and how many older ones were let go for it.
    fn newest(&mut self) -> io::Result<Option<(TakenFrame, u64)>> {
        let mut newest = None;
        let mut let_go = 0;
        // No more than there are buffers: a fast camera must not keep us here.
        for _ in 0..BUFFERS {
            let Some(taken) = self.device.take()? else { break };
            if let Some(older) = newest.replace(taken) {
                self.device.give(older)?;
                let_go += 1;
            }
        }
        Ok(newest.map(|taken| (taken, let_go)))
    }

    /// Frames that were missed before this one, by its number; some cameras do not count.
    fn missed(&mut self, taken: &TakenFrame) -> u64 {
        let before = self.sequence.replace(taken.sequence);
        let step = before.map_or(0, |before| taken.sequence.wrapping_sub(before));
        match step {
            // It has begun to count anew.
            0x8000_0000.. => 0,
            step => u64::from(step.saturating_sub(1)),
        }
    }

    /// Whether it is lost.
    fn silent_for(&self, silent: Duration) -> Result<Next, Fault> {
        let least = self.sequence.map_or(FIRST_SILENCE, |_| SILENCE);
        let bearable = least.max(Duration::from_secs_f64(SILENT_IMAGES / self.rate_hz));
        if silent > bearable {
            Err(Fault::Silent {
                device: self.asked.device.clone(),
                secs: silent.as_secs_f64(),
            })
        } else {
            Ok(Next::Nothing)
        }
    }

    /// The frame in a buffer; an error says what is wrong with it.
    fn frame(&self, taken: &TakenFrame, needs: &mut FrameNeeds<'_>, dropped: u64) -> Result<Frame, String> {
        if taken.is_damaged {
            return Err("the camera says that it is damaged".to_owned());
        }
        let header = needs.header(age(taken));
        let (image, jpeg) = match self.pixels {
            Pixels::Plain(encoding) if needs.wants_image => (Some(self.plain(taken, encoding, needs)?), None),
            Pixels::Jpeg if needs.wants_image || needs.wants_jpeg => self.jpeg(taken, needs)?,
            _ => (None, None),
        };
        let image = image.map(|image| {
            Arc::new(Image {
                header: header.clone(),
                ..image
            })
        });
        Ok(Frame {
            header,
            size: self.size(),
            image,
            jpeg,
            dropped,
        })
    }

    fn plain(&self, taken: &TakenFrame, encoding: Encoding, needs: &mut FrameNeeds<'_>) -> Result<Image, String> {
        let Setting {
            width, height, step, ..
        } = self.setting;
        // Some drivers do not say how long a row is: then it is as long as it must be.
        let step = if step == 0 {
            encoding.row_bytes(width as usize) as u32
        } else {
            step
        };
        let mut data = needs.pool.take().data;
        self.device.copy(taken, &mut data);
        let size = [width as usize, height as usize];
        ImageView::new(encoding, size, step as usize, false, &data).map_err(|error| error.to_string())?;
        // Without what the driver keeps behind the image, and with the end of the last row: listeners count.
        data.resize(step as usize * encoding.rows(size[1]), 0);
        Ok(Image {
            width,
            height,
            encoding: encoding.name().to_owned(),
            step,
            data,
            ..Image::default()
        })
    }

    fn jpeg(&self, taken: &TakenFrame, needs: &FrameNeeds<'_>) -> Result<(Option<Image>, Option<Vec<u8>>), String> {
        let mut bytes = Vec::new();
        self.device.copy(taken, &mut bytes);
        if !bytes.starts_with(&[0xff, 0xd8]) {
            return Err(format!(
                "expected a JPEG, found {} bytes of something else",
                bytes.len()
            ));
        }
        let decoded = needs.wants_image.then(|| Picture::decode(&bytes)).transpose();
        let picture = decoded.map_err(|error| error.to_string())?;
        let [width, height] = self.size();
        let image = match picture {
            Some(picture) if [picture.width() as u32, picture.height() as u32] != self.size() => {
                let found = [picture.width(), picture.height()];
                return Err(format!("expected {width}×{height}, found {}×{}", found[0], found[1]));
            }
            picture => picture.map(|picture| Image {
                width,
                height,
                encoding: Encoding::Rgb8.name().to_owned(),
                step: 3 * width,
                data: picture.into_rgb(),
                ..Image::default()
            }),
        };
        Ok((image, needs.wants_jpeg.then_some(bytes)))
    }
}

impl<D: Device> Source for Camera<D> {
    fn rate_hz(&self) -> f64 {
        self.rate_hz
    }

    fn next(&mut self, needs: &mut FrameNeeds<'_>) -> Result<Next, Fault> {
        let heard = match self.heard {
            Some(heard) => heard,
            None => {
                self.device
                    .start(BUFFERS)
                    .map_err(self.asked.fault("does not stream"))?;
                *self.heard.insert(Instant::now())
            }
        };
        let ready = self.device.wait(PATIENCE).map_err(self.asked.fault(LOST))?;
        if !ready {
            return self.silent_for(heard.elapsed());
        }
        let newest = self.newest().map_err(self.asked.fault(LOST))?;
        let Some((taken, let_go)) = newest else {
            return Ok(Next::Nothing);
        };
        self.heard = Some(Instant::now());
        let dropped = self.missed(&taken).max(let_go);
        let frame = self.frame(&taken, needs, dropped);
        self.device
            .give(taken)
            .map_err(self.asked.fault("takes no buffer back"))?;
        match frame {
            Ok(frame) => Ok(Next::Frame(frame)),
            Err(error) => {
                if !std::mem::replace(&mut self.complained, true) {
                    tracing::warn!("{}: a broken image: {error}", self.asked.device.display());
                }
                Ok(Next::Broken)
            }
        }
    }
}

/// How long ago a frame was taken.
fn age(taken: &TakenFrame) -> Duration {
    let age = taken.at_nanos.and_then(|at| monotonic_nanos().checked_sub(at));
    let age = age.map_or(Duration::ZERO, Duration::from_nanos);
    if age > OLDEST { Duration::ZERO } else { age }
}

/// Sets a camera up as asked; what is not asked stays as it is, as long as it is understood.
fn negotiate(device: &mut impl Device, asked: &CaptureRequest) -> Result<Setting, Fault> {
    let current = device.setting().map_err(asked.fault("does not say its format"))?;
    let letters = match asked.format.and_then(FourCc::of) {
        Some(letters) => letters,
        None if current.letters.pixels().is_some() => current.letters,
        None => FourCc::best(&device.offers()).unwrap_or(current.letters),
    };
    let [width, height] = asked.size.unwrap_or([current.width, current.height]);
    let wanted = Setting {
        letters,
        width,
        height,
        step: 0,
        is_whole: true,
    };
    let granted = match device.set(wanted) {
        Ok(granted) => granted,
        // What it cannot do at all, rather than now.
        Err(error) if error.raw_os_error() == Some(libc::EINVAL) => current,
        Err(error) => return Err(asked.fault("cannot be set up")(error)),
    };
    let fits = (granted.letters, granted.width, granted.height) == (letters, width, height);
    if fits && granted.is_whole {
        Ok(granted)
    } else {
        asked.refused(misfit(device, asked, &granted))
    }
}

/// What the camera could do instead.
fn misfit(device: &impl Device, asked: &CaptureRequest, granted: &Setting) -> String {
    let letters = asked.format.and_then(FourCc::of);
    let size = asked.size.map(|[width, height]| format!("{width}×{height}"));
    let wanted: Vec<String> = letters
        .map(|letters| letters.to_string())
        .into_iter()
        .chain(size)
        .collect();
    let wanted = if wanted.is_empty() {
        "what it is set to".to_owned()
    } else {
        wanted.join(" ")
    };
    let halves = if granted.is_whole { "" } else { ", in fields" };
    let expected = match listing(&device.offers(), letters) {
        none if none.is_empty() => "a camera with a format that is understood".to_owned(),
        offers => format!("one of {offers}"),
    };
    format!("asked for {wanted}, it gives {granted}{halves}; expected {expected}")
}
