//! Requests to hawkBit: who asks is shown to it alone, and answers are read within limits.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use reqwest::header::{ACCEPT, ACCEPT_ENCODING, AUTHORIZATION, CONTENT_TYPE, HeaderValue, RANGE, RETRY_AFTER};
use reqwest::{Certificate, Client, Method, RequestBuilder, Response, StatusCode};
use serde_json::Value;
use tokio::time::timeout;
use url::Url;

use super::HawkbitError;
use super::place::{HawkbitPlace, TokenKind};
use crate::source::{Limits, Opened, Pieces, SourceError, beginning, failed, told};

/// Longest answer, bytes.
const MOST_BYTES: usize = 1 << 20;
/// Longest file of a token or of certificates, bytes.
const MOST_FILE: u64 = 1 << 20;
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// Most redirections of one request.
const REDIRECTIONS: usize = 3;
/// The longest pause that a busy server may ask for.
const MOST_PAUSE: Duration = Duration::from_secs(3600);

/// A server, and who asks it.
#[derive(Debug, Clone)]
pub(super) struct Http {
    base: Url,
    client: Client,
    token: TokenKind,
    token_file: PathBuf,
}

impl Http {
    pub(super) fn at(place: &HawkbitPlace) -> Result<Self, HawkbitError> {
        let base = place.base()?;
        let wrong = |error: &dyn fmt::Display| HawkbitError::Place(format!("hawkBit's `ca_file`: {error}"));
        let mut certificates = Vec::new();
        if let Some(file) = &place.ca_file {
            let pem =
                sinew_files::read(file, MOST_FILE).map_err(|error| wrong(&format!("{}: {error}", file.display())))?;
            certificates = Certificate::from_pem_bundle(&pem).map_err(|error| wrong(&error))?;
            if certificates.is_empty() {
                return Err(wrong(&format!("{}: expected certificates as PEM", file.display())));
            }
        }
        // Fails where the process has chosen its cryptography before, which is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = Client::builder()
            .connect_timeout(CONNECT_TIMEOUT)
            .redirect(reqwest::redirect::Policy::limited(REDIRECTIONS))
            .https_only(base.scheme() == "https")
            .tls_certs_merge(certificates)
            .build()
            .map_err(|error| wrong(&error))?;
        let http = Self {
            base,
            client,
            token: place.token,
            token_file: place.token_file.clone(),
        };
        http.authorization()?;
        Ok(http)
    }

    /// An address of the device's own.
    pub(super) fn own(&self, path: &[&str]) -> Url {
        let mut url = self.base.clone();
        // It was made with a path, so that it has one.
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.extend(path);
        }
        url
    }

    /// What a link of an answer means.
    pub(super) fn link(&self, href: &str, what: &str) -> Result<Url, HawkbitError> {
        let url = self.base.join(href);
        url.map_err(|error| HawkbitError::answer(what, format!("expected a link, found another text: {error}")))
    }

    /// Refuses a link that leads away from the server, which would get the token.
    pub(super) fn expect_own(&self, url: Url, what: &str) -> Result<Url, HawkbitError> {
        if url.origin() == self.base.origin() {
            return Ok(url);
        }
        let (expected, found) = (
            self.base.origin().ascii_serialization(),
            url.origin().ascii_serialization(),
        );
        Err(HawkbitError::answer(
            what,
            format!(
                "expected a link to {expected}, found one to {found}; behind a proxy hawkBit has to be told its own address \
                 (`server.forward-headers-strategy`)"
            ),
        ))
    }

    fn authorization(&self) -> Result<HeaderValue, HawkbitError> {
        let wrong = |reason: &dyn fmt::Display| {
            HawkbitError::Place(format!(
                "hawkBit's `token_file`: {}: {reason}",
                self.token_file.display()
            ))
        };
        let text = sinew_files::read_text(&self.token_file, MOST_FILE).map_err(|error| wrong(&error))?;
        let token = text.lines().next().unwrap_or_default().trim();
        if token.is_empty() {
            return Err(wrong(&"expected a token in its first line, found none"));
        }
        let mut value = HeaderValue::from_str(&format!("{} {token}", self.token.scheme()))
            .map_err(|_| wrong(&"expected a token of plain characters"))?;
        value.set_sensitive(true);
        Ok(value)
    }

    /// Asks for JSON.
    pub(super) async fn get(&self, url: Url, what: &str, limits: &Limits) -> Result<Vec<u8>, HawkbitError> {
        let request = self
            .client
            .get(url)
            .header(ACCEPT, "application/hal+json, application/json");
        self.ask(request, what, limits).await
    }

    /// Tells something as JSON.
    pub(super) async fn send(
        &self,
        method: Method,
        url: Url,
        json: &Value,
        what: &str,
        limits: &Limits,
    ) -> Result<(), HawkbitError> {
        let request = self
            .client
            .request(method, url)
            .header(CONTENT_TYPE, "application/json");
        self.ask(request.body(json.to_string()), what, limits).await.map(drop)
    }

    async fn ask(&self, request: RequestBuilder, what: &str, limits: &Limits) -> Result<Vec<u8>, HawkbitError> {
        let request = request.header(AUTHORIZATION, self.authorization()?);
        let asked = async {
            let mut response = request.send().await.map_err(|error| failed(what, error))?;
            expect_success(&response, what)?;
            let mut bytes = Vec::new();
            while let Some(piece) = response.chunk().await.map_err(|error| failed(what, error))? {
                if bytes.len() + piece.len() > MOST_BYTES {
                    return Err(HawkbitError::answer(
                        what,
                        format!("expected at most {MOST_BYTES} bytes, found more"),
                    ));
                }
                bytes.extend_from_slice(&piece);
            }
            Ok(bytes)
        };
        timeout(limits.max_metadata, asked).await.unwrap_or_else(|_| {
            let secs = limits.max_metadata.as_secs_f64();
            Err(HawkbitError::answer(
                what,
                format!("expected an answer within {secs:.0} s, found none"),
            ))
        })
    }

    /// A file of the server's, or of a store of files to which it leads. That one is not told who asks.
    pub(super) fn linked(&self, href: &str, what: &str) -> Result<Linked, HawkbitError> {
        let url = self.link(href, what)?;
        let is_own = url.origin() == self.base.origin();
        if !is_own && url.scheme() != "https" {
            self.expect_own(url.clone(), what)?;
        }
        Ok(Linked {
            url,
            client: self.client.clone(),
            authorization: if is_own { Some(self.authorization()?) } else { None },
        })
    }
}

