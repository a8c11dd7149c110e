//! Why hawkBit gives nothing.

use std::time::Duration;

use thiserror::Error;

use crate::client::ClientError;
use crate::source::SourceError;

/// Why hawkBit gives nothing, or not what it should.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum HawkbitError {
    /// It cannot be reached as the parameters say.
    #[error("{0}")]
    Place(String),
    /// It does not know who asks.
    #[error("{what}: hawkBit answers {status}: expected a token that it knows for this device in `token_file`")]
    Denied {
        /// What was asked for.
        what: String,
        /// The answer.
        status: u16,
    },
    /// What was asked for is not there, or not any more.
    #[error("{what}: hawkBit answers {status}: it is not there")]
    Gone {
        /// What was asked for.
        what: String,
        /// The answer.
        status: u16,
    },
    /// It wants to be left alone for a while.
    #[error("{what}: hawkBit answers 429: too many requests")]
    Busy {
        /// What was asked for.
        what: String,
        /// For how long, where it says so.
        after: Option<Duration>,
    },
    /// It answers something else than its API says.
    #[error("{what}: {reason}")]
    Answer {
        /// What was asked for.
        what: String,
        /// What was expected and found.
        reason: String,
    },
    /// The network.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// A file did not come, or is not the one that was announced.
    #[error(transparent)]
    File(#[from] ClientError),
}

impl HawkbitError {
    pub(super) fn answer(what: &str, reason: impl Into<String>) -> Self {
        Self::Answer {
            what: what.to_owned(),
            reason: reason.into(),
        }
    }
}
