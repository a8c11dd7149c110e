//! One recording: claimed, filtered, sent in parts, checked, and its manifest written last.

use std::io;
use std::path::{Path, PathBuf};

use thiserror::Error;

use crate::destination::{Creation, Destination, DestinationError};
use crate::digest::{FileDigest, sha256};
use crate::files::remove;
use crate::filter::{Filter, FilterError};
use crate::journal::{Filtered, Journal, Journals};
use crate::manifest::{Claim, Manifest, Original, UploadedFile};
use crate::progress::Progress;
use crate::recording::Contents;
use crate::scan::Recording;
use crate::uploads::stamp;

/// The object that stands for all of a recording.
const MANIFEST: &str = "manifest.json";
const CLAIM: &str = "claim.json";
/// Larger ones are none of ours.
const MAX_MANIFEST: u64 = 16 << 20;

/// Why a recording is not uploaded, or not yet.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum UploadError {
    /// A file of the recording, or of the journal, cannot be read or written.
    #[error("{}: {cause}", .file.display())]
    File {
        /// The file.
        file: PathBuf,
        /// What the system says.
        cause: io::Error,
    },
    /// A file is another than when its upload began.
    #[error("{}: expected a finished recording, but it has changed while it was uploaded", .file.display())]
    Changed {
        /// The file.
        file: PathBuf,
    },
    /// There is another object of that name. It is left as it is.
    #[error(
        "{key}: expected nothing, or the same as here, but the destination has another object of that name; it is left \
         as it is. Rename the recording, or use another prefix for each robot"
    )]
    Clash {
        /// The object.
        key: String,
    },
    /// What was sent is not what is there.
    #[error("{key}: what the destination has is not what was sent: {found}")]
    Damaged {
        /// The object.
        key: String,
        /// What is there.
        found: String,
    },
    /// The destination did not do what it was asked for.
    #[error(transparent)]
    Destination(#[from] DestinationError),
    /// What must not leave cannot be taken out, so nothing leaves.
    #[error(transparent)]
    Filter(#[from] FilterError),
    /// The upload was asked to end; it goes on where it was when it is started again.
    #[error("the upload was ended before the recording was there; it goes on where it was")]
    Ended,
}

/// What was done for a recording.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Uploaded {
    /// All of it is there now.
    Now(Box<Manifest>),
    /// All of it was there before.
    Before,
}

/// What stays the same from recording to recording.
#[derive(Debug)]
pub(crate) struct Uploader {
    pub(crate) destination: Box<dyn Destination>,
    /// Name of the destination.
    pub(crate) place: String,
    pub(crate) robot: String,
    pub(crate) filter: Option<Filter>,
}

/// A file that is sent.
pub(crate) struct Source {
    name: String,
    pub(crate) path: PathBuf,
    pub(crate) digest: FileDigest,
}

impl Uploader {
    /// What the filter was told, as journals and claims have it; empty without one.
    pub(crate) fn filter_name(&self) -> &str {
        self.filter.as_ref().map_or("", Filter::name)
    }

    /// Uploads a recording, or what is missing of it.
    pub(crate) fn upload(
        &mut self,
        recording: &Recording,
        journals: &Journals,
        progress: &dyn Progress,
    ) -> Result<Uploaded, UploadError> {
        let name = &recording.name;
        let _span = tracing::info_span!("upload", recording = name).entered();
        let known = journals.load(name, &self.place);
        let known = known.map_err(failed(&journals.path(name, &self.place)))?;
        let original = digest(&recording.path)?;
        let filter = self.filter_name().to_owned();
        let is_same = |journal: &Journal| journal.original_sha256 == original.sha256 && journal.filter == filter;
        let mut journal = match known {
            Some(mut journal) if is_same(&journal) && journal.done => {
                // Touched, or copied back: it need not be read again.
                journal.stamp = stamp(&recording.path);
                save(journals, &journal)?;
                return Ok(Uploaded::Before);
            }
            Some(journal) if is_same(&journal) => journal,
            other => {
                self.give_up(other)?;
                Journal::new(&self.place, name, &filter, &original.sha256)
            }
        };
        journal.stamp = stamp(&recording.path);
        save(journals, &journal)?;
        let sources = self.sources(recording, original.clone(), journals, &mut journal, progress)?;
        let filter_sha256 = if filter.is_empty() {
            String::new()
        } else {
            sha256(filter.as_bytes())
        };
        let claim = Claim::new(&self.robot, name, &original.sha256, &filter_sha256);
        self.claim(&claim)?;
        let mut files = Vec::new();
        for source in &sources {
            let key = format!("{name}/{}", source.name);
            files.push(UploadedFile {
                name: source.name.clone(),
                size: source.digest.size,
                sha256: source.digest.sha256.clone(),
                verified: self.send(&key, source, journals, &mut journal, progress)?,
            });
        }
        let contents = sources.first().map(|source| Contents::of(&source.path));
        let mut manifest = Manifest::new(&claim, files, contents.unwrap_or_default());
        if let Some(filtered) = &journal.filtered {
            manifest.left_out = Some(filtered.report.clone());
            manifest.original = Some(Original {
                size: original.size,
                sha256: original.sha256.clone(),
            });
        }
        let manifest = self.finish(manifest, journals, &mut journal)?;
        let filtered = journals.filtered_path(name, &filter);
        remove(&filtered).map_err(failed(&filtered))?;
        Ok(Uploaded::Now(Box::new(manifest)))
    }

