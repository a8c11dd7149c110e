//! The power cut at every operation, single failures, full disks and damaged files.

use std::path::{Path, PathBuf};

use rand::SeedableRng;
use rand_pcg::Pcg64;

use super::*;
use crate::store::Slot;
use crate::store::read_only::ReadOnly;

const FOLDER: &str = "/robot/releases";
/// Each crash point is tried with so many ways of what was not synced.
const WAYS: u64 = 6;

fn open(disk: &MemoryDisk) -> Store {
    Store::on(Arc::new(disk.clone()), Path::new(FOLDER)).unwrap().0
}

/// The version in charge, whose bytes are those of the version.
fn version_in_charge(store: &Store) -> String {
    let loaded = store.in_charge().unwrap();
    let version = loaded.release.version;
    assert_eq!(loaded.files["model/walk.onnx"], model(&version));
    version
}

/// Cuts the power at every operation of `work`, and calls `check` with what is there when it comes back.
fn cut_everywhere(
    before: &MemoryDisk,
    work: impl Fn(&Store, &MemoryDisk) -> Result<(), StoreError>,
    check: impl Fn(&Store, &MemoryDisk),
) -> usize {
    for point in 0.. {
        let mut is_done = false;
        for way in 0..WAYS {
            let disk = before.copy();
            let store = open(&disk);
            disk.cut_after(point);
            is_done = work(&store, &disk).is_ok();
            disk.power_cut(&mut Pcg64::seed_from_u64(way << 32 | point as u64));
            check(&open(&disk), &disk);
        }
        if is_done {
            return point;
        }
    }
    0
}

#[test]
fn after_a_power_cut_at_any_operation_of_an_update_a_verified_model_starts_and_the_update_is_finished() {
    let disk = MemoryDisk::default();
    update(&with_factory(&disk, Path::new(FOLDER)), &disk, "1").unwrap();
    disk.power_cut(&mut Pcg64::seed_from_u64(1));
    let points = cut_everywhere(
        &disk,
        |store, disk| update(store, disk, "2"),
        |store, disk| {
            assert!(["1", "2"].contains(&version_in_charge(store).as_str()));
            update(store, disk, "2").unwrap();
            assert_eq!(version_in_charge(store), "2");
            store.roll_back("2", "test").unwrap();
            assert_eq!(version_in_charge(store), "1", "what was before it is still there");
        },
    );
    assert!(points > 50, "{points} operations");
}

#[test]
fn after_a_power_cut_at_any_operation_of_a_rollback_it_is_done_or_can_be_done() {
    let disk = MemoryDisk::default();
    let store = with_factory(&disk, Path::new(FOLDER));
    update(&store, &disk, "1").unwrap();
    update(&store, &disk, "2").unwrap();
    cut_everywhere(
        &disk,
        |store, _| store.roll_back("2", "fell").map(drop),
        |store, disk| {
            let version = version_in_charge(store);
            if version == "2" {
                store.roll_back("2", "fell").unwrap();
            }
            assert_eq!(version_in_charge(store), "1");
            assert!(update(store, disk, "2").is_err(), "it does not come back by itself");
        },
    );
}

#[test]
fn a_change_that_was_reported_outlives_a_power_cut() {
    for way in 0..50 {
        let disk = MemoryDisk::default();
        let store = with_factory(&disk, Path::new(FOLDER));
        update(&store, &disk, "1").unwrap();
        let status = store.roll_back("1", "fell").unwrap();
        disk.power_cut(&mut Pcg64::seed_from_u64(way));
        assert_eq!(open(&disk).status().unwrap(), status);
    }
}

#[test]
fn a_disk_that_syncs_nothing_loses_what_was_reported() {
    let is_lost = |way: u64| {
        let disk = MemoryDisk::default();
        let store = with_factory(&disk, Path::new(FOLDER));
        disk.ignore_syncs();
        update(&store, &disk, "1").unwrap();
        let status = store.roll_back("1", "fell").unwrap();
        disk.power_cut(&mut Pcg64::seed_from_u64(way));
        open(&disk).status().unwrap() != status
    };
    // So the tests before find a sync that is missing.
    assert!((0..50).filter(|way| is_lost(*way)).count() > 25);
}

#[test]
fn after_a_power_cut_at_any_operation_of_the_first_installation_it_can_be_done() {
    let disk = MemoryDisk::default();
    let from = Path::new("/usr/share/policy");
    bring(&disk, from, "0").unwrap();
    for folder in [
        from,
        &from.join("model"),
        Path::new("/usr/share"),
        Path::new("/usr"),
        Path::new("/"),
    ] {
        disk.sync_folder(folder).unwrap();
    }
    for name in release("0").files.keys() {
        disk.sync_file(&from.join(name)).unwrap();
    }
    cut_everywhere(
        &disk,
        |store, _| store.install_factory(&release("0"), from).map(drop),
        |store, disk| {
            store.install_factory(&release("0"), from).unwrap();
            assert_eq!(version_in_charge(store), "0");
            update(store, disk, "1").unwrap();
        },
    );
}

