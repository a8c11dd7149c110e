//! Repositories and servers that mean ill: each is refused with its reason, and nothing that was there is touched.
#![cfg(feature = "repository")]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use std::fs;
use std::path::Path;
use std::time::Duration;

use common::server::{Manner, Server};
use common::{Workshop, client_at, peers};
use sinew_releases::Limits;
use sinew_releases::client::Client;

/// What python-tuf is asked to write, and what is said of it; nothing where it is taken.
const SCENARIOS: &[(&str, &str)] = &[
    ("nothing_hostile", ""),
    ("rotation", ""),
    ("threshold_met", ""),
    ("fast_forward_recovered", ""),
    ("arbitrary_target", "it is not what was signed"),
    (
        "rollback_timestamp",
        "timestamp metadata refused, a rollback: version 3 was seen before, found 1",
    ),
    (
        "rollback_snapshot",
        "snapshot metadata refused, a rollback: version 3 was seen before, found 1",
    ),
    (
        "rollback_targets",
        "targets metadata refused, a rollback: version 3 was seen before, found 1",
    ),
    (
        "fast_forward_without_rotation",
        "timestamp metadata refused, a rollback: version 2147483648 was seen",
    ),
    (
        "freeze",
        "timestamp metadata refused, they have expired: the repository is frozen",
    ),
    ("expired_snapshot", "snapshot metadata refused, they have expired"),
    ("expired_targets", "targets metadata refused, they have expired"),
    ("expired_root", "root metadata refused, they have expired"),
    ("mixed_targets", "they do not belong together (mix and match)"),
    ("mixed_snapshot", "they do not belong together (mix and match)"),
    ("wrong_key_root", "root metadata refused, wrong or too few signatures"),
    (
        "wrong_key_targets",
        "targets metadata refused, wrong or too few signatures",
    ),
    (
        "wrong_key_snapshot",
        "snapshot metadata refused, wrong or too few signatures",
    ),
    (
        "wrong_key_timestamp",
        "timestamp metadata refused, wrong or too few signatures",
    ),
    (
        "threshold_not_met",
        "targets metadata refused, wrong or too few signatures",
    ),
    ("root_by_itself", "root metadata refused, wrong or too few signatures"),
    (
        "root_skips",
        "root metadata refused, a rollback: version 1 was seen before, found 3",
    ),
    ("no_targets_in_snapshot", "does not contain targets.json"),
    ("no_json", "Failed to parse timestamp metadata"),
    (
        "changed_after_signing",
        "timestamp metadata refused, wrong or too few signatures",
    ),
];

#[test]
fn what_python_tuf_makes_of_a_repository_is_refused_with_its_reason_or_taken() {
    let Some(environment) = peers::environment() else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let made = folder.path().join("scenarios");
    peers::run(&environment, "hostile.py", &[made.as_os_str()]).unwrap();
    let written = fs::read_dir(&made).unwrap().count();
    assert_eq!(written, SCENARIOS.len(), "every scenario is expected to end somehow");
    for (name, said) in SCENARIOS {
        let (place, trust) = (made.join(name), made.join(name).join("trust"));
        let open = |part: &str| client_at(&place.join(part), &trust, Some(&place.join("root.json"))).unwrap();
        let archive = |part: &str| place.join(part).join("archive.tar");
        let pull = |part: &str| -> Result<Vec<u8>, String> {
            let (client, file) = (open(part), archive(part));
            let catalog = client.refresh().map_err(|error| error.to_string())?;
            let offer = catalog.offer("walk", 1).ok_or("no release")?;
            client
                .download(&catalog, offer, &file, None)
                .map_err(|error| error.to_string())?;
            fs::read(&file).map_err(|error| error.to_string())
        };
        let before = pull("first").unwrap_or_else(|error| panic!("{name}: {error}"));
        let after = pull("then");
        if said.is_empty() {
            assert!(
                after.unwrap_or_else(|error| panic!("{name}: {error}")) == before,
                "{name}"
            );
            continue;
        }
        let error = after.err().unwrap_or_default();
        assert!(error.contains(said), "{name}: {error}");
        assert!(!archive("then").exists(), "{name}: nothing of it is there");
        assert!(
            fs::read(archive("first")).unwrap() == before,
            "{name}: what was there is there still"
        );
    }
}

/// Limits that a test does not wait long for.
fn strict() -> Limits {
    Limits {
        silence: Duration::from_secs(1),
        window: Duration::from_millis(500),
        min_bytes_per_sec: 1e3,
        ..Limits::default()
    }
}

fn refusal(shop: &Workshop, trust: &str, server: &Server) -> String {
    let root = shop.path("keys/root.json");
    let client = Client::open(server.url(), &shop.path(trust), Some(&root), strict()).unwrap();
    let catalog = match client.refresh() {
        Ok(catalog) => catalog,
        Err(error) => return error.to_string(),
    };
    let archive = shop.path("archive.tar");
    let downloaded = client.download(&catalog, &catalog.offers()[0], &archive, None);
    assert!(downloaded.is_err() && !archive.exists());
    downloaded.unwrap_err().to_string()
}

