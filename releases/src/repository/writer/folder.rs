//! A repository in a folder of this machine.

use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};

use super::{State, TIMESTAMP, raced};
use crate::catalog::TargetFile;
use crate::repository::RepositoryError;
use crate::repository::init::stored_name;
use crate::repository::metadata::{MAX_METADATA_BYTES, MetadataFile};
use crate::source::METADATA;
use crate::{Digest, digest_of};

/// Whoever serves the files may read them.
const MODE: u32 = 0o644;

/// A folder of this machine.
#[derive(Debug, Clone)]
pub(in crate::repository) struct FolderWriter(pub(super) PathBuf);

impl FolderWriter {
    pub(super) fn expect_nothing(&self) -> Result<(), RepositoryError> {
        let there = self.0.join(METADATA);
        if there.exists() {
            return Err(RepositoryError::Exists(there.display().to_string()));
        }
        Ok(())
    }

    pub(super) fn state(&self) -> Result<Option<State>, RepositoryError> {
        let path = self.0.join(TIMESTAMP);
        if !path.exists() {
            return Ok(None);
        }
        let bytes = sinew_files::read(&path, MAX_METADATA_BYTES);
        let bytes = bytes.map_err(RepositoryError::io(&path, "cannot be read"))?;
        Ok(Some(State {
            e_tag: Some(Digest::of(&bytes).to_string()),
            version: None,
        }))
    }

    pub(super) fn has_target(&self, target: &TargetFile) -> bool {
        let path = self.0.join(stored_name(&target.name, target.sha256));
        let read = sinew_files::open(&path).and_then(|mut file| digest_of(&mut file));
        read.is_ok_and(|found| found == (target.sha256, target.bytes))
    }

    /// Moves a file that was written beside into its place.
    pub(super) fn put_target(&self, target: &TargetFile, file: &Path) -> Result<(), RepositoryError> {
        let path = self.prepare(&stored_name(&target.name, target.sha256))?;
        let moved = File::open(file)
            .and_then(|file| file.sync_all())
            .and_then(|()| fs::rename(file, &path));
        moved.map_err(RepositoryError::io(&path, "cannot be written"))
    }

    /// Writes a file, whole or not at all.
    pub(super) fn put(&self, name: &str, bytes: &[u8]) -> Result<(), RepositoryError> {
        let path = self.prepare(name)?;
        sinew_files::replace(&path, bytes, MODE).map_err(RepositoryError::io(&path, "cannot be written"))
    }

    pub(super) fn commit(&self, files: &[&MetadataFile], state: Option<&State>) -> Result<(), RepositoryError> {
        let metadata = self.prepare(TIMESTAMP)?;
        let metadata = metadata.parent().unwrap_or(&self.0);
        let lock = File::open(metadata).map_err(RepositoryError::io(metadata, "cannot be read"))?;
        // Held until all is written. A file system without locks leaves it to its publishers not to be two at once.
        if let Err(TryLockError::WouldBlock) = sinew_files::lock_alone(&lock) {
            return Err(raced(&metadata.display().to_string()));
        }
        if self.state()?.as_ref() != state {
            return Err(raced(TIMESTAMP));
        }
        for file in files {
            let path = self.0.join(&file.name);
            if file.is_new
                && path.exists()
                && sinew_files::read(&path, MAX_METADATA_BYTES).ok().as_ref() != Some(&file.bytes)
            {
                return Err(raced(&path.display().to_string()));
            }
            self.put(&file.name, &file.bytes)?;
        }
        Ok(())
    }

    fn prepare(&self, name: &str) -> Result<PathBuf, RepositoryError> {
        let path = self.0.join(name);
        let folder = path.parent().unwrap_or(&self.0);
        fs::create_dir_all(folder).map_err(RepositoryError::io(folder, "cannot be made"))?;
        Ok(path)
    }
}