#[test]
fn an_operation_that_fails_alone_leaves_a_verified_model_and_the_next_try_succeeds() {
    let before = MemoryDisk::default();
    update(&with_factory(&before, Path::new(FOLDER)), &before, "1").unwrap();
    for point in 0.. {
        let disk = before.copy();
        let store = open(&disk);
        let first = disk.operations();
        disk.fail_after(point);
        let is_done = update(&store, &disk, "2").is_ok();
        assert!(["1", "2"].contains(&version_in_charge(&store).as_str()));
        update(&store, &disk, "2").unwrap();
        assert_eq!(version_in_charge(&store), "2");
        if is_done && disk.operations() - first < point {
            return;
        }
    }
}

#[test]
fn a_full_disk_stops_an_update_and_still_keeps_a_rollback() {
    let before = MemoryDisk::default();
    update(&with_factory(&before, Path::new(FOLDER)), &before, "1").unwrap();
    for room in (0..20_000).step_by(97) {
        let disk = before.copy();
        let store = open(&disk);
        disk.set_room(Some(room));
        let outcome = update(&store, &disk, "2");
        let version = version_in_charge(&store);
        assert_eq!(version == "2", outcome.is_ok());
        store.roll_back(&version, "fell").unwrap();
        assert_ne!(version_in_charge(&store), version);
        disk.set_room(None);
        if version == "1" {
            update(&store, &disk, "2").unwrap();
            assert_eq!(version_in_charge(&store), "2");
        }
    }
}

/// A full disk without a reserve, on which somebody was downloading.
fn full(room: usize) -> MemoryDisk {
    let disk = three();
    let reserve = Path::new(FOLDER).join("reserve");
    disk.remove(&reserve).unwrap();
    let part = Path::new(FOLDER).join("incoming/3.tar.part");
    disk.write(&part, &[1; 3000]).unwrap();
    disk.sync_file(&part).unwrap();
    disk.sync_folder(part.parent().unwrap()).unwrap();
    disk.set_room(Some(room));
    disk
}

#[test]
fn on_a_full_disk_a_robot_starts_and_goes_back_as_often_as_it_has_to_and_downloads_give_way() {
    let disk = full(0);
    let store = open(&disk);
    store.started(3).unwrap();
    assert!(disk.files().iter().all(|file| !file.ends_with("3.tar.part")));
    store.roll_back("2", "fell").unwrap();
    assert_eq!(version_in_charge(&open(&disk)), "1");
    open(&disk).roll_back("1", "fell").unwrap();
    assert_eq!(version_in_charge(&open(&disk)), "0");
}

#[test]
fn on_a_full_disk_without_anything_that_gives_way_the_state_is_written_over_the_one_before() {
    let disk = full(0);
    disk.remove(&Path::new(FOLDER).join("incoming/3.tar.part")).unwrap();
    disk.remove(&Path::new(FOLDER).join("factory.json")).unwrap();
    disk.power_cut(&mut Pcg64::seed_from_u64(4));
    // Room for what the state grows by, and not for a file more.
    disk.set_room(Some(600));
    let store = open(&disk);
    store.started(3).unwrap();
    store.roll_back("2", "fell").unwrap();
    assert_eq!(version_in_charge(&open(&disk)), "1");
    cut_everywhere(
        &disk,
        |store, _| store.roll_back("1", "fell").map(drop),
        |store, _| {
            assert!(["1", "0"].contains(&version_in_charge(store).as_str()));
            assert!(!store.status().unwrap().state.barred().is_empty(), "2 stays away");
        },
    );
}

#[test]
fn a_store_that_cannot_be_written_is_opened_to_be_read_and_says_why() {
    let disk = three();
    let read_only = || Arc::new(ReadOnly::new(Arc::new(disk.clone()), "no writing".to_owned()));
    let (store, status) = Store::on(read_only(), Path::new(FOLDER)).unwrap();
    let why = store.not_written().unwrap();
    assert!(why.contains("cannot be written") && why.contains("no writing"), "{why}");
    assert_eq!(status.complaints, [why]);
    assert_eq!(version_in_charge(&store), "2");
    assert!(store.roll_back("2", "fell").is_err());
    assert_eq!(store.started_where_written(3).unwrap(), None);
    // A damaged slot is passed over, and one without any release is no store.
    let model = of_the_store(&disk)
        .into_iter()
        .find(|path| path.starts_with(Path::new(FOLDER).join("b")) && path.ends_with("walk.onnx"));
    disk.damage(&model.unwrap(), b"torn".to_vec());
    assert_eq!(version_in_charge(&store), "1");
    assert!(Store::on(read_only(), Path::new("/robot/none")).is_err());
}

/// The files of a store with `2` in charge, `1` before it, and `0` from the factory.
fn three() -> MemoryDisk {
    let disk = MemoryDisk::default();
    let store = with_factory(&disk, Path::new(FOLDER));
    update(&store, &disk, "1").unwrap();
    update(&store, &disk, "2").unwrap();
    disk.power_cut(&mut Pcg64::seed_from_u64(3));
    disk
}

