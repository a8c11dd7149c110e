//! Releases to measure with.

use std::fs::{self, File};
use std::io::BufWriter;
use std::path::{Path, PathBuf};

use anyhow::Result;
use semver::Version;
use sinew_releases::Digest;
use sinew_releases::bundle::{FileEntry, Kind, Manifest, Requires, pack};

const MODEL: &str = "model.onnx";

/// The archive of a release with this model.
pub(crate) fn archive(within: &Path, version: u64, model: &[u8]) -> Result<PathBuf> {
    let folder = within.join(format!("release-{version}"));
    fs::create_dir_all(&folder)?;
    fs::write(folder.join(MODEL), model)?;
    let requires = Requires {
        sinew: Version::new(0, 1, 0),
        onnxruntime: None,
    };
    let mut manifest = Manifest::new("measured", version, Kind::Perception, MODEL, requires);
    let entry = FileEntry {
        bytes: model.len() as u64,
        sha256: Digest::of(model),
    };
    manifest.files.insert(MODEL.to_owned(), entry);
    fs::write(folder.join("release.json"), manifest.to_bytes()?)?;
    let archive = within.join(format!("{version}.tar"));
    pack(&folder, BufWriter::new(File::create(&archive)?))?;
    fs::remove_dir_all(&folder)?;
    Ok(archive)
}

/// Bytes that no compression makes smaller (xorshift64).
pub(crate) fn noise(count: usize, seed: u64) -> Vec<u8> {
    let mut state = seed;
    let mut bytes = Vec::with_capacity(count + 8);
    while bytes.len() < count {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        bytes.extend_from_slice(&state.to_le_bytes());
    }
    bytes.truncate(count);
    bytes
}
