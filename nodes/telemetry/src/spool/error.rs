use std::io;
use std::path::PathBuf;

use thiserror::Error;

use super::class::Class;

/// Why a spool cannot be opened.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum OpenError {
    /// Another process has it.
    #[error("{}: another process has this spool open: give each its own folder, or end the other", folder.display())]
    Locked {
        /// The spool.
        folder: PathBuf,
    },
    /// Its files are of another version.
    #[error(
        "{}: expected a spool of version {expected}, found {found}: let the program that wrote it send what is in it, or \
         move the folder away",
        folder.display()
    )]
    Version {
        /// The spool.
        folder: PathBuf,
        /// What this program reads.
        expected: u32,
        /// What is there.
        found: u32,
    },
    /// The system refuses.
    #[error("{}: cannot be used as a spool", folder.display())]
    Io {
        /// The spool.
        folder: PathBuf,
        /// What the system says.
        source: io::Error,
    },
}

/// Why a message is not in the spool. It was counted as dropped.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum PushError {
    /// It is larger than a message, or than the quota.
    #[error("a message of {size} bytes for the class {class}: at most {most} fit")]
    TooLarge {
        /// Its class.
        class: Class,
        /// Its size.
        size: usize,
        /// The largest that fits.
        most: u64,
    },
    /// The disk or the quota is full, and nothing that matters no more is left in the spool.
    #[error("there is no room for the class {class}, and nothing left in the spool that could give way to it")]
    Full {
        /// The message's class.
        class: Class,
    },
    /// The disk does not take it.
    #[error("the spool cannot write a message of the class {class}")]
    Io {
        /// The message's class.
        class: Class,
        /// What the system says.
        source: io::Error,
    },
}
