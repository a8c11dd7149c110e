//! How tough reads the metadata of a repository: through a [`Source`], within limits.

use async_trait::async_trait;
use bytes::Bytes;
use futures_util::stream;
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

/// A source as tough asks for it.
#[derive(Debug, Clone)]
pub(crate) struct SourceTransport {
    pub(crate) source: Source,
    pub(crate) limits: Limits,
}

#[async_trait]
impl Transport for SourceTransport {
    async fn fetch(&self, url: Url) -> Result<TransportStream, TransportError> {
        let name = url.path().trim_start_matches('/').to_owned();
        match read_whole(&self.source, &name, &self.limits, MAX_BYTES).await {
            Ok(bytes) => Ok(Box::pin(stream::iter([Ok(Bytes::from(bytes))]))),
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