    /// Whether the destination has the recording's manifest.
    pub(crate) fn has_manifest(&mut self, recording: &str) -> Result<bool, DestinationError> {
        Ok(self.destination.find(&format!("{recording}/{MANIFEST}"))?.is_some())
    }

    /// Gives up what was begun of a recording that has changed since.
    fn give_up(&mut self, journal: Option<Journal>) -> Result<(), DestinationError> {
        for begun in journal.into_iter().flat_map(|journal| journal.begun) {
            match self.destination.abort(&begun.key, &begun.upload) {
                Err(DestinationError::Forgotten { .. }) | Ok(()) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// What is sent: the recording and what lies beside it, or what the filter leaves of the recording.
    fn sources(
        &mut self,
        recording: &Recording,
        original: FileDigest,
        journals: &Journals,
        journal: &mut Journal,
        progress: &dyn Progress,
    ) -> Result<Vec<Source>, UploadError> {
        let name = format!("{}.mcap", recording.name);
        let Some(filter) = &mut self.filter else {
            let mut sources = vec![Source {
                name,
                path: recording.path.clone(),
                digest: original,
            }];
            for path in recording.beside() {
                let beside = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
                let digest = digest(&path)?;
                sources.push(Source {
                    name: beside,
                    path,
                    digest,
                });
            }
            return Ok(sources);
        };
        let path = journals.filtered_path(&recording.name, filter.name());
        let kept = journal.filtered.as_ref().zip(FileDigest::of(&path).ok());
        let digest = match kept {
            Some((filtered, digest)) if filtered.sha256 == digest.sha256 => digest,
            _ => {
                let report = filter.run(&recording.path, &path, &original.sha256, progress)?;
                let digest = digest(&path)?;
                journal.filtered = Some(Filtered {
                    sha256: digest.sha256.clone(),
                    report,
                });
                save(journals, journal)?;
                digest
            }
        };
        Ok(vec![Source { name, path, digest }])
    }

    /// Makes the recording's name ours, or finds that it is.
    fn claim(&mut self, claim: &Claim) -> Result<(), UploadError> {
        let key = format!("{}/{CLAIM}", claim.recording);
        let bytes = serde_json::to_vec_pretty(claim).map_err(|error| failed(Path::new(CLAIM))(error.into()))?;
        match self.destination.create(&key, bytes)? {
            Creation::Made => Ok(()),
            Creation::WasThere => match self.read_json::<Claim>(&key)? {
                Some(found) if found == *claim => Ok(()),
                _ => Err(UploadError::Clash { key }),
            },
        }
    }

    /// Writes the manifest, which says that all is there.
    fn finish(
        &mut self,
        manifest: Manifest,
        journals: &Journals,
        journal: &mut Journal,
    ) -> Result<Manifest, UploadError> {
        let key = format!("{}/{MANIFEST}", manifest.recording);
        let text = match &journal.manifest {
            Some(text) => text.clone(),
            None => {
                let text = serde_json::to_string_pretty(&manifest);
                let text = text.map_err(|error| failed(Path::new(MANIFEST))(error.into()))? + "\n";
                journal.manifest = Some(text.clone());
                save(journals, journal)?;
                text
            }
        };
        let written = match self.destination.create(&key, text.into_bytes())? {
            Creation::Made => manifest,
            Creation::WasThere => match self.read_json::<Manifest>(&key)? {
                Some(found) if found.agrees_with(&manifest) => found,
                _ => return Err(UploadError::Clash { key }),
            },
        };
        journal.done = true;
        save(journals, journal)?;
        Ok(written)
    }

    /// An object that should be JSON; `None` where it is not.
    fn read_json<T: serde::de::DeserializeOwned>(&mut self, key: &str) -> Result<Option<T>, DestinationError> {
        let found = self.destination.find(key)?;
        if found.is_none_or(|found| found.size > MAX_MANIFEST) {
            return Ok(None);
        }
        let mut bytes = Vec::new();
        self.destination.read(key, &mut |more| bytes.extend_from_slice(more))?;
        Ok(serde_json::from_slice(&bytes).ok())
    }
}

fn digest(path: &Path) -> Result<FileDigest, UploadError> {
    FileDigest::of(path).map_err(failed(path))
}

pub(crate) fn save(journals: &Journals, journal: &Journal) -> Result<(), UploadError> {
    let saved = journals.save(journal);
    saved.map_err(failed(&journals.path(&journal.recording, &journal.destination)))
}

pub(crate) fn failed(file: &Path) -> impl Fn(io::Error) -> UploadError {
    let file = file.to_owned();
    move |cause| UploadError::File {
        file: file.clone(),
        cause,
    }
}
