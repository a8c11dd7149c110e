//! Every message arrives, whatever happens to a real broker and on the way to it: counted at a subscriber, by their
//! sequence numbers.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod broker;
mod node;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use broker::{Authority, Broker, Way};
use rumqttc::{AsyncClient, Event, Incoming, MqttOptions, QoS};
use serde_json::{Value, json};
use sinew_node::report::Registry;
use sinew_node_telemetry::mqtt::{BrokerReport, ConnectOptions, Item, SpoolReport, Uploader, UploaderSettings};
use sinew_node_telemetry::spool::{Class, Limits, Spool};
use sinew_node_telemetry::{BrokerParams, Draft, Encoding, Envelope};
use tokio::sync::{mpsc, oneshot};

/// Who counts what the broker hands on.
#[derive(Clone, Default)]
struct Counted(Arc<Mutex<BTreeMap<String, BTreeSet<u64>>>>, Arc<Mutex<Vec<Value>>>);

impl Counted {
    /// Subscribes, again after each loss, and counts from then on.
    fn at(port: u16) -> Self {
        let counted = Self::default();
        static COUNTERS: AtomicU64 = AtomicU64::new(0);
        let name = COUNTERS.fetch_add(1, Ordering::Relaxed);
        let (into, (ready, is_ready)) = (counted.clone(), std::sync::mpsc::channel());
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .unwrap();
            runtime.block_on(async {
                // Those of a broker that was killed come back, too: nobody takes another's place.
                let mut options = MqttOptions::new(format!("counter{name}"), ("127.0.0.1", port));
                options.set_keep_alive(600);
                let (client, mut events) = AsyncClient::builder(options).capacity(10).build();
                loop {
                    match events.poll().await {
                        Ok(Event::Incoming(Incoming::ConnAck(_))) => {
                            client.try_subscribe("sinew/#", QoS::AtLeastOnce).unwrap();
                        }
                        Ok(Event::Incoming(Incoming::SubAck(_))) => {
                            let _ = ready.send(());
                        }
                        Ok(Event::Incoming(Incoming::Publish(publish))) => into.count(&publish.payload),
                        Ok(_) => {}
                        Err(_) => tokio::time::sleep(Duration::from_millis(20)).await,
                    }
                }
            });
        });
        is_ready.recv_timeout(Duration::from_secs(10)).unwrap();
        counted
    }

    fn count(&self, payload: &[u8]) {
        let event: Value = serde_json::from_slice(payload).unwrap();
        // Commands come by, too.
        let Some(class) = event["class"].as_str().map(str::to_owned) else {
            return;
        };
        let sequence = event["sequence"].as_str().unwrap().parse().unwrap();
        self.0.lock().unwrap().entry(class).or_default().insert(sequence);
        self.1.lock().unwrap().push(event);
    }

    fn of(&self, class: Class) -> BTreeSet<u64> {
        self.0.lock().unwrap().get(class.name()).cloned().unwrap_or_default()
    }

    fn wait_for(&self, class: Class, expected: impl Fn(&BTreeSet<u64>) -> bool) {
        wait_or(
            || expected(&self.of(class)),
            || format!("{class}: {:?}", self.of(class)),
        );
    }
}

fn wait(what: &str, is_so: impl Fn() -> bool) {
    wait_or(is_so, || what.to_owned());
}

fn wait_or(is_so: impl Fn() -> bool, what: impl Fn() -> String) {
    let began = Instant::now();
    while !is_so() {
        assert!(began.elapsed() < Duration::from_secs(30), "waited in vain: {}", what());
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// A robot that sends.
struct Robot {
    items: mpsc::Sender<Item>,
    end: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
    report: BrokerReport,
    registry: Registry,
}

impl Robot {
    fn start(spool: &Path, params: &BrokerParams) -> Self {
        let registry = Registry::default();
        let connect = ConnectOptions::new(params, "strider", Path::new("/")).unwrap();
        let reports = (
            SpoolReport::new(&registry, "spool"),
            BrokerReport::new(&registry, "broker"),
        );
        let report = reports.1.clone();
        let settings = UploaderSettings {
            connect,
            envelope: Envelope {
                robot_id: "strider".to_owned(),
                topic_prefix: "sinew".to_owned(),
                encoding: Encoding::Json,
            },
            max_message_bytes: 100_000,
            sync_every: Duration::from_millis(200),
            subscribes_to: None,
        };
        let (spool, _) = Spool::open(spool, Limits::same(1 << 26, 1 << 20, 1 << 16)).unwrap();
        let (items, received) = mpsc::channel(1024);
        let (end, ended) = oneshot::channel();
        let uploader = Uploader::new(spool, settings, reports, received, mpsc::channel(1).0);
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .unwrap();
            let ended = async {
                let _ = ended.await;
            };
            runtime.block_on(uploader.run(ended)).unwrap();
        });
        Self {
            items,
            end: Some(end),
            thread: Some(thread),
            report,
            registry,
        }
    }

    fn send(&self, class: Class, data: Value) {
        let draft = Draft::now("test", None, data);
        self.items.blocking_send(Item { class, draft }).unwrap();
    }

    fn said(&self) -> String {
        self.registry
            .parts()
            .iter()
            .find(|part| part.name() == "broker")
            .unwrap()
            .judgement()
            .1
    }
}

