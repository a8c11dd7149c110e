//! What must hold of a copy, wherever it goes.

use std::fs;

use sinew_releases::client::Client;
use sinew_releases::repository::{KeyRole, RepositoryError, copy};
use sinew_releases::{Limits, Place, Unwatched};

use super::Workshop;

/// A repository goes to another place, and back to a folder; what is newer stays.
pub(crate) fn a_copy_is_as_good_and_never_older(to: &Place) {
    let shop = Workshop::new();
    let root = shop.path("keys/root.json");
    let from = Place::from(shop.path("repository").to_str().unwrap());
    shop.publish(&shop.model(1, 200_000)).unwrap();
    shop.publish(&shop.model(2, 200_000)).unwrap();
    let first = copy(&from, to, &root, &Unwatched).unwrap();
    // Two archives, a delta and the channels.
    assert_eq!((first.releases, first.files), (2, 4));
    assert_eq!(copy(&from, to, &root, &Unwatched).unwrap().files, 0);
    let client = |place: &Place, robot: &str| {
        Client::open(place.clone(), &shop.path(robot), Some(&root), Limits::default()).unwrap()
    };
    let robot = client(to, "robot");
    let catalog = robot.refresh().unwrap();
    let offer = catalog.newest_for("walk", &shop.subscriber()).unwrap();
    robot.download(&catalog, offer, &shop.path("2.tar"), None).unwrap();
    // Keys that were rotated meanwhile, and a release more.
    shop.repository().rotate(KeyRole::Timestamp).unwrap();
    shop.repository().rotate(KeyRole::Targets).unwrap();
    shop.publish(&shop.model(3, 100)).unwrap();
    let second = copy(&from, to, &root, &Unwatched).unwrap();
    assert_eq!(second.releases, 3);
    assert_eq!(robot.refresh().unwrap().offers().len(), 3);
    // Back again, to the byte.
    let back = Place::from(shop.path("back").to_str().unwrap());
    copy(to, &back, &root, &Unwatched).unwrap();
    for folder in ["metadata", "targets"] {
        for entry in fs::read_dir(shop.path("back").join(folder)).unwrap() {
            let entry = entry.unwrap();
            let original = shop.path("repository").join(folder).join(entry.file_name());
            assert!(
                fs::read(entry.path()).unwrap() == fs::read(original).unwrap(),
                "{entry:?}"
            );
        }
    }
    assert_eq!(client(&back, "back_robot").refresh().unwrap().offers().len(), 3);
    // What the other place has newer is not replaced, nor is another repository.
    shop.repository().refresh().unwrap();
    copy(&from, to, &root, &Unwatched).unwrap();
    let older = copy(&back, to, &root, &Unwatched).unwrap_err();
    assert!(matches!(older, RepositoryError::Older { .. }), "{older}");
    let other = Workshop::new();
    let elsewhere = Place::from(other.path("repository").to_str().unwrap());
    let refused = copy(&elsewhere, to, &other.path("keys/root.json"), &Unwatched).unwrap_err();
    assert!(matches!(refused, RepositoryError::Exists(_)), "{refused}");
    assert_eq!(robot.refresh().unwrap().offers().len(), 3);
    let unsigned = copy(&from, &back, &other.path("keys/root.json"), &Unwatched).unwrap_err();
    assert!(matches!(unsigned, RepositoryError::Client(_)), "{unsigned}");
}
