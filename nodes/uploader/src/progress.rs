//! How whoever started an upload follows it, and ends it.

/// Follows an upload, and may ask it to end: it then ends after the part that is on its way.
pub trait Progress {
    /// Whether the upload shall end.
    fn is_ending(&self) -> bool;

    /// So many bytes are at the destination that were not there before.
    fn sent(&self, bytes: u64);
}

/// Follows nothing and never ends.
#[derive(Debug, Clone, Copy, Default)]
pub struct Unwatched;

impl Progress for Unwatched {
    fn is_ending(&self) -> bool {
        false
    }

    fn sent(&self, _bytes: u64) {}
}
