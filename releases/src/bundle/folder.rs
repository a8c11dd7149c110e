//! A release as a folder.

use std::fs;
use std::path::Path;

use super::manifest::{MAX_FILE_BYTES, MAX_MANIFEST_BYTES};
use super::{BundleError, MANIFEST, Manifest};
use crate::{Digest, digest_of};

/// Whether a folder is a release: every file that its `release.json` names is there with its bytes, and no other.
///
/// # Errors
/// Where it is not, with the file and what was expected.
pub fn verify_folder(folder: &Path) -> Result<Manifest, BundleError> {
    let manifest = manifest_of(folder)?;
    for file in manifest.files.keys() {
        let path = folder.join(file);
        if !path.exists() {
            return Err(BundleError::Missing(file.clone()));
        }
        let mut opened = sinew_files::open(&path).map_err(BundleError::io(&path, "cannot be read"))?;
        let (digest, bytes) = digest_of(&mut opened).map_err(BundleError::io(&path, "cannot be read"))?;
        expect(&manifest, file, digest, bytes)?;
    }
    let cannot_list = || BundleError::io(folder, "the folder cannot be listed");
    for entry in fs::read_dir(folder).map_err(cannot_list())? {
        let name = entry.map_err(cannot_list())?.file_name();
        let name = name.to_string_lossy();
        if name != MANIFEST && !manifest.files.contains_key(&*name) {
            return Err(BundleError::Added(name.into_owned()));
        }
    }
    Ok(manifest)
}

/// What a folder's `release.json` says; the other files are not looked at.
pub(super) fn manifest_of(folder: &Path) -> Result<Manifest, BundleError> {
    let path = folder.join(MANIFEST);
    let bytes = sinew_files::read(&path, MAX_MANIFEST_BYTES).map_err(BundleError::io(&path, "cannot be read"))?;
    Manifest::parse(&bytes)
}

/// The bytes of one file of a release, which are those that `manifest` names: what was verified is what is used.
///
/// # Errors
/// Where it cannot be read or has other bytes.
pub fn read_file(folder: &Path, manifest: &Manifest, file: &str) -> Result<Vec<u8>, BundleError> {
    let path = folder.join(file);
    // A name that is not in the manifest is not looked for.
    manifest.entry(file)?;
    let bytes = sinew_files::read(&path, MAX_FILE_BYTES).map_err(BundleError::io(&path, "cannot be read"))?;
    expect(manifest, file, Digest::of(&bytes), bytes.len() as u64)?;
    Ok(bytes)
}

/// Refuses a file that is not as the manifest says.
pub(super) fn expect(manifest: &Manifest, file: &str, digest: Digest, bytes: u64) -> Result<(), BundleError> {
    let entry = manifest.entry(file)?;
    if entry.sha256 == digest && entry.bytes == bytes {
        return Ok(());
    }
    Err(BundleError::Changed {
        file: file.to_owned(),
        expected_bytes: entry.bytes,
        expected: entry.sha256,
        found_bytes: bytes,
        found: digest,
    })
}
