//! What stands beside an uploaded recording, and is written last: whoever sees it has all of it.

use std::time::{SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

use crate::filter::FilterReport;
use crate::recording::Contents;

/// Tells a manifest from other JSON.
const SCHEMA: &str = "sinew.upload.manifest";
const CLAIM_SCHEMA: &str = "sinew.upload.claim";
const VERSION: u32 = 1;

/// Who began to upload a recording of that name. It is made before all else, and only once, so that two robots, or two
/// recordings of one name, do not mix.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claim {
    schema: String,
    version: u32,
    /// The robot.
    pub robot: String,
    /// Name of the recording.
    pub recording: String,
    /// SHA-256 of the recording as it was made.
    pub original_sha256: String,
    /// SHA-256 of what the filter was told; empty without one.
    pub filter_sha256: String,
}

impl Claim {
    pub(crate) fn new(robot: &str, recording: &str, original_sha256: &str, filter_sha256: &str) -> Self {
        Self {
            schema: CLAIM_SCHEMA.to_owned(),
            version: VERSION,
            robot: robot.to_owned(),
            recording: recording.to_owned(),
            original_sha256: original_sha256.to_owned(),
            filter_sha256: filter_sha256.to_owned(),
        }
    }
}

/// What was uploaded of a recording.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    schema: String,
    version: u32,
    /// The robot that recorded it.
    pub robot: String,
    /// Name of the recording.
    pub recording: String,
    /// When all of it was there, nanoseconds since 1970, by the robot's clock.
    pub uploaded_ns: u64,
    /// The program that uploaded it.
    pub software: String,
    /// What lies beside the manifest.
    pub files: Vec<UploadedFile>,
    /// What the uploaded recording has in it.
    pub contents: Contents,
    /// The recording as it was made, where that is not what was uploaded.
    pub original: Option<Original>,
    /// What the filter left out.
    pub left_out: Option<FilterReport>,
}

/// A file beside the manifest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UploadedFile {
    /// Its name.
    pub name: String,
    /// Its length, bytes.
    pub size: u64,
    /// Its SHA-256, in hexadecimal.
    pub sha256: String,
    /// How it was checked where it lies.
    pub verified: Verified,
}

/// How an object was checked once it was there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verified {
    /// The store's own hash of what it has (an ETag of MD5s) is that of what was sent.
    Etag,
    /// It was read back, and has the SHA-256 of what was sent.
    ReadBack,
}

/// A recording that stayed where it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Original {
    /// Its length, bytes.
    pub size: u64,
    /// Its SHA-256, in hexadecimal.
    pub sha256: String,
}

impl Manifest {
    pub(crate) fn new(claim: &Claim, files: Vec<UploadedFile>, contents: Contents) -> Self {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Self {
            schema: SCHEMA.to_owned(),
            version: VERSION,
            robot: claim.robot.clone(),
            recording: claim.recording.clone(),
            uploaded_ns: u64::try_from(since.as_nanos()).unwrap_or(u64::MAX),
            software: concat!("sinew ", env!("CARGO_PKG_VERSION")).to_owned(),
            files,
            contents,
            original: None,
            left_out: None,
        }
    }

    /// Whether another says the same of the same files.
    pub(crate) fn agrees_with(&self, other: &Self) -> bool {
        let names = |manifest: &Self| -> Vec<(String, u64, String)> {
            let files = manifest.files.iter();
            files
                .map(|file| (file.name.clone(), file.size, file.sha256.clone()))
                .collect()
        };
        (&self.robot, &self.recording, names(self)) == (&other.robot, &other.recording, names(other))
    }
}