/// Ways in which the bytes of a file are not what they were.
fn damages(bytes: &[u8]) -> Vec<Vec<u8>> {
    let flipped = |at: usize, bit: u8| {
        let mut bytes = bytes.to_vec();
        bytes[at] ^= 1 << bit;
        bytes
    };
    let mut damages = vec![Vec::new(), bytes[..bytes.len() / 2].to_vec(), vec![0; bytes.len()]];
    damages.extend((0..bytes.len()).step_by(41).map(|at| flipped(at, (at % 8) as u8)));
    damages.push([bytes, b"x"].concat());
    damages
}

fn of_the_store(disk: &MemoryDisk) -> Vec<PathBuf> {
    let files = disk.files().into_iter();
    files.filter(|path| path.starts_with(FOLDER)).collect()
}

#[test]
fn any_file_that_is_cut_off_or_has_a_flipped_bit_leaves_a_verified_model() {
    let before = three();
    let files = of_the_store(&before);
    assert!(files.len() > 8, "{files:?}");
    for path in files {
        for bytes in damages(&before.bytes(&path).unwrap()) {
            let disk = before.copy();
            disk.damage(&path, bytes);
            let store = open(&disk);
            let expected = if path.starts_with(Path::new(FOLDER).join("b")) {
                "1"
            } else {
                "2"
            };
            assert_eq!(version_in_charge(&store), expected, "{}", path.display());
            // It is brought again, and what was damaged is mended.
            update(&store, &disk, "2").unwrap();
            assert_eq!(version_in_charge(&open(&disk)), "2");
        }
    }
}

#[test]
fn a_slot_that_is_damaged_gives_way_to_the_one_before_it_and_says_so() {
    let disk = three();
    for (slot, expected) in [(Slot::B, "1"), (Slot::A, "0")] {
        let path = of_the_store(&disk)
            .into_iter()
            .find(|path| path.starts_with(Path::new(FOLDER).join(slot.name())) && path.ends_with("walk.onnx"))
            .unwrap();
        disk.damage(&path, b"torn".to_vec());
        let loaded = open(&disk).in_charge().unwrap();
        assert_eq!(loaded.release.version, expected);
        let said = &loaded.passed_over[0];
        assert!(said.contains("walk.onnx: expected 300 bytes, found 4"), "{said}");
    }
    let status = open(&disk).status().unwrap();
    let happened: Vec<&str> = status.history.iter().map(|happened| happened.what.as_str()).collect();
    assert!(happened.ends_with(&["damaged", "damaged"]), "{happened:?}");
}

#[test]
fn with_both_copies_of_the_state_lost_the_release_of_the_factory_starts_and_it_is_said() {
    for bytes in [Some(Vec::new()), Some(b"{}".to_vec()), None] {
        let disk = three();
        for name in ["state.json", "state.copy.json"] {
            let path = Path::new(FOLDER).join(name);
            match &bytes {
                Some(bytes) => disk.damage(&path, bytes.clone()),
                None => disk.remove(&path).unwrap(),
            }
        }
        let (store, status) = Store::on(Arc::new(disk.clone()), Path::new(FOLDER)).unwrap();
        let said = status.complaints.last().unwrap();
        assert!(
            said.contains("the state of the store is lost") && said.contains("pinned"),
            "{said}"
        );
        assert_eq!(version_in_charge(&store), "0");
        assert!(store.status().unwrap().complaints.is_empty(), "it is written anew");
        update(&store, &disk, "2").unwrap();
        assert_eq!(version_in_charge(&store), "2");
    }
}

#[test]
fn with_every_slot_damaged_nothing_is_handed_out_and_each_is_named() {
    let disk = three();
    for path in of_the_store(&disk) {
        if path.ends_with("walk.onnx") {
            disk.damage(&path, Vec::new());
        }
    }
    let error = open(&disk).in_charge().unwrap_err().to_string();
    for slot in ["slot b: ", "slot a: ", "slot factory: "] {
        assert!(error.contains(slot), "{error}");
    }
    // The robot's own files bring the factory's release back.
    bring(&disk, Path::new("/usr/share/policy"), "0").unwrap();
    open(&disk)
        .install_factory(&release("0"), Path::new("/usr/share/policy"))
        .unwrap();
    assert_eq!(version_in_charge(&open(&disk)), "0");
}

#[test]
fn a_state_of_a_newer_program_is_refused_and_left_as_it_is() {
    let disk = three();
    let path = Path::new(FOLDER).join("state.json");
    // The sum over form 2 and an empty text.
    let sum = crate::Digest::of(&2_u32.to_le_bytes());
    let bytes = format!("sinew-store 2 {sum}\n").into_bytes();
    disk.damage(&path, bytes.clone());
    let error = Store::on(Arc::new(disk.clone()), Path::new(FOLDER))
        .unwrap_err()
        .to_string();
    assert!(error.contains("newer version of Sinew"), "{error}");
    assert_eq!(disk.bytes(&path).unwrap(), bytes);
}
