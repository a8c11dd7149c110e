//! Where a repository is read: a local folder, a server of static files, a bucket, or a registry of OCI artifacts.

#[cfg(feature = "bucket")]
pub(crate) mod bucket;
mod folder;
mod http;
mod paced;
mod transport;

use std::path::PathBuf;

use bytes::Bytes;
use sinew_storage::Location;
use thiserror::Error;
use tokio::fs::File;
use url::Url;

#[cfg(feature = "oci")]
pub(crate) use http::http_client;
pub(crate) use http::{beginning, failed, told};
pub use paced::Limits;
pub(crate) use paced::{Paced, read_whole};
pub(crate) use transport::{METADATA, SourceTransport, TARGETS, base_url};

use crate::Place;
use crate::hawkbit::Linked;
#[cfg(feature = "oci")]
use crate::registry::Registry;

/// How addresses of buckets begin.
const BUCKETS: [&str; 6] = ["s3", "s3a", "gs", "az", "azure", "abfs"];

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
    #[cfg(feature = "bucket")]
    Bucket(bucket::Bucket),
    #[cfg(feature = "oci")]
    Registry(Registry),
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
    #[cfg(feature = "bucket")]
    Object(bucket::Object),
}

impl Source {
    /// What an address means.
    pub(crate) fn of(place: &Place) -> Result<Self, SourceError> {
        let address = &place.address;
        let refused = |reason: &str| SourceError::Place {
            place: address.clone(),
            reason: reason.to_owned(),
        };
        let Some((scheme, _)) = address.split_once("://") else {
            return std::path::absolute(address)
                .map(Self::Folder)
                .map_err(|error| refused(&error.to_string()));
        };
        let url = || Url::parse(address).map_err(|error| refused(&error.to_string()));
        match scheme {
            "file" => url()?
                .to_file_path()
                .map(Self::Folder)
                .map_err(|()| refused("expected file:///ABSOLUTE/PATH")),
            "http" | "https" => http::Server::at(url()?).map(Self::Http),
            #[cfg(feature = "oci")]
            "oci" => Registry::at(place).map(Self::Registry),
            #[cfg(not(feature = "oci"))]
            "oci" => Err(refused(
                "this program was built without oci://, build it with `--features oci`",
            )),
            _ if BUCKETS.contains(&scheme) => match Location::parse(address, place.options.clone()) {
                #[cfg(feature = "bucket")]
                Ok(Location::Bucket(location)) => bucket::Bucket::of(location).map(Self::Bucket),
                Ok(_) => Err(refused("buckets are left out of this program")),
                // What is refused may have a secret in it.
                Err(error) => Err(SourceError::Place {
                    place: scheme.to_owned(),
                    reason: error.to_string(),
                }),
            },
            _ => Err(refused(
                "expected a folder, http://, https://, s3://BUCKET/PREFIX, gs://…, az://… or oci://HOST/NAME",
            )),
        }
    }

    /// Opens a file, whose name has no `..`, from a byte on. Who does not answer is not waited for longer than the limit.
    pub(crate) async fn open(&self, name: &str, offset: u64, limits: &Limits) -> Result<Opened, SourceError> {
        let opening = async {
            match self {
                Self::Folder(folder) => folder::open(folder, name, offset).await,
                Self::Http(server) => server.open(name, offset).await,
                Self::Linked(linked) => linked.open(name, offset).await,
                #[cfg(feature = "bucket")]
                Self::Bucket(bucket) => bucket.open(name, offset).await,
                #[cfg(feature = "oci")]
                Self::Registry(registry) => registry.open(name, offset).await,
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
            #[cfg(feature = "bucket")]
            Self::Object(object) => bucket::next(object, name).await,
        }
    }
}
