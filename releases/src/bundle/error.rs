//! Why something is no release.

use std::io;
use std::path::{Path, PathBuf};

use thiserror::Error;

use crate::Digest;

/// Why something is no release, or not the one that it says it is.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum BundleError {
    /// A file cannot be read or written.
    #[error("{}: {doing}", .path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What was to be done.
        doing: &'static str,
        /// What the system says.
        #[source]
        source: io::Error,
    },
    /// `release.json` is no JSON, or has other keys or types than expected.
    #[error("release.json: {0}")]
    Json(#[source] serde_json::Error),
    /// A value of `release.json` is not as expected.
    #[error("release.json: `{key}`: expected {expected}, found {found}")]
    Value {
        /// The key.
        key: String,
        /// What was expected.
        expected: String,
        /// What was found.
        found: String,
    },
    /// A file has other bytes than `release.json` says.
    #[error("{file}: expected {expected_bytes} bytes of SHA-256 {expected}, found {found_bytes} bytes of {found}")]
    Changed {
        /// The file.
        file: String,
        /// Its length as signed.
        expected_bytes: u64,
        /// Its digest as signed.
        expected: Digest,
        /// Its length.
        found_bytes: u64,
        /// Its digest.
        found: Digest,
    },
    /// A file that `release.json` names is not there.
    #[error("{0}: `release.json` names it, and it is not there")]
    Missing(String),
    /// Something is there that `release.json` does not name.
    #[error("{0}: `release.json` does not name it")]
    Added(String),
    /// The archive is none of a release.
    #[error("the archive is none of a release: {0}")]
    Archive(String),
    /// It needs something newer than there is.
    #[error("it needs {what} {needed} or newer, found {found}")]
    TooOld {
        /// Sinew, or ONNX Runtime.
        what: &'static str,
        /// The oldest that it runs with.
        needed: semver::Version,
        /// What there is.
        found: semver::Version,
    },
}

impl BundleError {
    pub(super) fn io(path: &Path, doing: &'static str) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::Io {
            path: path.to_owned(),
            doing,
            source,
        }
    }

    pub(super) fn value(key: &str, expected: &str, found: &str) -> Self {
        Self::Value {
            key: key.to_owned(),
            expected: expected.to_owned(),
            found: found.to_owned(),
        }
    }
}
