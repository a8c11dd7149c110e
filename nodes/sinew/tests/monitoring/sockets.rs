//! What a stranger on the network finds of a robot: every socket that listens, and what it answers without a token.

use std::collections::BTreeSet;
use std::fs;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::os::unix::fs::PermissionsExt;
use std::time::{Duration, Instant};

use crate::common::root;
use crate::http::ask;
use crate::up::{COMES_UP, METRICS, Up};

/// Starts all nodes of Sinew between them: the robot's file, what is added to it, and arguments.
const RUNS: &[(&str, &str, &[&str])] = &[
    ("strider_ball.yaml", METRICS, &[]),
    // It walks by a list of velocities, and is recorded.
    (
        "strider.yaml",
        "metrics: {ros__parameters: {address: 'ADDRESS'}}\n\
         health: {ros__parameters: {period_secs: 1.0}}\n\
         recorder: {ros__parameters: {folder: 'FOLDER/recordings'}}\n\
         uploader: {ros__parameters: {folder: 'FOLDER/recordings', url: 'FOLDER/cloud'}}\n\
         updater: {ros__parameters: {url: 'FOLDER/repository', root: 'FOLDER/root.json', store: 'FOLDER/releases', \
         release: walk}}\n\
         telemetry: {ros__parameters: {robot_id: r, spool: {folder: 'FOLDER/spool'}, \
         broker: {host: 127.0.0.1, port: 9, tls: false}}}\n",
        &[],
    ),
    // A simulated robot sees with its simulator's camera: this one shows a picture.
    (
        "",
        "metrics: {ros__parameters: {address: 'ADDRESS'}}\n\
         camera: {ros__parameters: {source: PICTURE, fovy_rad: 1.0}}\n",
        &["--nodes", "camera,metrics"],
    ),
];

const PICTURE: &str = "models/spotter/seen.jpg";

/// What this kernel says of sockets, by protocol.
const TABLES: [&str; 4] = ["tcp", "tcp6", "udp", "udp6"];
const TCP_LISTENS: &str = "0A";
const UDP_UNCONNECTED: &str = "07";

/// Protocol and address of every socket of a process at which something may arrive.
fn open_sockets(pid: u32) -> Vec<(&'static str, SocketAddr)> {
    let own: BTreeSet<String> = fs::read_dir(format!("/proc/{pid}/fd"))
        .unwrap()
        .filter_map(|file| fs::read_link(file.ok()?.path()).ok())
        .filter_map(|link| Some(link.to_str()?.strip_prefix("socket:[")?.strip_suffix(']')?.to_owned()))
        .collect();
    let mut found = Vec::new();
    for protocol in TABLES {
        let table = fs::read_to_string(format!("/proc/{pid}/net/{protocol}")).unwrap_or_default();
        for line in table.lines().skip(1) {
            let fields: Vec<_> = line.split_whitespace().collect();
            let listens = [TCP_LISTENS, UDP_UNCONNECTED].contains(&fields[3]);
            if listens && own.contains(fields[9]) {
                found.push((protocol, address(fields[1])));
            }
        }
    }
    found
}

/// An address as the kernel writes it: words of the host's order in hexadecimal.
fn address(text: &str) -> SocketAddr {
    let (ip, port) = text.split_once(':').unwrap();
    let bytes: Vec<u8> = (0..ip.len() / 8)
        .flat_map(|word| {
            u32::from_str_radix(&ip[8 * word..8 * word + 8], 16)
                .unwrap()
                .to_ne_bytes()
        })
        .collect();
    let ip = match <[u8; 4]>::try_from(&bytes[..]) {
        Ok(four) => IpAddr::from(Ipv4Addr::from(four)),
        Err(_) => IpAddr::from(Ipv6Addr::from(<[u8; 16]>::try_from(&bytes[..]).unwrap())),
    };
    SocketAddr::new(ip, u16::from_str_radix(port, 16).unwrap())
}

#[test]
fn only_this_machine_reaches_a_robot_and_with_a_token_nobody_without_it() {
    let mut seen = BTreeSet::new();
    for (robot, more, args) in RUNS {
        let more = more.replace("PICTURE", &root().join(PICTURE).display().to_string());
        seen.extend(nodes_that_listen_on_loopback_alone(robot, &more, args));
        // The same, open to others, with a token.
        let folder = tempfile::tempdir().unwrap();
        let token = folder.path().join("token");
        fs::write(&token, "0123456789abcdef0123").unwrap();
        fs::set_permissions(&token, fs::Permissions::from_mode(0o600)).unwrap();
        let open = format!("'0.0.0.0:0', token_file: {}", token.display());
        a_stranger_hears_nothing(robot, &more.replace("'ADDRESS'", &open), args);
    }
    let all: BTreeSet<_> = sinew::NODES.iter().map(|node| (*node).to_owned()).collect();
    assert_eq!(seen, all, "a node that this test does not start: add it to RUNS");
}

/// Which nodes there were.
fn nodes_that_listen_on_loopback_alone(robot: &str, more: &str, args: &[&str]) -> BTreeSet<String> {
    let mut up = Up::start(robot, more, args);
    up.wait_for("/readyz", |status, _| status == 200);
    let sockets = open_sockets(up.process.id());
    assert!(sockets.contains(&("tcp", up.address)), "{sockets:?}");
    for (protocol, address) in sockets {
        assert!(
            address.ip().is_loopback(),
            "{robot}: {protocol} {address} is open to others"
        );
    }
    let (_, told) = up.wait_for("/metrics", |status, _| status == 200);
    let nodes = told
        .lines()
        .filter_map(|line| line.strip_prefix("sinew_node_active{node=\"/"));
    nodes
        .filter_map(|node| Some(node.split_once('"')?.0.to_owned()))
        .collect()
}

fn a_stranger_hears_nothing(robot: &str, more: &str, args: &[&str]) {
    let mut up = Up::start(robot, more, args);
    let begun = Instant::now();
    while !up.log().contains("metrics at http://") {
        assert!(up.process.try_wait().unwrap().is_none(), "{}", up.log());
        assert!(begun.elapsed() < COMES_UP, "{}", up.log());
        std::thread::sleep(Duration::from_millis(50));
    }
    let sockets = open_sockets(up.process.id());
    assert!(!sockets.is_empty());
    for (protocol, address) in sockets {
        assert!(protocol.starts_with("tcp"), "{robot}: {protocol} {address}");
        let local = SocketAddr::new(Ipv4Addr::LOCALHOST.into(), address.port());
        for path in ["/", "/metrics", "/healthz", "/readyz", "/api/v1/query", "/.git/config"] {
            for method in ["GET", "POST", "OPTIONS", "HEAD"] {
                let (status, body) = ask(local, &format!("{method} {path} HTTP/1.1\r\nHost: robot"), "").unwrap();
                assert!(
                    [401, 404].contains(&status),
                    "{address} {method} {path}: {status} {body}"
                );
                assert_eq!(body, "", "{address} {method} {path}");
            }
        }
        for bytes in ["SSH-2.0-x", "\u{16}\u{3}\u{1}", "PRI * HTTP/2.0\r\n\r\nSM"] {
            let answer = ask(local, bytes, "");
            assert!(
                answer.is_none_or(|(status, body)| status >= 400 && body.is_empty()),
                "{address} {bytes:?}"
            );
        }
    }
}
