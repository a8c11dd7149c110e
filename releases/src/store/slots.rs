//! The bytes of releases: taken in, hashed while they are read, and handed out.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use super::disk::Disk;
use super::error::{StoreError, disk};
use super::release::StoredRelease;
use crate::bundle::FileEntry;

/// Largest file of a release.
const MOST_FILE_BYTES: u64 = 2 << 30;

/// Why a release cannot be handed out.
#[derive(Debug)]
pub(super) enum Fault {
    /// Its bytes are not those that were signed.
    Wrong(String),
    /// The system does not give them now.
    Unreadable(String),
}

impl Fault {
    pub(super) fn reason(&self) -> &str {
        match self {
            Self::Wrong(reason) | Self::Unreadable(reason) => reason,
        }
    }
}

fn difference(expected: &FileEntry, found: &FileEntry) -> Option<String> {
    if expected == found {
        None
    } else if expected.bytes != found.bytes {
        Some(format!("expected {} bytes, found {}", expected.bytes, found.bytes))
    } else {
        Some(format!(
            "expected the SHA-256 {}, found {}",
            expected.sha256, found.sha256
        ))
    }
}

/// Reads the files of a release, each once: what is given is what was hashed.
pub(super) fn load(on: &dyn Disk, folder: &Path, release: &StoredRelease) -> Result<BTreeMap<String, Vec<u8>>, Fault> {
    let mut files = BTreeMap::new();
    for (name, expected) in &release.files {
        let path = folder.join(name);
        let at = |reason: String| format!("{}: {reason}", path.display());
        let (bytes, found) = on.read_hashed(&path, MOST_FILE_BYTES).map_err(|error| {
            let reason = at(error.to_string());
            // A file that is gone, or became something else, does not come back by itself.
            match error.kind() {
                io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => Fault::Wrong(reason),
                _ => Fault::Unreadable(reason),
            }
        })?;
        if let Some(reason) = difference(expected, &found) {
            return Err(Fault::Wrong(at(reason)));
        }
        files.insert(name.clone(), bytes);
    }
    Ok(files)
}

/// Checks the files of a release that were brought into a folder, removes what does not belong to it, and returns once
/// all of it outlives a power cut. A file that is wrong is removed, so that it is brought again.
pub(super) fn verify(on: &dyn Disk, folder: &Path, release: &StoredRelease) -> Result<(), StoreError> {
    for (name, expected) in &release.files {
        let path = folder.join(name);
        let found = on.digest(&path, MOST_FILE_BYTES).map_err(disk(&path))?;
        if let Some(reason) = difference(expected, &found) {
            on.remove(&path).map_err(disk(&path))?;
            return Err(StoreError::File { file: path, reason });
        }
        on.sync_file(&path).map_err(disk(&path))?;
    }
    settle(on, folder, folder, release)
}

/// Copies the files of a release from another folder, hashed on the way.
pub(super) fn copy(on: &dyn Disk, from: &Path, to: &Path, release: &StoredRelease) -> Result<(), StoreError> {
    let files = load(on, from, release).map_err(|fault| StoreError::Release {
        reason: fault.reason().to_owned(),
    })?;
    for (name, bytes) in files {
        let path = to.join(name);
        if let Some(above) = path.parent() {
            on.create_folder(above).map_err(disk(above))?;
        }
        on.write(&path, &bytes).map_err(disk(&path))?;
        on.sync_file(&path).map_err(disk(&path))?;
    }
    settle(on, to, to, release)
}

/// Removes what is no file of the release, and syncs the names, in a folder of it and in those below.
fn settle(on: &dyn Disk, root: &Path, folder: &Path, release: &StoredRelease) -> Result<(), StoreError> {
    for name in on.list(folder).map_err(disk(folder))? {
        let path = folder.join(&name);
        let belongs = release.files.keys().any(|file| root.join(file).starts_with(&path));
        if !belongs {
            on.remove(&path).map_err(disk(&path))?;
        } else if on.is_folder(&path) {
            settle(on, root, &path, release)?;
        }
    }
    on.sync_folder(folder).map_err(disk(folder))
}

/// Removes all in a folder but the names to keep. What cannot be removed is tried again with the next release.
pub(super) fn sweep(on: &dyn Disk, folder: &Path, keep: &[String]) {
    let names = on.list(folder).unwrap_or_default();
    for name in names.into_iter().filter(|name| !keep.contains(name)) {
        let _ = on.remove(&folder.join(name));
    }
}

/// The folder of a release in its slot.
pub(super) fn place(slot: &Path, release: &StoredRelease) -> PathBuf {
    slot.join(release.digest().to_string())
}
