//! Where a contract comes from, and what its errors say.

use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;
use serde_yaml_ng::Value;
use sinew_control::contract::GoldenVector;

use super::ContractError;

/// Far above any description, golden vectors included.
const MAX_TEXT: u64 = 16 << 20;

/// The place that a draft comes from, for messages and relative paths.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Origin {
    pub(super) label: String,
    folder: Option<PathBuf>,
}

impl Origin {
    pub(super) fn new(label: String, folder: Option<&Path>) -> Self {
        Self {
            label,
            folder: folder.map(Path::to_owned),
        }
    }

    /// Both places, where a draft has been overridden.
    pub(super) fn and(self, other: Self) -> Self {
        Self {
            label: format!("{} with {}", self.label, other.label),
            folder: self.folder,
        }
    }

    pub(super) fn error(&self, key: &str, expected: impl Into<String>, found: impl Into<String>) -> ContractError {
        ContractError::Field {
            origin: self.label.clone(),
            key: key.to_owned(),
            expected: expected.into(),
            found: found.into(),
        }
    }

    /// One of a policy file's metadata.
    pub(super) fn at(&self, key: &str) -> Self {
        self.member(&format!("metadata `{key}`"))
    }

    /// A part of this place.
    pub(super) fn member(&self, part: &str) -> Self {
        Self {
            label: format!("{}, {part}", self.label),
            folder: self.folder.clone(),
        }
    }

    pub(super) fn missing(&self, key: &str, expected: &str, example: &str) -> ContractError {
        self.error(
            key,
            expected,
            format!("nothing; give for example `{example}`, here or under `overrides` in the parameter file"),
        )
    }

    fn syntax(&self, reason: impl ToString) -> ContractError {
        ContractError::Syntax {
            origin: self.label.clone(),
            reason: reason.to_string(),
        }
    }

    /// Parses YAML into plain values: tags such as `!!python/…` are dropped, what they tag is kept.
    pub(super) fn yaml(&self, text: &str) -> Result<Value, ContractError> {
        Ok(untagged(sinew_files::yaml(text).map_err(|error| self.syntax(error))?))
    }

    /// Parses JSON of a given form.
    pub(super) fn json<T: DeserializeOwned>(&self, text: &str) -> Result<T, ContractError> {
        let value: Value = serde_json::from_str(text).map_err(|error| self.syntax(error))?;
        self.deserialize(value)
    }

    /// Reads golden vectors from a JSON file.
    pub(super) fn read_golden(&self, file: &Path) -> Result<Vec<GoldenVector>, ContractError> {
        let file = match &self.folder {
            Some(folder) => folder.join(file),
            None => file.to_owned(),
        };
        Self::new(file.display().to_string(), None).json(&read_text(&file)?)
    }

    /// Deserialises with the path of the key in the error.
    pub(super) fn deserialize<T: DeserializeOwned>(&self, value: Value) -> Result<T, ContractError> {
        serde_path_to_error::deserialize(value).map_err(|error| {
            let key = match error.path().to_string() {
                root if root == "." => "the whole".to_owned(),
                key => key,
            };
            let text = error.into_inner().to_string();
            match text.split_once(", expected ") {
                Some((found, expected)) => self.error(&key, plain(expected), plain(found)),
                None => self.error(&key, "a value of the documented form", text),
            }
        })
    }
}

/// Serde's words in those of somebody who writes YAML.
fn plain(words: &str) -> &str {
    match words.strip_prefix("invalid type: ").unwrap_or(words) {
        "f64" | "f32" => "a number",
        "unit value" => "nothing",
        other => other,
    }
}

/// Reads a file that describes a policy.
pub(super) fn read_text(file: &Path) -> Result<String, ContractError> {
    sinew_files::read_text(file, MAX_TEXT).map_err(|cause| ContractError::Read {
        file: file.to_owned(),
        cause,
    })
}

fn untagged(value: Value) -> Value {
    match value {
        Value::Tagged(tagged) => untagged(tagged.value),
        Value::Sequence(values) => values.into_iter().map(untagged).collect(),
        Value::Mapping(map) => Value::Mapping(map.into_iter().map(|(key, value)| (key, untagged(value))).collect()),
        plain => plain,
    }
}
