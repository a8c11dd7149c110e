//! A folder of recordings, and what becomes of them. No bus, no thread.

use std::collections::HashMap;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant, UNIX_EPOCH};

use sinew_storage::{Bandwidth, Location};
use thiserror::Error;

use crate::backoff::Backoff;
use crate::destination::{self, DestinationError};
use crate::filter::Filter;
use crate::journal::{Journal, Journals};
use crate::manifest::Manifest;
use crate::progress::Progress;
use crate::scan::{Found, Recording, Rule, Scan};
use crate::upload::{UploadError, Uploaded, Uploader, failed};

/// What is uploaded, and to where.
#[derive(Debug, Clone)]
pub struct UploadSettings {
    /// Where recordings go.
    pub location: Location,
    /// Name of the robot, which stands in manifests.
    pub robot: String,
    /// Which recordings go.
    pub rules: Vec<Rule>,
    /// The share that goes by [`Rule::Sampled`], 0 to 1.
    pub sample_share: f64,
    /// How long a recording without a proof must not have grown to count as finished.
    pub settle: Duration,
    /// Whether recordings are deleted here once their manifests are there.
    pub delete_after_upload: bool,
}

/// Why a folder cannot be uploaded from.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum FolderError {
    /// The folder cannot be used.
    #[error("{}: {cause}", .folder.display())]
    Folder {
        /// The folder.
        folder: PathBuf,
        /// What the system says.
        cause: io::Error,
    },
    /// Another process uploads from it.
    #[error("{}: another process uploads from this folder; end it first", .folder.display())]
    InUse {
        /// The folder.
        folder: PathBuf,
    },
    /// The destination cannot be opened.
    #[error(transparent)]
    Destination(#[from] DestinationError),
}

/// What one step did.
#[derive(Debug)]
#[non_exhaustive]
pub enum Step {
    /// Nothing is to be done now.
    Rest,
    /// A recording is there, with all that belongs to it.
    Uploaded(Box<Manifest>),
    /// A recording was there before.
    Before,
    /// A recording is not there yet; it is tried again later.
    Failed {
        /// Its name.
        recording: String,
        /// Why.
        error: UploadError,
    },
    /// It was asked to end.
    Ended,
}

/// How a folder stands.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Standing {
    /// Recordings that are finished and wait to be uploaded.
    pub pending: usize,
    /// Their bytes here.
    pub pending_bytes: u64,
    /// Recordings that are still being written, or are not whole.
    pub unfinished: usize,
    /// Finished recordings that no rule lets go.
    pub kept: usize,
    /// Recordings that were deleted by somebody before they were there, since this was opened.
    pub lost: u64,
}

/// Uploads the finished recordings of a folder, one after the other.
#[derive(Debug)]
pub struct Uploads {
    folder: PathBuf,
    settings: UploadSettings,
    uploader: Uploader,
    journals: Journals,
    scan: Scan,
    failed: HashMap<String, Backoff>,
    standing: Standing,
    misnamed: Vec<String>,
    /// Held as long as this lives.
    _lock: File,
}

impl Uploads {
    /// Of a folder, which is made where it is not there.
    ///
    /// # Errors
    /// Where the folder or the destination cannot be opened, or another process uploads from the folder.
    pub fn open(
        folder: &Path,
        settings: UploadSettings,
        filter: Option<Filter>,
        bandwidth: Arc<Bandwidth>,
    ) -> Result<Self, FolderError> {
        let wrong = |cause: io::Error| FolderError::Folder {
            folder: folder.to_owned(),
            cause,
        };
        fs::create_dir_all(folder).map_err(wrong)?;
        let journals = Journals::of(folder).map_err(wrong)?;
        let lock = File::create(journals.lock_path()).map_err(wrong)?;
        match sinew_files::lock_alone(&lock) {
            Ok(()) => {}
            Err(fs::TryLockError::WouldBlock) => {
                return Err(FolderError::InUse {
                    folder: folder.to_owned(),
                });
            }
            Err(fs::TryLockError::Error(cause)) => return Err(wrong(cause)),
        }
        Ok(Self {
            uploader: Uploader {
                destination: destination::open(&settings.location, bandwidth)?,
                place: settings.location.name(),
                robot: settings.robot.clone(),
                filter,
            },
            folder: folder.to_owned(),
            settings,
            journals,
            scan: Scan::default(),
            failed: HashMap::new(),
            standing: Standing::default(),
            misnamed: Vec::new(),
            _lock: lock,
        })
    }

    /// How the folder stood at the last step.
    pub fn standing(&self) -> Standing {
        self.standing
    }

    /// What is wrong with the names of files that look like recordings.
    pub fn misnamed(&self) -> &[String] {
        &self.misnamed
    }

    /// Looks into the folder, and uploads the next recording that is due.
    ///
    /// # Errors
    /// Where the folder cannot be read.
    pub fn step(&mut self, progress: &dyn Progress) -> Result<Step, FolderError> {
        let now = Instant::now();
        let folder = self.folder.clone();
        let wrong = |cause: io::Error| FolderError::Folder {
            folder: folder.clone(),
            cause,
        };
        let found = self.scan.look(&self.folder, self.settings.settle, now).map_err(wrong)?;
        let due = self.sort(found, now);
        match due {
            Some(recording) => Ok(self.upload(&recording, progress)),
            None => Ok(Step::Rest),
        }
    }

