//! The core, with a place in memory.

use sinew_node_updater::{OffersError, Step, Updates};
use sinew_releases::store::{Slot, Stage, Store};

use crate::common::{Made, in_charge, promote, store};

fn staged(version: u64) -> Step {
    Step::Staged {
        version: format!("walk-{version}"),
        bytes: 100,
    }
}

#[test]
fn what_is_newer_is_brought_once_and_nothing_else_happens_to_it() {
    let folder = tempfile::tempdir().unwrap();
    let (store, place) = (store(folder.path()), Made::default());
    let mut updates = Updates::new(store.clone(), Box::new(place.clone()));
    assert_eq!(updates.step(), Step::UpToDate);
    place.offer(1);
    assert_eq!(updates.step(), Step::UpToDate, "it is the factory's");
    place.offer(2);
    assert_eq!(updates.step(), staged(2));
    assert_eq!(updates.step(), Step::UpToDate);
    assert_eq!(place.0.lock().unwrap().brought, 1);
    let state = store.status().unwrap().state;
    let (slot, held) = state.candidate().unwrap();
    assert_eq!((slot, held.stage), (Slot::A, Stage::Staged));
    assert_eq!(in_charge(&store), "walk-1");
    // One that is newer still takes its place.
    place.offer(3);
    assert_eq!(updates.step(), staged(3));
}

#[test]
fn without_a_network_all_stays_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let (store, place) = (store(folder.path()), Made::default());
    let before = store.status().unwrap();
    let mut updates = Updates::new(store.clone(), Box::new(place.clone()));
    place.0.lock().unwrap().error = Some(OffersError::Unreachable("no route".to_owned()));
    for _ in 0..3 {
        assert_eq!(updates.step(), Step::Failed("no route".to_owned()));
    }
    assert_eq!(store.status().unwrap(), before);
}

#[test]
fn without_room_on_the_disk_what_was_downloaded_gives_way_and_all_else_stays_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let (store, place) = (store(folder.path()), Made::default());
    let before = store.status().unwrap();
    let part = store.incoming().join("walk.tar.part");
    std::fs::write(&part, "half of it").unwrap();
    place.offer(2);
    place.0.lock().unwrap().brings = None;
    let mut updates = Updates::new(store.clone(), Box::new(place));
    assert_eq!(updates.step(), Step::Failed("no room".to_owned()));
    assert!(!part.exists());
    assert_eq!(store.status().unwrap(), before);
}

#[test]
fn a_store_that_cannot_be_written_is_brought_nothing() {
    let folder = tempfile::tempdir().unwrap();
    drop(store(folder.path()));
    std::fs::remove_file(folder.path().join("lock")).unwrap();
    std::fs::create_dir(folder.path().join("lock")).unwrap();
    let (store, _) = Store::open(folder.path()).unwrap();
    let place = Made::default();
    place.offer(2);
    let mut updates = Updates::new(store.clone(), Box::new(place.clone()));
    let Step::Failed(why) = updates.step() else {
        panic!("something was brought");
    };
    assert!(why.contains("the store cannot be written"), "{why}");
    assert_eq!(place.0.lock().unwrap().brought, 0);
    assert_eq!(in_charge(&store), "walk-1");
}

#[test]
fn another_release_than_was_offered_is_not_staged() {
    let folder = tempfile::tempdir().unwrap();
    let (store, place) = (store(folder.path()), Made::default());
    place.offer(2);
    place.0.lock().unwrap().brings = Some(3);
    let mut updates = Updates::new(store.clone(), Box::new(place));
    let expected = "expected the release walk-2, found walk-3".to_owned();
    assert_eq!(updates.step(), Step::Failed(expected));
    assert!(store.status().unwrap().state.candidate().is_none());
}

#[test]
fn a_version_that_was_rolled_back_is_left_until_an_operator_lets_it_be_tried() {
    let folder = tempfile::tempdir().unwrap();
    let (store, place) = (store(folder.path()), Made::default());
    let mut updates = Updates::new(store.clone(), Box::new(place.clone()));
    place.offer(2);
    assert_eq!(updates.step(), staged(2));
    promote(&store, "walk-2");
    place.offer(3);
    assert!(matches!(updates.step(), Step::Left { .. }), "walk-2 is on probation");
    store.roll_back("walk-2", "fell").unwrap();
    place.offer(2);
    assert!(matches!(updates.step(), Step::Left { .. }));
    assert_eq!(place.0.lock().unwrap().brought, 1, "it is not even downloaded");
    store.retry("walk-2").unwrap();
    assert_eq!(updates.step(), staged(2));
}

#[test]
fn a_yanked_release_goes_and_a_halted_one_only_where_it_is_not_in_charge() {
    let folder = tempfile::tempdir().unwrap();
    let (store, place) = (store(folder.path()), Made::default());
    let mut updates = Updates::new(store.clone(), Box::new(place.clone()));
    let told = |version: &str| vec![(version.to_owned(), "it falls".to_owned())];
    place.offer(2);
    updates.step();
    promote(&store, "walk-2");
    store.pass_probation("walk-2").unwrap();
    place.offer(3);
    updates.step();
    place.0.lock().unwrap().offered.halted = [told("walk-2"), told("walk-3")].concat();
    let taken = |version: &str, why: &str| Step::TakenBack {
        version: version.to_owned(),
        why: why.to_owned(),
    };
    assert_eq!(updates.step(), taken("walk-3", "halted: it falls"));
    assert_eq!(in_charge(&store), "walk-2");
    place.0.lock().unwrap().offered.newest = None;
    store.pin("walk-2").unwrap();
    place.0.lock().unwrap().offered.yanked = told("walk-2");
    assert_eq!(updates.step(), Step::UpToDate, "an operator holds it");
    store.unpin().unwrap();
    assert_eq!(updates.step(), taken("walk-2", "yanked: it falls"));
    assert_eq!(in_charge(&store), "walk-1");
}

#[test]
fn a_pinned_version_is_the_only_one_that_is_brought() {
    let folder = tempfile::tempdir().unwrap();
    let (store, place) = (store(folder.path()), Made::default());
    let mut updates = Updates::new(store.clone(), Box::new(place.clone()));
    store.pin("walk-1").unwrap();
    place.offer(2);
    assert_eq!(updates.step(), Step::UpToDate);
    store.pin("walk-2").unwrap();
    assert_eq!(updates.step(), staged(2));
}

#[test]
fn nobody_goes_back_by_an_offer_and_a_candidate_that_is_withdrawn_may_come_again() {
    let folder = tempfile::tempdir().unwrap();
    let (store, place) = (store(folder.path()), Made::default());
    let mut updates = Updates::new(store.clone(), Box::new(place.clone()));
    place.offer(3);
    assert_eq!(updates.step(), staged(3));
    place.0.lock().unwrap().offered.withdrawn = vec!["walk-3".to_owned()];
    let version = "walk-3".to_owned();
    assert_eq!(updates.step(), Step::Withdrawn { version });
    place.0.lock().unwrap().offered.withdrawn.clear();
    assert_eq!(updates.step(), staged(3));
    promote(&store, "walk-3");
    store.pass_probation("walk-3").unwrap();
    // The newest was paused: whoever has it keeps it.
    place.offer(2);
    let older = Step::Older {
        version: "walk-2".to_owned(),
        in_charge: "walk-3".to_owned(),
    };
    assert_eq!(updates.step(), older);
    assert_eq!(place.0.lock().unwrap().brought, 2);
    store.pin("walk-2").unwrap();
    assert_eq!(updates.step(), staged(2));
}
