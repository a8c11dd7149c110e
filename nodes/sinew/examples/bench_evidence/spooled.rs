//! How many messages a second go into the spool and through it, beside a file that is appended to and the bare client.

use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use rumqttc::{AsyncClient, Event, Incoming, MqttOptions, PublishOptions, QoS};
use serde_json::json;
use sinew_node::report::{Registry, Value};
use sinew_node_telemetry::mqtt::{BrokerReport, ConnectOptions, Item, SpoolReport, Uploader, UploaderSettings};
use sinew_node_telemetry::spool::{Class, Limits, Outgoing, Spool};
use sinew_node_telemetry::{BrokerParams, Draft, Encoding, Envelope};
use tokio::sync::{mpsc, oneshot};

use crate::Figures;
use crate::mosquitto::Mosquitto;

/// Of a message in the spool: what a state of health of a few nodes has.
const MESSAGE_BYTES: usize = 500;
/// Messages in flight, on both sides.
const IN_FLIGHT: u16 = 100;
/// Waiting for the disk takes long: fewer messages tell as much.
const SYNCED_SHARE: u32 = 20;
const PATIENCE: Duration = Duration::from_secs(120);

/// The same messages in all ways.
pub(crate) fn measure(messages: u32) -> Result<Figures> {
    let folder = tempfile::tempdir()?;
    let synced = (messages / SYNCED_SHARE).max(1);
    let path = |name: &str| folder.path().join(name);
    let mut figures = Figures::new();
    let mut add = |name: &str, value| figures.insert(name.to_owned(), value);
    add("append_per_s", append(&path("plain"), messages, false)?);
    add("append_synced_per_s", append(&path("synced"), synced, true)?);
    add("spool_per_s", spool(&path("health"), messages, Class::Health)?);
    add("spool_synced_per_s", spool(&path("safety"), synced, Class::Safety)?);
    if let Some(broker) = Mosquitto::start(folder.path())? {
        add("bare_per_s", bare(broker.port(), messages)?);
        add("through_per_s", through(&path("through"), broker.port(), messages)?);
    }
    Ok(figures)
}

/// A file, with each message waited for or none.
fn append(path: &Path, messages: u32, synced: bool) -> Result<f64> {
    let message = [b'x'; MESSAGE_BYTES];
    let mut file = File::create(path)?;
    let began = Instant::now();
    for _ in 0..messages {
        file.write_all(&message)?;
        if synced {
            file.sync_data()?;
        }
    }
    Ok(rate(messages, began))
}

/// The spool alone: of the class `safety` each message is waited for, of the others none.
fn spool(folder: &Path, messages: u32, class: Class) -> Result<f64> {
    let message = [b'x'; MESSAGE_BYTES];
    let (mut spool, _) = Spool::open(folder, limits())?;
    let began = Instant::now();
    for _ in 0..messages {
        spool.push(class, &message)?;
    }
    Ok(rate(messages, began))
}

/// The client library alone, with messages as they leave the robot.
fn bare(port: u16, messages: u32) -> Result<f64> {
    let runtime = runtime()?;
    runtime.block_on(async {
        let mut options = MqttOptions::new("bare", ("127.0.0.1", port));
        options.set_outgoing_inflight_upper_limit(IN_FLIGHT);
        let (client, mut events) = AsyncClient::builder(options)
            .capacity(usize::from(IN_FLIGHT) + 8)
            .build();
        let payload = payload().context("a draft is a message")?;
        let began = Instant::now();
        let sends = tokio::spawn(async move {
            for _ in 0..messages {
                let options = PublishOptions::new(QoS::AtLeastOnce);
                client.publish("sinew/bare/health", payload.clone(), options).await?;
            }
            anyhow::Ok(client)
        });
        let mut acknowledged = 0;
        while acknowledged < messages {
            ensure!(began.elapsed() < PATIENCE, "{acknowledged} messages were acknowledged");
            if let Event::Incoming(Incoming::PubAck(_)) = events.poll().await? {
                acknowledged += 1;
            }
        }
        let per_s = rate(messages, began);
        sends.await??;
        Ok(per_s)
    })
}

/// From where the node hands a message over to its acknowledgement, by way of the disk.
fn through(folder: &Path, port: u16, messages: u32) -> Result<f64> {
    let params = BrokerParams {
        host: "127.0.0.1".to_owned(),
        port,
        tls: false,
        in_flight: IN_FLIGHT,
        max_rate_hz: f64::from(messages) * 100.0,
        ..BrokerParams::default()
    };
    let registry = Registry::default();
    let settings = UploaderSettings {
        connect: ConnectOptions::new(&params, "strider", folder)?,
        envelope: envelope(),
        max_message_bytes: 100_000,
        sync_every: Duration::from_secs(1),
        subscribes_to: None,
    };
    let (spool, _) = Spool::open(folder, limits())?;
    let (items, received) = mpsc::channel(1024);
    let (end, ended) = oneshot::channel::<()>();
    let reports = (
        SpoolReport::new(&registry, "spool"),
        BrokerReport::new(&registry, "broker"),
    );
    let uploader = Uploader::new(spool, settings, reports, received, mpsc::channel(1).0);
    let runtime = runtime()?;
    let sends = std::thread::spawn(move || {
        runtime.block_on(uploader.run(async {
            let _ = ended.await;
        }))
    });
    let draft = draft();
    let began = Instant::now();
    for _ in 0..messages {
        items.blocking_send(Item {
            class: Class::Health,
            draft: draft.clone(),
        })?;
    }
    while acknowledged(&registry) < u64::from(messages) {
        ensure!(
            began.elapsed() < PATIENCE,
            "{} messages were acknowledged",
            acknowledged(&registry)
        );
        std::thread::sleep(Duration::from_millis(1));
    }
    let per_s = rate(messages, began);
    drop(end);
    sends.join().map_err(|_| anyhow::anyhow!("who sends has panicked"))??;
    Ok(per_s)
}

fn acknowledged(registry: &Registry) -> u64 {
    let parts = registry.parts();
    let metrics = parts.iter().flat_map(|part| part.metrics());
    let counter = metrics.filter(|metric| metric.name() == "acknowledged");
    let values = counter.filter_map(|metric| match metric.value() {
        Some(Value::Counter(n)) => Some(n),
        _ => None,
    });
    values.sum()
}

fn limits() -> Limits {
    Limits::same(1 << 30, 1 << 20, 256 << 10)
}

fn envelope() -> Envelope {
    Envelope {
        robot_id: "strider".to_owned(),
        topic_prefix: "sinew".to_owned(),
        encoding: Encoding::Json,
    }
}

/// One whose bytes in the spool are about those of the other ways.
fn draft() -> Draft {
    let empty = Draft::now("health", None, json!("")).to_bytes().len();
    Draft::now("health", None, json!("x".repeat(MESSAGE_BYTES.saturating_sub(empty))))
}

/// Such a message as it leaves the robot.
fn payload() -> Option<Vec<u8>> {
    let outgoing = Outgoing {
        class: Class::Health,
        sequence: 1,
        message: draft().to_bytes(),
        gaps: Vec::new(),
    };
    envelope().write(&outgoing, "0123456789abcdef")
}

fn runtime() -> Result<tokio::runtime::Runtime> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.context("no runtime")
}

fn rate(messages: u32, began: Instant) -> f64 {
    f64::from(messages) / began.elapsed().as_secs_f64()
}
