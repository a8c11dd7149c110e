//! What is on disk of each upload, so that a process that is killed at any moment goes on where it was.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::digest::sha256;
use crate::files::{remove, write_whole};
use crate::filter::FilterReport;

/// Beside the recordings: journals, and recordings that were filtered.
const FOLDER: &str = ".upload";
/// Changes with the form of a journal.
const VERSION: u32 = 1;
/// Longer journals are none of ours.
const MAX_BYTES: u64 = 16 << 20;

/// Where a folder's journals are.
#[derive(Debug, Clone)]
pub(crate) struct Journals {
    folder: PathBuf,
}

/// What is known of one recording's upload.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Journal {
    version: u32,
    /// Where it goes.
    pub(crate) destination: String,
    /// The recording.
    pub(crate) recording: String,
    /// What must not leave, as the filter was told; empty without one.
    pub(crate) filter: String,
    /// SHA-256 of the recording as it was made.
    pub(crate) original_sha256: String,
    /// Size of the recording, bytes, and when it was changed, nanoseconds since 1970.
    pub(crate) stamp: Option<(u64, u64)>,
    /// What the filter did, once it has.
    pub(crate) filtered: Option<Filtered>,
    /// What was begun of each object in parts, by its key.
    pub(crate) begun: Vec<Begun>,
    /// The manifest, before it is sent for the first time.
    pub(crate) manifest: Option<String>,
    /// Whether the manifest is there.
    pub(crate) done: bool,
}

/// A recording without what must not leave.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Filtered {
    /// Its SHA-256.
    pub(crate) sha256: String,
    /// What it lacks.
    pub(crate) report: FilterReport,
}

/// An object that is sent in parts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Begun {
    /// The object.
    pub(crate) key: String,
    /// What is sent, by its SHA-256.
    pub(crate) sha256: String,
    /// The store's name of the upload.
    pub(crate) upload: String,
    /// The store's names of the parts that are there.
    pub(crate) parts: Vec<String>,
}

impl Journal {
    pub(crate) fn new(destination: &str, recording: &str, filter: &str, original_sha256: &str) -> Self {
        Self {
            version: VERSION,
            destination: destination.to_owned(),
            recording: recording.to_owned(),
            filter: filter.to_owned(),
            original_sha256: original_sha256.to_owned(),
            stamp: None,
            filtered: None,
            begun: Vec::new(),
            manifest: None,
            done: false,
        }
    }

    /// What was begun of an object of these bytes.
    pub(crate) fn begun(&mut self, key: &str, sha256: &str) -> Option<&mut Begun> {
        self.begun
            .iter_mut()
            .find(|begun| begun.key == key && begun.sha256 == sha256)
    }

    /// Forgets what was begun of an object.
    pub(crate) fn forget(&mut self, key: &str) {
        self.begun.retain(|begun| begun.key != key);
    }
}

impl Journals {
    /// The journals of a folder of recordings.
    ///
    /// # Errors
    /// Where their folder cannot be made.
    pub(crate) fn of(recordings: &Path) -> io::Result<Self> {
        let folder = recordings.join(FOLDER);
        fs::create_dir_all(&folder)?;
        Ok(Self { folder })
    }

    /// The same, where nothing was uploaded yet, without making anything.
    pub(crate) fn existing(recordings: &Path) -> Self {
        Self {
            folder: recordings.join(FOLDER),
        }
    }

    /// Where the journal of a recording to a destination is: each destination has its own.
    pub(crate) fn path(&self, recording: &str, destination: &str) -> PathBuf {
        let place = &sha256(destination.as_bytes())[..12];
        self.folder.join(format!("{recording}.{place}.json"))
    }

    /// Where the filtered recording is.
    pub(crate) fn filtered_path(&self, recording: &str, filter: &str) -> PathBuf {
        let place = &sha256(filter.as_bytes())[..12];
        self.folder.join(format!("{recording}.{place}.mcap"))
    }

    /// Held by whoever uploads from this folder.
    pub(crate) fn lock_path(&self) -> PathBuf {
        self.folder.join("lock")
    }

    /// The journal; `None` where there is none, or where what is there is none: then the destination is asked for what
    /// it has.
    ///
    /// # Errors
    /// Where the file is there and cannot be read.
    pub(crate) fn load(&self, recording: &str, destination: &str) -> io::Result<Option<Journal>> {
        let path = self.path(recording, destination);
        if !path.exists() {
            return Ok(None);
        }
        let bytes = sinew_files::read(&path, MAX_BYTES)?;
        let journal: Option<Journal> = serde_json::from_slice(&bytes).ok();
        Ok(journal.filter(|journal| {
            journal.version == VERSION && journal.recording == recording && journal.destination == destination
        }))
    }

    /// Writes the journal, so that it outlives a power cut.
    ///
    /// # Errors
    /// Where it cannot be written.
    pub(crate) fn save(&self, journal: &Journal) -> io::Result<()> {
        let path = self.path(&journal.recording, &journal.destination);
        write_whole(&path, &serde_json::to_vec(journal)?)
    }

    /// Removes the journal of a recording that is not here any more.
    ///
    /// # Errors
    /// Where it cannot be removed.
    pub(crate) fn remove(&self, recording: &str, destination: &str) -> io::Result<()> {
        remove(&self.path(recording, destination))
    }

    /// All journals that can be read.
    pub(crate) fn all(&self) -> Vec<Journal> {
        let Ok(entries) = fs::read_dir(&self.folder) else {
            return Vec::new();
        };
        let paths = entries.flatten().map(|entry| entry.path());
        let paths = paths.filter(|path| path.extension().is_some_and(|extension| extension == "json"));
        let read = paths.filter_map(|path| sinew_files::read(&path, MAX_BYTES).ok());
        let mut journals: Vec<Journal> = read.filter_map(|bytes| serde_json::from_slice(&bytes).ok()).collect();
        journals.sort_by(|a, b| a.recording.cmp(&b.recording));
        journals
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_journal_is_read_as_it_was_written_and_each_destination_has_its_own() {
        let folder = tempfile::tempdir().unwrap();
        let journals = Journals::of(folder.path()).unwrap();
        assert_eq!(journals.load("run", "/a").unwrap(), None);
        let mut journal = Journal::new("/a", "run", "", "00");
        journal.begun.push(Begun {
            key: "run/run.mcap".to_owned(),
            sha256: "00".to_owned(),
            upload: "7".to_owned(),
            parts: vec!["etag".to_owned()],
        });
        journals.save(&journal).unwrap();
        assert_eq!(journals.load("run", "/a").unwrap(), Some(journal));
        assert_eq!(journals.load("run", "/b").unwrap(), None);
    }

    #[test]
    fn a_file_that_is_no_journal_counts_as_none() {
        let folder = tempfile::tempdir().unwrap();
        let journals = Journals::of(folder.path()).unwrap();
        for bytes in [&b""[..], b"{", b"[]", b"\xff", b"{\"version\":2}"] {
            fs::write(journals.path("run", "/a"), bytes).unwrap();
            assert_eq!(journals.load("run", "/a").unwrap(), None);
        }
    }
}
