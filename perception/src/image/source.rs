//! Files and folders of images.

use std::path::{Path, PathBuf};

use thiserror::Error;

const ENDINGS: [&str; 3] = ["jpg", "jpeg", "png"];

/// Why there are no images to be had from a path.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum SourceError {
    /// The system refuses to read it.
    #[error("{}: cannot be read: {cause}", .path.display())]
    Read {
        /// The file or folder.
        path: PathBuf,
        /// Why.
        cause: std::io::Error,
    },
    /// No image lies in the folder.
    #[error("{}: expected a folder with {} files, found none", .folder.display(), ENDINGS.join(", "))]
    Empty {
        /// The folder.
        folder: PathBuf,
    },
}

/// The image files that a path names: itself, or the `.jpg`, `.jpeg` and `.png` files right in that folder, by
/// name.
///
/// # Errors
/// Where there are none.
pub fn image_files(path: &Path) -> Result<Vec<PathBuf>, SourceError> {
    let unreadable = |cause| SourceError::Read {
        path: path.to_owned(),
        cause,
    };
    if !std::fs::metadata(path).map_err(unreadable)?.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let mut files = Vec::new();
    for entry in std::fs::read_dir(path).map_err(unreadable)? {
        let file = entry.map_err(unreadable)?.path();
        let ending = file.extension().and_then(|ending| ending.to_str());
        let is_image = ending.is_some_and(|ending| ENDINGS.iter().any(|known| known.eq_ignore_ascii_case(ending)));
        if is_image && file.is_file() {
            files.push(file);
        }
    }
    files.sort();
    if files.is_empty() {
        Err(SourceError::Empty {
            folder: path.to_owned(),
        })
    } else {
        Ok(files)
    }
}
