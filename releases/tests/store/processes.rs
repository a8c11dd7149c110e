//! Several that act on a store at once, and a store that cannot be written.

use std::fs;
use std::io::Read;
use std::os::unix::fs::PermissionsExt;
use std::process::{Command, Stdio};

use sinew_releases::store::{By, Look, ReleaseSteps, Slot, Store, StoreError};

use crate::common::{release, stage, version_in_charge, with_factory, write};

#[test]
fn of_many_that_change_a_store_at_once_none_is_lost_and_whoever_reads_always_has_a_verified_model() {
    let folder = tempfile::tempdir().unwrap();
    let first = with_factory(folder.path());
    let before = first.status().unwrap().revision;
    let pins = 25;
    std::thread::scope(|scope| {
        for thread in 0..4 {
            let store = Store::existing(folder.path()).unwrap();
            scope.spawn(move || {
                for pin in 0..pins {
                    store.pin(&format!("{thread}-{pin}")).unwrap();
                }
            });
        }
        for _ in 0..200 {
            assert_eq!(version_in_charge(&first), "0");
        }
    });
    assert_eq!(first.status().unwrap().revision, before + 4 * pins);
}

#[test]
fn a_reader_has_a_verified_model_while_updates_go_by() {
    let folder = tempfile::tempdir().unwrap();
    let store = with_factory(folder.path());
    std::thread::scope(|scope| {
        let writer = scope.spawn(|| {
            for version in (1..25).map(|version: u32| version.to_string()) {
                stage(&store, &version).unwrap();
                store.begin_admission(&version).unwrap();
                store.admit(&version).unwrap();
                store.promote(&version, By::Operator).unwrap();
                store.pass_probation(&version).unwrap();
            }
        });
        let reader = Store::existing(folder.path()).unwrap();
        while !writer.is_finished() {
            version_in_charge(&reader);
        }
    });
    assert_eq!(version_in_charge(&store), "24");
}

#[test]
fn the_lock_of_a_process_that_died_is_free() {
    let folder = tempfile::tempdir().unwrap();
    let store = with_factory(folder.path());
    let lock = folder.path().join("lock");
    let flock = Command::new("flock")
        .arg("--no-fork")
        .arg(&lock)
        .args(["sh", "-c", "echo; exec sleep 60"])
        .stdout(Stdio::piped())
        .spawn();
    let Ok(mut flock) = flock else {
        eprintln!("skipped: no flock (util-linux) here");
        return;
    };
    let mut line = [0];
    flock.stdout.take().unwrap().read_exact(&mut line).unwrap();
    flock.kill().unwrap();
    flock.wait().unwrap();
    store.pin("walk-1").unwrap();
}

#[test]
fn a_store_that_cannot_be_written_still_gives_a_verified_model() {
    let folder = tempfile::tempdir().unwrap();
    let store = with_factory(folder.path());
    stage(&store, "1").unwrap();
    store.begin_admission("1").unwrap();
    store.admit("1").unwrap();
    store.promote("1", By::Operator).unwrap();
    let model = store.in_charge().unwrap().folder.join("walk.onnx");
    fs::write(&model, "torn").unwrap();
    // Root writes everywhere; a file where the lock's file would be made is in everybody's way.
    fs::remove_file(folder.path().join("lock")).unwrap();
    fs::create_dir(folder.path().join("lock")).unwrap();
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o555)).unwrap();
    let loaded = store.in_charge().unwrap();
    assert_eq!((loaded.slot, loaded.passed_over.len()), (Slot::Factory, 1));
    assert!(store.pin("1").is_err());
    // So does one that is opened anew.
    let (opened, status) = Store::open(folder.path()).unwrap();
    assert!(
        opened.not_written().is_some() && status.complaints.len() == 1,
        "{status:?}"
    );
    assert_eq!(opened.in_charge().unwrap().slot, Slot::Factory);
    assert_eq!(opened.started_where_written(3).unwrap(), None);
    // Whoever runs its models says so once, and moves nothing on.
    let mut steps = ReleaseSteps::new(opened);
    for _ in 0..2 {
        steps.look_soon();
        assert_eq!(steps.look("1"), Some(Look::Nothing));
    }
    let told = steps.told();
    assert!(told.len() == 1 && told[0].is_warning, "{told:?}");
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
}

