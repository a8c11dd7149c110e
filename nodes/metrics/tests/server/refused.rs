//! What the node does not start with.

use sinew_node::bus::local::LocalBus;
use sinew_node::node::testing::TestNode;
use sinew_node_metrics::Metrics;

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
async fn an_address_that_is_taken_is_refused_by_name() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap();
    let said = refusal(&format!("{{address: '{address}'}}")).await;
    assert!(
        said.contains("`address`") && said.contains(&address.to_string()),
        "{said}"
    );
}
