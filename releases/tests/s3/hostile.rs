//! A server that speaks like S3 and misbehaves.

use std::fs;
use std::time::Duration;

use sinew_releases::client::{Client, ClientError};
use sinew_releases::{Limits, Place, SourceError};

use crate::common::Workshop;
use crate::common::server::{Manner, Server};

/// The repository of a folder as the bucket `repository` of a server that asks nobody who they are.
fn client(shop: &Workshop, robot: &str, manners: &[(&str, Manner)]) -> (Client, Server) {
    let server = Server::of(&shop.path(""), manners);
    let credentials = shop.path("credentials");
    crate::weed::write_private(&credentials, "AWS_ACCESS_KEY_ID=k\nAWS_SECRET_ACCESS_KEY=s\n");
    let mut place = Place::from("s3://repository");
    place.options.endpoint = Some(server.url());
    place.options.credentials_file = Some(credentials);
    let limits = Limits {
        silence: Duration::from_secs(1),
        window: Duration::from_secs(1),
        ..Limits::default()
    };
    let root = shop.path("keys/root.json");
    (
        Client::open(place, &shop.path(robot), Some(&root), limits).unwrap(),
        server,
    )
}

#[test]
fn a_bucket_that_goes_on_for_ever_trickles_or_falls_silent_is_refused() {
    let shop = Workshop::new();
    shop.publish(&shop.model(1, 100_000)).unwrap();
    let (good, _server) = client(&shop, "good", &[]);
    let catalog = good.refresh().unwrap();
    let offer = catalog.offer("walk", 1).unwrap();
    for (i, manner) in [Manner::Endless, Manner::Trickle, Manner::Silent, Manner::Mute]
        .into_iter()
        .enumerate()
    {
        for file in ["timestamp.json", "walk-1.tar"] {
            let (client, _server) = client(&shop, &format!("robot_{i}_{file}"), &[(file, manner)]);
            let said = match file {
                "walk-1.tar" => {
                    let to = shop.path(&format!("{i}.tar"));
                    client.download(&catalog, offer, &to, None).map(drop)
                }
                _ => client.refresh().map(drop),
            };
            let said = said.unwrap_err();
            let is_it = match manner {
                // An answer that does not say how long it is is none of S3.
                Manner::Endless => said.to_string().contains("Content-Length"),
                _ => matches!(said, ClientError::Source(SourceError::Slow { .. })),
            };
            assert!(is_it, "{manner:?} {file}: {said}");
        }
    }
}

#[test]
fn a_bucket_whose_connection_breaks_is_gone_on_with() {
    let shop = Workshop::new();
    shop.publish(&shop.model(1, 100_000)).unwrap();
    let (client, server) = client(&shop, "robot", &[("walk-1.tar", Manner::CutAfter(30_000))]);
    let catalog = client.refresh().unwrap();
    let offer = catalog.offer("walk", 1).unwrap();
    let archive = shop.path("archive.tar");
    while client.download(&catalog, offer, &archive, None).is_err() {
        assert!(server.asked().len() < 40, "{:?}", server.asked());
    }
    assert_eq!(fs::metadata(&archive).unwrap().len(), offer.archive.bytes);
}
