//! Made-up releases, and a place that offers them.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::{Arc, Mutex};

use sinew_node_updater::{Brought, Offered, Offers, OffersError};
use sinew_releases::Digest;
use sinew_releases::bundle::{FileEntry, Kind, MANIFEST, Manifest, Requires, pack, unpack};
use sinew_releases::store::{By, Store, StoredRelease};

/// Writes the folder of a release.
pub(crate) fn write_release(folder: &Path, version: u64) -> Manifest {
    fs::create_dir_all(folder).unwrap();
    let model = format!("model {version}").into_bytes();
    let requires = Requires {
        sinew: "0.1.0".parse().unwrap(),
        onnxruntime: None,
    };
    let mut manifest = Manifest::new("walk", version, Kind::Policy, "walk.onnx", requires);
    let entry = FileEntry {
        bytes: model.len() as u64,
        sha256: Digest::of(&model),
    };
    manifest.files = BTreeMap::from([("walk.onnx".to_owned(), entry)]);
    fs::write(folder.join("walk.onnx"), model).unwrap();
    fs::write(folder.join(MANIFEST), manifest.to_bytes().unwrap()).unwrap();
    manifest
}

/// A store with the factory release `walk-1`.
pub(crate) fn store(folder: &Path) -> Store {
    let from = tempfile::tempdir().unwrap();
    let manifest = write_release(from.path(), 1);
    let (store, _) = Store::open(folder).unwrap();
    let release = StoredRelease::of(&manifest).unwrap();
    store.install_factory(&release, from.path()).unwrap();
    store
}

pub(crate) fn promote(store: &Store, version: &str) {
    store.begin_admission(version).unwrap();
    store.admit(version).unwrap();
    store.promote(version, By::Operator).unwrap();
}

pub(crate) fn in_charge(store: &Store) -> String {
    store.in_charge().unwrap().release.version
}

/// What a place says, and how often it was asked for releases.
#[derive(Debug, Default)]
pub(crate) struct Said {
    pub(crate) offered: Offered,
    pub(crate) error: Option<OffersError>,
    /// The version of the release that comes, whatever was asked for; without one the disk has no room.
    pub(crate) brings: Option<u64>,
    pub(crate) brought: usize,
}

/// A place in memory; clones are the same.
#[derive(Debug, Clone, Default)]
pub(crate) struct Made(pub(crate) Arc<Mutex<Said>>);

impl Made {
    pub(crate) fn offer(&self, version: u64) {
        let mut said = self.0.lock().unwrap();
        said.offered.newest = Some(format!("walk-{version}"));
        said.brings = Some(version);
    }
}

impl Offers for Made {
    fn ask(&mut self, pinned: Option<&str>) -> Result<Offered, OffersError> {
        let said = self.0.lock().unwrap();
        let mut offered = said.offered.clone();
        offered.newest = offered
            .newest
            .filter(|newest| pinned.is_none_or(|pinned| pinned == newest));
        said.error.clone().map_or(Ok(offered), Err)
    }

    fn bring(&mut self, _version: &str, folder: &Path, _before: Option<&Path>) -> Result<Brought, OffersError> {
        let mut said = self.0.lock().unwrap();
        let Some(brings) = said.brings else {
            return Err(OffersError::NoRoom("no room".to_owned()));
        };
        said.brought += 1;
        let written = tempfile::tempdir().unwrap();
        let written = written.path().join("release");
        write_release(&written, brings);
        let mut archive = Vec::new();
        pack(&written, &mut archive).unwrap();
        let release = unpack(&archive[..], folder).unwrap();
        Ok(Brought { release, bytes: 100 })
    }

    fn limit(&mut self, _bytes_per_sec: Option<f64>) {}
}
