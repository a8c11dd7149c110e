//! The node on the local bus, without a network.

use std::fs;
use std::time::Duration;

use sinew_messages::diagnostic_msgs::msg::{DiagnosticArray, DiagnosticStatus};
use sinew_messages::std_msgs::msg::String as Text;
use sinew_node::bus::local::LocalBus;
use sinew_node::bus::{Input, Qos};
use sinew_node::node::testing::TestNode;
use sinew_node_updater::UpdaterNode;
use sinew_releases::fleet::RobotReport;
use tokio::time::timeout;

use crate::common::store;

/// Far more than anything here takes.
const PATIENT: Duration = Duration::from_secs(60);

fn value<'a>(status: &'a DiagnosticStatus, key: &str) -> &'a str {
    let pair = status.values.iter().find(|pair| pair.key == key);
    pair.map_or("", |pair| pair.value.as_str())
}

async fn until(
    diagnostics: &mut Input<DiagnosticArray>,
    holds: impl Fn(&DiagnosticStatus) -> bool,
) -> DiagnosticStatus {
    let seen = async {
        loop {
            let array = diagnostics.recv().await;
            if let Some(status) = array.status.iter().find(|status| holds(status)) {
                return status.clone();
            }
        }
    };
    timeout(PATIENT, seen).await.expect("such a status")
}

#[tokio::test]
async fn without_a_network_the_node_says_so_and_what_is_in_charge() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(&folder.path().join("store"));
    fs::write(folder.path().join("root.json"), "{}").unwrap();
    let network = LocalBus::new();
    let viewer = network.node("viewer", "/");
    let mut diagnostics = Input::new(&*viewer, "/diagnostics", Qos::default().keep_last(100)).unwrap();
    let params = format!(
        "{{url: '{0}/none', root: '{0}/root.json', store: '{0}/store', release: walk, robot: strider, poll_secs: 1.0, \
         report_folder: '{0}/reports'}}",
        folder.path().display()
    );
    let node = TestNode::start::<UpdaterNode>(network.node("updater", "/"), &params)
        .await
        .unwrap();
    let status = until(&mut diagnostics, |status| value(status, "failures") != "0").await;
    assert_eq!(
        (status.level, status.name.as_str()),
        (DiagnosticStatus::WARN, "updater: releases")
    );
    assert!(
        status.message.starts_with("walk-1 is in charge, settled; "),
        "{}",
        status.message
    );
    assert_eq!(
        (value(&status, "in_charge"), value(&status, "slot")),
        ("walk-1", "factory")
    );
    // What others do to the store is seen, too.
    store.pin("walk-1").unwrap();
    until(&mut diagnostics, |status| value(status, "pinned") == "walk-1").await;
    // Who comes later hears it, too.
    let mut said = Input::<Text>::new(&*viewer, "updater/report", Qos::latched()).unwrap();
    let is_pinned = async {
        loop {
            let report = RobotReport::parse(said.recv().await.data.as_bytes()).unwrap();
            if report.pinned.as_deref() == Some("walk-1") {
                return report;
            }
        }
    };
    let report = timeout(PATIENT, is_pinned).await.expect("such a report");
    assert_eq!(
        (report.robot.as_str(), report.in_charge.as_str()),
        ("strider", "walk-1")
    );
    assert!(report.trouble.is_some(), "{report:?}");
    node.end().await.unwrap();
    let report = fs::read_to_string(folder.path().join("reports/strider.json")).unwrap();
    assert!(report.contains("\"in_charge\":\"walk-1\""), "{report}");
}

#[tokio::test]
async fn a_place_that_cannot_be_opened_is_as_good_as_no_network() {
    let folder = tempfile::tempdir().unwrap();
    store(&folder.path().join("store"));
    let network = LocalBus::new();
    let viewer = network.node("viewer", "/");
    let params = format!(
        "{{url: '{0}', root: '{0}/root.json', store: '{0}/store', release: walk, robot: strider, poll_secs: 1.0}}",
        folder.path().display()
    );
    let root = folder.path().join("root.json");
    let trust = folder.path().join("store/trust");
    for (is_without_root, named) in [(true, "root.json"), (false, "trust")] {
        if !is_without_root {
            fs::write(&root, "{}").unwrap();
            fs::write(&trust, "").unwrap();
        }
        let mut diagnostics = Input::new(&*viewer, "/diagnostics", Qos::default().keep_last(100)).unwrap();
        let node = TestNode::start::<UpdaterNode>(network.node("updater", "/"), &params)
            .await
            .unwrap();
        let status = until(&mut diagnostics, |status| status.message.contains(named)).await;
        assert_eq!(status.level, DiagnosticStatus::WARN);
        assert!(status.message.starts_with("walk-1 is in charge"), "{}", status.message);
        node.end().await.unwrap();
    }
}
