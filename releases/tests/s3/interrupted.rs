//! A publisher that is killed, and a server that goes away.

use std::fs;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use sinew_releases::Place;
use sinew_releases::repository::{Expiry, Repository};
use tempfile::TempDir;

use crate::common::Workshop;
use crate::weed::{KEY, SECRET, Weed};
use crate::{LARGE, place};

/// Says to this test's own program where to publish.
const CHILD: &str = "SINEW_TEST_PUBLISH_S3";
const KILLS: u64 = 20;

#[test]
fn a_publisher_that_is_killed_at_any_moment_leaves_what_was_there_and_is_finished_by_the_next() {
    let Some(weed) = Weed::start() else { return };
    let shop = Workshop::at(&place(&weed, "killed"));
    shop.model(1, 1 << 20);
    let client = shop.client();
    let publish = || {
        Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "interrupted::publishes_when_it_is_told_where", "--ignored"])
            .env(CHILD, format!("{}\n{}", shop.path("").display(), weed.endpoint()))
            .env("AWS_ACCESS_KEY_ID", KEY)
            .env("AWS_SECRET_ACCESS_KEY", SECRET)
            .stdout(Stdio::null())
            .spawn()
            .unwrap()
    };
    assert!(publish().wait().unwrap().success());
    // How long one with a delta takes, so that kills fall everywhere in it.
    let began = Instant::now();
    assert!(publish().wait().unwrap().success());
    let whole = began.elapsed();
    let (mut kills, mut newest, mut rounds) = (0, 2, 0);
    while kills < KILLS {
        let mut running = publish();
        // Some are whole before they are killed.
        std::thread::sleep(whole.mul_f64(1.3 * (rounds * 7919 % 1000) as f64 / 1000.0));
        rounds += 1;
        running.kill().unwrap();
        let is_whole = running.wait().unwrap().success();
        let catalog = client.refresh().unwrap();
        let found = catalog.offers().len();
        assert!(found == newest || found == newest + 1, "{found} after {newest}");
        assert!(!is_whole || found == newest + 1);
        if !is_whole {
            kills += 1;
        }
        newest = found;
    }
    assert!(publish().wait().unwrap().success());
    let catalog = client.refresh().unwrap();
    assert_eq!(catalog.offers().len(), newest + 1);
    for offer in catalog.offers() {
        let file = shop.path(&offer.archive.name);
        client.download(&catalog, offer, &file, None).unwrap();
    }
    println!("{kills} kills of {rounds}, {whole:?} each, {newest} releases");
}

#[test]
#[ignore = "the process that another test kills"]
fn publishes_when_it_is_told_where() {
    let Ok(told) = std::env::var(CHILD) else { return };
    let [folder, endpoint] = told.split('\n').collect::<Vec<_>>().try_into().unwrap();
    let mut place = Place::from("s3://robots/killed");
    place.options.endpoint = Some(endpoint.to_owned());
    let keys = std::path::Path::new(folder).join("keys");
    let mut repository = Repository::open(place, &keys, Expiry::default()).unwrap();
    let publication = crate::common::publication(std::path::Path::new(folder));
    repository.publish(&publication, None).unwrap();
}

#[test]
fn a_server_that_goes_away_in_the_middle_and_comes_back_is_gone_on_with() {
    let Some(mut weed) = Weed::start() else { return };
    let shop = Workshop::at(&place(&weed, "away"));
    let published = shop.publish(&shop.model(1, LARGE)).unwrap();
    let mut client = shop.client();
    let catalog = client.refresh().unwrap();
    let offer = catalog.offer("walk", 1).unwrap();
    // At this limit it takes twenty seconds.
    let mut limits = sinew_releases::Limits {
        bandwidth: Some(1e6),
        silence: Duration::from_secs(3),
        ..Default::default()
    };
    client.limit(limits);
    let archive = shop.path("archive.tar");
    let part = shop.path("archive.tar.part");
    let error = std::thread::scope(|scope| {
        let downloading = scope.spawn(|| client.download(&catalog, offer, &archive, None));
        while fs::metadata(&part).map_or(0, |part| part.len()) < 2 << 20 {
            std::thread::sleep(Duration::from_millis(10));
        }
        weed.kill();
        downloading.join().unwrap().unwrap_err()
    });
    println!("{error}");
    let unread = client.refresh().unwrap_err();
    println!("{unread}");
    let unpublished = TempDir::new().unwrap();
    let unwritten = Workshop::with(unpublished, place(&weed, "other"))
        .map(drop)
        .unwrap_err();
    assert!(unwritten.to_string().contains("failed"), "{unwritten}");
    weed.resume();
    limits.bandwidth = None;
    client.limit(limits);
    let downloaded = client.download(&catalog, offer, &archive, None).unwrap();
    assert!(downloaded.bytes < published.bytes - (1 << 20), "{downloaded:?}");
    client.refresh().unwrap();
    shop.publish(&shop.model(2, 100)).unwrap();
    assert_eq!(client.refresh().unwrap().offers().len(), 2);
}
