//! A repository in a bucket of a real S3 server, which checks signatures and conditions.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "../common/mod.rs"]
mod common;
mod hostile;
mod interrupted;
#[path = "../../../storage/tests/common/weed.rs"]
mod weed;

use std::fs;

use common::Workshop;
use sinew_releases::client::{Client, Way};
use sinew_releases::repository::{Channels, KeyRole, RepositoryError};
use sinew_releases::rollout::State;
use sinew_releases::{Limits, Place};
use weed::{KEY, SECRET, Weed};

/// More than goes at a time.
const LARGE: usize = 20 << 20;

/// A place in the server's bucket.
fn place(weed: &Weed, prefix: &str) -> Place {
    Place {
        address: format!("s3://robots/{prefix}"),
        options: weed.options(KEY, SECRET),
    }
}

/// One server for all of it: it takes seconds to start.
#[test]
fn a_bucket_is_written_and_read_as_a_folder_is() {
    let Some(weed) = Weed::start() else { return };
    from_a_model_to_a_robot(&weed);
    every_change_reaches_a_robot(&weed);
    of_two_publishers_at_once_one_is_refused(&weed);
    what_an_interrupted_publisher_left_is_in_nobodys_way(&weed);
    who_is_not_known_and_what_is_not_there_is_told(&weed);
    common::copying::a_copy_is_as_good_and_never_older(&place(&weed, "copy"));
}

fn from_a_model_to_a_robot(weed: &Weed) {
    let shop = Workshop::at(&place(weed, "whole"));
    let client = shop.client();
    let published = shop.publish(&shop.model(1, LARGE)).unwrap();
    let catalog = client.refresh().unwrap();
    let offer = catalog.newest_for("walk", &shop.subscriber()).unwrap();
    let archive = shop.path("1.tar");
    let downloaded = client.download(&catalog, offer, &archive, None).unwrap();
    assert_eq!((downloaded.way, downloaded.bytes), (Way::Whole, published.bytes));
    let whole = fs::read(&archive).unwrap();
    let stored = format!("whole/targets/{}.walk-1.tar", published.sha256);
    assert!(weed.object(&stored).unwrap() == whole, "the object is the archive");
    // It goes on where it ended, and what is left of another file is thrown away.
    for (part, expected) in [
        (&whole[..LARGE / 2], whole.len() - LARGE / 2),
        (&[1; 1000][..], whole.len()),
    ] {
        fs::remove_file(&archive).unwrap();
        fs::write(shop.path("1.tar.part"), part).unwrap();
        let downloaded = client.download(&catalog, offer, &archive, None).unwrap();
        assert_eq!(downloaded.bytes, expected as u64);
        assert!(fs::read(&archive).unwrap() == whole);
    }
    let second = shop.publish(&shop.model(2, LARGE)).unwrap();
    assert_eq!(second.deltas.len(), 1, "the earlier archive was had from the bucket");
    let catalog = client.refresh().unwrap();
    let offer = catalog.newest_for("walk", &shop.subscriber()).unwrap();
    let downloaded = client
        .download(&catalog, offer, &shop.path("2.tar"), Some(&archive))
        .unwrap();
    assert_eq!(downloaded.way, Way::Delta { from: 1 });
    assert!(downloaded.bytes < 100_000, "{downloaded:?}");
}

fn every_change_reaches_a_robot(weed: &Weed) {
    let shop = Workshop::at(&place(weed, "changes"));
    let client = shop.client();
    shop.publish(&shop.model(1, 100)).unwrap();
    shop.publish(&shop.model(2, 100)).unwrap();
    shop.repository()
        .change("walk", 2, |rollout| rollout.state = State::Yanked)
        .unwrap();
    let catalog = client.refresh().unwrap();
    assert!(catalog.is_yanked("walk", 2));
    assert_eq!(
        catalog.newest_for("walk", &shop.subscriber()).unwrap().rollout.version,
        1
    );
    let mut channels = Channels::default();
    channels.channels.remove("testing");
    shop.repository().set_channels(&channels).unwrap();
    assert_eq!(shop.repository().channels().unwrap(), channels);
    for role in KeyRole::ALL {
        shop.repository().rotate(role).unwrap();
        client.refresh().unwrap();
    }
    shop.repository().renew().unwrap();
    shop.repository().refresh().unwrap();
    assert_eq!(shop.another_client("late").refresh().unwrap().offers().len(), 2);
}

