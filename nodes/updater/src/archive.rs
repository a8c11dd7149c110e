//! The archive of a release on the robot's disk, wherever it came from.

use std::fs::{self, File};
use std::io::{self, BufReader};
use std::path::Path;

use sinew_releases::bundle::{BundleError, Manifest, Unpacked, unpack};
use sinew_releases::{TargetFile, digest_of, expect_room};

use crate::offers::OffersError;

/// What an update leaves free on the disk, bytes: for the state of the store, and for what else the robot writes there.
pub(crate) const KEPT_FREE: u64 = 64 << 20;

/// Refuses to write so many bytes more into a folder, where less than [`KEPT_FREE`] would stay free.
pub(crate) fn expect_room_for(bytes: u64, folder: &Path) -> Result<(), OffersError> {
    expect_room(folder, bytes, KEPT_FREE).map_err(|error| at(folder, &error))
}

/// Whether a process that was ended before it unpacked the archive has left it.
pub(crate) fn is_there(archive: &Path, expected: &TargetFile) -> bool {
    let digest = File::open(archive).and_then(|mut file| digest_of(&mut file));
    digest.is_ok_and(|found| found == (expected.sha256, expected.bytes))
}

/// Unpacks an archive into a folder that is not there yet, and refuses a release that does not run here.
pub(crate) fn unpacked(archive: &Path, folder: &Path, version: &str) -> Result<Unpacked, OffersError> {
    let opened = File::open(archive).map_err(|error| at(archive, &error))?;
    let bytes = opened.metadata().map_err(|error| at(archive, &error))?.len();
    expect_room_for(bytes, archive.parent().unwrap_or(Path::new(".")))?;
    let release = unpack(BufReader::new(opened), folder).map_err(|error| match error {
        BundleError::Io { path, source, .. } => at(&path, &source),
        // It is what was announced, and no release: that is no fault of the network.
        error => OffersError::Unfit(format!("{version}: {error}")),
    })?;
    expect_runtime(release.manifest())?;
    Ok(release)
}

/// Removes what was downloaded of other releases. What cannot be removed is tried again with the next.
pub(crate) fn forget_others(incoming: &Path, archive: &Path) {
    let keep = archive.file_name().unwrap_or_default().to_string_lossy().into_owned();
    for entry in fs::read_dir(incoming).into_iter().flatten().flatten() {
        if !entry.file_name().to_string_lossy().starts_with(&keep) {
            let _ = fs::remove_file(entry.path());
        }
    }
}

fn expect_runtime(manifest: &Manifest) -> Result<(), OffersError> {
    let unfit = |reason: String| OffersError::Unfit(format!("{}: {reason}", manifest.label()));
    let sinew = env!("CARGO_PKG_VERSION").parse();
    let sinew = sinew.map_err(|_| unfit("the version of this program cannot be read".to_owned()))?;
    manifest
        .expect_runtime(&sinew, None)
        .map_err(|error| unfit(error.to_string()))
}

pub(crate) fn at(path: &Path, error: &std::io::Error) -> OffersError {
    of_disk(error.kind(), format!("{}: {error}", path.display()))
}

/// What the disk does not do.
pub(crate) fn of_disk(kind: io::ErrorKind, text: String) -> OffersError {
    match kind {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => OffersError::NoRoom(text),
        _ => OffersError::Unreachable(text),
    }
}

/// The names of what comes beside an archive: they begin with the archive's, so that they stay as long.
pub(crate) fn beside(archive: &Path, extension: &str) -> std::path::PathBuf {
    let mut path = archive.as_os_str().to_owned();
    path.push(".");
    path.push(extension);
    path.into()
}
