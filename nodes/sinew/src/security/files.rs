//! Files of a keystore.

use std::fs::{self, DirBuilder, Permissions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, PermissionsExt, symlink};
use std::path::{Path, PathBuf};

use super::KeystoreError;

/// An error about a file.
pub(super) fn about(path: &Path) -> impl Fn(io::Error) -> KeystoreError {
    move |cause| KeystoreError::File {
        path: path.to_owned(),
        cause,
    }
}

pub(super) fn read(path: &Path) -> Result<String, KeystoreError> {
    fs::read_to_string(path).map_err(about(path))
}

pub(super) fn write(path: &Path, text: &str) -> Result<(), KeystoreError> {
    fs::write(path, text).map_err(about(path))
}

pub(super) fn make_folder(path: &Path) -> Result<(), KeystoreError> {
    fs::create_dir_all(path).map_err(about(path))
}

/// A folder into which only its owner can look.
pub(super) fn make_private_folder(path: &Path) -> Result<(), KeystoreError> {
    DirBuilder::new().mode(0o700).create(path).map_err(about(path))
}

/// For its owner alone.
pub(super) fn make_private(path: &Path) -> Result<(), KeystoreError> {
    fs::set_permissions(path, Permissions::from_mode(0o600)).map_err(about(path))
}

pub(super) fn rename(from: &Path, to: &Path) -> Result<(), KeystoreError> {
    fs::rename(from, to).map_err(about(to))
}

/// A link, in the place of one that was there.
pub(super) fn link(to: &Path, path: &Path) -> Result<(), KeystoreError> {
    remove(path)?;
    symlink(to, path).map_err(about(path))
}

/// Removes a file or link, or nothing where there is none.
pub(super) fn remove(path: &Path) -> Result<(), KeystoreError> {
    match fs::remove_file(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        outcome => outcome.map_err(about(path)),
    }
}

/// A folder for what is not whole yet. It goes with its guard.
#[derive(Debug)]
pub(super) struct Scratch(pub(super) PathBuf);

impl Scratch {
    pub(super) fn new(path: PathBuf) -> Result<Self, KeystoreError> {
        make_private_folder(&path)?;
        Ok(Self(path))
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // What is left of it bothers nobody but the next run, which says so.
        let _ = fs::remove_dir_all(&self.0);
    }
}