fn of_two_publishers_at_once_one_is_refused(weed: &Weed) {
    let shop = Workshop::at(&place(weed, "two"));
    shop.publish(&shop.model(1, 100)).unwrap();
    let (mut one, mut other) = (shop.repository(), shop.repository());
    one.change("walk", 1, |rollout| rollout.per_mille = 100).unwrap();
    let refused = other.change("walk", 1, |rollout| rollout.per_mille = 900).unwrap_err();
    assert!(matches!(refused, RepositoryError::Raced(_)), "{refused}");
    // Both at the same moment, again and again: each change is taken as a whole or refused.
    for round in 0..10_u16 {
        let share = |per_mille: u16| {
            let mut repository = shop.repository();
            move || {
                repository
                    .change("walk", 1, |rollout| rollout.per_mille = per_mille)
                    .map(|_| per_mille)
            }
        };
        let (mut left, mut right) = (share(2 * round + 1), share(2 * round + 2));
        let outcomes = std::thread::scope(|scope| {
            let left = scope.spawn(move || left());
            [right(), left.join().unwrap()]
        });
        let taken: Vec<_> = outcomes.iter().flatten().collect();
        let refused = outcomes.iter().flat_map(|outcome| outcome.as_ref().err());
        assert!(
            refused.clone().all(|error| matches!(error, RepositoryError::Raced(_))),
            "{outcomes:?}"
        );
        assert_eq!(taken.len(), 1, "{outcomes:?}");
        let catalog = shop.another_client("both").refresh().unwrap();
        assert_eq!(catalog.offer("walk", 1).unwrap().rollout.per_mille, *taken[0]);
    }
}

fn what_an_interrupted_publisher_left_is_in_nobodys_way(weed: &Weed) {
    let shop = Workshop::at(&place(weed, "left"));
    for name in ["2.targets.json", "2.snapshot.json", "3.targets.json"] {
        weed.put(&format!("left/metadata/{name}"), b"half of a publication");
    }
    shop.client().refresh().unwrap();
    shop.publish(&shop.model(1, 100)).unwrap();
    assert_eq!(shop.client().refresh().unwrap().offers().len(), 1);
    assert!(weed.object("left/metadata/4.targets.json").is_some());
    assert_eq!(
        weed.object("left/metadata/2.targets.json").unwrap(),
        b"half of a publication"
    );
}

fn who_is_not_known_and_what_is_not_there_is_told(weed: &Weed) {
    let shop = Workshop::at(&place(weed, "known"));
    let root = shop.path("keys/root.json");
    let at = |address: &str, key: &str, secret: &str| Place {
        address: address.to_owned(),
        options: weed.options(key, secret),
    };
    for (place, said) in [
        (at("s3://robots/known", KEY, "not-the-secret"), "check the credentials"),
        (at("s3://robots/known", "nobody", SECRET), "check the credentials"),
        (at("s3://nowhere/known", KEY, SECRET), "has no bucket nowhere"),
        (at("s3://robots/elsewhere", KEY, SECRET), "it is not there"),
    ] {
        let robot = shop.path(said);
        let read = Client::open(place.clone(), &robot, Some(&root), Limits::default())
            .unwrap()
            .refresh();
        let read = read.unwrap_err().to_string();
        assert!(
            read.contains(said) && !read.contains("not-the-secret"),
            "{}: {read}",
            place.address
        );
        // This server makes a bucket where something is put into it.
        if said == "check the credentials" {
            let written = Workshop::with(tempfile::tempdir().unwrap(), place.clone());
            let written = written.map(drop).unwrap_err().to_string();
            assert!(written.contains(said), "{}: {written}", place.address);
        }
    }
    let again = Workshop::with(tempfile::tempdir().unwrap(), place(weed, "known")).map(drop);
    assert!(matches!(again, Err(RepositoryError::Exists(_))), "{again:?}");
    if std::env::var_os("AWS_ACCESS_KEY_ID").is_none() {
        let none = Client::open("s3://robots/known", &shop.path("none"), Some(&root), Limits::default());
        let none = none.map(drop).unwrap_err().to_string();
        assert!(none.contains("AWS_ACCESS_KEY_ID"), "{none}");
    }
}
