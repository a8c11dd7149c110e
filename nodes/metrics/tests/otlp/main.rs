//! What a collector gets over OTLP, and what happens where there is none.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

#[allow(dead_code, reason = "other tests look at more of an answer")]
#[path = "../server/client.rs"]
mod client;
mod collector;

use std::fs::{self, Permissions};
use std::net::{SocketAddr, TcpListener};
use std::os::unix::fs::PermissionsExt;
use std::sync::Once;
use std::time::{Duration, Instant};

use client::get;
use collector::{Collector, text};
use opentelemetry_proto::tonic::metrics::v1::{Metric, metric, number_data_point};
use sinew_node::bus::local::LocalBus;
use sinew_node::node::testing::TestNode;
use sinew_node_metrics::Metrics;
use tokio::sync::{Mutex, MutexGuard};

/// Spans go through the log, of which a process has one, to one exporter: one test has them at a time.
async fn log() -> MutexGuard<'static, ()> {
    static ONE: Mutex<()> = Mutex::const_new(());
    static LOG: Once = Once::new();
    LOG.call_once(|| sinew_node::log::to_stderr("info"));
    ONE.lock().await
}

fn free_address() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}

async fn node(address: SocketAddr, otlp: &str) -> TestNode {
    let params = format!("{{address: '{address}', otlp: {{period_secs: 1.0, {otlp}}}}}");
    let bus = LocalBus::new().node("metrics", "/left");
    TestNode::start::<Metrics>(bus, &params).await.unwrap()
}

fn number(metric: &Metric) -> Option<f64> {
    let point = match metric.data.as_ref()? {
        metric::Data::Gauge(gauge) => gauge.data_points.first()?,
        metric::Data::Sum(sum) => sum.data_points.first()?,
        _ => return None,
    };
    match point.value? {
        number_data_point::Value::AsDouble(number) => Some(number),
        number_data_point::Value::AsInt(_) => None,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn metrics_and_spans_come_by_their_documented_names_with_the_token_and_the_robots_name() {
    let _alone = log().await;
    let folder = tempfile::tempdir().unwrap();
    let token = folder.path().join("token");
    fs::write(&token, "0123456789abcdef\n").unwrap();
    fs::set_permissions(&token, Permissions::from_mode(0o600)).unwrap();
    let collector = Collector::at("127.0.0.1:0");
    let otlp = format!(
        "endpoint: 'http://{}/', token_file: '{}', robot_id: strider-7, robot_model: strider",
        collector.address,
        token.display()
    );
    let node = node(free_address(), &otlp).await;
    let looked = tokio::task::spawn_blocking(move || {
        let (active, resource) = collector.metric("sinew_node_active", |_| true);
        for (key, value) in [
            ("service.name", "sinew"),
            ("service.instance.id", "strider-7"),
            ("robot.id", "strider-7"),
            ("robot.model", "strider"),
        ] {
            assert_eq!(text(&resource, key), Some(value), "{resource:?}");
        }
        assert_eq!((active.unit.as_str(), number(&active)), ("1", Some(1.0)), "{active:?}");
        let Some(metric::Data::Gauge(gauge)) = &active.data else {
            panic!("{active:?}");
        };
        let attributes = &gauge.data_points[0].attributes;
        assert_eq!(
            text(attributes, "ros.node.name"),
            Some("/left/metrics"),
            "{attributes:?}"
        );
        let (exports, _) = collector.metric("sinew_otlp_exports_total", |metric| number(metric) >= Some(1.0));
        let Some(metric::Data::Sum(sum)) = &exports.data else {
            panic!("{exports:?}");
        };
        let point = &sum.data_points[0];
        assert!(
            sum.is_monotonic && point.start_time_unix_nano > 0 && point.time_unix_nano > point.start_time_unix_nano
        );
        let span = tracing::info_span!("inference", model = "spotter.onnx", provider = "cpu");
        span.in_scope(|| tracing::warn!(topic = "camera/image_raw", "slow"));
        drop(span);
        let (span, resource) = collector.span("inference");
        assert_eq!(text(&resource, "robot.id"), Some("strider-7"), "{resource:?}");
        assert_eq!(text(&span.attributes, "sinew.model"), Some("spotter.onnx"), "{span:?}");
        assert_eq!(
            text(&span.attributes, "sinew.inference.provider"),
            Some("cpu"),
            "{span:?}"
        );
        assert!(span.end_time_unix_nano >= span.start_time_unix_nano && span.start_time_unix_nano > 0);
        let event = &span.events[0];
        assert_eq!(
            (event.name.as_str(), text(&event.attributes, "ros.topic.name")),
            ("slow", Some("camera/image_raw"))
        );
        for received in collector.received() {
            let has = |header: &str| received.headers.iter().any(|found| found == header);
            assert!(has("authorization: bearer 0123456789abcdef") && has("content-type: application/x-protobuf"));
        }
    });
    looked.await.unwrap();
    node.end().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_collector_that_is_away_is_counted_and_gets_what_comes_once_it_is_there() {
    let _alone = log().await;
    let (address, away) = (free_address(), free_address());
    let node = node(address, &format!("endpoint: 'http://{away}'")).await;
    let looked = tokio::task::spawn_blocking(move || {
        let lines = |name: &str| {
            let text = get(address, "/metrics").body;
            let found = text
                .lines()
                .find(|line| line.starts_with(name) && line.contains("part=\"otlp\""));
            found.and_then(|line| line.rsplit(' ').next()?.parse::<f64>().ok())
        };
        let until = |what: &str, is_so: &dyn Fn() -> bool| {
            let began = Instant::now();
            while !is_so() {
                assert!(began.elapsed() < Duration::from_secs(30), "{what}");
                std::thread::sleep(Duration::from_millis(50));
            }
        };
        until("failures are counted", &|| {
            lines("sinew_otlp_failed_exports_total") >= Some(2.0)
        });
        assert_eq!(lines("sinew_part_level"), Some(1.0));
        assert_eq!(get(address, "/readyz").status, 200);
        let collector = Collector::at(&away.to_string());
        collector.metric("sinew_otlp_failed_exports_total", |metric| number(metric) >= Some(2.0));
        until("it is well again", &|| lines("sinew_part_level") == Some(0.0));
    });
    looked.await.unwrap();
    node.end().await.unwrap();
}
