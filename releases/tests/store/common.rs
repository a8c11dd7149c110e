//! Made-up releases, and what brings them.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use sinew_releases::Digest;
use sinew_releases::bundle::FileEntry;
use sinew_releases::store::{Status, Store, StoreError, StoredRelease};

/// The bytes of a made-up model, whose size depends on the version.
pub(crate) fn model(version: &str) -> Vec<u8> {
    let size = 40_000 + 977 * version.len() * usize::from(version.as_bytes()[version.len() - 1]);
    version.bytes().cycle().take(size).collect()
}

fn entry(bytes: &[u8]) -> FileEntry {
    FileEntry {
        bytes: bytes.len() as u64,
        sha256: Digest::of(bytes),
    }
}

pub(crate) fn release(version: &str) -> StoredRelease {
    let files = [("walk.onnx", model(version)), ("release.json", version.into())];
    StoredRelease {
        version: version.to_owned(),
        files: BTreeMap::from(files.map(|(name, bytes)| (name.to_owned(), entry(&bytes)))),
    }
}

pub(crate) fn write(folder: &Path, version: &str) {
    fs::create_dir_all(folder).unwrap();
    fs::write(folder.join("release.json"), version).unwrap();
    fs::write(folder.join("walk.onnx"), model(version)).unwrap();
}

/// Brings a release and stages it.
pub(crate) fn stage(store: &Store, version: &str) -> Result<Status, StoreError> {
    let folder = store.incoming().join(version);
    write(&folder, version);
    store.stage(&release(version), &folder)
}

/// A store with a factory release `0`.
pub(crate) fn with_factory(folder: &Path) -> Store {
    let from = tempfile::tempdir().unwrap();
    write(from.path(), "0");
    let (store, _) = Store::open(folder).unwrap();
    store.install_factory(&release("0"), from.path()).unwrap();
    store
}

/// The version in charge, whose bytes are those of the version.
pub(crate) fn version_in_charge(store: &Store) -> String {
    let loaded = store.in_charge().unwrap();
    assert_eq!(loaded.passed_over, Vec::<String>::new());
    assert_eq!(loaded.files["walk.onnx"], model(&loaded.release.version));
    loaded.release.version
}
