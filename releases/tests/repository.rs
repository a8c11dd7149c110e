//! From a model to a robot: what is published is verified and downloaded, and what does not fit is refused.
#![cfg(feature = "repository")]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use std::fs;

use common::Workshop;
use sinew_releases::bundle::{unpack, verify_folder};
use sinew_releases::client::{ClientError, Way};
use sinew_releases::repository::{KeyRole, RepositoryError};
use sinew_releases::rollout::State;

#[test]
fn what_is_published_reaches_a_robot_as_it_was_evaluated() {
    let shop = Workshop::new();
    let published = shop.publish(&shop.model(1, 3000)).unwrap();
    assert_eq!(published.manifest.version, 1);
    let client = shop.client();
    let catalog = client.refresh().unwrap();
    let offer = catalog.newest_for("walk", &shop.subscriber()).unwrap();
    let archive = shop.path("archive.tar");
    let downloaded = client.download(&catalog, offer, &archive, None).unwrap();
    assert_eq!((downloaded.way, downloaded.bytes), (Way::Whole, published.bytes));
    let folder = shop.path("unpacked");
    assert_eq!(
        *unpack(fs::File::open(&archive).unwrap(), &folder).unwrap().manifest(),
        published.manifest
    );
    let manifest = verify_folder(&folder).unwrap();
    assert_eq!(manifest.report.as_deref(), Some("eval.json"));
    assert_eq!(
        fs::read(folder.join("walk.onnx")).unwrap(),
        fs::read(shop.path("walk.onnx")).unwrap()
    );
}

#[test]
fn a_release_that_was_not_evaluated_or_not_well_enough_is_refused() {
    let shop = Workshop::new();
    let model = shop.model(1, 100);
    let refused = |change: &dyn Fn(&mut sinew_releases::repository::Publication)| {
        let mut publication = model.clone();
        change(&mut publication);
        match shop.publish(&publication).unwrap_err() {
            RepositoryError::BelowBar { reason, .. } => reason,
            other => panic!("{other}"),
        }
    };
    assert!(refused(&|publication| publication.report = None).contains("found none"));
    shop.write_report("bad.json", 0.5);
    assert!(refused(&|publication| publication.report = Some(shop.path("bad.json"))).contains("50.0 %"));
    fs::write(shop.path("walk.onnx"), "another").unwrap();
    assert!(refused(&|_| {}).contains("that of another"));
    let unknown = shop.publish(&sinew_releases::repository::Publication {
        channel: "nightly".to_owned(),
        ..model.clone()
    });
    assert!(matches!(unknown, Err(RepositoryError::NoChannel { .. })));
}

#[test]
fn a_robot_that_has_the_base_downloads_the_difference_alone() {
    let shop = Workshop::new();
    let client = shop.client();
    let mut base = None;
    for version in 1..=5_u8 {
        let published = shop.publish(&shop.model(version, 200_000)).unwrap();
        let catalog = client.refresh().unwrap();
        let offer = catalog.offer("walk", u64::from(version)).unwrap();
        let archive = shop.path(&format!("{version}.tar"));
        let downloaded = client.download(&catalog, offer, &archive, base.as_deref()).unwrap();
        assert_eq!(fs::metadata(&archive).unwrap().len(), published.bytes);
        if version > 1 {
            let from = u64::from(version) - 1;
            assert_eq!(downloaded.way, Way::Delta { from });
            assert!(downloaded.bytes < published.bytes / 10, "{downloaded:?}");
        }
        assert_eq!(published.deltas.len(), usize::from(version - 1).min(3));
        base = Some(archive);
    }
}

#[test]
fn a_download_that_was_cut_goes_on_where_it_ended() {
    let shop = Workshop::new();
    shop.publish(&shop.model(1, 100_000)).unwrap();
    let client = shop.client();
    let catalog = client.refresh().unwrap();
    let offer = &catalog.offers()[0];
    let archive = shop.path("archive.tar");
    client.download(&catalog, offer, &archive, None).unwrap();
    let whole = fs::read(&archive).unwrap();
    for cut in [0, 1, 50_000, whole.len()] {
        fs::remove_file(&archive).unwrap();
        fs::write(shop.path("archive.tar.part"), &whole[..cut]).unwrap();
        let downloaded = client.download(&catalog, offer, &archive, None).unwrap();
        assert_eq!(downloaded.bytes, (whole.len() - cut) as u64);
        assert_eq!(fs::read(&archive).unwrap(), whole);
    }
    assert_eq!(client.download(&catalog, offer, &archive, None).unwrap().bytes, 0);
    // What is there of another file is found out, thrown away, and had anew.
    fs::remove_file(&archive).unwrap();
    fs::write(shop.path("archive.tar.part"), [1; 1000]).unwrap();
    client.download(&catalog, offer, &archive, None).unwrap();
    assert_eq!(fs::read(&archive).unwrap(), whole);
}

