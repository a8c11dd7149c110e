//! Where a repository is read: a local folder, or a server of static files.

mod folder;
mod http;
mod paced;
mod transport;

use std::path::PathBuf;

use bytes::Bytes;
use thiserror::Error;
use tokio::fs::File;
use url::Url;

pub(crate) use http::{beginning, failed, told};
pub use paced::Limits;
pub(crate) use paced::{Paced, read_whole};
pub(crate) use transport::{METADATA, SourceTransport, TARGETS, base_url};

use crate::hawkbit::Linked;

/// Why a file of a repository was not read.
#[derive(Debug, Clone, Error)]
#[non_exhaustive]
pub enum SourceError {
    /// It is not there.
    #[error("{0}: it is not there")]
    NotFound(String),
    /// It cannot be reached or read now; another time may do.
    #[error("{name}: {reason}")]
    Failed {
        /// The file.
        name: String,
        /// What the system or the network says.
        reason: String,
    },
    /// It goes on longer than it may.
    #[error("{name}: endless data: expected at most {max} bytes, and it goes on")]
    Endless {
        /// The file.
        name: String,
        /// What was allowed, bytes.
        max: u64,
    },
    /// It comes too slowly to be meant.
    #[error("{name}: slow retrieval: {reason}")]
    Slow {
        /// The file.
        name: String,
        /// What was expected and found.
        reason: String,
    },
    /// The place is none that can be read.
    #[error("{place}: {reason}")]
    Place {
        /// What was named.
        place: String,
        /// What was expected.
        reason: String,
    },
}

/// Where a repository is.
#[derive(Debug, Clone)]
pub(crate) enum Source {
    Folder(PathBuf),
    Http(http::Server),
    /// One file, whatever its name.
    Linked(Linked),
}

/// A file that is being read.
pub(crate) struct Opened {
    /// Where in it the reading begins: not where it was asked for where a server sends files as a whole alone.
    pub(crate) offset: u64,
    pub(crate) pieces: Pieces,
}

/// The bytes of a file, piece by piece.
pub(crate) enum Pieces {
    File(File),
    Http(reqwest::Response),
}

impl Source {
    /// A folder, `file:///…`, `http://…` or `https://…`.
    pub(crate) fn of(place: &str) -> Result<Self, SourceError> {
        let refused = |reason: &str| SourceError::Place {
            place: place.to_owned(),
            reason: reason.to_owned(),
        };
        let Some((scheme, _)) = place.split_once("://") else {
            return std::path::absolute(place)
                .map(Self::Folder)
                .map_err(|error| refused(&error.to_string()));
        };
        let url = Url::parse(place).map_err(|error| refused(&error.to_string()))?;
        match scheme {
            "file" => url
                .to_file_path()
                .map(Self::Folder)
                .map_err(|()| refused("expected file:///ABSOLUTE/PATH")),
            "http" | "https" => http::Server::at(url).map(Self::Http),
            _ => Err(refused("expected a folder, http:// or https://")),
        }
    }

    /// Opens a file, whose name has no `..`, from a byte on. Who does not answer is not waited for longer than the limit.
    pub(crate) async fn open(&self, name: &str, offset: u64, limits: &Limits) -> Result<Opened, SourceError> {
        let opening = async {
            match self {
                Self::Folder(folder) => folder::open(folder, name, offset).await,
                Self::Http(server) => server.open(name, offset).await,
                Self::Linked(linked) => linked.open(name, offset).await,
            }
        };
        let opened = tokio::time::timeout(limits.silence, opening).await;
        opened.unwrap_or_else(|_| Err(paced::silent(name, limits)))
    }
}

impl Pieces {
    /// The next bytes; `None` at the end.
    pub(crate) async fn next(&mut self, name: &str) -> Result<Option<Bytes>, SourceError> {
        match self {
            Self::File(file) => folder::next(file, name).await,
            Self::Http(response) => response.chunk().await.map_err(|error| http::failed(name, error)),
        }
    }
}
