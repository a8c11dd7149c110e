//! The files of a spool: what is asked of the system, and nothing else, so that tests can put a disk in its place that
//! is full, or loses what was not synced.

use std::collections::VecDeque;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Write};
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use super::error::OpenError;

/// One folder of files.
pub(super) trait Disk: Send + std::fmt::Debug {
    /// The names and sizes of all files.
    fn list(&self) -> io::Result<Vec<(String, u64)>>;
    /// Bytes of a file; fewer at its end.
    fn read(&mut self, name: &str, offset: u64, length: usize) -> io::Result<Vec<u8>>;
    /// Adds to the end of a file, which is made where there is none.
    fn append(&mut self, name: &str, bytes: &[u8]) -> io::Result<()>;
    /// Writes into a file, which is made where there is none.
    fn write_at(&mut self, name: &str, offset: u64, bytes: &[u8]) -> io::Result<()>;
    /// Cuts a file off.
    fn truncate(&mut self, name: &str, length: u64) -> io::Result<()>;
    /// Returns once what was written to a file outlives a power cut.
    fn sync(&mut self, name: &str) -> io::Result<()>;
    /// The same for the names of files.
    fn sync_folder(&mut self) -> io::Result<()>;
    /// Removes a file.
    fn remove(&mut self, name: &str) -> io::Result<()>;
}

const LOCK: &str = "lock";
/// Files that stay open: what is written and what is read last.
const OPEN_FILES: usize = 8;

/// A folder of the file system, which no other process has locked.
#[derive(Debug)]
pub(super) struct Folder {
    path: PathBuf,
    _lock: File,
    open: VecDeque<(String, File)>,
}

impl Folder {
    pub(super) fn open(path: &Path) -> Result<Self, OpenError> {
        let failed = |source| OpenError::Io {
            folder: path.to_owned(),
            source,
        };
        fs::create_dir_all(path).map_err(failed)?;
        let mut options = OpenOptions::new();
        options.create(true).truncate(false).write(true).mode(0o600);
        let lock = options.open(path.join(LOCK)).map_err(failed)?;
        match sinew_files::lock_alone(&lock) {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(OpenError::Locked {
                    folder: path.to_owned(),
                });
            }
            Err(TryLockError::Error(error)) => return Err(failed(error)),
        }
        Ok(Self {
            path: path.to_owned(),
            _lock: lock,
            open: VecDeque::new(),
        })
    }

    fn file(&mut self, name: &str) -> io::Result<&mut File> {
        if let Some(at) = self.open.iter().position(|(known, _)| known == name) {
            self.open.swap(0, at);
        } else {
            let mut options = OpenOptions::new();
            options.read(true).create(true).truncate(false).write(true).mode(0o600);
            let file = options.open(self.path.join(name))?;
            self.open.truncate(OPEN_FILES - 1);
            self.open.push_front((name.to_owned(), file));
        }
        Ok(&mut self.open[0].1)
    }
}

impl Disk for Folder {
    fn list(&self) -> io::Result<Vec<(String, u64)>> {
        let mut files = Vec::new();
        for entry in fs::read_dir(&self.path)? {
            let entry = entry?;
            let metadata = entry.metadata()?;
            if let (true, Ok(name)) = (metadata.is_file(), entry.file_name().into_string()) {
                files.push((name, metadata.len()));
            }
        }
        Ok(files)
    }

    fn read(&mut self, name: &str, offset: u64, length: usize) -> io::Result<Vec<u8>> {
        read_up_to(self.file(name)?, offset, length)
    }

    fn append(&mut self, name: &str, bytes: &[u8]) -> io::Result<()> {
        use std::io::Seek;
        let file = self.file(name)?;
        file.seek(io::SeekFrom::End(0))?;
        file.write_all(bytes)
    }

    fn write_at(&mut self, name: &str, offset: u64, bytes: &[u8]) -> io::Result<()> {
        self.file(name)?.write_all_at(bytes, offset)
    }

    fn truncate(&mut self, name: &str, length: u64) -> io::Result<()> {
        self.file(name)?.set_len(length)
    }

    fn sync(&mut self, name: &str) -> io::Result<()> {
        self.file(name)?.sync_data()
    }

    fn sync_folder(&mut self) -> io::Result<()> {
        File::open(&self.path)?.sync_all()
    }

    fn remove(&mut self, name: &str) -> io::Result<()> {
        self.open.retain(|(known, _)| known != name);
        fs::remove_file(self.path.join(name))
    }
}

/// Bytes of a file; fewer at its end.
pub(super) fn read_up_to(file: &File, offset: u64, length: usize) -> io::Result<Vec<u8>> {
    let mut bytes = vec![0; length];
    let mut read = 0;
    while read < length {
        match file.read_at(&mut bytes[read..], offset + read as u64) {
            Ok(0) => break,
            Ok(n) => read += n,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    bytes.truncate(read);
    Ok(bytes)
}