#[test]
fn a_release_is_paused_resumed_and_yanked() {
    let shop = Workshop::new();
    shop.publish(&shop.model(1, 100)).unwrap();
    shop.publish(&shop.model(2, 100)).unwrap();
    let client = shop.client();
    let newest = || {
        let catalog = client.refresh().unwrap();
        catalog
            .newest_for("walk", &shop.subscriber())
            .map(|offer| offer.rollout.version)
    };
    assert_eq!(newest(), Some(2));
    for (state, left) in [
        (State::Paused, Some(1)),
        (State::Active, Some(2)),
        (State::Yanked, Some(1)),
    ] {
        shop.repository()
            .change("walk", 2, |rollout| rollout.state = state)
            .unwrap();
        assert_eq!(newest(), left, "{state}");
    }
    assert!(client.refresh().unwrap().is_yanked("walk", 2));
    let unknown = shop.repository().change("walk", 9, |_| {});
    assert!(matches!(unknown, Err(RepositoryError::NoRelease { version: 9, .. })));
    // A version that was there once never comes again.
    let again = shop.publish(&sinew_releases::repository::Publication {
        version: Some(2),
        ..shop.model(3, 100)
    });
    assert!(matches!(again, Err(RepositoryError::NotNewer { newest: 2, .. })));
}

#[test]
fn every_role_can_have_new_keys_and_robots_follow() {
    let shop = Workshop::new();
    let client = shop.client();
    client.refresh().unwrap();
    for role in KeyRole::ALL {
        shop.repository().rotate(role).unwrap();
        client.refresh().unwrap();
    }
    shop.repository().renew().unwrap();
    shop.publish(&shop.model(1, 100)).unwrap();
    assert_eq!(client.refresh().unwrap().offers().len(), 1);
    // A robot that was off all the time follows from the first root.
    assert_eq!(shop.another_client("late").refresh().unwrap().offers().len(), 1);
}

#[test]
fn the_online_keys_alone_refresh_and_do_not_publish() {
    let shop = Workshop::new();
    let model = shop.model(1, 100);
    fs::rename(shop.path("keys/offline"), shop.path("safe")).unwrap();
    shop.repository().refresh().unwrap();
    shop.client().refresh().unwrap();
    let error = shop.publish(&model).unwrap_err();
    assert!(error.to_string().contains("targets cannot be signed"), "{error}");
    let error = shop.repository().rotate(KeyRole::Timestamp).unwrap_err();
    assert!(error.to_string().contains("`offline`"), "{error}");
    // What was refused has changed nothing.
    assert!(shop.client().refresh().unwrap().offers().is_empty());
}

#[test]
fn a_repository_that_was_copied_is_as_good_and_never_an_older_one() {
    let folder = tempfile::tempdir().unwrap();
    let to = folder.path().join("copy");
    common::copying::a_copy_is_as_good_and_never_older(&to.to_str().unwrap().into());
}

#[test]
fn of_two_publishers_at_once_one_is_refused_and_what_an_interrupted_one_left_is_in_nobodys_way() {
    let shop = Workshop::new();
    shop.publish(&shop.model(1, 100)).unwrap();
    let (mut one, mut other) = (shop.repository(), shop.repository());
    one.change("walk", 1, |rollout| rollout.per_mille = 100).unwrap();
    let refused = other.change("walk", 1, |rollout| rollout.per_mille = 900).unwrap_err();
    assert!(matches!(refused, RepositoryError::Raced(_)), "{refused}");
    for name in ["4.targets.json", "4.snapshot.json"] {
        fs::write(shop.path("repository/metadata").join(name), "half of a publication").unwrap();
    }
    shop.client().refresh().unwrap();
    shop.publish(&shop.model(2, 100)).unwrap();
    let catalog = shop.client().refresh().unwrap();
    assert_eq!(catalog.offers().len(), 2);
    assert_eq!(catalog.offer("walk", 1).unwrap().rollout.per_mille, 100);
}

#[test]
fn a_rotation_is_written_so_that_robots_that_have_not_seen_the_new_root_are_not_refused() {
    for role in KeyRole::ALL {
        let shop = Workshop::new();
        let client = shop.client();
        client.refresh().unwrap();
        shop.repository().rotate(role).unwrap();
        // The moment before the new root is there.
        let root = shop.path("repository/metadata/2.root.json");
        fs::rename(&root, shop.path("aside")).unwrap();
        client.refresh().unwrap();
        fs::rename(shop.path("aside"), &root).unwrap();
        client.refresh().unwrap();
    }
}

#[test]
fn keys_that_others_may_read_are_not_used() {
    use std::os::unix::fs::PermissionsExt;
    let shop = Workshop::new();
    let key = fs::read_dir(shop.path("keys/online"))
        .unwrap()
        .next()
        .unwrap()
        .unwrap()
        .path();
    assert_eq!(fs::metadata(&key).unwrap().permissions().mode() & 0o777, 0o600);
    fs::set_permissions(&key, fs::Permissions::from_mode(0o640)).unwrap();
    let refused = shop.try_repository().map(drop).unwrap_err();
    assert!(matches!(refused, RepositoryError::Key { .. }), "{refused}");
}

