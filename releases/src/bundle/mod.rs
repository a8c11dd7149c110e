//! What a release is: a folder of plain files, one of which, `release.json`, names all others by length and SHA-256.
//!
//! It travels as one archive (tar), which is the same to the byte for the same release, so that a digest of the archive
//! is one of the release, and two versions differ only where their files do.

mod archive;
mod error;
mod folder;
mod manifest;

pub use archive::{MAX_ARCHIVE_BYTES, Unpacked, pack, unpack};
pub use error::BundleError;
pub use folder::{read_file, verify_folder};
pub use manifest::{FileEntry, Kind, MANIFEST, MAX_FILES, Manifest, Provenance, Requires};

#[cfg(feature = "repository")]
#[cfg(feature = "repository")]
pub(crate) use manifest::is_name;
