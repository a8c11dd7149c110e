//! A disk that is read and never written.

use std::io;
use std::path::Path;

use super::disk::{Disk, FileSystem, Lock};
use crate::bundle::FileEntry;

/// The file system, of which nothing is changed: a store on it goes back over what is damaged for itself alone.
#[derive(Debug, Clone, Copy)]
pub(super) struct ReadOnly;

fn refused<T>() -> io::Result<T> {
    Err(io::Error::new(
        io::ErrorKind::ReadOnlyFilesystem,
        "this store was opened to be read",
    ))
}

impl Disk for ReadOnly {
    fn create_folder(&self, _: &Path) -> io::Result<()> {
        refused()
    }

    fn list(&self, path: &Path) -> io::Result<Vec<String>> {
        FileSystem.list(path)
    }

    fn is_folder(&self, path: &Path) -> bool {
        FileSystem.is_folder(path)
    }

    fn read(&self, path: &Path, most: u64) -> io::Result<Vec<u8>> {
        FileSystem.read(path, most)
    }

    fn digest(&self, path: &Path, most: u64) -> io::Result<FileEntry> {
        FileSystem.digest(path, most)
    }

    fn write(&self, _: &Path, _: &[u8]) -> io::Result<()> {
        refused()
    }

    fn sync_file(&self, _: &Path) -> io::Result<()> {
        refused()
    }

    fn sync_folder(&self, _: &Path) -> io::Result<()> {
        refused()
    }

    fn rename(&self, _: &Path, _: &Path) -> io::Result<()> {
        refused()
    }

    fn remove(&self, _: &Path) -> io::Result<()> {
        refused()
    }

    fn lock(&self, _: &Path) -> io::Result<Lock> {
        refused()
    }
}
