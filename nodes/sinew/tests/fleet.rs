//! `sinew fleet` at a real MQTT broker.
#![cfg(all(feature = "release", feature = "telemetry"))]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::io::{BufRead, BufReader, Read};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use rumqttc::{AsyncClient, Event, Incoming, MqttOptions, PublishOptions, QoS};
use serde_json::{Value, json};
use sinew_releases::fleet::{RobotReport, read_reports};
use sinew_releases::rollout::Subscriber;
use sinew_releases::store::State;

/// A mosquitto on this computer, which ends with the test.
struct Broker {
    port: u16,
    child: Child,
}

impl Broker {
    fn start(folder: &Path) -> Option<Self> {
        if Command::new("mosquitto").arg("-h").output().is_err() {
            eprintln!("skipped: needs the Debian package mosquitto: sudo apt-get install mosquitto");
            return None;
        }
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let config = folder.join("mosquitto.conf");
        std::fs::write(
            &config,
            format!("log_type none\nlistener {port} 127.0.0.1\nallow_anonymous true\n"),
        )
        .unwrap();
        let child = Command::new("mosquitto")
            .arg("-c")
            .arg(config)
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        let began = Instant::now();
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(began.elapsed() < Duration::from_secs(10), "mosquitto does not start");
            std::thread::sleep(Duration::from_millis(10));
        }
        Some(Self { port, child })
    }

    fn url(&self) -> String {
        format!("mqtt://127.0.0.1:{}", self.port)
    }

    fn publish(&self, messages: &[(&str, Vec<u8>)]) {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(async {
            let options = MqttOptions::new("robots", ("127.0.0.1", self.port));
            let (client, mut events) = AsyncClient::builder(options).capacity(messages.len() + 1).build();
            for (topic, payload) in messages {
                let options = PublishOptions::new(QoS::AtLeastOnce);
                client.try_publish(*topic, payload.clone(), options).unwrap();
            }
            let mut acknowledged = 0;
            while acknowledged < messages.len() {
                if let Event::Incoming(Incoming::PubAck(_)) = events.poll().await.unwrap() {
                    acknowledged += 1;
                }
            }
        });
    }
}

impl Drop for Broker {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn report(robot: &str, in_charge: &str, at_secs: u64) -> RobotReport {
    let subscriber = Subscriber {
        robot: robot.to_owned(),
        channel: "stable".to_owned(),
        groups: Vec::new(),
    };
    RobotReport {
        in_charge: in_charge.to_owned(),
        ..RobotReport::of(&subscriber, at_secs, &State::default())
    }
}

/// A message of a robot, as its telemetry sends it.
fn message(robot: &str, sequence: u64, data: impl serde::Serialize) -> Vec<u8> {
    let event = json!({
        "specversion": "1.0", "id": format!("0123456789abcdef-events-{sequence}"), "source": format!("/robots/{robot}"),
        "type": "sinew.releases", "dataschema": "urn:sinew:telemetry:releases:1", "time": "2026-01-01T00:00:00.000Z",
        "class": "events", "spool": "0123456789abcdef", "sequence": format!("{sequence:020}"), "data": data,
    });
    event.to_string().into_bytes()
}

fn sinew(args: &[&str], folder: &Path) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sinew"));
    command.args(args).current_dir(folder).output().unwrap()
}

