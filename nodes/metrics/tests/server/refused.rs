//! What the node does not start with.

use std::net::TcpStream;
use std::time::{Duration, Instant};

use sinew_node::bus::local::LocalBus;
use sinew_node::node::testing::TestNode;
use sinew_node::node::{Common, run_node};
use sinew_node_metrics::{Metrics, MetricsParams};
use tokio::sync::oneshot;

use crate::client::get;
use crate::token_file;

async fn refusal(params: &str) -> String {
    let started = TestNode::start::<Metrics>(LocalBus::new().node("metrics", "/"), params).await;
    format!("{:#}", started.unwrap_err())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_others_reach_is_refused_without_a_token() {
    let said = refusal("{address: '0.0.0.0:0'}").await;
    assert!(said.contains("`address`") && said.contains("`token_file`"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_others_can_read_is_refused_with_its_file() {
    let folder = tempfile::tempdir().unwrap();
    let file = token_file(&folder, 0o644);
    let said = refusal(&format!("{{address: '127.0.0.1:0', token_file: {}}}", file.display())).await;
    assert!(said.contains("`token_file`") && said.contains("0644"), "{said}");
    assert!(said.contains(file.to_str().unwrap()), "{said}");
    let said = refusal("{address: '127.0.0.1:0', token_file: /nowhere/token}").await;
    assert!(said.contains("/nowhere/token"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_is_not_this_machines_is_refused_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let file = token_file(&folder, 0o600);
    // Kept for documents: no machine has it.
    let said = refusal(&format!(
        "{{address: '192.0.2.1:9464', token_file: {}}}",
        file.display()
    ))
    .await;
    assert!(said.contains("`address`") && said.contains("192.0.2.1:9464"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_port_that_is_taken_ends_nothing_and_is_used_once_it_is_free() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap();
    let params = MetricsParams {
        address: address.to_string(),
        ..MetricsParams::default()
    };
    let (end, ended) = oneshot::channel::<()>();
    let shutdown = async {
        let _ = ended.await;
    };
    let bus = LocalBus::new().node("metrics", "/");
    let life = tokio::spawn(run_node::<Metrics>(bus, params, Common::default(), shutdown));
    // It has failed by now, if it is going to.
    tokio::time::sleep(Duration::from_millis(500)).await;
    assert!(!life.is_finished());
    drop(taken);
    let answered = tokio::task::spawn_blocking(move || {
        let began = Instant::now();
        while TcpStream::connect(address).is_err() {
            assert!(began.elapsed() < Duration::from_secs(60), "nobody listens at {address}");
            std::thread::sleep(Duration::from_millis(20));
        }
        get(address, "/healthz")
    });
    assert_eq!(answered.await.unwrap().status, 200);
    drop(end);
    life.await.unwrap().unwrap();
}
