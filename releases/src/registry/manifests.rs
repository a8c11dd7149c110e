//! Manifests of a registry: which blobs belong together, under a tag.

use std::collections::BTreeMap;

use reqwest::header::{ACCEPT, CONTENT_TYPE, HeaderValue};
use reqwest::{Method, StatusCode};
use serde::{Deserialize, Serialize};

use super::Registry;
use super::requests::{read_answer, refusal};
use crate::Digest;
use crate::source::{SourceError, told};

const MANIFEST_TYPE: &str = "application/vnd.oci.image.manifest.v1+json";
/// An artifact has no configuration; this stands for none.
const NO_CONFIG_TYPE: &str = "application/vnd.oci.empty.v1+json";
const NO_CONFIG: &[u8] = b"{}";
/// The annotation of a layer by which tools name the file that it becomes.
const TITLE: &str = "org.opencontainers.image.title";
/// Longest manifest, bytes: what registries take.
const MAX_MANIFEST_BYTES: u64 = 4 << 20;

/// Blobs that belong together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Manifest {
    schema_version: u8,
    media_type: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    artifact_type: Option<String>,
    config: Descriptor,
    pub(crate) layers: Vec<Descriptor>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    annotations: BTreeMap<String, String>,
}

/// One of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Descriptor {
    media_type: String,
    digest: String,
    size: u64,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    annotations: BTreeMap<String, String>,
}

impl Descriptor {
    pub(crate) fn new(media_type: &str, sha256: Digest, size: u64, title: &str) -> Self {
        Self {
            media_type: media_type.to_owned(),
            digest: format!("sha256:{sha256}"),
            size,
            annotations: BTreeMap::from([(TITLE.to_owned(), title.to_owned())]),
        }
    }

    /// The name of the file that it is.
    pub(crate) fn title(&self) -> Option<&str> {
        self.annotations.get(TITLE).map(String::as_str)
    }

    pub(super) fn sha256(&self) -> Option<Digest> {
        self.digest.strip_prefix("sha256:")?.parse().ok()
    }
}

impl Manifest {
    /// An artifact of a type.
    pub(crate) fn new(artifact_type: &str, layers: Vec<Descriptor>, annotations: BTreeMap<String, String>) -> Self {
        Self {
            schema_version: 2,
            media_type: MANIFEST_TYPE.to_owned(),
            artifact_type: Some(artifact_type.to_owned()),
            config: Descriptor {
                media_type: NO_CONFIG_TYPE.to_owned(),
                digest: format!("sha256:{}", Digest::of(NO_CONFIG)),
                size: NO_CONFIG.len() as u64,
                annotations: BTreeMap::new(),
            },
            layers,
            annotations,
        }
    }

    /// The layer of a file's name.
    pub(crate) fn titled(&self, title: &str) -> Option<&Descriptor> {
        self.layers.iter().find(|layer| layer.title() == Some(title))
    }
}

impl Registry {
    /// The manifest of a tag, and its SHA-256.
    pub(crate) async fn manifest(&self, tag: &str) -> Result<Option<(Manifest, Digest)>, SourceError> {
        let mut request = self.request(Method::GET, self.address.url(&format!("manifests/{tag}"))?);
        request
            .headers_mut()
            .insert(ACCEPT, HeaderValue::from_static(MANIFEST_TYPE));
        let response = self.send(tag, request).await?;
        match response.status() {
            StatusCode::OK => {}
            StatusCode::NOT_FOUND => return Ok(None),
            _ => return Err(refusal(tag, response).await),
        }
        let bytes = read_answer(tag, response, MAX_MANIFEST_BYTES).await?;
        let manifest = serde_json::from_slice(&bytes)
            .map_err(|error| told(tag, format!("expected a manifest of an OCI artifact: {error}")))?;
        Ok(Some((manifest, Digest::of(&bytes))))
    }

    /// Puts a manifest, whose blobs are there, in the place of that of a tag. Gives its SHA-256.
    pub(crate) async fn put_manifest(&self, tag: &str, manifest: &Manifest) -> Result<Digest, SourceError> {
        self.put_bytes(tag, NO_CONFIG).await?;
        let bytes = serde_json::to_vec(manifest).map_err(|error| told(tag, error.to_string()))?;
        if bytes.len() as u64 > MAX_MANIFEST_BYTES {
            return Err(SourceError::Endless {
                name: tag.to_owned(),
                max: MAX_MANIFEST_BYTES,
            });
        }
        let digest = Digest::of(&bytes);
        let mut request = self.request(Method::PUT, self.address.url(&format!("manifests/{tag}"))?);
        request
            .headers_mut()
            .insert(CONTENT_TYPE, HeaderValue::from_static(MANIFEST_TYPE));
        *request.body_mut() = Some(bytes.into());
        let response = self.send(tag, request).await?;
        match response.status() {
            StatusCode::CREATED => Ok(digest),
            _ => Err(refusal(tag, response).await),
        }
    }
}