#[test]
fn reports_are_collected_and_what_comes_twice_late_or_for_another_robot_changes_nothing() {
    let scene = tempfile::tempdir().unwrap();
    let folder = scene.path();
    let Some(broker) = Broker::start(folder) else { return };
    let mut collect = Command::new(env!("CARGO_BIN_EXE_sinew"))
        .args(["fleet", "collect", "--broker", &broker.url(), "--reports", "reports"])
        .current_dir(folder)
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(collect.stderr.take().unwrap()).lines();
    assert!(lines.any(|line| line.unwrap().starts_with("connected to")));
    let (one, other) = ("sinew/strider-1/events", "sinew/strider-2/events");
    broker.publish(&[
        (one, message("strider-1", 1, report("strider-1", "walk-1", 100))),
        (one, message("strider-1", 2, report("strider-1", "walk-2", 50))),
        (one, message("strider-1", 2, report("strider-1", "walk-2", 50))),
        (one, message("strider-1", 1, report("strider-1", "walk-1", 100))),
        // Of another robot than the topic is of, by the event and by the report.
        (other, message("strider-1", 3, report("strider-1", "walk-9", 60))),
        (other, message("strider-2", 1, report("strider-1", "walk-9", 60))),
        (other, b"\x1b[2J no event".to_vec()),
        (other, message("strider-2", 2, json!({ "robot": "strider-2" }))),
        (other, message("strider-2", 3, report("strider-2", "walk-1", u64::MAX))),
        (
            "sinew/strider-3/events",
            message("strider-3", 1, report("strider-3", "walk-1", 7)),
        ),
    ]);
    let began = Instant::now();
    let collected = || read_reports(&folder.join("reports")).unwrap().0;
    while collected().iter().all(|report| report.robot != "strider-3") {
        assert!(began.elapsed() < Duration::from_secs(30), "{:?}", collected());
        std::thread::sleep(Duration::from_millis(50));
    }
    collect.kill().unwrap();
    collect.wait().unwrap();
    let mut said = String::new();
    for line in lines {
        said += &line.unwrap();
        said += "\n";
    }
    let collected: Vec<(String, String)> = collected()
        .into_iter()
        .map(|report| (report.robot, report.in_charge))
        .collect();
    let expected = [("strider-1", "walk-2"), ("strider-3", "walk-1")];
    assert_eq!(
        collected,
        expected.map(|(robot, version)| (robot.to_owned(), version.to_owned()))
    );
    for refusal in [
        "expected /robots/strider-2 on the topic of strider-2, found \"/robots/strider-1\"",
        "expected a report of strider-2 on its topic, found one of strider-1",
        "it is no message of Sinew",
        "strider-2: it is no report",
        "the clock of strider-2 is",
    ] {
        assert!(said.contains(refusal), "{refusal}: {said}");
    }
    assert!(!said.contains('\x1b'), "{said:?}");
    let status = sinew(&["fleet", "status", "--reports", "reports", "--robots"], folder);
    let table = String::from_utf8(status.stdout).unwrap();
    assert!(table.starts_with("2 robots\n") && table.contains("walk-2"), "{table}");
}

#[test]
fn a_fleet_is_shown_from_the_broker_after_a_time_of_listening_and_a_broker_that_is_not_there_is_named() {
    let scene = tempfile::tempdir().unwrap();
    let folder = scene.path();
    let Some(broker) = Broker::start(folder) else { return };
    let url = broker.url();
    let mut status = Command::new(env!("CARGO_BIN_EXE_sinew"))
        .args(["fleet", "status", "--broker", &url, "--listen", "4", "--json"])
        .current_dir(folder)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(status.stderr.take().unwrap()).lines();
    assert!(lines.any(|line| line.unwrap().starts_with("connected to")));
    broker.publish(&[(
        "sinew/strider-1/events",
        message("strider-1", 1, report("strider-1", "walk-1", 100)),
    )]);
    let mut json = String::new();
    status.stdout.take().unwrap().read_to_string(&mut json).unwrap();
    assert!(status.wait().unwrap().success());
    let json: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(
        (&json["robots"][0]["robot"], &json["versions"][0]["settled"]),
        (&json!("strider-1"), &json!(1))
    );
    drop(broker);
    let gone = sinew(&["fleet", "status", "--broker", &url, "--listen", "1"], folder);
    let said = String::from_utf8_lossy(&gone.stderr).into_owned();
    assert!(!gone.status.success() && said.contains("is not heard"), "{said}");
    let plain = sinew(
        &["fleet", "status", "--broker", "mqtt://broker.example", "--listen", "1"],
        folder,
    );
    let said = String::from_utf8_lossy(&plain.stderr).into_owned();
    assert!(
        said.contains("`broker.tls`") && said.contains("broker.example"),
        "{said}"
    );
    let none = sinew(&["fleet", "status"], folder);
    assert_eq!(none.status.code(), Some(2));
}
