//! What the updater says of the robot's releases, from the bus to whoever listens at a real broker.

use sinew_messages::std_msgs::msg::String as Text;
use sinew_node::bus::local::LocalBus;
use sinew_node::bus::{Publisher, Qos};
use sinew_node::node::testing::TestNode;
use sinew_node_telemetry::mqtt::{Heard, Listener};
use sinew_node_telemetry::{RELEASES, Received, Telemetry};

use super::*;

fn report(robot: &str, in_charge: &str) -> Text {
    let report = json!({
        "robot": robot, "channel": "stable", "groups": ["lab"], "at_secs": 1, "in_charge": in_charge, "slot": "a",
        "on_probation": false, "candidate": ["walk-9", "shadow"], "pinned": null, "trouble": "no route",
        "barred": { "walk-2": { "what": "rolled_back", "rule": "fell" }, "walk-3": { "what": "refused", "reason": "late" } },
    });
    Text {
        data: report.to_string(),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_report_of_releases_goes_out_at_each_change_to_whoever_shows_a_certificate_and_listens() {
    if !broker::is_there() {
        return;
    }
    let authority = Authority::new();
    authority.certify("strider", "strider", true);
    authority.certify("fleet", "fleet", true);
    let broker = Broker::start(authority.folder.path(), &mutual_tls(&authority));
    let connect = ConnectOptions::new(
        &with_certificate(&authority, broker.robots, "fleet"),
        "fleet",
        Path::new(""),
    )
    .unwrap();
    let (heard, hears) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let mut listener = Listener::new(connect, "sinew/+/events").unwrap();
        let ends_at = Instant::now() + Duration::from_secs(60);
        while Instant::now() < ends_at {
            if let Some(told) = listener.next(Duration::from_millis(200))
                && heard.send(told).is_err()
            {
                return;
            }
        }
    });
    let patience = Duration::from_secs(30);
    assert_eq!(hears.recv_timeout(patience).unwrap(), Heard::Ready);
    let network = LocalBus::new();
    let others = network.node("others", "/");
    let updater = Publisher::<Text>::new(&*others, "updater/report", Qos::latched()).unwrap();
    // Said before telemetry is there, as it is where both begin together.
    updater.publish(report("strider", "walk-1")).unwrap();
    let file = |name: &str| authority.file(name).display().to_string();
    let params = format!(
        "{{robot_id: strider, spool: {{folder: '{}'}}, broker: {{port: {}, ca_file: '{}', certificate_file: '{}', \
         key_file: '{}'}}}}",
        file("spool"),
        broker.robots,
        file("ca.pem"),
        file("strider.pem"),
        file("strider.key"),
    );
    let node = TestNode::start::<Telemetry>(network.node("telemetry", "/"), &params)
        .await
        .unwrap();
    let schema = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/telemetry.schema.json");
    let schema: Value = serde_json::from_str(&std::fs::read_to_string(schema).unwrap()).unwrap();
    let schema = jsonschema::validator_for(&schema).unwrap();
    let mut told = Vec::new();
    while told.len() < 2 {
        let Heard::Message(arrived) = hears.recv_timeout(patience).expect("a report of releases") else {
            continue;
        };
        let content_type = arrived.content_type.as_deref();
        let received = Received::read("sinew", &arrived.topic, content_type, &arrived.payload).unwrap();
        assert_eq!((received.robot_id.as_str(), received.class), ("strider", Class::Events));
        let event: Value = serde_json::from_slice(&arrived.payload).unwrap();
        let faults: Vec<String> = schema.iter_errors(&event).map(|fault| fault.to_string()).collect();
        assert!(faults.is_empty(), "{event}: {faults:?}");
        if received.kind == RELEASES {
            told.push((received.data["in_charge"].clone(), received.sequence));
            // Of another robot: it does not go out. Then the next of this one.
            updater.publish(report("walker", "walk-7")).unwrap();
            updater.publish(report("strider", "walk-2")).unwrap();
        }
    }
    assert_eq!((&told[0].0, &told[1].0), (&json!("walk-1"), &json!("walk-2")));
    assert!(told[1].1 > told[0].1);
    node.end().await.unwrap();
}

#[test]
fn a_listener_whose_broker_comes_back_hears_again() {
    if !broker::is_there() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let mut broker = Broker::start(folder.path(), "allow_anonymous true");
    let plain = BrokerParams {
        tls: false,
        ..params(broker.robots)
    };
    let connect = ConnectOptions::new(&plain, "fleet", Path::new("")).unwrap();
    let mut listener = Listener::new(connect, "sinew/+/events").unwrap();
    let mut until = |what: &str, is_it: &dyn Fn(&Heard) -> bool| {
        let ends_at = Instant::now() + Duration::from_secs(30);
        while !listener
            .next(Duration::from_millis(100))
            .is_some_and(|heard| is_it(&heard))
        {
            assert!(Instant::now() < ends_at, "waited in vain: {what}");
        }
    };
    until("it listens", &|heard| *heard == Heard::Ready);
    broker.kill();
    until("it notices", &|heard| matches!(heard, Heard::Lost(_)));
    broker.start_again();
    until("it listens again", &|heard| *heard == Heard::Ready);
    let robot = Robot::start(&folder.path().join("spool"), &plain);
    robot.send(Class::Events, json!({ "n": 1 }));
    until(
        "a message",
        &|heard| matches!(heard, Heard::Message(arrived) if arrived.topic == "sinew/strider/events"),
    );
}
