//! The node `uploader` on the local bus.

use std::path::Path;
use std::time::Duration;

use sinew_messages::diagnostic_msgs::msg::{DiagnosticArray, DiagnosticStatus};
use sinew_node::bus::local::LocalBus;
use sinew_node::bus::{Input, Qos};
use sinew_node::node::testing::TestNode;
use sinew_node_uploader::UploaderNode;
use tokio::time::timeout;

use crate::common::{large_recording, tree};

/// Far more than anything here takes.
const PATIENT: Duration = Duration::from_secs(60);

struct Scene {
    network: LocalBus,
    diagnostics: Input<DiagnosticArray>,
}

impl Scene {
    fn new() -> Self {
        let network = LocalBus::new();
        let viewer = network.node("viewer", "/");
        let diagnostics = Input::new(&*viewer, "/diagnostics", Qos::default().keep_last(100)).unwrap();
        Self { network, diagnostics }
    }

    async fn start(&self, from: &Path, to: &str, more: &str) -> anyhow::Result<TestNode> {
        let params = format!(
            "{{folder: '{}', url: '{to}', robot: strider, settle_secs: 0.0, scan_secs: 0.1{more}}}",
            from.display()
        );
        TestNode::start::<UploaderNode>(self.network.node("uploader", "/"), &params).await
    }

    /// Waits for a status of which this holds.
    async fn until(&mut self, holds: impl Fn(&DiagnosticStatus) -> bool) -> DiagnosticStatus {
        let seen = async {
            loop {
                let array = self.diagnostics.recv().await;
                if let Some(status) = array.status.iter().find(|status| holds(status)) {
                    return status.clone();
                }
            }
        };
        timeout(PATIENT, seen).await.expect("such a status")
    }
}

fn value<'a>(status: &'a DiagnosticStatus, key: &str) -> &'a str {
    let pair = status.values.iter().find(|pair| pair.key == key);
    pair.map_or("", |pair| pair.value.as_str())
}

#[tokio::test]
async fn the_node_uploads_what_is_finished_and_reports_it() {
    let (from, to) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    large_recording(from.path(), "first", 2);
    let mut scene = Scene::new();
    let node = scene.start(from.path(), to.path().to_str().unwrap(), "").await.unwrap();
    scene.until(|status| value(status, "uploaded") == "1").await;
    large_recording(from.path(), "second", 1);
    let status = scene.until(|status| value(status, "uploaded") == "2").await;
    assert_eq!(
        (status.level, status.name.as_str()),
        (DiagnosticStatus::OK, "uploader: uploads")
    );
    assert_eq!(
        (value(&status, "failures"), value(&status, "last_uploaded")),
        ("0", "second")
    );
    assert!(tree(to.path()).contains(&"second/manifest.json".to_owned()));
    node.end().await.unwrap();
}

#[tokio::test]
async fn a_destination_that_is_not_there_is_reported_and_the_node_goes_on() {
    let (from, to) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    large_recording(from.path(), "run", 1);
    // A file where the recording's folder has to be.
    std::fs::write(to.path().join("run"), "in the way").unwrap();
    let mut scene = Scene::new();
    let _node = scene.start(from.path(), to.path().to_str().unwrap(), "").await.unwrap();
    let status = scene.until(|status| status.level == DiagnosticStatus::WARN).await;
    assert_eq!(value(&status, "failures"), "1");
    assert!(status.message.starts_with("run: "), "{}", status.message);
}

#[tokio::test]
async fn what_cannot_be_is_refused_when_the_node_is_configured() {
    let from = tempfile::tempdir().unwrap();
    let scene = Scene::new();
    let refusal = async |to: &str, more: &str| format!("{:#}", scene.start(from.path(), to, more).await.unwrap_err());
    assert!(refusal("", "").await.contains("`url`: expected a folder"));
    assert!(refusal("ftp://robots", "").await.contains("found ftp://"));
    let error = refusal("/tmp/x", ", delete_after_upload: true, filter: {every_nth_image: 2}").await;
    assert!(error.contains("`delete_after_upload`"), "{error}");
}

#[cfg(feature = "aws")]
#[tokio::test]
async fn a_node_whose_store_is_away_says_so_and_ends() {
    let from = tempfile::tempdir().unwrap();
    large_recording(from.path(), "run", 1);
    let credentials = from.path().join("credentials");
    crate::weed::write_private(&credentials, "AWS_ACCESS_KEY_ID=k\nAWS_SECRET_ACCESS_KEY=hunter2\n");
    let more = format!(
        ", endpoint: 'http://127.0.0.1:1', credentials_file: '{}'",
        credentials.display()
    );
    let mut scene = Scene::new();
    let node = scene.start(from.path(), "s3://robots/x", &more).await.unwrap();
    let status = scene.until(|status| status.level == DiagnosticStatus::WARN).await;
    assert!(status.message.contains("the object store failed"), "{}", status.message);
    assert!(!format!("{status:?}").contains("hunter2"));
    node.end().await.unwrap();
}
