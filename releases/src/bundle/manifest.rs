//! `release.json`.

use std::collections::BTreeMap;
use std::fmt;

use semver::Version;
use serde::{Deserialize, Serialize};

use super::BundleError;
use crate::Digest;

/// The name of the file that describes a release.
pub const MANIFEST: &str = "release.json";
/// Most files of a release, `release.json` not counted.
pub const MAX_FILES: usize = 16;
/// Longest `release.json`, bytes.
pub(super) const MAX_MANIFEST_BYTES: u64 = 64 << 10;
/// Longest file of a release, bytes: the largest that ONNX can be.
pub(super) const MAX_FILE_BYTES: u64 = 2 << 30;
const FORMAT: u32 = 1;
const MAX_NAME: usize = 64;
const MAX_FILE_NAME: usize = 96;
const MAX_TEXT: usize = 1024;
/// Largest version: what JSON numbers hold exactly in every reader.
const MAX_VERSION: u64 = (1 << 53) - 1;

/// What a model is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A policy of a control loop.
    Policy,
    /// A model of the node `perception`.
    Perception,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Policy => "policy",
            Self::Perception => "perception",
        })
    }
}

/// A file of a release.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FileEntry {
    /// Its length, bytes.
    pub bytes: u64,
    /// Its SHA-256.
    pub sha256: Digest,
}

/// The oldest that a release runs with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Requires {
    /// Of Sinew.
    pub sinew: Version,
    /// Of ONNX Runtime.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub onnxruntime: Option<Version>,
}

/// Where a model comes from. Texts of whoever published it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Provenance {
    /// The data that it was trained with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dataset: Option<String>,
    /// The run that trained it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub training_run: Option<String>,
    /// The commit of the code that trained it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commit: Option<String>,
}

/// What `release.json` says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// Of this file; 1.
    pub format: u32,
    /// What is released, such as `strider_walk`: letters, digits, `_` and `-`.
    pub name: String,
    /// Which of that name: a higher one is newer.
    pub version: u64,
    /// What it is for.
    pub kind: Kind,
    /// Which of the files is the model.
    pub model: String,
    /// Which of the files is the report of `sinew eval`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub report: Option<String>,
    /// Which of the files is the policy's contract, where it is not in the model.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contract: Option<String>,
    /// All files but `release.json`.
    pub files: BTreeMap<String, FileEntry>,
    /// What it runs with.
    pub requires: Requires,
    /// Where it comes from.
    #[serde(default)]
    pub provenance: Provenance,
}

impl Manifest {
    /// One of a format that this program writes, without files yet but for the model's name.
    pub fn new(name: &str, version: u64, kind: Kind, model: &str, requires: Requires) -> Self {
        Self {
            format: FORMAT,
            name: name.to_owned(),
            version,
            kind,
            model: model.to_owned(),
            report: None,
            contract: None,
            files: BTreeMap::new(),
            requires,
            provenance: Provenance::default(),
        }
    }

    /// Reads `release.json`.
    ///
    /// # Errors
    /// Where it is none, with the key and what was expected.
    pub fn parse(bytes: &[u8]) -> Result<Self, BundleError> {
        if bytes.len() as u64 > MAX_MANIFEST_BYTES {
            let expected = format!("at most {MAX_MANIFEST_BYTES} bytes");
            return Err(BundleError::value("(all of it)", &expected, &bytes.len().to_string()));
        }
        let manifest: Self = serde_json::from_slice(bytes).map_err(BundleError::Json)?;
        manifest.check()?;
        Ok(manifest)
    }

    /// The bytes of `release.json`, the same for the same release.
    ///
    /// # Errors
    /// Where a value is not as [`Manifest::parse`] expects it.
    pub fn to_bytes(&self) -> Result<Vec<u8>, BundleError> {
        self.check()?;
        let mut bytes = serde_json::to_vec_pretty(self).map_err(BundleError::Json)?;
        bytes.push(b'\n');
        Ok(bytes)
    }

