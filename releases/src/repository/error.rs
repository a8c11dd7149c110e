//! Why a repository was not written.

use std::io;
use std::path::{Path, PathBuf};

use thiserror::Error;

use crate::bundle::BundleError;
use crate::client::ClientError;
use crate::signature::SignatureError;
use crate::source::SourceError;

/// Why a repository was not made, read or written.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum RepositoryError {
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
    /// Something is there already.
    #[error("{0}: there is one; expected a place without a repository")]
    Exists(String),
    /// A key is none that can be used.
    #[error("{}: {reason}", .path.display())]
    Key {
        /// Its file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// The metadata cannot be verified, signed or written.
    #[error("{doing}: {reason}")]
    Signing {
        /// What was to be done.
        doing: &'static str,
        /// What the library says.
        reason: String,
    },
    /// A file of the repository cannot be read.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// What was to be published is no release.
    #[error(transparent)]
    Bundle(#[from] BundleError),
    /// The model cannot be signed.
    #[error(transparent)]
    Signature(#[from] SignatureError),
    /// A repository cannot be verified, or a file of it is not what was signed.
    #[error(transparent)]
    Client(Box<ClientError>),
    /// What is copied is older than what the other place has.
    #[error(
        "the other place has a newer state (timestamp {there}, found {found} here), which is not replaced by this one"
    )]
    Older {
        /// The version of the timestamp that was to be copied.
        found: u64,
        /// That of the other place.
        there: u64,
    },
    /// The release is not in the repository.
    #[error("{name} {version}: the repository has no such release; `sinew release list` shows what it has")]
    NoRelease {
        /// Its name.
        name: String,
        /// Its version.
        version: u64,
    },
    /// The release was yanked, which is for good.
    #[error("{name} {version}: it was yanked, for good: publish what is to take its place as a new version")]
    Yanked {
        /// Its name.
        name: String,
        /// Its version.
        version: u64,
    },
    /// The version is not newer than all of its name.
    #[error("{name}: expected a version above {newest}, the newest there is, found {version}")]
    NotNewer {
        /// The name.
        name: String,
        /// What there is.
        newest: u64,
        /// What was to be published.
        version: u64,
    },
    /// The channel is none of the repository's.
    #[error("the repository has no channel {channel}; it has {known}")]
    NoChannel {
        /// The channel.
        channel: String,
        /// Those that it has.
        known: String,
    },
    /// The channels' file is none.
    #[error("channels: {0}")]
    Channels(String),
    /// The evaluation is missing, of another model or not good enough.
    #[error("the evaluation does not allow it on the channel {channel}: {reason}")]
    BelowBar {
        /// The channel.
        channel: String,
        /// What was expected and found.
        reason: String,
    },
    /// Another publisher wrote meanwhile.
    #[error("{0}: another publisher has written it meanwhile; try again")]
    Raced(String),
}

impl From<ClientError> for RepositoryError {
    fn from(error: ClientError) -> Self {
        match error {
            ClientError::Source(error) => Self::Source(error),
            error => Self::Client(Box::new(error)),
        }
    }
}

impl RepositoryError {
    pub(super) fn io(path: &Path, doing: &'static str) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::Io {
            path: path.to_owned(),
            doing,
            source,
        }
    }

    /// What the library of TUF says, which prints its causes itself.
    pub(super) fn tuf(doing: &'static str) -> impl FnOnce(tough::error::Error) -> Self {
        move |error| Self::Signing {
            doing,
            reason: error.to_string(),
        }
    }
}
