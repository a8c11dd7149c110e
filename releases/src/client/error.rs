//! Why a robot does not take what a repository shows it.

use std::error::Error;
use std::io;
use std::path::{Path, PathBuf};

use thiserror::Error;
use tough::schema::RoleType;

use super::trust::KNOWN_TIME;
use crate::Digest;
use crate::source::SourceError;

/// Why a repository, or a file of it, is refused or cannot be had.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ClientError {
    /// The metadata are not signed by the keys that they have to be, or not by enough of them.
    #[error("{role} metadata refused, wrong or too few signatures: {reason}")]
    Signatures {
        /// Of which role.
        role: String,
        /// What was expected and found.
        reason: String,
    },
    /// Older metadata than were seen before.
    #[error("{role} metadata refused, a rollback: version {seen} was seen before, found {found}")]
    Rollback {
        /// Of which role.
        role: String,
        /// The version that was seen.
        seen: u64,
        /// The version that is offered.
        found: u64,
    },
    /// Metadata that have expired: the repository is frozen, or nobody signs it anew.
    #[error(
        "{role} metadata refused, they have expired: the repository is frozen, or its publisher has to run \
         `sinew release refresh`"
    )]
    Expired {
        /// Of which role.
        role: String,
    },
    /// Metadata that do not belong together.
    #[error("metadata refused, they do not belong together (mix and match): {0}")]
    MixedUp(String),
    /// A file with other bytes than were signed.
    #[error("{name} refused, it is not what was signed: expected {expected}, found {found}")]
    NotSigned {
        /// The file.
        name: String,
        /// Its SHA-256 as signed.
        expected: Digest,
        /// Its SHA-256, and why there is none.
        found: String,
    },
    /// The robot's clock went back since the last time. With what to do.
    #[error(
        "the clock went back: {reason}; whether metadata have expired cannot be told. Set the clock, or remove {} where it \
         was ahead before", .known.display()
    )]
    Clock {
        /// The two times.
        reason: String,
        /// The file with the time before.
        known: PathBuf,
    },
    /// Metadata that are none.
    #[error("metadata refused: {0}")]
    Malformed(String),
    /// A file cannot be had, or only within no limits.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// A file of this machine cannot be read or written.
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
    /// There is no root to begin with.
    #[error("{}: there is no root to trust; expected the file root.json that `sinew release init` made", .0.display())]
    NoRoot(PathBuf),
    /// No thread for the network can be set up.
    #[error("the network cannot be set up: {0}")]
    Setup(String),
}

impl ClientError {
    pub(super) fn io(path: &Path, doing: &'static str) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::Io {
            path: path.to_owned(),
            doing,
            source,
        }
    }

    /// What the library of TUF refused, by its reason.
    pub(crate) fn of(error: tough::error::Error) -> Self {
        use tough::error::Error as Tuf;
        if let Some(source) = source_of(&error) {
            return source;
        }
        let text = error.to_string();
        match error {
            Tuf::ExpiredMetadata { role, .. } => Self::Expired { role: role.to_string() },
            Tuf::VerifyMetadata { role, source, .. } => Self::signatures(role, &source),
            Tuf::VerifyTrustedMetadata { source, .. } => Self::signatures(RoleType::Root, &source),
            Tuf::OlderMetadata {
                role,
                current_version,
                new_version,
                ..
            } => Self::Rollback {
                role: role.to_string(),
                seen: current_version,
                found: new_version,
            },
            Tuf::OlderSnapshotInTimestamp {
                snapshot_new,
                snapshot_old,
                ..
            } => Self::Rollback {
                role: RoleType::Snapshot.to_string(),
                seen: snapshot_old,
                found: snapshot_new,
            },
            Tuf::SnapshotRoleRollback {
                role,
                old_role_version,
                new_role_version,
                ..
            } => Self::Rollback {
                role: role.trim_end_matches(".json").to_owned(),
                seen: old_role_version,
                found: new_role_version,
            },
            Tuf::VersionMismatch { .. } | Tuf::HashMismatch { .. } | Tuf::SnapshotRoleMissing { .. } => {
                Self::MixedUp(text)
            }
            Tuf::SystemTimeSteppedBackward { .. } => Self::Clock {
                reason: text,
                known: PathBuf::from(KNOWN_TIME),
            },
            _ => Self::Malformed(text),
        }
    }

    fn signatures(role: RoleType, source: &dyn Error) -> Self {
        Self::Signatures {
            role: role.to_string(),
            reason: source.to_string(),
        }
    }
}

/// What a [`SourceTransport`](crate::source::SourceTransport) said, or a check of the bytes that it gave.
fn source_of(error: &(dyn Error + 'static)) -> Option<ClientError> {
    let mut next = error.source();
    while let Some(cause) = next {
        if let Some(said) = cause.downcast_ref::<SourceError>() {
            return Some(ClientError::Source(said.clone()));
        }
        if let Some(tough::error::Error::HashMismatch { .. }) = cause.downcast_ref() {
            return Some(ClientError::MixedUp(cause.to_string()));
        }
        if let Some(tough::error::Error::MaxSizeExceeded { max_size, .. }) = cause.downcast_ref() {
            return Some(ClientError::Source(SourceError::Endless {
                name: "metadata".to_owned(),
                max: *max_size,
            }));
        }
        next = cause.source();
    }
    None
}