    /// The name and the version as one text, which names files: `strider_walk-3`.
    pub fn label(&self) -> String {
        format!("{}-{}", self.name, self.version)
    }

    /// Refuses a release that needs something newer than there is.
    ///
    /// # Errors
    /// Says what it needs.
    pub fn expect_runtime(&self, sinew: &Version, onnxruntime: Option<&Version>) -> Result<(), BundleError> {
        let too_old = |what, needed: &Version, found: &Version| BundleError::TooOld {
            what,
            needed: needed.clone(),
            found: found.clone(),
        };
        if *sinew < self.requires.sinew {
            return Err(too_old("Sinew", &self.requires.sinew, sinew));
        }
        match (&self.requires.onnxruntime, onnxruntime) {
            (Some(needed), Some(found)) if found < needed => Err(too_old("ONNX Runtime", needed, found)),
            _ => Ok(()),
        }
    }

    /// What was listed for a file.
    pub(super) fn entry(&self, file: &str) -> Result<&FileEntry, BundleError> {
        self.files.get(file).ok_or_else(|| BundleError::Added(file.to_owned()))
    }

    fn check(&self) -> Result<(), BundleError> {
        let at_most = |key: &str, most: usize, found: usize| {
            Err(BundleError::value(key, &format!("at most {most}"), &found.to_string()))
        };
        let is = BundleError::value;
        if self.format != FORMAT {
            let found = format!("{}, which another Sinew wrote", self.format);
            return Err(is("format", &FORMAT.to_string(), &found));
        }
        if !is_name(&self.name) {
            let expected = format!("1 to {MAX_NAME} letters, digits, `_` and `-`");
            return Err(is("name", &expected, &quoted(&self.name)));
        }
        if !(1..=MAX_VERSION).contains(&self.version) {
            return Err(is("version", &format!("1 to {MAX_VERSION}"), &self.version.to_string()));
        }
        if self.files.len() > MAX_FILES {
            return at_most("files", MAX_FILES, self.files.len());
        }
        for (file, entry) in &self.files {
            if !is_file_name(file) {
                let expected = format!("names of 1 to {MAX_FILE_NAME} letters, digits, `.`, `_` and `-`");
                return Err(is("files", &expected, &quoted(file)));
            }
            if entry.bytes > MAX_FILE_BYTES {
                let expected = format!("at most {MAX_FILE_BYTES}");
                return Err(is(&format!("files.{file}.bytes"), &expected, &entry.bytes.to_string()));
            }
        }
        let named = [
            ("model", Some(&self.model)),
            ("report", self.report.as_ref()),
            ("contract", self.contract.as_ref()),
        ];
        for (key, file) in named {
            if let Some(file) = file.filter(|file| !self.files.contains_key(*file)) {
                return Err(is(key, "one of `files`", &quoted(file)));
            }
        }
        let Provenance {
            dataset,
            training_run,
            commit,
        } = &self.provenance;
        for (key, text) in [("dataset", dataset), ("training_run", training_run), ("commit", commit)] {
            if let Some(text) = text.as_ref().filter(|text| text.len() > MAX_TEXT) {
                return at_most(&format!("provenance.{key}, bytes of it"), MAX_TEXT, text.len());
            }
        }
        Ok(())
    }
}

/// A text of the file, as much of it as an error shows.
fn quoted(text: &str) -> String {
    let short: String = text.chars().take(MAX_FILE_NAME).collect();
    format!("{short:?}")
}

/// Whether this can be the name of a release.
pub(crate) fn is_name(name: &str) -> bool {
    (1..=MAX_NAME).contains(&name.len())
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(&byte))
}

/// Whether this can be the name of a file in a release's folder.
fn is_file_name(name: &str) -> bool {
    (1..=MAX_FILE_NAME).contains(&name.len())
        && !name.starts_with('.')
        && name != MANIFEST
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte))
}
