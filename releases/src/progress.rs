//! How far files have come on their way to a repository, or from one.

use std::fmt::Debug;

/// Follows files on their way.
pub trait Progress: Debug + Send + Sync {
    /// So many of a file's bytes have come; all of them at its end.
    fn moved(&self, file: &str, bytes: u64, of: u64);
}

/// Follows nothing.
#[derive(Debug, Clone, Copy)]
pub struct Unwatched;

impl Progress for Unwatched {
    fn moved(&self, _file: &str, _bytes: u64, _of: u64) {}
}
