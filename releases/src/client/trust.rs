//! What a robot remembers of a repository: the newest root, and the versions that it has seen.

use std::fs::{self, DirBuilder};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;
use tempfile::TempDir;
use tough::schema::{Root, Signed, Timestamp};

use super::ClientError;

const ROOT: &str = "root.json";
const TIMESTAMP: &str = "timestamp.json";
/// When metadata were taken last.
pub(super) const KNOWN_TIME: &str = "latest_known_time.json";
/// What tough keeps besides the root.
const KEPT: [&str; 5] = [ROOT, TIMESTAMP, "snapshot.json", "targets.json", KNOWN_TIME];
/// Longest of these files, bytes.
const MAX_BYTES: u64 = 10 << 20;

/// The folder of it.
#[derive(Debug)]
pub(super) struct Trust {
    folder: PathBuf,
    pinned: Option<PathBuf>,
}

/// A copy that a refresh works on.
#[derive(Debug)]
pub(super) struct Draft(TempDir);

impl Trust {
    /// Takes the root of a file to begin with, where there is none yet. Where there is one, only its successors are trusted.
    pub(super) fn open(folder: &Path, pinned: Option<&Path>) -> Result<Self, ClientError> {
        let trust = Self {
            folder: folder.to_owned(),
            pinned: pinned.map(Path::to_owned),
        };
        trust.begin()?;
        Ok(trust)
    }

    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Takes the pinned root where there is none, or one that is not what was written. Versions that were seen stay so.
    fn begin(&self) -> Result<(), ClientError> {
        let root = self.folder.join(ROOT);
        if self.parsed(ROOT).is_some_and(|root| is_sound(&root)) {
            return Ok(());
        }
        let pinned = self.pinned.as_ref().ok_or_else(|| ClientError::NoRoot(root.clone()))?;
        let bytes = sinew_files::read(pinned, MAX_BYTES).map_err(ClientError::io(pinned, "cannot be read"))?;
        let made = DirBuilder::new().recursive(true).mode(0o700).create(&self.folder);
        made.map_err(ClientError::io(&self.folder, "cannot be made"))?;
        replace(&root, &bytes)
    }

    /// What a file says, where it says something.
    fn parsed<T: DeserializeOwned>(&self, name: &str) -> Option<T> {
        let bytes = sinew_files::read(&self.folder.join(name), MAX_BYTES).ok()?;
        serde_json::from_slice(&bytes).ok()
    }

    /// Whether the time that is remembered cannot be one at which metadata were taken: they had expired by then.
    fn is_ahead(&self) -> bool {
        let known = self.parsed::<jiff::Timestamp>(KNOWN_TIME);
        let timestamp = self.parsed::<Signed<Timestamp>>(TIMESTAMP);
        known
            .zip(timestamp)
            .is_some_and(|(known, timestamp)| known > timestamp.signed.expires)
    }

    pub(super) fn draft(&self) -> Result<Draft, ClientError> {
        self.begin()?;
        let draft = TempDir::new_in(&self.folder).map_err(ClientError::io(&self.folder, "cannot be written"))?;
        let is_ahead = self.is_ahead();
        for name in KEPT {
            let (from, to) = (self.folder.join(name), draft.path().join(name));
            if from.exists() && !(is_ahead && name == KNOWN_TIME) {
                fs::copy(&from, &to).map_err(ClientError::io(&to, "cannot be written"))?;
            }
        }
        Ok(Draft(draft))
    }

    /// Puts what has changed in its place, each file whole or not at all. The time counts only where all was taken: a clock that
    /// is ahead makes metadata expire, and would else bar those of the right time.
    pub(super) fn keep(&self, draft: &Draft, is_taken: bool) -> Result<(), ClientError> {
        for name in KEPT.into_iter().filter(|name| is_taken || *name != KNOWN_TIME) {
            let (from, to) = (draft.path().join(name), self.folder.join(name));
            if !from.exists() {
                // Keys that were rotated: what the old ones signed counts no more.
                if to.exists() {
                    fs::remove_file(&to).map_err(ClientError::io(&to, "cannot be removed"))?;
                }
                continue;
            }
            let read = |path: &Path| sinew_files::read(path, MAX_BYTES);
            let bytes = read(&from).map_err(ClientError::io(&from, "cannot be read"))?;
            if read(&to).ok().as_ref() != Some(&bytes) {
                replace(&to, &bytes)?;
            }
        }
        Ok(())
    }
}

impl Draft {
    pub(super) fn path(&self) -> &Path {
        self.0.path()
    }

    pub(super) fn root(&self) -> Result<Vec<u8>, ClientError> {
        let path = self.path().join(ROOT);
        sinew_files::read(&path, MAX_BYTES).map_err(ClientError::io(&path, "cannot be read"))
    }
}

/// Whether a root is signed by itself, as each one is.
fn is_sound(root: &Signed<Root>) -> bool {
    root.signed.verify_role(root).is_ok()
}

fn replace(path: &Path, bytes: &[u8]) -> Result<(), ClientError> {
    sinew_files::replace(path, bytes, 0o600).map_err(ClientError::io(path, "cannot be written"))
}
