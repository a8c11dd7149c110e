//! Why a model is not signed, or not as it was signed.

use std::io;
use std::path::{Path, PathBuf};

use thiserror::Error;

/// Why a model cannot be signed, or is not what was signed.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum SignatureError {
    /// A file cannot be read.
    #[error("{}: cannot be read", .path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system says.
        #[source]
        source: io::Error,
    },
    /// A key or a certificate is none.
    #[error("{}: {reason}", .path.display())]
    Key {
        /// Its file.
        path: PathBuf,
        /// What was expected.
        reason: String,
    },
    /// The model has something that cannot be signed.
    #[error("{}: {reason}", .path.display())]
    Model {
        /// The file.
        path: PathBuf,
        /// What was expected.
        reason: String,
    },
    /// The signature is not in the format.
    #[error("the signature is none of OpenSSF Model Signing 1.0: {0}")]
    Format(String),
    /// The signature is not of whom it has to be.
    #[error("the signature is not to be trusted: {0}")]
    Untrusted(String),
    /// A file has other bytes than were signed.
    #[error("{0}: it was changed since it was signed")]
    Changed(String),
    /// A file is there that was not signed.
    #[error("{0}: it was added since the model was signed")]
    Added(String),
    /// A file that was signed is not there.
    #[error("{0}: it was removed since the model was signed")]
    Removed(String),
}

impl SignatureError {
    pub(super) fn io(path: &Path) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::Io {
            path: path.to_owned(),
            source,
        }
    }

    pub(super) fn key(path: &Path, reason: &str) -> Self {
        Self::Key {
            path: path.to_owned(),
            reason: reason.to_owned(),
        }
    }
}
