//! How a recording is written.

use crate::error::RecordingError;
use crate::identity::Identity;

/// How a recording is written.
#[derive(Debug, Clone)]
pub struct WriterOptions {
    /// Size at which the next file begins, bytes. Without it, and without `roll_secs`, there is one file.
    pub roll_bytes: Option<u64>,
    /// Time of the log after which the next file begins.
    pub roll_secs: Option<f64>,
    /// What all files of the recording may take. The oldest are deleted, and their number is said in the next.
    pub quota_bytes: Option<u64>,
    /// Size at which a chunk is closed, before compression. About what a writer holds in memory.
    pub chunk_bytes: u64,
    /// Age at which a chunk is closed. What is younger is lost in a power cut.
    pub chunk_secs: f64,
    /// Of zstd: 1 is fast.
    pub compression_level: u32,
    /// Whether each chunk is on the disk before writing goes on.
    pub sync: bool,
    /// Who signs. Without it the files have no chain and no proofs.
    pub identity: Option<Identity>,
}

impl Default for WriterOptions {
    fn default() -> Self {
        Self {
            roll_bytes: None,
            roll_secs: None,
            quota_bytes: None,
            chunk_bytes: 1 << 20,
            chunk_secs: 1.0,
            compression_level: 1,
            sync: true,
            identity: None,
        }
    }
}

/// Most that a chunk may have, so that readers need not hold more.
const MAX_CHUNK_BYTES: u64 = 64 << 20;
const COMPRESSION_LEVELS: std::ops::RangeInclusive<u32> = 1..=19;

impl WriterOptions {
    /// Whether there are several files.
    pub fn rolls(&self) -> bool {
        self.roll_bytes.is_some() || self.roll_secs.is_some()
    }

    pub(super) fn check(&self) -> Result<(), RecordingError> {
        let refuse = |what: String| Err(RecordingError::Refused { what });
        let is_time = |secs: f64| secs.is_finite() && secs > 0.0;
        if self.roll_secs.is_some_and(|secs| !is_time(secs)) {
            return refuse(format!("roll_secs: expected more than 0, found {:?}", self.roll_secs));
        }
        if !is_time(self.chunk_secs) {
            return refuse(format!("chunk_secs: expected more than 0, found {}", self.chunk_secs));
        }
        if !(1..=MAX_CHUNK_BYTES).contains(&self.chunk_bytes) {
            let found = self.chunk_bytes;
            return refuse(format!("chunk_bytes: expected 1 to {MAX_CHUNK_BYTES}, found {found}"));
        }
        if !COMPRESSION_LEVELS.contains(&self.compression_level) {
            let found = self.compression_level;
            return refuse(format!("compression_level: expected 1 to 19, found {found}"));
        }
        match (self.roll_bytes, self.quota_bytes) {
            (Some(roll), _) if roll < self.chunk_bytes => refuse(format!(
                "roll_bytes: expected at least chunk_bytes, {}, found {roll}",
                self.chunk_bytes
            )),
            (None, Some(_)) => refuse(
                "quota_bytes: only whole files are deleted, so a quota needs roll_bytes: set it to a tenth of the quota"
                    .to_owned(),
            ),
            (Some(roll), Some(quota)) if quota / 2 < roll => refuse(format!(
                "quota_bytes: expected room for two files of roll_bytes, {}, found {quota}",
                roll.saturating_mul(2)
            )),
            _ => Ok(()),
        }
    }
}
