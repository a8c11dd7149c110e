//! Where a repository is written.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use super::RepositoryError;
use crate::source::{Source, SourceError};

/// Whoever serves the files may read them.
const MODE: u32 = 0o644;

/// A folder of this machine.
#[derive(Debug, Clone)]
pub(super) struct Place(PathBuf);

impl Place {
    pub(super) fn of(place: &str) -> Result<Self, RepositoryError> {
        match Source::of(place)? {
            Source::Folder(folder) => Ok(Self(folder)),
            Source::Http(_) | Source::Linked(_) => {
                let reason =
                    "a server of files is read, not written: publish into a folder and copy that to the server";
                Err(SourceError::Place {
                    place: place.to_owned(),
                    reason: reason.to_owned(),
                }
                .into())
            }
        }
    }

    pub(super) fn folder(&self) -> &Path {
        &self.0
    }

    pub(super) fn source(&self) -> Result<Source, RepositoryError> {
        Ok(Source::Folder(self.0.clone()))
    }

    /// Writes a file, whole or not at all. One that is new is not put in the place of another.
    pub(super) fn put(&self, name: &str, bytes: &[u8], is_new: bool) -> Result<(), RepositoryError> {
        let path = self.prepare(name)?;
        if is_new && path.exists() {
            return Err(RepositoryError::Raced(path.display().to_string()));
        }
        sinew_files::replace(&path, bytes, MODE).map_err(RepositoryError::io(&path, "cannot be written"))
    }

    /// Moves a file that was written beside into its place.
    pub(super) fn put_file(&self, name: &str, draft: &Path) -> Result<(), RepositoryError> {
        let path = self.prepare(name)?;
        let moved = File::open(draft)
            .and_then(|file| file.sync_all())
            .and_then(|()| fs::rename(draft, &path));
        moved.map_err(RepositoryError::io(&path, "cannot be written"))
    }

    fn prepare(&self, name: &str) -> Result<PathBuf, RepositoryError> {
        let path = self.0.join(name);
        let folder = path.parent().unwrap_or(&self.0);
        fs::create_dir_all(folder).map_err(RepositoryError::io(folder, "cannot be made"))?;
        Ok(path)
    }
}
