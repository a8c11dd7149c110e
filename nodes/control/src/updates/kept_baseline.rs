//! How good the policy before was, kept for a process that begins while its successor is on probation.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use sinew_control::probation::Baseline;
use sinew_releases::store::Store;

/// In the store's folder.
const FILE: &str = "baseline.json";
/// More than it ever has.
const MAX_BYTES: u64 = 1 << 16;

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Kept {
    /// The version that is measured against it.
    of: String,
    baseline: Baseline,
}

fn file(store: &Store) -> PathBuf {
    store.folder().join(FILE)
}

/// Keeps what `version` is measured against.
///
/// # Errors
/// Where it cannot be written.
pub(super) fn keep(store: &Store, version: &str, baseline: Baseline) -> Result<(), String> {
    let kept = Kept {
        of: version.to_owned(),
        baseline,
    };
    let file = file(store);
    let bytes = serde_json::to_vec(&kept).map_err(|error| error.to_string())?;
    sinew_files::replace(&file, &bytes, 0o644).map_err(|error| format!("{}: {error}", file.display()))
}

/// What `version` is measured against.
///
/// # Errors
/// Where it was not kept, or cannot be read.
pub(super) fn of(store: &Store, version: &str) -> Result<Baseline, String> {
    let file = file(store);
    let at = |reason: String| format!("{}: {reason}", file.display());
    let bytes = sinew_files::read(&file, MAX_BYTES).map_err(|error| at(error.to_string()))?;
    let kept: Kept = serde_json::from_slice(&bytes).map_err(|error| at(error.to_string()))?;
    if kept.of == version {
        Ok(kept.baseline)
    } else {
        Err(at(format!(
            "expected what {version} is measured against, found that of {}",
            kept.of
        )))
    }
}
