//! What can be wrong with a definition.

/// A definition that no Rust source can be made from.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{file}:{line}: expected {expected}, found {found}")]
pub struct GenerateError {
    /// The file as it was named.
    pub file: String,
    /// Its line, from 1.
    pub line: usize,
    /// What should be there.
    pub expected: String,
    /// What is there.
    pub found: String,
}

/// What was expected and found, before file and line are known.
#[derive(Debug)]
pub(super) struct Mismatch {
    expected: String,
    found: String,
}

impl Mismatch {
    pub(super) fn new(expected: impl Into<String>, found: impl Into<String>) -> Self {
        Self {
            expected: expected.into(),
            found: found.into(),
        }
    }

    pub(super) fn at(self, file: &str, line: usize) -> GenerateError {
        GenerateError {
            file: file.to_owned(),
            line,
            expected: self.expected,
            found: self.found,
        }
    }
}

/// How a piece of a definition is quoted in an error.
pub(super) fn quoted(text: &str) -> String {
    if text.is_empty() {
        "nothing".to_owned()
    } else {
        format!("`{text}`")
    }
}