fn expect_success(response: &Response, what: &str) -> Result<(), HawkbitError> {
    let status = response.status();
    let what = what.to_owned();
    match status {
        _ if status.is_success() => Ok(()),
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => Err(HawkbitError::Denied {
            what,
            status: status.as_u16(),
        }),
        StatusCode::NOT_FOUND | StatusCode::GONE => Err(HawkbitError::Gone {
            what,
            status: status.as_u16(),
        }),
        StatusCode::TOO_MANY_REQUESTS => {
            let after = response
                .headers()
                .get(RETRY_AFTER)
                .and_then(|after| after.to_str().ok());
            let secs = after.and_then(|after| after.trim().parse().ok());
            Err(HawkbitError::Busy {
                what,
                after: secs.map(|secs| Duration::from_secs(secs).min(MOST_PAUSE)),
            })
        }
        _ => Err(HawkbitError::answer(&what, format!("hawkBit answers {status}"))),
    }
}

/// One file that a link leads to.
#[derive(Clone)]
pub(crate) struct Linked {
    url: Url,
    client: Client,
    authorization: Option<HeaderValue>,
}

impl fmt::Debug for Linked {
    /// A link to a store of files may be a secret by itself.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Linked").finish_non_exhaustive()
    }
}

impl Linked {
    /// Opens the file from a byte on. `name` is for messages.
    pub(crate) async fn open(&self, name: &str, offset: u64) -> Result<Opened, SourceError> {
        let mut request = self.client.get(self.url.clone()).header(ACCEPT_ENCODING, "identity");
        if let Some(authorization) = &self.authorization {
            request = request.header(AUTHORIZATION, authorization.clone());
        }
        if offset > 0 {
            request = request.header(RANGE, format!("bytes={offset}-"));
        }
        let response = request.send().await.map_err(|error| failed(name, error))?;
        let offset = match response.status() {
            StatusCode::OK | StatusCode::PARTIAL_CONTENT => beginning(name, &response, offset)?,
            // Where nothing is left of it, from there on.
            StatusCode::RANGE_NOT_SATISFIABLE if offset > 0 => return Box::pin(self.open(name, 0)).await,
            StatusCode::NOT_FOUND | StatusCode::GONE => return Err(SourceError::NotFound(name.to_owned())),
            other => return Err(told(name, format!("the server answers {other}"))),
        };
        Ok(Opened {
            offset,
            pieces: Pieces::Http(response),
        })
    }
}
