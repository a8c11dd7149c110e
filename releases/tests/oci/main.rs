//! A repository as artifacts of a real registry, Debian's, as `skopeo` sees them, too.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "../common/mod.rs"]
mod common;
mod hostile;
mod registry;

use std::fs;
use std::process::Command;
use std::time::Duration;

use common::Workshop;
use registry::{PASSWORD, Registry, USER, program};
use sinew_releases::client::{Client, Way};
use sinew_releases::repository::{Channels, KeyRole, RepositoryError};
use sinew_releases::rollout::State;
use sinew_releases::{Limits, Place};

/// More than goes at a time.
const LARGE: usize = 20 << 20;

#[test]
fn a_registry_is_written_and_read_as_a_folder_is() {
    let Some(registry) = Registry::start(true) else { return };
    let shop = Workshop::at(&registry.place("robots/walk", PASSWORD));
    let client = shop.client();
    let published = shop.publish(&shop.model(1, LARGE)).unwrap();
    let catalog = client.refresh().unwrap();
    let offer = catalog.newest_for("walk", &shop.subscriber()).unwrap();
    let archive = shop.path("1.tar");
    let downloaded = client.download(&catalog, offer, &archive, None).unwrap();
    assert_eq!((downloaded.way, downloaded.bytes), (Way::Whole, published.bytes));
    let whole = fs::read(&archive).unwrap();
    fs::rename(&archive, shop.path("whole.tar")).unwrap();
    fs::write(shop.path("1.tar.part"), &whole[..LARGE / 2]).unwrap();
    let downloaded = client.download(&catalog, offer, &archive, None).unwrap();
    assert_eq!(
        downloaded.bytes,
        (whole.len() - LARGE / 2) as u64,
        "it goes on where it ended"
    );
    let second = shop.publish(&shop.model(2, LARGE)).unwrap();
    assert_eq!(second.deltas.len(), 1, "the earlier archive was had from the registry");
    let catalog = client.refresh().unwrap();
    let offer = catalog.newest_for("walk", &shop.subscriber()).unwrap();
    let downloaded = client
        .download(&catalog, offer, &shop.path("2.tar"), Some(&archive))
        .unwrap();
    assert_eq!(downloaded.way, Way::Delta { from: 1 });

    shop.repository()
        .change("walk", 2, |rollout| rollout.state = State::Yanked)
        .unwrap();
    assert!(client.refresh().unwrap().is_yanked("walk", 2));
    let mut channels = Channels::default();
    channels.channels.remove("testing");
    shop.repository().set_channels(&channels).unwrap();
    assert_eq!(shop.repository().channels().unwrap(), channels);
    for role in KeyRole::ALL {
        shop.repository().rotate(role).unwrap();
        client.refresh().unwrap();
    }
    shop.repository().renew().unwrap();
    assert_eq!(shop.another_client("late").refresh().unwrap().offers().len(), 2);

    let (mut one, mut other) = (shop.repository(), shop.repository());
    one.change("walk", 1, |rollout| rollout.per_mille = 100).unwrap();
    let refused = other.change("walk", 1, |rollout| rollout.per_mille = 900).unwrap_err();
    assert!(matches!(refused, RepositoryError::Raced(_)), "{refused}");
    assert_eq!(
        client.refresh().unwrap().offer("walk", 1).unwrap().rollout.per_mille,
        100
    );
    let again = Workshop::with(tempfile::tempdir().unwrap(), registry.place("robots/walk", PASSWORD)).map(drop);
    assert!(matches!(again, Err(RepositoryError::Exists(_))), "{again:?}");
    who_is_not_known_is_refused(&registry, &shop);
    common::copying::a_copy_is_as_good_and_never_older(&registry.place("copy", PASSWORD));
}

fn who_is_not_known_is_refused(registry: &Registry, shop: &Workshop) {
    let root = shop.path("keys/root.json");
    let nobody = Place::from(format!("oci://{}", registry.name("robots/walk")));
    for (i, place) in [registry.place("robots/walk", "wrong"), nobody].into_iter().enumerate() {
        let robot = shop.path(&format!("unknown_{i}"));
        let client = Client::open(place.clone(), &robot, Some(&root), Limits::default()).unwrap();
        let read = client.refresh().unwrap_err().to_string();
        assert!(read.contains("check the credentials"), "{read}");
        let written = Workshop::with(tempfile::tempdir().unwrap(), place)
            .map(drop)
            .unwrap_err();
        assert!(written.to_string().contains("check the credentials"), "{written}");
    }
}

