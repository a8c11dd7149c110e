//! What can go wrong with a recording.

use std::io;
use std::path::{Path, PathBuf};

/// Why a recording cannot be written or read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RecordingError {
    /// The system refused something.
    #[error("{}: {doing}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What was tried.
        doing: &'static str,
        /// What the system said.
        source: io::Error,
    },
    /// A recording is never written over another.
    #[error("{}: there is a file of that name; name another, or move it away", path.display())]
    Exists {
        /// The file that is there.
        path: PathBuf,
    },
    /// The MCAP writer refused something.
    #[error("{}: cannot be written", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// What the writer said.
        source: mcap::McapError,
    },
    /// An earlier write failed, so nothing more can be added.
    #[error("{}: nothing more can be written after a write that failed; end the recording and begin another", path.display())]
    Failed {
        /// The file.
        path: PathBuf,
    },
    /// Options that do not go together, or a channel that is not this writer's.
    #[error("{what}")]
    Refused {
        /// Which, what was expected, and what to do.
        what: String,
    },
    /// Bytes that are not what they should be.
    #[error("{}: damaged at byte {offset}: {found}", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// Where the record begins that cannot be read.
        offset: u64,
        /// What was expected and found.
        found: String,
    },
    /// The file has no end: it is still being written, or its writer lost power.
    #[error("{}: ends at byte {offset} without the end of an MCAP file; `sinew record repair` makes a whole file of what is left", path.display())]
    Cut {
        /// The file.
        path: PathBuf,
        /// Where the last whole record ended.
        offset: u64,
    },
    /// No MCAP file.
    #[error("{}: expected an MCAP file, found {found}", path.display())]
    NotMcap {
        /// The file.
        path: PathBuf,
        /// What its first bytes are.
        found: String,
    },
    /// An identity that cannot be used.
    #[error("{}: {what}", path.display())]
    Identity {
        /// The key's file.
        path: PathBuf,
        /// What was expected and found, and what to do.
        what: String,
    },
}

impl RecordingError {
    pub(crate) fn io(path: &Path, doing: &'static str) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::Io {
            path: path.to_owned(),
            doing,
            source,
        }
    }

    pub(crate) fn write(path: &Path) -> impl FnOnce(mcap::McapError) -> Self {
        move |source| Self::Write {
            path: path.to_owned(),
            source,
        }
    }

    pub(crate) fn damaged(path: &Path, offset: u64, found: impl Into<String>) -> Self {
        Self::Damaged {
            path: path.to_owned(),
            offset,
            found: found.into(),
        }
    }

    /// Whether the file merely ends too early: all before it was read.
    pub fn is_cut(&self) -> bool {
        matches!(self, Self::Cut { .. })
    }
}
