//! Images out of a file or a folder, at a rate.

use std::io::ErrorKind::NotFound;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use sinew_messages::sensor_msgs::msg::Image;
use sinew_perception::image::{DecodeError, Encoding, Picture, SourceError, image_files};

use super::source::{Complaints, Fault, Frame, FrameNeeds, Next, Source};

/// What to show, and how.
#[derive(Debug, Clone)]
pub(super) struct Playback {
    pub(super) path: PathBuf,
    pub(super) rate_hz: f64,
    pub(super) repeat: bool,
}

/// The images of a file or a folder, by name. What comes, goes and changes meanwhile is noticed.
#[derive(Debug)]
pub(super) struct Files {
    show: Playback,
    complaints: Arc<Complaints>,
    /// What the folder held, and when that last changed.
    files: Vec<PathBuf>,
    folder: Version,
    /// The file that was looked at last, and whether this pass had a good one.
    last: Option<PathBuf>,
    any_good: bool,
    held: Option<LastImage>,
    due: Option<Instant>,
}

/// The image that was shown last, for a file that is shown again.
#[derive(Debug)]
struct LastImage {
    file: PathBuf,
    version: Version,
    image: Arc<Image>,
    /// What the file holds, where that is a JPEG.
    jpeg: Option<Vec<u8>>,
}

/// Tells whether a file or a folder has changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Version {
    is_folder: bool,
    len: u64,
    modified: Option<SystemTime>,
}

impl Version {
    fn of(path: &Path) -> Result<Self, SourceError> {
        let metadata = std::fs::metadata(path).map_err(|cause| SourceError::Read {
            path: path.to_owned(),
            cause,
        })?;
        Ok(Self {
            is_folder: metadata.is_dir(),
            len: metadata.len(),
            modified: metadata.modified().ok(),
        })
    }
}

impl Files {
    pub(super) fn open(show: Playback, complaints: Arc<Complaints>) -> Result<Self, Fault> {
        let path = &show.path;
        let folder = Version::of(path)?;
        // What never ends, such as a pipe, is no image.
        if !folder.is_folder && !path.is_file() {
            return Err(Fault::Kind { path: path.clone() });
        }
        Ok(Self {
            files: image_files(path)?,
            folder,
            show,
            complaints,
            last: None,
            any_good: false,
            held: None,
            due: None,
        })
    }

    /// The file after the last one; `None` at the end.
    fn following(&self) -> Option<PathBuf> {
        let after = self.files.partition_point(|file| Some(file) <= self.last.as_ref());
        self.files.get(after).cloned()
    }

    fn look_again(&mut self) -> Result<(), Fault> {
        self.files = image_files(&self.show.path)?;
        Ok(())
    }

    /// Begins the next pass, unless the last one was the only one.
    fn begin_again(&mut self) -> Result<bool, Fault> {
        if self.last.is_some() && !self.any_good {
            return Err(Fault::AllBroken {
                folder: self.show.path.clone(),
                files: self.files.len(),
            });
        }
        if self.last.take().is_some() && !self.show.repeat {
            return Ok(false);
        }
        self.any_good = false;
        self.look_again()?;
        Ok(true)
    }

    fn decode(&mut self, file: PathBuf, needs: &FrameNeeds<'_>) -> Result<Frame, DecodeError> {
        // Looked at before it is read: what is written meanwhile is read again.
        let version = Version::of(&file).ok();
        let (picture, bytes) = Picture::load_with_bytes(&file)?;
        let header = needs.header(Duration::ZERO);
        let size = [picture.width(), picture.height()].map(|side| side as u32);
        let image = Arc::new(Image {
            header: header.clone(),
            width: size[0],
            height: size[1],
            encoding: Encoding::Rgb8.name().to_owned(),
            is_bigendian: 0,
            step: 3 * size[0],
            data: picture.into_rgb(),
        });
        let jpeg = bytes.starts_with(&[0xff, 0xd8]).then_some(bytes);
        let frame = Frame {
            header,
            size,
            image: needs.wants_image.then(|| image.clone()),
            jpeg: jpeg.clone().filter(|_| needs.wants_jpeg),
            dropped: 0,
        };
        self.held = version.map(|version| LastImage {
            file,
            version,
            image,
            jpeg,
        });
        Ok(frame)
    }
}

impl LastImage {
    /// The same image once more, with a stamp of its own.
    fn again(&self, needs: &mut FrameNeeds<'_>) -> Frame {
        let header = needs.header(Duration::ZERO);
        let image = needs.wants_image.then(|| {
            let mut data = needs.pool.take().data;
            data.clone_from(&self.image.data);
            Arc::new(Image {
                header: header.clone(),
                encoding: self.image.encoding.clone(),
                data,
                ..*self.image
            })
        });
        Frame {
            header,
            size: [self.image.width, self.image.height],
            image,
            jpeg: self.jpeg.clone().filter(|_| needs.wants_jpeg),
            dropped: 0,
        }
    }
}

impl Source for Files {
    fn rate_hz(&self) -> f64 {
        self.show.rate_hz
    }

    fn next(&mut self, needs: &mut FrameNeeds<'_>) -> Result<Next, Fault> {
        if let Some(due) = self.due
            && needs.ending.wait_until(due)
        {
            return Ok(Next::Nothing);
        }
        let folder = Version::of(&self.show.path)?;
        if std::mem::replace(&mut self.folder, folder) != folder {
            self.look_again()?;
        }
        let Some(file) = self.following() else {
            return Ok(if self.begin_again()? { Next::Nothing } else { Next::End });
        };
        self.last = Some(file.clone());
        let held = self.held.take_if(|held| held.file == file);
        let frame = match held.filter(|held| Version::of(&file).is_ok_and(|version| version == held.version)) {
            Some(held) => {
                let frame = held.again(needs);
                self.held = Some(held);
                frame
            }
            None => match self.decode(file.clone(), needs) {
                Ok(frame) => frame,
                Err(error) if !folder.is_folder => return Err(error.into()),
                // Taken away between two looks at the folder.
                Err(DecodeError::Read { cause, .. }) if cause.kind() == NotFound => return Ok(Next::Nothing),
                Err(error) => {
                    self.complaints.about(&file, &error);
                    return Ok(Next::Broken);
                }
            },
        };
        self.complaints.forget(&file);
        self.any_good = true;
        // What is late is not caught up with.
        let now = Instant::now();
        let period = Duration::from_secs_f64(1.0 / self.show.rate_hz);
        self.due = Some((self.due.unwrap_or(now) + period).max(now));
        Ok(Next::Frame(frame))
    }
}
