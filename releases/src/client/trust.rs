//! What a robot remembers of a repository: the newest root, and the versions that it has seen.

use std::fs::{self, DirBuilder};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use super::ClientError;

const ROOT: &str = "root.json";
/// What tough keeps besides the root.
const KEPT: [&str; 5] = [
    ROOT,
    "timestamp.json",
    "snapshot.json",
    "targets.json",
    "latest_known_time.json",
];
/// Longest of these files, bytes.
const MAX_BYTES: u64 = 10 << 20;

/// The folder of it.
#[derive(Debug)]
pub(super) struct Trust(PathBuf);

/// A copy that a refresh works on.
#[derive(Debug)]
pub(super) struct Draft(TempDir);

impl Trust {
    /// Takes the root of a file to begin with, where there is none yet. Where there is one, only its successors are trusted.
    pub(super) fn open(folder: &Path, pinned: Option<&Path>) -> Result<Self, ClientError> {
        let root = folder.join(ROOT);
        if !root.exists() {
            let pinned = pinned.ok_or_else(|| ClientError::NoRoot(root.clone()))?;
            let bytes = sinew_files::read(pinned, MAX_BYTES).map_err(ClientError::io(pinned, "cannot be read"))?;
            let made = DirBuilder::new().recursive(true).mode(0o700).create(folder);
            made.map_err(ClientError::io(folder, "cannot be made"))?;
            replace(&root, &bytes)?;
        }
        Ok(Self(folder.to_owned()))
    }

    pub(super) fn draft(&self) -> Result<Draft, ClientError> {
        let draft = TempDir::new_in(&self.0).map_err(ClientError::io(&self.0, "cannot be written"))?;
        for name in KEPT {
            let (from, to) = (self.0.join(name), draft.path().join(name));
            if from.exists() {
                fs::copy(&from, &to).map_err(ClientError::io(&to, "cannot be written"))?;
            }
        }
        Ok(Draft(draft))
    }

    /// Puts what has changed in its place, each file whole or not at all.
    pub(super) fn keep(&self, draft: &Draft) -> Result<(), ClientError> {
        for name in KEPT {
            let (from, to) = (draft.path().join(name), self.0.join(name));
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

fn replace(path: &Path, bytes: &[u8]) -> Result<(), ClientError> {
    sinew_files::replace(path, bytes, 0o600).map_err(ClientError::io(path, "cannot be written"))
}