impl Drop for Robot {
    fn drop(&mut self) {
        drop(self.end.take());
        let _ = self.thread.take().map(JoinHandle::join);
    }
}

/// Fast pauses, so that the tests are.
fn params(port: u16) -> BrokerParams {
    BrokerParams {
        host: "localhost".to_owned(),
        port,
        keep_alive_secs: 1,
        ack_timeout_secs: 1.0,
        max_rate_hz: 10_000.0,
        min_pause_secs: 0.05,
        max_pause_secs: 0.4,
        ..BrokerParams::default()
    }
}

fn with_certificate(authority: &Authority, port: u16, name: &str) -> BrokerParams {
    BrokerParams {
        ca_file: Some(authority.file("ca.pem")),
        certificate_file: Some(authority.file(&format!("{name}.pem"))),
        key_file: Some(authority.file(&format!("{name}.key"))),
        ..params(port)
    }
}

fn mutual_tls(authority: &Authority) -> String {
    let file = |name: &str| authority.file(name).display().to_string();
    format!(
        "cafile {}\ncertfile {}\nkeyfile {}\nrequire_certificate true\nuse_identity_as_username true",
        file("ca.pem"),
        file("broker.pem"),
        file("broker.key"),
    )
}

fn all(n: u64) -> impl Fn(&BTreeSet<u64>) -> bool {
    move |came| came.len() as u64 == n && came.last() == Some(&n)
}

#[test]
fn nothing_is_lost_when_the_broker_is_killed_or_frozen_or_the_network_is_cut() {
    if !broker::is_there() {
        return;
    }
    let authority = Authority::new();
    authority.certify("strider", "strider", true);
    let spool = tempfile::tempdir().unwrap();
    let mut broker = Broker::start(authority.folder.path(), &mutual_tls(&authority));
    let way = Way::to(broker.robots);
    let mut counted = Counted::at(broker.plain);
    let robot = Arc::new(Robot::start(
        spool.path(),
        &with_certificate(&authority, way.port, "strider"),
    ));
    let rounds: u64 = std::env::var("SINEW_TELEMETRY_ROUNDS")
        .ok()
        .and_then(|n| n.parse().ok())
        .unwrap_or(2);
    let total = rounds * 600;
    let sender = robot.clone();
    let sends = std::thread::spawn(move || {
        for n in 0..total {
            let class = if n % 3 == 0 { Class::Safety } else { Class::Health };
            sender.send(class, json!({ "n": n }));
            std::thread::sleep(Duration::from_millis(10));
        }
    });
    let mut before = BTreeMap::new();
    for _ in 0..rounds {
        std::thread::sleep(Duration::from_millis(700));
        // Killed. What it had acknowledged it has handed on; it is only reached again once somebody counts.
        way.cut();
        std::thread::sleep(Duration::from_millis(100));
        broker.kill();
        for class in [Class::Safety, Class::Health] {
            before
                .entry(class)
                .or_insert_with(BTreeSet::new)
                .extend(counted.of(class));
        }
        broker.start_again();
        counted = Counted::at(broker.plain);
        way.mend();
        std::thread::sleep(Duration::from_millis(700));
        // Frozen: connections stay, and nobody answers.
        let losses = robot.registry.clone();
        broker.signal(libc::SIGSTOP);
        let lost = move || {
            losses
                .parts()
                .iter()
                .any(|part| part.judgement().1.contains("does not acknowledge"))
        };
        wait("the frozen broker is noticed", lost);
        broker.signal(libc::SIGCONT);
        std::thread::sleep(Duration::from_millis(700));
        // Cut for longer than every pause.
        way.cut();
        std::thread::sleep(Duration::from_millis(1500));
        way.mend();
    }
    sends.join().unwrap();
    for (class, n) in [(Class::Safety, total / 3), (Class::Health, total - total / 3)] {
        let earlier = before[&class].clone();
        counted.wait_for(class, |came| all(n)(&came.union(&earlier).copied().collect()));
    }
}

#[test]
fn a_killed_broker_costs_at_most_duplicates() {
    if !broker::is_there() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let mut broker = Broker::start(folder.path(), "allow_anonymous true");
    let way = Way::to(broker.robots);
    let plain = BrokerParams {
        tls: false,
        ..params(way.port)
    };
    let mut counters = vec![Counted::at(broker.plain)];
    let robot = Arc::new(Robot::start(&folder.path().join("spool"), &plain));
    let sender = robot.clone();
    let sends = std::thread::spawn(move || {
        for n in 0..2000 {
            sender.send(Class::Events, json!({ "n": n }));
            std::thread::sleep(Duration::from_millis(1));
        }
    });
    for _ in 0..4 {
        std::thread::sleep(Duration::from_millis(300));
        // In the middle of everything: while it is down, the way is closed until somebody counts again.
        broker.kill();
        way.cut();
        broker.start_again();
        counters.push(Counted::at(broker.plain));
        way.mend();
    }
    sends.join().unwrap();
    let came = || {
        counters
            .iter()
            .flat_map(|counted| counted.of(Class::Events))
            .collect::<BTreeSet<u64>>()
    };
    wait_or(|| all(2000)(&came()), || format!("all events; {} came", came().len()));
}

