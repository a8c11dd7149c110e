//! How tough reads the metadata of a repository: through a [`Source`], within limits.

use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use futures_util::stream;
use tokio::sync::Mutex;
use tough::{Transport, TransportError, TransportErrorKind, TransportStream};
use url::Url;

use super::{Limits, Source, SourceError, read_whole};

/// The folder of a repository that has its metadata.
pub(crate) const METADATA: &str = "metadata";
/// The folder of a repository that has its targets.
pub(crate) const TARGETS: &str = "targets";
/// Longest file of metadata, bytes.
const MAX_BYTES: u64 = 10 << 20;
/// Stands before every name that tough asks for; it goes nowhere.
const PLACE: &str = "repository:///";

/// The address that tough knows a folder of the repository by.
pub(crate) fn base_url(folder: &str) -> Result<Url, SourceError> {
    Url::parse(&format!("{PLACE}{folder}/")).map_err(|error| SourceError::Place {
        place: folder.to_owned(),
        reason: error.to_string(),
    })
}

/// Files that were brought, by their names.
pub(crate) type Seen = Arc<Mutex<Vec<(String, Bytes)>>>;

/// A source as tough asks for it.
#[derive(Debug, Clone)]
pub(crate) struct SourceTransport {
    source: Source,
    limits: Limits,
    seen: Option<Seen>,
}

impl SourceTransport {
    pub(crate) fn new(source: Source, limits: Limits) -> Self {
        Self {
            source,
            limits,
            seen: None,
        }
    }

    /// Remembers all that it brings from now on, to the byte.
    pub(crate) fn remember(&mut self) -> Seen {
        self.seen.get_or_insert_default().clone()
    }
}

#[async_trait]
impl Transport for SourceTransport {
    async fn fetch(&self, url: Url) -> Result<TransportStream, TransportError> {
        let name = url.path().trim_start_matches('/').to_owned();
        match read_whole(&self.source, &name, &self.limits, MAX_BYTES).await {
            Ok(bytes) => {
                let bytes = Bytes::from(bytes);
                if let Some(seen) = &self.seen {
                    seen.lock().await.push((name, bytes.clone()));
                }
                Ok(Box::pin(stream::iter([Ok(bytes)])))
            }
            Err(error @ SourceError::NotFound(_)) => Err(TransportError::new_with_cause(
                TransportErrorKind::FileNotFound,
                url,
                error,
            )),
            // That a newer root is not there is told by a server that answers. One that does not is no proof of it, so
            // that the error comes with the bytes, where tough does not pass it over.
            Err(error) => {
                let error = TransportError::new_with_cause(TransportErrorKind::Other, url, error);
                Ok(Box::pin(stream::iter([Err(error)])))
            }
        }
    }
}
