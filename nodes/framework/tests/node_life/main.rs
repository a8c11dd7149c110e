//! A node's life on the local bus: lifecycle, parameters, failures, a clean end. The ROS 2 side of the
//! same is tested with rclpy in `nodes/sinew/tests/ros/`.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod probe;

use std::sync::atomic::Ordering;
use std::time::Duration;

use probe::{Life, ProbeParams};
use sinew_messages::rcl_interfaces::msg::{Parameter, ParameterValue};

fn integer(name: &str, value: i64) -> Parameter {
    Parameter {
        name: name.to_owned(),
        value: ParameterValue {
            r#type: 2,
            integer_value: value,
            ..ParameterValue::default()
        },
    }
}

#[tokio::test]
async fn a_node_brings_itself_up_works_and_ends() {
    let life = Life::start(ProbeParams::default(), true).await;
    life.until_state("active").await;
    life.until(|trace| trace.worked.load(Ordering::Relaxed) > 3).await;
    let trace = life.end().await.unwrap();
    assert_eq!(trace.deactivated.load(Ordering::Relaxed), 1);
    assert_eq!(trace.alive.load(Ordering::Relaxed), 0);
}

#[tokio::test]
async fn a_node_without_autostart_does_what_it_is_told() {
    let life = Life::start(ProbeParams::default(), false).await;
    assert_eq!(life.state().await, "unconfigured");
    assert!(!life.change("activate").await);
    assert!(life.change("configure").await);
    assert_eq!(life.state().await, "inactive");
    assert!(life.change("activate").await);
    life.until(|trace| trace.worked.load(Ordering::Relaxed) > 0).await;
    assert!(life.change("deactivate").await);
    let worked = life.trace.worked.load(Ordering::Relaxed);
    tokio::time::sleep(Duration::from_millis(50)).await;
    assert_eq!(life.trace.worked.load(Ordering::Relaxed), worked);
    assert!(life.change("activate").await);
    assert!(life.change("deactivate").await);
    assert!(life.change("cleanup").await);
    assert_eq!(life.trace.alive.load(Ordering::Relaxed), 0);
    assert!(life.change("shutdown").await);
    assert_eq!(life.state().await, "finalized");
    assert!(!life.change("configure").await);
    life.end().await.unwrap();
}

#[tokio::test]
async fn a_node_that_cannot_be_configured_stays_unconfigured_and_says_why() {
    let refused = ProbeParams {
        refuse: true,
        ..ProbeParams::default()
    };
    let life = Life::start(refused.clone(), false).await;
    assert!(!life.change("configure").await);
    assert_eq!(life.state().await, "unconfigured");
    life.end().await.unwrap();
    let error = Life::start(refused, true).await.ends_by_itself().await.unwrap_err();
    assert!(format!("{error:#}").contains("told to refuse"), "{error:#}");
}

#[tokio::test]
async fn a_panic_is_the_nodes_failure_and_it_starts_again() {
    let panics = ProbeParams {
        panic_after: 3,
        ..ProbeParams::default()
    };
    let life = Life::start(panics, true).await;
    // Made at the start, and again after a second.
    life.until(|trace| trace.configured.load(Ordering::Relaxed) >= 2).await;
    life.until_state("active").await;
    let trace = life.end().await.unwrap();
    assert_eq!(trace.alive.load(Ordering::Relaxed), 0);
}

#[tokio::test]
async fn a_failed_node_without_autostart_waits_for_a_human() {
    let panics = ProbeParams {
        panic_after: 1,
        ..ProbeParams::default()
    };
    let life = Life::start(panics, false).await;
    assert!(life.change("configure").await && life.change("activate").await);
    life.until_state("unconfigured").await;
    assert_eq!(life.trace.configured.load(Ordering::Relaxed), 1);
    life.end().await.unwrap();
}

#[tokio::test]
async fn parameters_set_while_inactive_count_from_the_next_activation() {
    let life = Life::start(ProbeParams::default(), false).await;
    assert!(life.change("configure").await);
    let result = &life.set(vec![integer("panic_after", 1_000_000)]).await[0];
    assert!(result.successful, "{}", result.reason);
    assert_eq!(life.trace.configured.load(Ordering::Relaxed), 1);
    assert!(life.change("activate").await);
    assert_eq!(life.trace.configured.load(Ordering::Relaxed), 2);
    let refused = &life.set(vec![integer("panic_after", 1)]).await[0];
    assert!(!refused.successful);
    assert!(refused.reason.contains("active"), "{}", refused.reason);
    life.end().await.unwrap();
}

#[tokio::test]
async fn live_parameters_reach_a_node_at_work() {
    let life = Life::start(ProbeParams::default(), true).await;
    life.until_state("active").await;
    let result = &life.set(vec![integer("step", 1000)]).await[0];
    assert!(result.successful, "{}", result.reason);
    life.until(|trace| trace.worked.load(Ordering::Relaxed) >= 1000).await;
    assert_eq!(life.trace.configured.load(Ordering::Relaxed), 1);
    life.end().await.unwrap();
}

#[tokio::test]
async fn a_shutdown_during_work_puts_the_node_to_rest_first() {
    let life = Life::start(ProbeParams::default(), true).await;
    life.until_state("active").await;
    let trace = life.end().await.unwrap();
    assert_eq!(trace.deactivated.load(Ordering::Relaxed), 1);
    let rested_alive = trace.alive_at_rest.load(Ordering::Relaxed);
    assert_eq!(rested_alive, 1, "put to rest before it was dropped");
}

#[tokio::test]
async fn who_asks_a_node_for_a_change_is_told_and_who_only_looks_is_not() {
    let life = Life::start(ProbeParams::default(), false).await;
    let told = life.interventions();
    life.state().await;
    assert!(life.change("configure").await);
    let results = life.set(vec![integer("panic_after", -1), integer("step", 2)]).await;
    assert!(!results[0].successful && results[1].successful);
    let asked: Vec<(String, Vec<String>)> = std::iter::from_fn(|| told.try_recv())
        .map(|message| {
            let status = &message.status[0];
            assert!(message.header.stamp.sec > 0);
            assert_eq!(status.name, "/probe");
            let values = status.values.iter().map(|pair| format!("{}: {}", pair.key, pair.value));
            (status.message.clone(), values.collect())
        })
        .collect();
    let of = |service: &str, what: &str| {
        let values = ["service", "asked", "caller", "origin"].into_iter();
        let values = values.zip([service, what, "/operator", "this process"]);
        (
            format!("/operator asked for {service} {what}"),
            values.map(|(key, value)| format!("{key}: {value}")).collect(),
        )
    };
    assert_eq!(
        asked,
        [
            of("~/change_state", "configure"),
            of("~/set_parameters", "panic_after, step")
        ]
    );
    life.end().await.unwrap();
}
