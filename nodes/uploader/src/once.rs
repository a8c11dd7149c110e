//! Single recordings, uploaded once: what the command line does.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use sinew_storage::{Bandwidth, Location};

use crate::destination;
use crate::filter::Filter;
use crate::journal::Journals;
use crate::progress::Progress;
use crate::recording::expect_whole;
use crate::scan::Recording;
use crate::upload::{UploadError, Uploaded, Uploader, failed};

/// Uploads single recordings; interrupted and started again it goes on where it was.
#[derive(Debug)]
pub struct UploadOnce(Uploader);

impl UploadOnce {
    /// To a location, in the name of a robot.
    ///
    /// # Errors
    /// Where the destination cannot be opened.
    pub fn to(
        location: &Location,
        robot: &str,
        filter: Option<Filter>,
        bandwidth: Arc<Bandwidth>,
    ) -> Result<Self, UploadError> {
        Ok(Self(Uploader {
            destination: destination::open(location, bandwidth)?,
            place: location.name(),
            robot: robot.to_owned(),
            filter,
        }))
    }

    /// Uploads a recording, or what is missing of it.
    ///
    /// # Errors
    /// Where it is not there in the end. What is there already stays, for the next time.
    pub fn upload(&mut self, file: &Path, progress: &dyn Progress) -> Result<Uploaded, UploadError> {
        let misnamed = |error: String| failed(file)(std::io::Error::other(error));
        let recording = Recording::of(file).map_err(misnamed)?;
        expect_whole(file).map_err(failed(file))?;
        let folder = folder_of(file);
        let journals = Journals::of(&folder).map_err(failed(&folder))?;
        let path = journals.lock_path();
        let lock = File::create(&path).map_err(failed(&path))?;
        match sinew_files::lock_alone(&lock) {
            Ok(()) => self.0.upload(&recording, &journals, progress),
            Err(fs::TryLockError::WouldBlock) => Err(failed(&folder)(std::io::Error::other(
                "another process uploads from this folder; end it first",
            ))),
            Err(fs::TryLockError::Error(cause)) => Err(failed(&path)(cause)),
        }
    }
}

fn folder_of(file: &Path) -> PathBuf {
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty());
    folder.unwrap_or(Path::new(".")).to_owned()
}