#[test]
fn a_wrong_password_and_an_expired_certificate_lose_nothing_and_are_taken_once_they_are_right() {
    if !broker::is_there() {
        return;
    }
    let authority = Authority::new();
    authority.certify("strider", "strider", false);
    let made = std::process::Command::new("mosquitto_passwd")
        .args(["-b", "-c"])
        .arg(authority.file("passwords"))
        .args(["strider", "right"])
        .status();
    assert!(made.unwrap().success());
    let lines = format!(
        "{}\nallow_anonymous false\npassword_file {}",
        mutual_tls(&authority).replace("use_identity_as_username true", ""),
        authority.file("passwords").display()
    );
    let broker = Broker::start(authority.folder.path(), &lines);
    let counted = Counted::at(broker.plain);
    std::fs::write(authority.file("password"), "wrong\n").unwrap();
    let params = BrokerParams {
        user: Some("strider".to_owned()),
        password_file: Some(authority.file("password")),
        ..with_certificate(&authority, broker.robots, "strider")
    };
    let robot = Robot::start(&authority.file("spool"), &params);
    for n in 0..50 {
        robot.send(Class::Safety, json!({ "n": n }));
    }
    wait("the expired certificate is refused", || robot.said().contains("xpired"));
    authority.certify("strider", "strider", true);
    wait("the wrong password is refused", || {
        robot.said().contains("NotAuthorized")
    });
    assert!(counted.of(Class::Safety).is_empty());
    std::fs::write(authority.file("password"), "right\n").unwrap();
    counted.wait_for(Class::Safety, all(50));
    wait("it says that it is connected", || robot.report.is_connected());
}

#[test]
fn a_broker_that_somebody_else_has_certified_gets_nothing() {
    if !broker::is_there() {
        return;
    }
    let (authority, other) = (Authority::new(), Authority::new());
    authority.certify("strider", "strider", true);
    let broker = Broker::start(authority.folder.path(), &mutual_tls(&authority));
    let counted = Counted::at(broker.plain);
    let params = BrokerParams {
        ca_file: Some(other.file("ca.pem")),
        ..with_certificate(&authority, broker.robots, "strider")
    };
    let robot = Robot::start(&authority.file("spool"), &params);
    robot.send(Class::Safety, json!({}));
    wait("the broker is refused", || robot.said().contains("certificate"));
    assert!(counted.of(Class::Safety).is_empty());
}

#[test]
fn a_topic_that_is_not_allowed_and_a_message_that_is_too_large_hold_nothing_else_up() {
    if !broker::is_there() {
        return;
    }
    for limit in ["message_size_limit 20000", "max_packet_size 20000"] {
        let folder = tempfile::tempdir().unwrap();
        let acl = folder.path().join("acl");
        std::fs::write(
            &acl,
            "topic write sinew/strider/safety\ntopic write sinew/strider/events\n",
        )
        .unwrap();
        let lines = format!("allow_anonymous true\nacl_file {}", acl.display());
        let broker = Broker::start(folder.path(), &lines);
        // These are settings of the whole broker, which come before its listeners.
        let config = std::fs::read_to_string(folder.path().join("mosquitto.conf")).unwrap();
        std::fs::write(folder.path().join("mosquitto.conf"), format!("{limit}\n{config}")).unwrap();
        let mut broker = broker;
        broker.kill();
        broker.start_again();
        let counted = Counted::at(broker.plain);
        let plain = BrokerParams {
            tls: false,
            ..params(broker.robots)
        };
        let robot = Robot::start(&folder.path().join("spool"), &plain);
        for n in 0..20 {
            robot.send(Class::Health, json!({ "n": n }));
            robot.send(Class::Safety, json!({ "n": n }));
        }
        robot.send(Class::Safety, json!({ "text": "x".repeat(50_000) }));
        for n in 0..20 {
            robot.send(Class::Safety, json!({ "n": n }));
        }
        counted.wait_for(Class::Safety, |came| came.len() == 40 && came.last() == Some(&41));
        let told = || counted.1.lock().unwrap().clone();
        let refused = |class: &str| {
            told()
                .iter()
                .any(|event| event["type"] == "sinew.message_refused" && event["data"]["class"] == class)
        };
        // That others pass shows that the broker is not at fault.
        wait("the large message is told", || {
            robot.send(Class::Safety, json!({}));
            std::thread::sleep(Duration::from_millis(100));
            refused("safety")
        });
        wait("the topic that is not allowed is told", || {
            robot.send(Class::Safety, json!({}));
            std::thread::sleep(Duration::from_millis(100));
            refused("health")
        });
        let is_told = || told().iter().any(|event| event["gaps"] == "21-21 refused");
        wait("the gap is told", || {
            robot.send(Class::Safety, json!({}));
            std::thread::sleep(Duration::from_millis(100));
            is_told()
        });
    }
}
