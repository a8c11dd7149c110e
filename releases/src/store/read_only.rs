//! A disk that is read and never written.

use std::io;
use std::path::Path;
use std::sync::Arc;

use super::disk::{Disk, Lock};
use super::{Status, Store, StoreError};
use crate::bundle::FileEntry;

/// A disk of which nothing is changed: a store on it goes back over what is damaged for itself alone.
#[derive(Debug, Clone)]
pub(super) struct ReadOnly {
    of: Arc<dyn Disk>,
    why: String,
}

impl ReadOnly {
    /// The disk, and why it is not written.
    pub(super) fn new(of: Arc<dyn Disk>, why: String) -> Self {
        Self { of, why }
    }

    fn refused<T>(&self) -> io::Result<T> {
        Err(io::Error::new(io::ErrorKind::ReadOnlyFilesystem, self.why.clone()))
    }
}

impl Store {
    /// The same store on a disk of which nothing is changed, where it has a release.
    pub(super) fn to_be_read(&self, error: &StoreError) -> Option<(Self, Status)> {
        let why = format!("the store cannot be written, so that no update is taken: {error}");
        let store = Self {
            disk: Arc::new(ReadOnly::new(self.disk.clone(), why.clone())),
            not_written: Some(why.clone()),
            ..self.clone()
        };
        let mut status = store.read_state().ok()?;
        status.state.factory()?;
        status.complaints.push(why);
        Some((store, status))
    }

    /// Why this store is read and never written, where it is so.
    pub fn not_written(&self) -> Option<&str> {
        self.not_written.as_deref()
    }
}

impl Disk for ReadOnly {
    fn create_folder(&self, _: &Path) -> io::Result<()> {
        self.refused()
    }

    fn list(&self, path: &Path) -> io::Result<Vec<String>> {
        self.of.list(path)
    }

    fn is_folder(&self, path: &Path) -> bool {
        self.of.is_folder(path)
    }

    fn read(&self, path: &Path, most: u64) -> io::Result<Vec<u8>> {
        self.of.read(path, most)
    }

    fn read_hashed(&self, path: &Path, most: u64) -> io::Result<(Vec<u8>, FileEntry)> {
        self.of.read_hashed(path, most)
    }

    fn digest(&self, path: &Path, most: u64) -> io::Result<FileEntry> {
        self.of.digest(path, most)
    }

    fn write(&self, _: &Path, _: &[u8]) -> io::Result<()> {
        self.refused()
    }

    fn overwrite(&self, _: &Path, _: &[u8]) -> io::Result<()> {
        self.refused()
    }

    fn sync_file(&self, _: &Path) -> io::Result<()> {
        self.refused()
    }

    fn sync_folder(&self, _: &Path) -> io::Result<()> {
        self.refused()
    }

    fn rename(&self, _: &Path, _: &Path) -> io::Result<()> {
        self.refused()
    }

    fn remove(&self, _: &Path) -> io::Result<()> {
        self.refused()
    }

    fn lock(&self, _: &Path) -> io::Result<Lock> {
        self.refused()
    }
}
