//! The folder that a recording's files are in.

use std::fs;
use std::path::Path;

use super::file::{Closed, sync_folder};
use crate::error::RecordingError;
use crate::proof::proof_path;

/// Refuses a prefix that another recording has, whose later files would be in the way.
pub(super) fn expect_none(prefix: &Path) -> Result<(), RecordingError> {
    let folder = prefix.parent().filter(|folder| !folder.as_os_str().is_empty());
    let folder = folder.unwrap_or(Path::new("."));
    let name = prefix.file_name().unwrap_or_default().as_encoded_bytes();
    let is_of_it = |other: &[u8]| {
        let number = other.strip_prefix(name).and_then(|rest| rest.strip_prefix(b"_"));
        let number = number.and_then(|rest| rest.strip_suffix(b".mcap"));
        number.is_some_and(|number| !number.is_empty() && number.iter().all(u8::is_ascii_digit))
    };
    let cannot = |error| RecordingError::io(folder, "the folder cannot be read")(error);
    for entry in fs::read_dir(folder).map_err(cannot)? {
        let entry = entry.map_err(cannot)?;
        if is_of_it(entry.file_name().as_encoded_bytes()) {
            let path = entry.path();
            return Err(RecordingError::Exists { path });
        }
    }
    Ok(())
}

/// Deletes a file and its proof. One that somebody else deleted is gone as well.
pub(super) fn delete(closed: &Closed) -> Result<(), RecordingError> {
    for path in [proof_path(&closed.path), closed.path.clone()] {
        match fs::remove_file(&path) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                return Err(RecordingError::io(
                    &path,
                    "the quota asks to delete it, and it cannot be deleted",
                )(error));
            }
            _ => {}
        }
    }
    sync_folder(&closed.path)
}
