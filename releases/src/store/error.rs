//! Why a store cannot do what it was asked for.

use std::io;
use std::path::{Path, PathBuf};

use thiserror::Error;

use super::event::Refusal;

/// Why a store cannot do what it was asked for.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum StoreError {
    /// There is no store.
    #[error("{}: no store of releases is here; the robot's control node makes one, or sinew release factory", .folder.display())]
    Missing {
        /// The folder.
        folder: PathBuf,
    },
    /// The system refuses a file.
    #[error("{}: {cause}", .path.display())]
    Disk {
        /// The file or folder.
        path: PathBuf,
        /// What the system says.
        cause: io::Error,
    },
    /// A newer program has written the state.
    #[error("{}: written by a newer version of Sinew; run that one, or begin with another folder", .file.display())]
    Newer {
        /// The state file.
        file: PathBuf,
    },
    /// The event cannot happen now.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// What is to be a release cannot be one.
    #[error("{reason}")]
    Release {
        /// Why.
        reason: String,
    },
    /// A file of a release is not the one that was signed.
    #[error("{}: {reason}", .file.display())]
    File {
        /// The file.
        file: PathBuf,
        /// What was expected, and what was found.
        reason: String,
    },
    /// No release of the store can be verified.
    #[error("no release in this store is what was signed: {}", .reasons.join("; "))]
    NothingVerified {
        /// What was found in each slot.
        reasons: Vec<String>,
    },
}

/// Names the file of an error of the system.
pub(super) fn disk(path: &Path) -> impl FnOnce(io::Error) -> StoreError + '_ {
    move |cause| StoreError::Disk {
        path: path.to_owned(),
        cause,
    }
}
