//! Blobs of a registry, which are named by their SHA-256.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use bytes::Bytes;
use reqwest::header::{ACCEPT_ENCODING, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE, HeaderValue, LOCATION, RANGE};
use reqwest::{Method, Response, StatusCode};
use url::Url;

use super::Registry;
use super::requests::refusal;
use crate::source::{Opened, Pieces, SourceError, beginning, told};
use crate::{Digest, Progress};

/// What is sent at a time; longer blobs go in parts. Some registries take no part below 5 MiB.
const PART_BYTES: usize = 8 << 20;

impl Registry {
    /// Opens a blob from a byte on.
    pub(super) async fn open_blob(&self, name: &str, digest: Digest, offset: u64) -> Result<Opened, SourceError> {
        let mut request = self.request(Method::GET, self.address.url(&format!("blobs/sha256:{digest}"))?);
        let headers = request.headers_mut();
        // What is signed are the bytes as they lie there.
        headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("identity"));
        if offset > 0
            && let Ok(range) = HeaderValue::from_str(&format!("bytes={offset}-"))
        {
            headers.insert(RANGE, range);
        }
        let response = self.send(name, request).await?;
        match response.status() {
            StatusCode::OK | StatusCode::PARTIAL_CONTENT => Ok(Opened {
                offset: beginning(name, &response, offset)?,
                pieces: Pieces::Http(response),
            }),
            _ => Err(refusal(name, response).await),
        }
    }

    /// Whether a blob is there.
    pub(crate) async fn has_blob(&self, name: &str, digest: Digest) -> Result<bool, SourceError> {
        let url = self.address.url(&format!("blobs/sha256:{digest}"))?;
        let response = self.send(name, self.request(Method::HEAD, url)).await?;
        match response.status() {
            StatusCode::OK => Ok(true),
            StatusCode::NOT_FOUND => Ok(false),
            _ => Err(refusal(name, response).await),
        }
    }

    /// Brings bytes there, unless they are.
    pub(crate) async fn put_bytes(&self, name: &str, bytes: &[u8]) -> Result<(), SourceError> {
        let digest = Digest::of(bytes);
        if self.has_blob(name, digest).await? {
            return Ok(());
        }
        let upload = self.begin_blob(name).await?;
        self.end_blob(name, upload, digest, Bytes::copy_from_slice(bytes)).await
    }

    /// Brings a file there, unless it is.
    pub(crate) async fn put_file(
        &self,
        name: &str,
        (digest, length): (Digest, u64),
        file: &Path,
        progress: &dyn Progress,
    ) -> Result<(), SourceError> {
        if self.has_blob(name, digest).await? {
            progress.moved(name, length, length);
            return Ok(());
        }
        let unread = |error: std::io::Error| told(name, format!("{}: cannot be read: {error}", file.display()));
        let mut file = File::open(file).map_err(unread)?;
        let mut upload = self.begin_blob(name).await?;
        let mut sent = 0;
        loop {
            let part = next_part(&mut file).map_err(unread)?;
            let end = sent + part.len() as u64;
            if end >= length {
                self.end_blob(name, upload, digest, part).await?;
                progress.moved(name, length, length);
                return Ok(());
            }
            if part.is_empty() {
                return Err(told(
                    name,
                    format!("expected a file of {length} bytes, found its end after {sent}"),
                ));
            }
            upload = self.put_part(name, upload, sent, part).await?;
            sent = end;
            progress.moved(name, sent, length);
        }
    }

    /// Gives where the upload goes.
    async fn begin_blob(&self, name: &str) -> Result<Url, SourceError> {
        let mut request = self.request(Method::POST, self.address.url("blobs/uploads/")?);
        request
            .headers_mut()
            .insert(CONTENT_LENGTH, HeaderValue::from_static("0"));
        let response = self.send(name, request).await?;
        next_place(name, response).await
    }

    async fn put_part(&self, name: &str, upload: Url, offset: u64, part: Bytes) -> Result<Url, SourceError> {
        let mut request = self.request(Method::PATCH, upload);
        let range = format!("{offset}-{}", offset + part.len() as u64 - 1);
        let headers = request.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/octet-stream"));
        if let Ok(range) = HeaderValue::from_str(&range) {
            headers.insert(CONTENT_RANGE, range);
        }
        *request.body_mut() = Some(part.into());
        let response = self.send(name, request).await?;
        next_place(name, response).await
    }

    async fn end_blob(&self, name: &str, mut upload: Url, digest: Digest, part: Bytes) -> Result<(), SourceError> {
        upload
            .query_pairs_mut()
            .append_pair("digest", &format!("sha256:{digest}"));
        let mut request = self.request(Method::PUT, upload);
        let kind = HeaderValue::from_static("application/octet-stream");
        request.headers_mut().insert(CONTENT_TYPE, kind);
        *request.body_mut() = Some(part.into());
        let response = self.send(name, request).await?;
        match response.status() {
            StatusCode::CREATED => Ok(()),
            _ => Err(refusal(name, response).await),
        }
    }
}

/// Where an upload goes on.
async fn next_place(name: &str, response: Response) -> Result<Url, SourceError> {
    if response.status() != StatusCode::ACCEPTED {
        return Err(match refusal(name, response).await {
            SourceError::NotFound(_) => told(name, "the registry takes no blobs for this repository".to_owned()),
            refusal => refusal,
        });
    }
    let header = response.headers().get(LOCATION).and_then(|header| header.to_str().ok());
    let place = header.and_then(|place| response.url().join(place).ok());
    place.ok_or_else(|| told(name, "the registry does not say where the upload goes".to_owned()))
}

/// The next of a file, up to the length of a part.
fn next_part(file: &mut File) -> std::io::Result<Bytes> {
    let mut part = Vec::new();
    file.take(PART_BYTES as u64).read_to_end(&mut part)?;
    Ok(part.into())
}
