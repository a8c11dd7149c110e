//! Clients that want to keep others out.

use std::io::{Read, Write};
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64;

use crate::Rig;
use crate::client::{connect, get, say};

/// Whether a client that behaves well is served meanwhile, soon enough for any scrape.
fn assert_served(address: SocketAddr) {
    let asked = Instant::now();
    assert_eq!(get(address, "/metrics").status, 200);
    assert!(asked.elapsed() < Duration::from_secs(5), "{:?}", asked.elapsed());
}

#[tokio::test(flavor = "multi_thread")]
async fn clients_that_never_end_their_request_keep_nobody_out_and_are_cut_off() {
    let rig = Rig::start(false, "limits: {connections: 4, secs: 2.0}").await;
    let address = rig.address;
    let attack = move || {
        let slow: Vec<_> = (0..100)
            .map(|_| {
                let mut stream = connect(address);
                stream.write_all(b"GET /metrics HTTP/1.1\r\nHost: local").unwrap();
                stream
            })
            .collect();
        assert_served(address);
        // One byte now and then does not keep a connection.
        let begun = Instant::now();
        let mut last = connect(address);
        let mut is_open = true;
        while is_open && begun.elapsed() < Duration::from_secs(15) {
            std::thread::sleep(Duration::from_millis(200));
            is_open = last.write_all(b"x").is_ok();
        }
        assert!(!is_open, "a slow client is still connected after {:?}", begun.elapsed());
        for mut stream in slow {
            let mut rest = Vec::new();
            // Closed or reset: it does not wait for ever.
            let _ = stream.read_to_end(&mut rest);
        }
        assert_served(address);
    };
    tokio::task::spawn_blocking(attack).await.unwrap();
    rig.node.end().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn clients_that_do_not_read_their_answer_keep_nobody_out() {
    let rig = Rig::start(false, "limits: {connections: 4, secs: 2.0}").await;
    let address = rig.address;
    let attack = move || {
        let deaf: Vec<_> = (0..50)
            .map(|_| {
                let mut stream = connect(address);
                let request = b"GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n";
                stream.write_all(request).unwrap();
                stream
            })
            .collect();
        assert_served(address);
        drop(deaf);
    };
    tokio::task::spawn_blocking(attack).await.unwrap();
    rig.node.end().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_head_that_is_too_long_is_refused() {
    let rig = Rig::start(false, "").await;
    let address = rig.address;
    let long = move || {
        for head in [
            format!("GET /metrics HTTP/1.1\r\nX: {}\r\n\r\n", "x".repeat(1 << 20)),
            format!("GET /{} HTTP/1.1\r\nHost: localhost\r\n\r\n", "x".repeat(1 << 20)),
            format!("GET /metrics HTTP/1.1\r\n{}\r\n", "X: y\r\n".repeat(500)),
        ] {
            let answer = say(address, head.as_bytes());
            assert!(answer.is_none_or(|answer| answer.status >= 400));
            assert_served(address);
        }
    };
    tokio::task::spawn_blocking(long).await.unwrap();
    rig.node.end().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn no_bytes_end_the_server_or_are_answered_with_anything_but_a_refusal() {
    let rig = Rig::start(true, "limits: {secs: 0.2}").await;
    let address = rig.address;
    let fuzz = move || {
        let mut rng = Pcg64::seed_from_u64(11);
        let whole =
            b"GET /metrics HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer x\r\nContent-Length: 3\r\n\r\nabc";
        for round in 0..300 {
            let mut bytes = whole.to_vec();
            for _ in 0..rng.random_range(0..6) {
                let at = rng.random_range(0..bytes.len());
                bytes[at] = rng.random();
            }
            if round % 3 == 0 {
                bytes.truncate(rng.random_range(0..bytes.len()));
            }
            if round % 7 == 0 {
                bytes = (0..rng.random_range(0..2000)).map(|_| rng.random()).collect();
            }
            if let Some(answer) = say(address, &bytes) {
                assert!(
                    (400..500).contains(&answer.status) && answer.body.is_empty(),
                    "{answer:?}"
                );
            }
        }
        assert_eq!(get(address, "/healthz").status, 401);
    };
    tokio::task::spawn_blocking(fuzz).await.unwrap();
    rig.node.end().await.unwrap();
}
