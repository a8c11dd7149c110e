//! A local folder, or one that is mounted: the files are checked, synced and then linked to their names.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use sinew_storage::Bandwidth;

use super::{Creation, Destination, DestinationError, Found, PartPlace};
use crate::digest::{FileDigest, sha256};
use crate::files::{remove, sync_folder_of};

/// Below the root: what is not whole yet.
const UNFINISHED: &str = ".uploading";
/// How much is written at a time where there is a limit.
const PIECE_BYTES: usize = 64 << 10;

/// A folder.
#[derive(Debug)]
pub(super) struct Folder {
    root: PathBuf,
    bandwidth: Arc<Bandwidth>,
}

impl Folder {
    pub(super) fn open(root: &Path, bandwidth: Arc<Bandwidth>) -> Result<Self, DestinationError> {
        let unfinished = root.join(UNFINISHED);
        fs::create_dir_all(&unfinished).map_err(failed(&unfinished))?;
        Ok(Self {
            root: root.to_owned(),
            bandwidth,
        })
    }

    fn unfinished(&self, upload: &str) -> PathBuf {
        self.root.join(UNFINISHED).join(upload)
    }

    fn write(&self, path: &Path, offset: u64, bytes: &[u8]) -> Result<(), DestinationError> {
        let file = OpenOptions::new().write(true).create(true).truncate(false).open(path);
        let file = file.map_err(failed(path))?;
        let mut at = offset;
        for piece in bytes.chunks(PIECE_BYTES) {
            std::thread::sleep(self.bandwidth.take(piece.len()));
            file.write_all_at(piece, at).map_err(failed(path))?;
            at += piece.len() as u64;
        }
        // The journal says next that this part is there.
        file.sync_data().map_err(failed(path))
    }

    /// Gives a whole file its name, unless something has it.
    fn publish(&self, unfinished: &Path, key: &str) -> Result<Creation, DestinationError> {
        let path = self.root.join(key);
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).map_err(failed(folder))?;
        }
        let creation = match fs::hard_link(unfinished, &path) {
            Ok(()) => Creation::Made,
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Creation::WasThere,
            // File systems without hard links, such as FAT: the name is looked at before instead.
            Err(_) if !path.exists() => {
                fs::rename(unfinished, &path).map_err(failed(&path))?;
                Creation::Made
            }
            Err(error) => return Err(failed(&path)(error)),
        };
        sync_folder_of(&path).map_err(failed(&path))?;
        remove(unfinished).map_err(failed(unfinished))?;
        Ok(creation)
    }
}

impl Destination for Folder {
    fn find(&mut self, key: &str) -> Result<Option<Found>, DestinationError> {
        let path = self.root.join(key);
        match fs::metadata(&path) {
            Ok(found) => Ok(Some(Found {
                size: found.len(),
                etag: None,
            })),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(failed(&path)(error)),
        }
    }

    fn read(&mut self, key: &str, sink: &mut dyn FnMut(&[u8])) -> Result<(), DestinationError> {
        let path = self.root.join(key);
        let mut file = File::open(&path).map_err(failed(&path))?;
        let mut buffer = vec![0; 1 << 18];
        loop {
            match file.read(&mut buffer) {
                Ok(0) => return Ok(()),
                Ok(n) => sink(&buffer[..n]),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(failed(&path)(error)),
            }
        }
    }

    fn create(&mut self, key: &str, bytes: Vec<u8>) -> Result<Creation, DestinationError> {
        let upload = self.begin(key)?;
        let unfinished = self.unfinished(&upload);
        self.write(&unfinished, 0, &bytes)?;
        self.publish(&unfinished, key)
    }

    /// One upload of each key, so that what a killed process left is found again, or overwritten.
    fn begin(&mut self, key: &str) -> Result<String, DestinationError> {
        let upload = sha256(key.as_bytes());
        let path = self.unfinished(&upload);
        let mut file = File::create(&path).map_err(failed(&path))?;
        file.flush().map_err(failed(&path))?;
        Ok(upload)
    }

    fn put_part(
        &mut self,
        key: &str,
        upload: &str,
        place: PartPlace,
        bytes: Vec<u8>,
    ) -> Result<String, DestinationError> {
        let path = self.unfinished(upload);
        if place.number > 0 && !path.exists() {
            return Err(forgotten(key, &path));
        }
        self.write(&path, place.offset, &bytes)?;
        Ok(place.number.to_string())
    }

    fn complete(
        &mut self,
        key: &str,
        upload: &str,
        _parts: &[String],
        digest: &FileDigest,
    ) -> Result<Creation, DestinationError> {
        let path = self.unfinished(upload);
        if path.exists() {
            // Checked before it has its name: whoever finds the name finds the whole.
            let written = FileDigest::of(&path).map_err(failed(&path))?;
            if written != *digest {
                return Err(DestinationError::Forgotten {
                    key: key.to_owned(),
                    reason: format!("{} is not what was written there", path.display()),
                });
            }
            return self.publish(&path, key);
        }
        // A process that was killed after it had published.
        match self.find(key)? {
            Some(_) => Ok(Creation::WasThere),
            None => Err(forgotten(key, &path)),
        }
    }

    fn abort(&mut self, _key: &str, upload: &str) -> Result<(), DestinationError> {
        let path = self.unfinished(upload);
        remove(&path).map_err(failed(&path))
    }
}

fn failed(file: &Path) -> impl Fn(io::Error) -> DestinationError {
    let file = file.to_owned();
    move |cause| DestinationError::Folder {
        file: file.clone(),
        cause,
    }
}

fn forgotten(key: &str, path: &Path) -> DestinationError {
    DestinationError::Forgotten {
        key: key.to_owned(),
        reason: format!("{} is gone", path.display()),
    }
}
