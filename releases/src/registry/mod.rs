//! A repository as artifacts of an OCI registry. Targets are blobs, which a registry names by their SHA-256 as TUF does; each
//! release is an artifact of those that belong to it; the metadata are one artifact, which is replaced as a whole.
//!
//! Of the distribution API this is what a repository takes, over the HTTP client that is there: a registry is not trusted, so
//! everything that it answers is read within limits.

mod address;
mod blobs;
mod challenge;
mod credentials;
mod manifests;
mod requests;

use std::fmt;
use std::sync::Arc;

use reqwest::Client;
use reqwest::header::HeaderValue;
use tokio::sync::Mutex;

use crate::source::{METADATA, Opened, SourceError, TARGETS, http_client};
use crate::{Digest, Place};
use address::Address;
use credentials::{Credentials, credentials};
pub(crate) use manifests::{Descriptor, Manifest};

/// The tag of the artifact that has the metadata.
pub(crate) const METADATA_TAG: &str = "metadata";

/// A repository of a registry, and the way to it.
#[derive(Clone)]
pub(crate) struct Registry {
    address: Arc<Address>,
    http: Client,
    credentials: Option<Credentials>,
    allow_http: bool,
    pushes: bool,
    /// What the registry was told last of who one is.
    authorization: Arc<Mutex<Option<HeaderValue>>>,
}

impl fmt::Debug for Registry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Registry").field(&self.address).finish()
    }
}

impl Registry {
    pub(crate) fn at(place: &Place) -> Result<Self, SourceError> {
        let address = Address::of(place)?;
        let http = http_client().map_err(|error| SourceError::Place {
            place: address.host.clone(),
            reason: error.to_string(),
        })?;
        Ok(Self {
            credentials: credentials(&address, &place.options)?,
            address: Arc::new(address),
            http,
            allow_http: place.options.allow_http,
            pushes: false,
            authorization: Arc::default(),
        })
    }

    /// The same for who writes to it.
    pub(crate) fn to_push(&self) -> Self {
        Self {
            pushes: true,
            authorization: Arc::default(),
            ..self.clone()
        }
    }

    /// Opens a file of the repository from a byte on.
    pub(crate) async fn open(&self, name: &str, offset: u64) -> Result<Opened, SourceError> {
        let digest = match name.split_once('/') {
            Some((TARGETS, stored)) => stored.split('.').next().and_then(|digest| digest.parse().ok()),
            Some((METADATA, title)) => self.titled(title).await?,
            _ => None,
        };
        let digest: Digest = digest.ok_or_else(|| SourceError::NotFound(name.to_owned()))?;
        self.open_blob(name, digest, offset).await
    }

    /// The blob of a file of metadata.
    async fn titled(&self, title: &str) -> Result<Option<Digest>, SourceError> {
        let found = self.manifest(METADATA_TAG).await?;
        Ok(found.and_then(|(manifest, _)| manifest.titled(title)?.sha256()))
    }
}
