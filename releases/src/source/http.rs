//! A repository on a server of static files.

use std::time::Duration;

use reqwest::header::{ACCEPT_ENCODING, CONTENT_RANGE, RANGE};
use reqwest::{Client, Response, StatusCode};
use url::Url;

use super::{Opened, Pieces, SourceError};

const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// Most redirections of one request.
const REDIRECTIONS: usize = 3;

/// A server, and the folder of it that has the repository.
#[derive(Debug, Clone)]
pub(crate) struct Server {
    base: Url,
    client: Client,
}

impl Server {
    pub(super) fn at(mut base: Url) -> Result<Self, SourceError> {
        let refused = |reason: &str| SourceError::Place {
            place: base.host_str().unwrap_or_default().to_owned(),
            reason: reason.to_owned(),
        };
        if !base.username().is_empty() || base.password().is_some() || base.query().is_some() {
            return Err(refused("expected no user name, password or `?` in the address"));
        }
        let client = http_client().map_err(|error| refused(&error.to_string()))?;
        if !base.path().ends_with('/') {
            base.set_path(&format!("{}/", base.path()));
        }
        Ok(Self { base, client })
    }

    pub(super) async fn open(&self, name: &str, offset: u64) -> Result<Opened, SourceError> {
        let url = self.base.join(name).map_err(|error| told(name, error.to_string()))?;
        // What is signed are the bytes as they lie there.
        let mut request = self.client.get(url).header(ACCEPT_ENCODING, "identity");
        if offset > 0 {
            request = request.header(RANGE, format!("bytes={offset}-"));
        }
        let response = request.send().await.map_err(|error| failed(name, error))?;
        let offset = match response.status() {
            StatusCode::OK | StatusCode::PARTIAL_CONTENT => beginning(name, &response, offset)?,
            // Where nothing is left of it, from there on.
            StatusCode::RANGE_NOT_SATISFIABLE if offset > 0 => return Box::pin(self.open(name, 0)).await,
            // A bucket whose objects cannot be listed answers 403 for what it has not.
            StatusCode::NOT_FOUND | StatusCode::FORBIDDEN | StatusCode::GONE => {
                return Err(SourceError::NotFound(name.to_owned()));
            }
            other => return Err(told(name, format!("the server answers {other}"))),
        };
        Ok(Opened {
            offset,
            pieces: Pieces::Http(response),
        })
    }
}

/// A client over rustls with ring.
pub(crate) fn http_client() -> reqwest::Result<Client> {
    // Fails where the process has chosen its cryptography before, which is as good.
    let _ = rustls::crypto::ring::default_provider().install_default();
    Client::builder()
        .connect_timeout(CONNECT_TIMEOUT)
        .redirect(reqwest::redirect::Policy::limited(REDIRECTIONS))
        .build()
}

/// Where in a file an answer begins that was asked for from a byte on: there, or at the file's beginning.
pub(crate) fn beginning(name: &str, response: &Response, offset: u64) -> Result<u64, SourceError> {
    if response.status() == StatusCode::OK {
        return Ok(0);
    }
    let range = response
        .headers()
        .get(CONTENT_RANGE)
        .and_then(|range| range.to_str().ok());
    let begins = range.and_then(|range| range.strip_prefix("bytes ")?.split('-').next()?.parse().ok());
    if begins == Some(offset) {
        return Ok(offset);
    }
    let found = range.unwrap_or("none").to_owned();
    Err(told(
        name,
        format!("expected a range from byte {offset} on, found {found}"),
    ))
}

/// It cannot be had now, for that reason.
pub(crate) fn told(name: &str, reason: String) -> SourceError {
    SourceError::Failed {
        name: name.to_owned(),
        reason,
    }
}

/// What went wrong, with its causes and without the address, which may be private.
pub(crate) fn failed(name: &str, error: reqwest::Error) -> SourceError {
    let error = error.without_url();
    let mut reason = error.to_string();
    let mut source = std::error::Error::source(&error);
    while let Some(cause) = source {
        reason = format!("{reason}: {cause}");
        source = cause.source();
    }
    told(name, reason)
}
