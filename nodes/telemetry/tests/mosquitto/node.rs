//! The node itself, between the local bus and a real broker.

use std::time::{SystemTime, UNIX_EPOCH};

use rumqttc::{PublishOptions, Transport};
use sinew_messages::diagnostic_msgs::msg::{DiagnosticArray, DiagnosticStatus};
use sinew_messages::std_srvs::srv::{Trigger, TriggerResponse};
use sinew_node::bus::local::LocalBus;
use sinew_node::bus::{self, Publisher, Qos};
use sinew_node::node::testing::TestNode;
use sinew_node_telemetry::Telemetry;

use super::*;

/// Gives commands over TLS with a certificate, as an operator's program does.
async fn command(authority: &Authority, port: u16, text: &str) {
    let read = |name: &str| std::fs::read(authority.file(name)).unwrap();
    let mut options = MqttOptions::new("operator", ("localhost", port));
    options.set_transport(Transport::tls_with_config(rumqttc::TlsConfiguration::Simple {
        ca: read("ca.pem"),
        alpn: None,
        client_auth: Some((read("operator.pem"), read("operator.key"))),
    }));
    let (client, mut events) = AsyncClient::builder(options).capacity(10).build();
    let options = PublishOptions::new(QoS::AtLeastOnce);
    client
        .try_publish("sinew/strider/commands", text.to_owned(), options)
        .unwrap();
    while !matches!(events.poll().await.unwrap(), Event::Incoming(Incoming::PubAck(_))) {}
}

fn expires() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs() + 60
}

#[tokio::test(flavor = "multi_thread")]
async fn the_node_tells_what_happens_in_the_form_that_is_documented_and_stops_the_robot_when_it_may() {
    if !broker::is_there() {
        return;
    }
    let authority = Authority::new();
    authority.certify("strider", "strider", true);
    authority.certify("operator", "operator", true);
    std::fs::create_dir(authority.file("recordings")).unwrap();
    std::fs::write(authority.file("recordings/run.mcap"), b"12345").unwrap();
    let broker = Broker::start(authority.folder.path(), &mutual_tls(&authority));
    let counted = Counted::at(broker.plain);
    let network = LocalBus::new();
    let others = network.node("others", "/");
    let diagnostics = Publisher::<DiagnosticArray>::new(&*others, "/diagnostics", Qos::default()).unwrap();
    let stopped = Arc::new(AtomicU64::new(0));
    let stops = stopped.clone();
    let _control = bus::answer::<Trigger>(&*others, "control/stop", move |_| {
        stops.fetch_add(1, Ordering::SeqCst);
        TriggerResponse {
            success: true,
            message: "stops".to_owned(),
        }
    });
    let file = |name: &str| authority.file(name).display().to_string();
    let params = format!(
        "{{robot_id: strider, spool: {{folder: '{}'}}, broker: {{port: {}, ca_file: '{}', certificate_file: '{}', \
         key_file: '{}'}}, commands: {{enabled: true, allowed: [stop, upload_segment], recordings: '{}'}}}}",
        file("spool"),
        broker.robots,
        file("ca.pem"),
        file("strider.pem"),
        file("strider.key"),
        file("recordings"),
    );
    let node = TestNode::start::<Telemetry>(network.node("telemetry", "/"), &params)
        .await
        .unwrap();
    counted.wait_for(Class::Health, |came| !came.is_empty());
    for level in [DiagnosticStatus::OK, DiagnosticStatus::ERROR] {
        let mut array = DiagnosticArray::default();
        array.status.push(DiagnosticStatus {
            level,
            name: "arm: motor".to_owned(),
            message: "hot".to_owned(),
            ..DiagnosticStatus::default()
        });
        diagnostics.publish(array).unwrap();
    }
    for (id, name, arguments) in [
        ("a", "stop", json!({})),
        ("a", "stop", json!({})),
        ("b", "upload_segment", json!({ "segment": "run.mcap" })),
        ("c", "upload_segment", json!({ "segment": "../ca.pem" })),
        ("d", "set_rate", json!({ "health_rate_hz": 0.5 })),
    ] {
        let text =
            json!({ "id": id, "robot": "strider", "expires": expires(), "command": name, "arguments": arguments });
        command(&authority, broker.robots, &text.to_string()).await;
    }
    counted.wait_for(Class::Replies, all(5));
    counted.wait_for(Class::Bulk, all(1));
    let events = || counted.1.lock().unwrap().clone();
    let of_kind = |kind: &str| {
        let kind = format!("sinew.{kind}");
        events()
            .into_iter()
            .filter(|event| event["type"] == kind)
            .map(|event| event["data"].clone())
            .collect::<Vec<_>>()
    };
    wait("the level", || !of_kind("level_changed").is_empty());
    let done: Vec<bool> = of_kind("command_answered")
        .iter()
        .map(|data| data["success"].as_bool().unwrap())
        .collect();
    assert_eq!(
        done,
        [true, false, true, false, false],
        "{:?}",
        of_kind("command_answered")
    );
    assert_eq!(stopped.load(Ordering::SeqCst), 1, "a command is carried out once");
    assert_eq!(of_kind("segment"), [json!({ "segment": "run.mcap", "bytes": 5 })]);
    node.end().await.unwrap();
    let schema = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/telemetry.schema.json");
    let schema: Value = serde_json::from_str(&std::fs::read_to_string(schema).unwrap()).unwrap();
    let schema = jsonschema::validator_for(&schema).unwrap();
    for event in events() {
        let faults: Vec<String> = schema.iter_errors(&event).map(|fault| fault.to_string()).collect();
        assert!(faults.is_empty(), "{event}: {faults:?}");
    }
}