#[test]
fn endless_data_and_slow_retrieval_are_refused_whichever_file_it_is() {
    let shop = Workshop::new();
    shop.publish(&shop.model(1, 100_000)).unwrap();
    let files = [
        "2.root.json",
        "timestamp.json",
        "2.snapshot.json",
        "2.targets.json",
        "walk-1.tar",
    ];
    // There is no newer root; the attacker sends one.
    fs::write(shop.path("repository/metadata/2.root.json"), " ".repeat(2000)).unwrap();
    for (i, file) in files.iter().enumerate() {
        if i == 1 {
            fs::remove_file(shop.path("repository/metadata/2.root.json")).unwrap();
        }
        for (manner, said) in [
            (Manner::Endless, "endless data"),
            (Manner::Trickle, "slow retrieval: expected 1000 bytes a second"),
            (Manner::Silent, "slow retrieval: silence for 1 s"),
            (Manner::Mute, "slow retrieval: silence for 1 s"),
            (Manner::Fails, "500 Internal Server Error"),
        ] {
            let server = Server::of(&shop.path("repository"), &[(file, manner)]);
            let error = refusal(&shop, &format!("{file}-{manner:?}"), &server);
            assert!(error.contains(said), "{file} {manner:?}: {error}");
        }
    }
}

#[test]
fn a_connection_that_is_cut_again_and_again_gets_there_without_sending_anything_twice() {
    let shop = Workshop::new();
    let published = shop.publish(&shop.model(1, 100_000)).unwrap();
    let server = Server::of(&shop.path("repository"), &[(".tar", Manner::CutAfter(30_000))]);
    let root = shop.path("keys/root.json");
    let client = Client::open(server.url(), &shop.path("robot"), Some(&root), strict()).unwrap();
    let catalog = client.refresh().unwrap();
    let archive = shop.path("archive.tar");
    let attempts = (1..10).find(|_| client.download(&catalog, &catalog.offers()[0], &archive, None).is_ok());
    assert_eq!(attempts, Some(4));
    assert_eq!(fs::metadata(&archive).unwrap().len(), published.bytes);
    let begins: Vec<_> = server
        .asked()
        .into_iter()
        .filter(|path| path.contains(".tar"))
        .collect();
    let mut offsets: Vec<_> = begins.iter().map(|path| path.rsplit(' ').next().unwrap()).collect();
    // A request that met a connection which was just being closed is made again.
    offsets.dedup();
    assert_eq!(offsets, ["0", "30000", "60000", "90000"]);
}

#[test]
fn a_server_without_ranges_is_read_from_the_beginning() {
    let shop = Workshop::new();
    shop.publish(&shop.model(1, 50_000)).unwrap();
    let server = Server::of(&shop.path("repository"), &[(".tar", Manner::AsAWhole)]);
    let root = shop.path("keys/root.json");
    let client = Client::open(server.url(), &shop.path("robot"), Some(&root), strict()).unwrap();
    let catalog = client.refresh().unwrap();
    let archive = shop.path("archive.tar");
    fs::write(shop.path("archive.tar.part"), [0; 1000]).unwrap();
    client.download(&catalog, &catalog.offers()[0], &archive, None).unwrap();
}

#[test]
fn a_bandwidth_is_kept() {
    let shop = Workshop::new();
    let published = shop.publish(&shop.model(1, 300_000)).unwrap();
    let server = Server::of(&shop.path("repository"), &[]);
    let root = shop.path("keys/root.json");
    let mut client = Client::open(server.url(), &shop.path("robot"), Some(&root), strict()).unwrap();
    let catalog = client.refresh().unwrap();
    client.limit(Limits {
        bandwidth: Some(300e3),
        ..strict()
    });
    let began = std::time::Instant::now();
    client
        .download(&catalog, &catalog.offers()[0], &shop.path("archive.tar"), None)
        .unwrap();
    let least = published.bytes as f64 / 300e3;
    assert!(
        began.elapsed().as_secs_f64() >= least,
        "{:?}, expected {least} s",
        began.elapsed()
    );
}

#[test]
fn python_tuf_reads_what_is_published() {
    let Some(environment) = peers::environment() else {
        return;
    };
    let shop = Workshop::new();
    shop.publish(&shop.model(1, 30_000)).unwrap();
    shop.publish(&shop.model(2, 30_000)).unwrap();
    for role in sinew_releases::repository::KeyRole::ALL {
        shop.repository().rotate(role).unwrap();
    }
    let server = Server::of(&shop.path("repository"), &[]);
    let (root, folder, url) = (shop.path("keys/root.json"), shop.path("python"), server.url());
    let names = ["walk-1.tar", "walk-2.tar", "walk-2.from-1.zst", "channels.json"];
    let mut args = vec![root.as_os_str(), url.as_ref(), folder.as_os_str()];
    args.extend(names.map(std::ffi::OsStr::new));
    let paths = peers::run(&environment, "read.py", &args).unwrap();
    assert_eq!(paths.lines().count(), names.len());
    let client = shop.client();
    let catalog = client.refresh().unwrap();
    for (path, name) in paths.lines().zip(names) {
        let file = catalog.file(name).unwrap();
        assert_eq!(
            sinew_releases::Digest::of(&fs::read(Path::new(path)).unwrap()),
            file.sha256
        );
    }
}
