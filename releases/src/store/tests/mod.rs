//! The state machine over all orders of events, and the store on disks that break.

mod disks;
mod machine;
mod random;

use std::path::Path;
use std::sync::Arc;

use super::disk::Disk;
use super::memory_disk::MemoryDisk;
use super::release::entry;
use super::{By, ShadowResult, Stage, Store, StoreError, StoredRelease};

/// The bytes of a made-up model.
fn model(version: &str) -> Vec<u8> {
    version.bytes().cycle().take(300).collect()
}

fn release(version: &str) -> StoredRelease {
    StoredRelease {
        version: version.to_owned(),
        files: [
            ("release.json".to_owned(), entry(version.as_bytes())),
            ("model/walk.onnx".to_owned(), entry(&model(version))),
        ]
        .into(),
    }
}

fn contents(version: &str, file: &str) -> Vec<u8> {
    if file == "release.json" {
        version.as_bytes().to_vec()
    } else {
        model(version)
    }
}

/// Brings the files of a release, as a client does that goes on where it was cut off.
fn bring(disk: &dyn Disk, folder: &Path, version: &str) -> Result<(), StoreError> {
    let failed = |cause| StoreError::Disk {
        path: folder.to_owned(),
        cause,
    };
    for (name, digest) in &release(version).files {
        let path = folder.join(name);
        disk.create_folder(path.parent().unwrap()).map_err(failed)?;
        if disk.digest(&path, 1 << 20).is_ok_and(|found| found == *digest) {
            continue;
        }
        disk.write(&path, &contents(version, name)).map_err(failed)?;
    }
    Ok(())
}

/// A store with a factory release `0`.
fn with_factory(disk: &MemoryDisk, folder: &Path) -> Store {
    let from = Path::new("/usr/share/policy");
    bring(disk, from, "0").unwrap();
    let (store, _) = Store::on(Arc::new(disk.clone()), folder).unwrap();
    store.install_factory(&release("0"), from).unwrap();
    store
}

/// Does what is still to be done until a version is in charge and settled, from wherever it is.
fn update(store: &Store, disk: &dyn Disk, version: &str) -> Result<(), StoreError> {
    loop {
        let state = store.status()?.state;
        if state
            .release_in_charge()
            .is_some_and(|release| release.version == version)
        {
            if state.is_on_probation() {
                store.pass_probation(version)?;
            }
            return Ok(());
        }
        let candidate = state.candidate().filter(|(_, held)| held.release.version == version);
        match candidate.map(|(_, held)| held.stage) {
            None => {
                let folder = store.incoming().join(version);
                bring(disk, &folder, version)?;
                match store.stage(&release(version), &folder) {
                    // It was removed, and is brought again.
                    Ok(_) | Err(StoreError::File { .. }) => {}
                    Err(error) => return Err(error),
                }
            }
            Some(Stage::Staged) => drop(store.begin_admission(version)?),
            Some(Stage::Admission) => drop(store.admit(version)?),
            Some(Stage::Admitted) => drop(store.begin_shadow(version)?),
            Some(Stage::Shadow) => drop(store.end_shadow(version, ShadowResult::Passed)?),
            Some(_) => drop(store.promote(version, By::Rule)?),
        }
    }
}