#[test]
fn skopeo_sees_a_release_by_its_name_and_copies_it() {
    let Some(registry) = Registry::start(true) else { return };
    if program("skopeo").is_none() {
        eprintln!("skipped: no skopeo; install the Debian package skopeo");
        return;
    }
    let shop = Workshop::at(&registry.place("walks", PASSWORD));
    let published = shop.publish(&shop.model(1, 300_000)).unwrap();
    let login = format!("{USER}:{PASSWORD}");
    let skopeo = |args: &[&str]| {
        let output = Command::new("skopeo").args(args).output().unwrap();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        assert!(output.status.success(), "{args:?}: {}", text(&output.stderr));
        text(&output.stdout)
    };
    let image = format!("docker://{}:walk-1", registry.name("walks"));
    let raw = skopeo(&["inspect", "--raw", "--tls-verify=false", "--creds", &login, &image]);
    let manifest: serde_json::Value = serde_json::from_str(&raw).unwrap();
    assert_eq!(manifest["artifactType"], "application/vnd.sinew.release.v1");
    assert_eq!(manifest["layers"][0]["digest"], format!("sha256:{}", published.sha256));
    let model = published.manifest.files["walk.onnx"].sha256.to_string();
    assert_eq!(manifest["annotations"]["vnd.sinew.release.model.sha256"], model);
    assert_eq!(manifest["annotations"]["org.opencontainers.image.version"], "1");
    let tags = skopeo(&[
        "list-tags",
        "--tls-verify=false",
        "--creds",
        &login,
        image.trim_end_matches(":walk-1"),
    ]);
    assert!(tags.contains("\"walk-1\"") && tags.contains("\"metadata\""), "{tags}");
    // All of it, tag by tag, to another repository, which is as good: what is signed are the bytes.
    let tags: serde_json::Value = serde_json::from_str(&tags).unwrap();
    for tag in tags["Tags"].as_array().unwrap() {
        let at = |name: &str| format!("docker://{}:{}", registry.name(name), tag.as_str().unwrap());
        skopeo(&[
            "copy",
            "--preserve-digests",
            "--src-tls-verify=false",
            "--dest-tls-verify=false",
            "--src-creds",
            &login,
            "--dest-creds",
            &login,
            &at("walks"),
            &at("copied"),
        ]);
    }
    let root = shop.path("keys/root.json");
    let copied = registry.place("copied", PASSWORD);
    let client = Client::open(copied, &shop.path("robot"), Some(&root), Limits::default()).unwrap();
    let catalog = client.refresh().unwrap();
    let offer = catalog.offer("walk", 1).unwrap();
    client
        .download(&catalog, offer, &shop.path("copied.tar"), None)
        .unwrap();
}

#[test]
fn a_registry_that_goes_away_in_the_middle_and_comes_back_is_gone_on_with() {
    let Some(mut registry) = Registry::start(false) else {
        return;
    };
    let shop = Workshop::at(&Place::from(format!("oci://{}", registry.name("away"))));
    let published = shop.publish(&shop.model(1, LARGE)).unwrap();
    let mut client = shop.client();
    let catalog = client.refresh().unwrap();
    let offer = catalog.offer("walk", 1).unwrap();
    let mut limits = Limits {
        bandwidth: Some(1e6),
        silence: Duration::from_secs(3),
        ..Limits::default()
    };
    client.limit(limits);
    let (archive, part) = (shop.path("archive.tar"), shop.path("archive.tar.part"));
    std::thread::scope(|scope| {
        let downloading = scope.spawn(|| client.download(&catalog, offer, &archive, None));
        while fs::metadata(&part).map_or(0, |part| part.len()) < 2 << 20 {
            std::thread::sleep(Duration::from_millis(10));
        }
        registry.kill();
        downloading.join().unwrap().unwrap_err()
    });
    client.refresh().unwrap_err();
    registry.resume();
    limits.bandwidth = None;
    client.limit(limits);
    let downloaded = client.download(&catalog, offer, &archive, None).unwrap();
    assert!(downloaded.bytes < published.bytes - (1 << 20), "{downloaded:?}");
    assert_eq!(client.refresh().unwrap().offers().len(), 1);
}