    /// Counts what there is, and gives what is due next.
    fn sort(&mut self, found: Found, now: Instant) -> Option<Recording> {
        self.forget_deleted();
        self.standing = Standing {
            unfinished: found.unfinished,
            lost: self.standing.lost,
            ..Standing::default()
        };
        self.misnamed = found.misnamed;
        let mut due: Option<Recording> = None;
        for recording in found.finished {
            if !recording.goes(&self.settings.rules, self.settings.sample_share) {
                self.standing.kept += 1;
                continue;
            }
            let Some(size) = self.pending(&recording) else { continue };
            self.standing.pending += 1;
            self.standing.pending_bytes += size;
            let waits = self
                .failed
                .get(&recording.name)
                .is_some_and(|backoff| !backoff.is_due(now));
            if !waits && due.is_none() {
                due = Some(recording);
            }
        }
        due
    }

    /// Forgets recordings that are not here any more.
    fn forget_deleted(&mut self) {
        for journal in self.journals.all() {
            let is_here = self.folder.join(format!("{}.mcap", journal.recording)).exists();
            if is_here || journal.destination != self.uploader.place {
                continue;
            }
            if !journal.done {
                self.standing.lost += 1;
                tracing::warn!(
                    recording = journal.recording,
                    "a recording was deleted before it was uploaded"
                );
            }
            // Tried again at the next look; nothing depends on it.
            let _ = self.journals.remove(&journal.recording, &journal.destination);
        }
    }

    /// The size of a recording that is not uploaded yet, or whose files are still to be deleted.
    fn pending(&self, recording: &Recording) -> Option<u64> {
        let size = fs::metadata(&recording.path).ok()?.len();
        let journal = self.journals.load(&recording.name, &self.uploader.place).ok().flatten();
        let is_done = journal.is_some_and(|journal| {
            journal.done && journal.filter == self.uploader.filter_name() && journal.stamp == stamp(&recording.path)
        });
        let is_deleted = self.settings.delete_after_upload && self.uploader.filter.is_none();
        (!is_done || is_deleted).then_some(size)
    }

    fn upload(&mut self, recording: &Recording, progress: &dyn Progress) -> Step {
        let uploaded = self.uploader.upload(recording, &self.journals, progress);
        let outcome = uploaded.and_then(|uploaded| {
            self.delete(recording)?;
            Ok(uploaded)
        });
        match outcome {
            Ok(Uploaded::Now(manifest)) => {
                self.failed.remove(&recording.name);
                Step::Uploaded(manifest)
            }
            Ok(Uploaded::Before) => Step::Before,
            Err(UploadError::Ended) => Step::Ended,
            Err(UploadError::Filter(crate::filter::FilterError::Ended)) => Step::Ended,
            Err(error) => {
                let backoff = self.failed.entry(recording.name.clone()).or_default();
                backoff.fail(&self.settings.robot, &recording.name, Instant::now());
                Step::Failed {
                    recording: recording.name.clone(),
                    error,
                }
            }
        }
    }

    /// Deletes a recording here, if that is wanted and its manifest is there.
    fn delete(&mut self, recording: &Recording) -> Result<(), UploadError> {
        // A filtered copy is not the recording.
        let may_go = self.settings.delete_after_upload && self.uploader.filter.is_none();
        if !may_go || !self.uploader.has_manifest(&recording.name)? {
            return Ok(());
        }
        // The recording last: what is left of it otherwise would look like a proof without a recording.
        for path in recording.beside().iter().chain([&recording.path]) {
            crate::files::remove(path).map_err(failed(path))?;
        }
        let journal = self.journals.path(&recording.name, &self.uploader.place);
        let removed = self.journals.remove(&recording.name, &self.uploader.place);
        removed.map_err(failed(&journal))
    }
}

/// Size and time of change of a file: what tells without reading it that it is the same.
pub(crate) fn stamp(path: &Path) -> Option<(u64, u64)> {
    let metadata = fs::metadata(path).ok()?;
    let modified = metadata.modified().ok()?.duration_since(UNIX_EPOCH).ok()?;
    Some((metadata.len(), u64::try_from(modified.as_nanos()).ok()?))
}

/// What is known of the uploads from a folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known {
    /// The recording.
    pub recording: String,
    /// Where it goes.
    pub destination: String,
    /// Whether all of it is there.
    pub is_done: bool,
    /// Parts of its files that are there, of those that are sent in parts.
    pub parts: usize,
}

/// What is known of the uploads from a folder, and which of its recordings were never begun.
///
/// # Errors
/// Where the folder cannot be read.
pub fn status(folder: &Path) -> io::Result<(Vec<Known>, Vec<String>)> {
    let known: Vec<Known> = Journals::existing(folder).all().into_iter().map(Known::from).collect();
    let found = Scan::default().look(folder, Duration::ZERO, Instant::now())?;
    let names = found.finished.into_iter().map(|recording| recording.name);
    let untouched = names
        .filter(|name| !known.iter().any(|known| known.recording == *name))
        .collect();
    Ok((known, untouched))
}

impl From<Journal> for Known {
    fn from(journal: Journal) -> Self {
        Self {
            parts: journal.begun.iter().map(|begun| begun.parts.len()).sum(),
            recording: journal.recording,
            destination: journal.destination,
            is_done: journal.done,
        }
    }
}
