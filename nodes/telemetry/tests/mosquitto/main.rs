//! Every message arrives, whatever happens to a real broker and on the way to it: counted at a subscriber, by their
//! sequence numbers.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod access;
mod broker;
mod clock;
mod disk;
mod losses;
mod node;
mod releases;

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
        Self::start_within(spool, Limits::same(1 << 26, 1 << 20, 1 << 16), params)
    }

    fn start_within(spool: &Path, limits: Limits, params: &BrokerParams) -> Self {
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
        let (spool, _) = Spool::open(spool, limits).unwrap();
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
        self.send_draft(class, Draft::now("test", None, data));
    }

    fn send_draft(&self, class: Class, draft: Draft) {
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
