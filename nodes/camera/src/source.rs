//! What images come from, whatever it is.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use sinew_messages::sensor_msgs::msg::Image;
use sinew_messages::std_msgs::msg::Header;
use sinew_perception::image::{DecodeError, SourceError};
use thiserror::Error;

use super::pool::Pool;
use sinew_node::node::{NodeTime, to_nanos, to_stamp};
use sinew_node::sync::lock;
use sinew_node::worker::Ending;

/// A source that is open.
pub(super) trait Source: Send {
    /// Images per second that are to be expected of it.
    fn rate_hz(&self) -> f64;

    /// Waits for the next frame, a tenth of a second or until the thread is asked to end.
    ///
    /// # Errors
    /// Where the source has to be opened again, if that is possible.
    fn next(&mut self, needs: &mut FrameNeeds<'_>) -> Result<Next, Fault>;
}

/// What came of waiting for a frame.
#[derive(Debug)]
pub(super) enum Next {
    /// One came.
    Frame(Frame),
    /// One came that cannot be used.
    Broken,
    /// None came yet.
    Nothing,
    /// None comes any more.
    End,
}

/// A frame, in the forms that somebody wants.
#[derive(Debug)]
pub(super) struct Frame {
    pub(super) header: Header,
    /// Width and height.
    pub(super) size: [u32; 2],
    pub(super) image: Option<Arc<Image>>,
    pub(super) jpeg: Option<Vec<u8>>,
    /// Frames that were let go before it.
    pub(super) dropped: u64,
}

/// What a source needs to make a frame.
pub(super) struct FrameNeeds<'a> {
    pub(super) pool: &'a mut Pool,
    pub(super) ending: &'a Ending,
    pub(super) time: &'a NodeTime,
    pub(super) frame_id: &'a str,
    /// Whether somebody listens to images.
    pub(super) wants_image: bool,
    /// Whether somebody listens to JPEGs.
    pub(super) wants_jpeg: bool,
}

impl FrameNeeds<'_> {
    /// The header of an image that was taken that long ago.
    pub(super) fn header(&self, age: Duration) -> Header {
        let now = to_nanos(&self.time.now());
        Header {
            stamp: to_stamp(now.saturating_sub(age.as_nanos() as u64)),
            frame_id: self.frame_id.to_owned(),
        }
    }
}

/// Why a source gives no images.
#[derive(Debug, Error)]
pub(super) enum Fault {
    /// The file or folder is not there.
    #[error(transparent)]
    Files(#[from] SourceError),
    /// The only file is no image.
    #[error(transparent)]
    Decode(#[from] DecodeError),
    /// No file of a folder is an image.
    #[error("{}: expected a whole image among its {files} files, found none", .folder.display())]
    AllBroken { folder: PathBuf, files: usize },
    /// A file, folder or camera is expected.
    #[error("{}: expected a file, a folder or a camera, found something else", .path.display())]
    Kind { path: PathBuf },
    /// The system refuses something that a camera is asked for.
    #[cfg(feature = "v4l2")]
    #[error("{}: {doing}: {cause}", .device.display())]
    Device {
        device: PathBuf,
        doing: &'static str,
        cause: std::io::Error,
    },
    /// The camera cannot do what it is asked for.
    #[cfg(feature = "v4l2")]
    #[error("{}: {message}", .device.display())]
    Refused { device: PathBuf, message: String },
    /// The camera says nothing any more.
    #[cfg(feature = "v4l2")]
    #[error("{}: no image for {secs:.1} s", .device.display())]
    Silent { device: PathBuf, secs: f64 },
}

#[cfg(feature = "v4l2")]
impl Fault {
    /// Whether it may pass while nobody does anything about parameters: a cable, another program.
    pub(super) fn may_pass(&self) -> bool {
        matches!(self, Self::Device { .. } | Self::Silent { .. })
    }
}

/// The files that were complained about: each once, however often the source is opened.
#[derive(Debug, Default)]
pub(super) struct Complaints(Mutex<HashSet<PathBuf>>);

impl Complaints {
    pub(super) fn about(&self, file: &Path, error: &DecodeError) {
        let mut about = lock(&self.0);
        if about.insert(file.to_owned()) {
            tracing::warn!("{error}; it is left out");
        }
    }

    /// The file is well: the next time is a new one.
    pub(super) fn forget(&self, file: &Path) {
        lock(&self.0).remove(file);
    }
}
