//! What a store asks of the system, and nothing else, so that tests can put a disk in its place that is full, or loses
//! what was not synced.

use std::fmt::Debug;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read, Write};
use std::path::Path;
use std::thread::sleep;
use std::time::{Duration, Instant};

use super::release::entry;
use crate::bundle::FileEntry;
use crate::digest_of;
use crate::hash_beside::HashBeside;

/// How long a lock is waited for that another process has: it is kept for a few writes.
const PATIENCE: Duration = Duration::from_secs(5);
const LOOK: Duration = Duration::from_millis(2);

/// Held as long as a lock is kept.
pub(super) type Lock = Box<dyn Debug>;

/// Folders and files.
pub(super) trait Disk: Send + Sync + Debug {
    /// Makes a folder and those above it.
    fn create_folder(&self, path: &Path) -> io::Result<()>;
    /// The names in a folder.
    fn list(&self, path: &Path) -> io::Result<Vec<String>>;
    /// Whether it is a folder.
    fn is_folder(&self, path: &Path) -> bool;
    /// The bytes of a file that has at most `most`.
    fn read(&self, path: &Path, most: u64) -> io::Result<Vec<u8>>;
    /// The bytes of a file that has at most `most`, and their digest.
    fn read_hashed(&self, path: &Path, most: u64) -> io::Result<(Vec<u8>, FileEntry)> {
        let bytes = self.read(path, most)?;
        let entry = entry(&bytes);
        Ok((bytes, entry))
    }
    /// The digest of a file that has at most `most` bytes.
    fn digest(&self, path: &Path, most: u64) -> io::Result<FileEntry>;
    /// Writes a whole file, which a power cut may still take away.
    fn write(&self, path: &Path, bytes: &[u8]) -> io::Result<()>;
    /// Puts other bytes into a file that is there, in the place of its own: a disk that is full has room for that. A power cut
    /// may leave anything of both.
    fn overwrite(&self, path: &Path, bytes: &[u8]) -> io::Result<()>;
    /// Returns once the bytes of a file outlive a power cut.
    fn sync_file(&self, path: &Path) -> io::Result<()>;
    /// The same for the names in a folder.
    fn sync_folder(&self, path: &Path) -> io::Result<()>;
    /// Gives a file or a folder another name; a file that has it is replaced.
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;
    /// Removes a file, or a folder with all in it.
    fn remove(&self, path: &Path) -> io::Result<()>;
    /// Takes the lock of a file, which is made where there is none. It is free as soon as the process that has it ends.
    fn lock(&self, path: &Path) -> io::Result<Lock>;
}

/// The file system.
#[derive(Debug, Clone, Copy)]
pub(super) struct FileSystem;

impl Disk for FileSystem {
    fn create_folder(&self, path: &Path) -> io::Result<()> {
        fs::create_dir_all(path)
    }

    fn list(&self, path: &Path) -> io::Result<Vec<String>> {
        let names = fs::read_dir(path)?.map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()));
        names.collect()
    }

    fn is_folder(&self, path: &Path) -> bool {
        fs::symlink_metadata(path).is_ok_and(|metadata| metadata.is_dir())
    }

    fn read(&self, path: &Path, most: u64) -> io::Result<Vec<u8>> {
        sinew_files::read(path, most)
    }

    fn read_hashed(&self, path: &Path, most: u64) -> io::Result<(Vec<u8>, FileEntry)> {
        let file = sinew_files::open(path)?;
        let length = file.metadata()?.len();
        let mut file = file.take(most.saturating_add(1));
        let mut bytes = Vec::with_capacity(usize::try_from(length.min(most)).unwrap_or(0));
        let mut hash = HashBeside::default();
        loop {
            let mut piece = hash.empty_piece();
            match file.read(&mut piece) {
                Ok(0) => break,
                Ok(read) => {
                    bytes.extend_from_slice(&piece[..read]);
                    hash.update(piece, read);
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        let length = bytes.len() as u64;
        if length > most {
            return Err(io::Error::other(format!("it has more than {most} bytes")));
        }
        let sha256 = hash.finish();
        Ok((bytes, FileEntry { bytes: length, sha256 }))
    }

    fn digest(&self, path: &Path, most: u64) -> io::Result<FileEntry> {
        let mut file = sinew_files::open(path)?.take(most.saturating_add(1));
        let (sha256, bytes) = digest_of(&mut file)?;
        Ok(FileEntry { bytes, sha256 })
    }

    fn write(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        File::create(path)?.write_all(bytes)
    }

    fn overwrite(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        let mut file = OpenOptions::new().write(true).open(path)?;
        file.write_all(bytes)?;
        file.set_len(bytes.len() as u64)
    }

    fn sync_file(&self, path: &Path) -> io::Result<()> {
        File::open(path)?.sync_all()
    }

    fn sync_folder(&self, path: &Path) -> io::Result<()> {
        File::open(path)?.sync_all()
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        fs::rename(from, to)
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        let removed = if self.is_folder(path) {
            fs::remove_dir_all(path)
        } else {
            fs::remove_file(path)
        };
        match removed {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            removed => removed,
        }
    }

    fn lock(&self, path: &Path) -> io::Result<Lock> {
        let file = OpenOptions::new().create(true).truncate(false).write(true).open(path)?;
        let began = Instant::now();
        loop {
            match file.try_lock() {
                Ok(()) => return Ok(Box::new(file)),
                Err(TryLockError::WouldBlock) if began.elapsed() < PATIENCE => sleep(LOOK),
                Err(TryLockError::WouldBlock) => {
                    let secs = PATIENCE.as_secs();
                    return Err(io::Error::other(format!(
                        "another process has kept this lock for {secs} s"
                    )));
                }
                Err(TryLockError::Error(error)) => return Err(error),
            }
        }
    }
}
