//! What clients of the node hear, well-behaved or not, and what the node is refused for.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod client;
mod hostile;
mod refused;

use std::fs::{self, Permissions};
use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use client::{Answer, get, request};
use sinew_messages::diagnostic_msgs::msg::{DiagnosticArray, DiagnosticStatus, KeyValue};
use sinew_node::bus::local::LocalBus;
use sinew_node::bus::{Bus, Input, Publisher, Qos};
use sinew_node::node::testing::TestNode;
use sinew_node_metrics::Metrics;
use tempfile::TempDir;

const TOKEN: &str = "0123456789abcdef-of-a-robot";

/// The node, at work on a port of its own.
struct Rig {
    bus: LocalBus,
    address: SocketAddr,
    node: TestNode,
    _folder: TempDir,
}

impl Rig {
    /// With a token or none, and with further parameters.
    async fn start(has_token: bool, params: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let token = if has_token {
            format!("token_file: {}, ", token_file(&folder, 0o600).display())
        } else {
            String::new()
        };
        let bus = LocalBus::new();
        let ear = bus.node("ear", "/");
        let mut heard: Input<DiagnosticArray> = Input::new(&*ear, "/diagnostics", Qos::default()).unwrap();
        let params = format!("{{address: '127.0.0.1:0', {token}{params}}}");
        let node = TestNode::start::<Metrics>(bus.node("metrics", "/"), &params)
            .await
            .unwrap();
        let said = heard.recv().await;
        Self {
            bus,
            address: said.status[0].hardware_id.parse().unwrap(),
            node,
            _folder: folder,
        }
    }

    /// What a request is answered, by a client that waits in a thread of its own.
    async fn ask(&self, method: &'static str, path: &'static str, headers: &'static [&'static str]) -> Answer {
        let address = self.address;
        let asked = tokio::task::spawn_blocking(move || request(address, method, path, headers));
        asked.await.unwrap()
    }

    async fn get(&self, path: &'static str) -> Answer {
        self.ask("GET", path, &["Host: localhost"]).await
    }
}

fn token_file(folder: &TempDir, mode: u32) -> PathBuf {
    let path = folder.path().join("token");
    fs::write(&path, format!("{TOKEN}\n")).unwrap();
    fs::set_permissions(&path, Permissions::from_mode(mode)).unwrap();
    path
}

#[tokio::test(flavor = "multi_thread")]
async fn three_paths_are_answered_to_get_and_nothing_else_is() {
    let rig = Rig::start(false, "").await;
    let metrics = rig.get("/metrics").await;
    assert_eq!(metrics.status, 200);
    assert!(
        metrics.has("content-type: text/plain; version=0.0.4; charset=utf-8"),
        "{metrics:?}"
    );
    assert!(
        metrics.body.contains("sinew_node_active{node=\"/metrics\"} 1\n"),
        "{}",
        metrics.body
    );
    let open = [
        "Host: localhost",
        "Accept: application/openmetrics-text;version=1.0.0,text/plain;q=0.5",
    ];
    let address = rig.address;
    let open = tokio::task::spawn_blocking(move || request(address, "GET", "/metrics", &open));
    assert!(open.await.unwrap().body.ends_with("# EOF\n"));
    assert_eq!(rig.get("/healthz").await.body, "alive\n");
    assert_eq!(rig.get("/readyz").await.body, "ready\n");
    for path in [
        "/",
        "/metrics/",
        "/metrics/..",
        "//metrics",
        "/favicon.ico",
        "/debug/pprof",
        "/%6detrics",
    ] {
        assert_eq!(rig.get(path).await.status, 404, "{path}");
    }
    for method in ["POST", "PUT", "DELETE", "OPTIONS", "HEAD", "TRACE", "PATCH"] {
        let answer = rig.ask(method, "/metrics", &["Host: localhost"]).await;
        assert_eq!((answer.status, answer.body.as_str()), (405, ""), "{method}");
    }
    // A name that a stranger's page has lead here.
    assert_eq!(rig.ask("GET", "/metrics", &["Host: robot.example"]).await.status, 404);
    rig.node.end().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn who_has_no_token_hears_that_and_nothing_else() {
    let rig = Rig::start(true, "").await;
    for headers in [
        &[][..],
        &["Authorization: Bearer"],
        &["Authorization: Bearer 0123456789abcdef-of-a-robo"],
        &["Authorization: Bearer 0123456789abcdef-of-a-robot2"],
        &["Authorization: Basic 0123456789abcdef-of-a-robot"],
        &["Cookie: token=0123456789abcdef-of-a-robot"],
    ] {
        for path in [
            "/metrics",
            "/healthz",
            "/readyz",
            "/",
            "/metrics?token=0123456789abcdef-of-a-robot",
        ] {
            for method in ["GET", "POST", "OPTIONS", "HEAD"] {
                let answer = rig.ask(method, path, headers).await;
                assert_eq!(
                    (answer.status, answer.body.as_str()),
                    (401, ""),
                    "{method} {path} {headers:?}"
                );
                let mut expected = vec!["connection: close", "www-authenticate: bearer"];
                // What answers HEAD has no body whose length could be told.
                if method != "HEAD" {
                    expected.insert(1, "content-length: 0");
                }
                let mut told = answer.headers.clone();
                told.sort();
                assert_eq!(told, expected, "{method} {path}");
            }
        }
    }
    let right = [
        "Authorization: Bearer 0123456789abcdef-of-a-robot",
        "Host: robot.example",
    ];
    let address = rig.address;
    let answer = tokio::task::spawn_blocking(move || request(address, "GET", "/metrics", &right))
        .await
        .unwrap();
    assert_eq!(answer.status, 200);
    assert!(answer.body.contains("sinew_metrics_refused_total{"), "{}", answer.body);
    assert!(!answer.body.contains("0123456789abcdef"), "the token is told to nobody");
    rig.node.end().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_other_processes_say_on_diagnostics_is_told() {
    let rig = Rig::start(false, "").await;
    let driver: Arc<dyn Bus> = rig.bus.node("driver", "/");
    let publisher: Publisher<DiagnosticArray> = Publisher::new(&*driver, "/diagnostics", Qos::default()).unwrap();
    let status = DiagnosticStatus {
        level: DiagnosticStatus::ERROR,
        name: "driver: left knee".to_owned(),
        hardware_id: "motor 3".to_owned(),
        values: vec![KeyValue {
            key: "temperature".to_owned(),
            value: "91.5".to_owned(),
        }],
        ..DiagnosticStatus::default()
    };
    let expected = [
        "sinew_diagnostic_level{status=\"driver: left knee\",hardware_id=\"motor 3\"} 2",
        "sinew_diagnostic_value{status=\"driver: left knee\",key=\"temperature\"} 91.5",
    ];
    for attempt in 0.. {
        publisher
            .publish(DiagnosticArray {
                status: vec![status.clone()],
                ..DiagnosticArray::default()
            })
            .unwrap();
        let told = rig.get("/metrics").await.body;
        if expected.iter().all(|line| told.lines().any(|found| found == *line)) {
            // What this process says itself is there once.
            assert!(!told.contains("status=\"metrics: metrics\""), "{told}");
            break;
        }
        assert!(attempt < 50, "{told}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    rig.node.end().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_port_is_free_once_the_node_has_ended() {
    let rig = Rig::start(false, "").await;
    let address = rig.address;
    assert_eq!(
        tokio::task::spawn_blocking(move || get(address, "/healthz"))
            .await
            .unwrap()
            .status,
        200
    );
    rig.node.end().await.unwrap();
    std::net::TcpListener::bind(address).unwrap();
}
