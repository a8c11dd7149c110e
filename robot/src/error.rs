//! Why a robot description could not be loaded.

use std::path::PathBuf;

use thiserror::Error;

/// Why a robot description could not be loaded. Every variant names the file; those about its
/// content also name the element, the attribute and what was expected there.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum DescriptionError {
    /// The file could not be read; the source says why.
    #[error("{}: cannot be read", file.display())]
    Read {
        /// The file.
        file: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// The file is not well-formed XML.
    #[error("{}: not well-formed XML: {problem}", file.display())]
    Syntax {
        /// The file.
        file: PathBuf,
        /// What the parser says, with the position.
        problem: String,
    },
    /// One attribute is missing or has a value that cannot be.
    #[error("{}: {element}: `{attribute}` must be {expected}, found {found}", file.display())]
    Attribute {
        /// The file.
        file: PathBuf,
        /// The element with its name and line.
        element: String,
        /// The attribute.
        attribute: String,
        /// What it must be.
        expected: String,
        /// What it is.
        found: String,
    },
    /// One element cannot be where it is, or asks for something that is not supported.
    #[error("{}: {element}: {problem}", file.display())]
    Element {
        /// The file.
        file: PathBuf,
        /// The element with its name and line.
        element: String,
        /// What is wrong, and what would be right.
        problem: String,
    },
    /// A mesh file cannot be used.
    #[error("{}: {problem}", file.display())]
    Mesh {
        /// The mesh file.
        file: PathBuf,
        /// What is wrong with it.
        problem: String,
    },
    /// A file is larger or deeper than any robot description is.
    #[error("{}: {what} exceed the limit of {limit}", file.display())]
    Limit {
        /// The file.
        file: PathBuf,
        /// What there is too much of.
        what: &'static str,
        /// The most that is accepted.
        limit: usize,
    },
}