#[test]
fn another_factory_release_is_refused_and_a_damaged_one_is_brought_back() {
    let folder = tempfile::tempdir().unwrap();
    let store = with_factory(folder.path());
    let from = tempfile::tempdir().unwrap();
    write(from.path(), "1");
    let error = store.install_factory(&release("1"), from.path()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the factory release `0` is there already and is never overwritten"
    );
    fs::write(store.in_charge().unwrap().folder.join("walk.onnx"), "").unwrap();
    assert!(matches!(store.in_charge(), Err(StoreError::NothingVerified { .. })));
    write(from.path(), "0");
    store.install_factory(&release("0"), from.path()).unwrap();
    assert_eq!(version_in_charge(&store), "0");
}

#[test]
fn a_file_that_is_not_what_was_signed_is_removed_and_nothing_is_staged() {
    let folder = tempfile::tempdir().unwrap();
    let store = with_factory(folder.path());
    let incoming = store.incoming().join("1");
    write(&incoming, "1");
    fs::write(incoming.join("stray"), "").unwrap();
    fs::write(incoming.join("walk.onnx"), "bad").unwrap();
    assert!(matches!(
        store.stage(&release("1"), &incoming),
        Err(StoreError::File { .. })
    ));
    assert!(!incoming.join("walk.onnx").exists() && incoming.join("release.json").exists());
    let status = stage(&store, "1").unwrap();
    let candidate = store.candidate().unwrap().unwrap();
    assert_eq!(candidate.release, release("1"));
    assert_eq!(
        fs::read_dir(&candidate.folder).unwrap().count(),
        2,
        "what does not belong to it is gone"
    );
    assert_eq!(fs::read_dir(store.incoming()).unwrap().count(), 0);
    assert_eq!(
        stage(&store, "1").unwrap().revision,
        status.revision,
        "it is there already"
    );
}

#[test]
fn only_what_may_be_a_version_of_a_release_of_this_store_is_pinned() {
    let folder = tempfile::tempdir().unwrap();
    let store = with_factory(folder.path());
    store.pin("walk-1").unwrap();
    store.unpin().unwrap();
    stage(&store, "walk-1").unwrap();
    for version in [
        "3", "nonsense", "other-3", "", "a\nb", "walk-", "walk-x", "walk-01", "walk-2\n",
    ] {
        let error = store.pin(version).unwrap_err().to_string();
        assert!(
            error.contains("expected walk-NUMBER") && !error.contains('\n'),
            "{error}"
        );
    }
    for version in ["0", "walk-1", "walk-2"] {
        let status = store.pin(version).unwrap();
        assert_eq!(status.state.pinned(), Some(version));
    }
}

#[test]
fn a_folder_without_a_store_is_not_made_one_by_looking() {
    let folder = tempfile::tempdir().unwrap();
    let error = Store::existing(folder.path()).unwrap_err();
    assert!(matches!(error, StoreError::Missing { .. }));
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn a_store_that_is_only_looked_at_is_passed_over_where_it_is_damaged_and_not_changed() {
    let folder = tempfile::tempdir().unwrap();
    let store = with_factory(folder.path());
    stage(&store, "1").unwrap();
    store.begin_admission("1").unwrap();
    store.admit("1").unwrap();
    store.promote("1", By::Operator).unwrap();
    let looked_at = Store::read_only(folder.path()).unwrap();
    assert_eq!(version_in_charge(&looked_at), "1");
    let model = store.in_charge().unwrap().folder.join("walk.onnx");
    fs::write(&model, "bad").unwrap();
    let before = store.status().unwrap();
    let loaded = looked_at.in_charge().unwrap();
    assert_eq!((&*loaded.release.version, loaded.passed_over.len()), ("0", 1));
    assert!(looked_at.pass_probation("1").is_err() && looked_at.started(3).is_err());
    assert_eq!(store.status().unwrap(), before);
    assert_eq!(store.in_charge().unwrap().release.version, "0");
    assert_ne!(store.status().unwrap(), before, "who runs it notes the damage");
    assert!(Store::read_only(&folder.path().join("none")).is_err());
}
