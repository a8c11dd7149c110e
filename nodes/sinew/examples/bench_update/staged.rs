//! How long it takes from the archive of a release to its model in charge.

use std::fs::{self, File};
use std::io::{BufReader, Read};
use std::path::Path;
use std::time::Instant;

use anyhow::{Result, ensure};
use sha2::{Digest, Sha256};
use sinew_releases::bundle::{Unpacked, unpack};
use sinew_releases::store::{By, Store, StoredRelease};

use crate::{Figures, made};

/// Both sides end with everything on the disk; the file that both read is in the system's cache.
pub(crate) fn measure(megabytes: usize, rounds: usize) -> Result<Figures> {
    let folder = tempfile::tempdir()?;
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    let (store, _) = Store::open(&folder.path().join("store"))?;
    let factory = unpacked(&store, &made::archive(folder.path(), 1, b"the robot came with it")?)?;
    store.install_factory(&StoredRelease::of(factory.manifest())?, factory.folder())?;
    fs::remove_dir_all(factory.folder())?;
    for round in 0..rounds {
        let version = 2 + round as u64;
        let archive = made::archive(folder.path(), version, &made::noise(megabytes << 20, version))?;
        // What was just written is not to be waited for by whoever comes first.
        File::open(&archive)?.sync_all()?;
        // The first one changes, so that whatever else the disk does meets both.
        for side in [round % 2, (round + 1) % 2] {
            if side == 0 {
                ours.push(in_charge(&store, &archive)?);
            } else {
                theirs.push(copied(&archive, &folder.path().join("copy"))?);
            }
        }
        fs::remove_file(&archive)?;
    }
    Ok(Figures::from([
        ("ours_ms".to_owned(), median(ours) * 1e3),
        ("copy_ms".to_owned(), median(theirs) * 1e3),
    ]))
}

/// Unpacked, staged, taken into charge, and read again by whoever runs it: every byte is hashed each time it is read.
fn in_charge(store: &Store, archive: &Path) -> Result<f64> {
    let began = Instant::now();
    let unpacked = unpacked(store, archive)?;
    let version = unpacked.manifest().label();
    store.stage_unpacked(&unpacked)?;
    store.begin_admission(&version)?;
    store.admit(&version)?;
    store.promote(&version, By::Operator)?;
    let loaded = store.in_charge()?;
    let secs = began.elapsed().as_secs_f64();
    ensure!(
        loaded.release.version == version,
        "{} is in charge",
        loaded.release.version
    );
    store.pass_probation(&version)?;
    Ok(secs)
}

fn unpacked(store: &Store, archive: &Path) -> Result<Unpacked> {
    let incoming = store.incoming();
    fs::create_dir_all(&incoming)?;
    Ok(unpack(BufReader::new(File::open(archive)?), &incoming.join("release"))?)
}

/// What anybody would do who trusts his disk: a copy, and its SHA-256.
fn copied(archive: &Path, to: &Path) -> Result<f64> {
    let began = Instant::now();
    fs::copy(archive, to)?;
    let mut file = File::open(to)?;
    file.sync_all()?;
    let (mut hash, mut piece) = (Sha256::new(), vec![0; 256 << 10]);
    loop {
        match file.read(&mut piece)? {
            0 => break,
            read => hash.update(&piece[..read]),
        }
    }
    std::hint::black_box(hash.finalize());
    let secs = began.elapsed().as_secs_f64();
    fs::remove_file(to)?;
    Ok(secs)
}

fn median(mut secs: Vec<f64>) -> f64 {
    secs.sort_by(f64::total_cmp);
    secs[secs.len() / 2]
}