#[test]
fn a_robot_without_a_root_trusts_nothing() {
    let shop = Workshop::new();
    let refused = common::client_at(&shop.path("repository"), &shop.path("nobody"), None);
    assert!(matches!(refused, Err(ClientError::NoRoot(_))));
}

#[test]
fn a_clock_that_was_ahead_once_bars_nothing_once_it_is_right() {
    let shop = Workshop::new();
    let client = shop.client();
    client.refresh().unwrap();
    // What a pull at such a time has left: no metadata were valid then.
    let known = shop.path("robot/latest_known_time.json");
    assert!(known.exists());
    fs::write(&known, "\"2096-01-01T00:00:00Z\"").unwrap();
    client.refresh().unwrap();
    assert!(!fs::read_to_string(&known).unwrap().contains("2096"));
    // Ahead by less than metadata are valid: that is said, with what to do.
    let soon = std::time::SystemTime::now() + std::time::Duration::from_secs(3600);
    let soon = jiff::Timestamp::try_from(soon).unwrap();
    fs::write(&known, format!("\"{soon}\"")).unwrap();
    let error = client.refresh().unwrap_err().to_string();
    assert!(
        error.contains("the clock went back") && error.contains("remove"),
        "{error}"
    );
    assert!(error.contains("robot/latest_known_time.json"), "{error}");
    // Nor does a refusal move the time.
    fs::remove_file(&known).unwrap();
    fs::remove_file(shop.path("repository/metadata/timestamp.json")).unwrap();
    assert!(client.refresh().is_err());
    assert!(!known.exists());
}

#[test]
fn a_file_of_what_is_trusted_that_is_damaged_stops_no_update() {
    let shop = Workshop::new();
    shop.publish(&shop.model(1, 100)).unwrap();
    shop.client().refresh().unwrap();
    for entry in fs::read_dir(shop.path("robot")).unwrap() {
        let path = entry.unwrap().path();
        let whole = fs::read(&path).unwrap();
        let flipped = |at: usize| {
            let mut bytes = whole.clone();
            bytes[at] ^= 2;
            bytes
        };
        let third = whole.len() / 3;
        for bytes in [
            Vec::new(),
            whole[..third].to_vec(),
            flipped(0),
            flipped(third),
            flipped(2 * third),
        ] {
            fs::write(&path, &bytes).unwrap();
            for client in [shop.client(), shop.client()] {
                let catalog = client.refresh();
                assert_eq!(catalog.unwrap().offers().len(), 1, "{}", path.display());
            }
        }
        fs::write(&path, &whole).unwrap();
    }
}

#[test]
fn a_delta_that_is_gone_or_is_another_gives_way_to_the_whole_archive() {
    let shop = Workshop::new();
    shop.publish(&shop.model(1, 200_000)).unwrap();
    shop.publish(&shop.model(2, 200_000)).unwrap();
    let client = shop.client();
    let catalog = client.refresh().unwrap();
    let base = shop.path("1.tar");
    client
        .download(&catalog, catalog.offer("walk", 1).unwrap(), &base, None)
        .unwrap();
    let offer = catalog.offer("walk", 2).unwrap();
    let deltas = fs::read_dir(shop.path("repository/targets")).unwrap();
    let delta = deltas
        .map(|entry| entry.unwrap().path())
        .find(|path| path.extension().unwrap() == "zst");
    let delta = delta.unwrap();
    for is_gone in [false, true] {
        if is_gone {
            fs::remove_file(&delta).unwrap();
        } else {
            let bytes = fs::metadata(&delta).unwrap().len() as usize;
            fs::write(&delta, vec![7; bytes]).unwrap();
        }
        let archive = shop.path(if is_gone { "gone.tar" } else { "garbage.tar" });
        let downloaded = client.download(&catalog, offer, &archive, Some(&base)).unwrap();
        assert_eq!(downloaded.way, Way::Whole, "is gone: {is_gone}");
    }
}

#[test]
fn a_download_leaves_the_disk_the_room_that_is_to_stay_free() {
    let shop = Workshop::new();
    shop.publish(&shop.model(1, 200_000)).unwrap();
    let mut client = shop.client();
    let catalog = client.refresh().unwrap();
    client.limit(sinew_releases::Limits {
        keep_free: 1 << 60,
        ..Default::default()
    });
    let archive = shop.path("archive.tar");
    let error = client
        .download(&catalog, &catalog.offers()[0], &archive, None)
        .unwrap_err();
    let ClientError::Io { source, .. } = &error else {
        panic!("{error}");
    };
    assert_eq!(source.kind(), std::io::ErrorKind::StorageFull);
    assert!(source.to_string().contains("that stay free"), "{source}");
    let part = fs::metadata(shop.path("archive.tar.part"));
    assert!(part.is_ok_and(|part| part.len() == 0), "nothing was brought");
}
