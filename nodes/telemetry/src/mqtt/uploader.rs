use std::collections::HashMap;
use std::future::{Future, pending};
use std::io;
use std::time::{Duration, Instant};

use futures_util::StreamExt;
use futures_util::future::BoxFuture;
use futures_util::stream::FuturesUnordered;
use rumqttc::mqttbytes::v5::{DisconnectReasonCode, PubAckReason, PublishProperties};
use rumqttc::{ConnectionError, PublishNoticeError, PublishOptions, PublishResult, QoS, StateError};
use serde_json::json;
use tokio::sync::mpsc;

use super::back_off::BackOff;
use super::connection::{Connection, News};
use super::options::ConnectOptions;
use super::refusals::Refusals;
use super::reports::{BrokerReport, SpoolReport};
use crate::envelope::{Draft, Envelope, class_of};
use crate::spool::{Class, Outgoing, PushError, Spool};

/// What looks after time-outs and the disk.
const LOOK: Duration = Duration::from_millis(100);
/// How many messages are put on disk before the network gets its turn.
const AT_ONCE: usize = 64;
/// What MQTT has around topic and message at most, bytes.
const PACKET_OVERHEAD: usize = 96;

/// A message on its way to the spool.
#[derive(Debug)]
pub struct Item {
    /// Its class.
    pub class: Class,
    /// What the spool keeps.
    pub draft: Draft,
}

/// A message from the broker.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Arrived {
    /// Its topic.
    pub topic: String,
    /// What is in it.
    pub payload: Vec<u8>,
}

/// What an uploader is told.
#[derive(Debug, Clone)]
pub struct UploaderSettings {
    /// How to reach the broker.
    pub connect: ConnectOptions,
    /// How messages look.
    pub envelope: Envelope,
    /// Largest message with its envelope, bytes.
    pub max_message_bytes: usize,
    /// How long what is not of the class `safety` may be in the system's cache alone.
    pub sync_every: Duration,
    /// What is listened to, besides the acknowledgements.
    pub subscribes_to: Option<String>,
}

type Acknowledged = (Class, u64, Result<PublishResult, PublishNoticeError>);

/// Takes messages into the spool, and from there to the broker. It owns both ends.
pub struct Uploader {
    spool: Spool,
    settings: UploaderSettings,
    spool_report: SpoolReport,
    broker_report: BrokerReport,
    items: mpsc::Receiver<Item>,
    arrived: mpsc::Sender<Arrived>,
    refusals: Refusals,
    back_off: BackOff,
    connection: Option<Connection>,
    is_up: bool,
    retry_at: Instant,
    most_packet: usize,
    in_flight: HashMap<(Class, u64), Instant>,
    notices: FuturesUnordered<BoxFuture<'static, Acknowledged>>,
    synced_at: Instant,
    /// How many messages may be sent at this time, and when that was.
    budget: (f64, Instant),
    last_loss: String,
}

impl std::fmt::Debug for Uploader {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Uploader")
            .field("is_up", &self.is_up)
            .field("in_flight", &self.in_flight.len())
            .finish_non_exhaustive()
    }
}

impl Uploader {
    /// From a spool to a broker. What the broker sends goes to `arrived`, as far as there is room.
    pub fn new(
        spool: Spool,
        settings: UploaderSettings,
        (spool_report, broker_report): (SpoolReport, BrokerReport),
        items: mpsc::Receiver<Item>,
        arrived: mpsc::Sender<Arrived>,
    ) -> Self {
        let now = Instant::now();
        let params = settings.connect.params();
        let pauses = [params.min_pause_secs, params.max_pause_secs].map(Duration::from_secs_f64);
        Self {
            refusals: Refusals::new(params.tries, pauses[0], pauses[1]),
            back_off: BackOff::new(pauses[0], pauses[1]),
            most_packet: usize::MAX,
            spool,
            settings,
            spool_report,
            broker_report,
            items,
            arrived,
            connection: None,
            is_up: false,
            retry_at: now,
            in_flight: HashMap::new(),
            notices: FuturesUnordered::new(),
            synced_at: now,
            budget: (1.0, now),
            last_loss: String::new(),
        }
    }

    /// Works until `end` is ready, within a runtime of one thread; then puts on disk what was handed over, and closes
    /// the spool.
    ///
    /// # Errors
    /// Where the spool cannot be closed in order.
    pub async fn run(mut self, end: impl Future<Output = ()>) -> io::Result<()> {
        let mut end = std::pin::pin!(end);
        let mut look = tokio::time::interval(LOOK);
        look.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let mut batch = Vec::with_capacity(AT_ONCE);
        loop {
            self.connect();
            self.send();
            tokio::select! {
                biased;
                () = &mut end => break,
                _ = look.tick() => self.look_after(),
                news = next_news(self.connection.as_mut()) => self.hear(news),
                Some(acknowledged) = self.notices.next() => self.acknowledged(acknowledged),
                n = self.items.recv_many(&mut batch, AT_ONCE) => {
                    if n == 0 {
                        break;
                    }
                    batch.drain(..).for_each(|item| self.keep(&item));
                }
            }
        }
        self.items.close();
        while let Some(item) = self.items.recv().await {
            self.keep(&item);
        }
        self.spool.close()
    }

    fn keep(&mut self, item: &Item) {
        let message = item.draft.to_bytes();
        match self.spool.push(item.class, &message) {
            Ok(_) => {}
            Err(error @ PushError::TooLarge { .. }) => tracing::warn!("{error}: it is not sent"),
            Err(error) => self.spool_report.failed(error.to_string()),
        }
    }

    fn look_after(&mut self) {
        let now = Instant::now();
        if now >= self.synced_at + self.settings.sync_every {
            self.synced_at = now;
            if let Err(error) = self.spool.sync() {
                self.spool_report
                    .failed(format!("what is in the spool may not outlive a power cut: {error}"));
            }
        }
        self.spool_report.update(&self.spool);
        let patience = Duration::from_secs_f64(self.settings.connect.params().ack_timeout_secs);
        if self.in_flight.values().any(|sent| now.duration_since(*sent) > patience) {
            self.lose("the broker does not acknowledge what it gets");
        }
    }

    fn connect(&mut self) {
        if self.connection.is_some() || Instant::now() < self.retry_at {
            return;
        }
        match self.settings.connect.make() {
            Ok(options) => {
                self.connection = Some(Connection::begin(options, self.settings.connect.params().in_flight));
            }
            Err(error) => self.lose(&format!("{error:#}")),
        }
    }

    /// The connection is over, or there will be none: what was in flight waits again.
    fn lose(&mut self, reason: &str) {
        self.connection = None;
        self.is_up = false;
        self.notices.clear();
        for ((class, sequence), _) in self.in_flight.drain() {
            self.spool.put_back(class, sequence);
        }
        self.retry_at = Instant::now() + self.back_off.pause();
        self.broker_report.lost(reason);
        if self.last_loss != reason {
            tracing::warn!(broker = self.settings.connect.address(), "no connection: {reason}");
            self.last_loss = reason.to_owned();
        }
    }

    fn hear(&mut self, news: Option<News>) {
        match news {
            Some(News::Up(most_bytes)) => {
                self.most_packet = most_bytes.map_or(usize::MAX, |most| most as usize);
                self.is_up = true;
                self.broker_report.connected();
                if !std::mem::take(&mut self.last_loss).is_empty() {
                    tracing::info!(broker = self.settings.connect.address(), "connected");
                }
                if let (Some(connection), Some(topic)) = (&self.connection, &self.settings.subscribes_to)
                    && let Err(error) = connection.client.try_subscribe(topic.as_str(), QoS::AtLeastOnce)
                {
                    tracing::warn!("commands cannot be listened to: {error}");
                }
            }
            Some(News::Message(publish)) => {
                let arrived = Arrived {
                    topic: String::from_utf8_lossy(&publish.topic).into_owned(),
                    payload: publish.payload.to_vec(),
                };
                // Whoever sends more than the robot can judge is not answered.
                let _ = self.arrived.try_send(arrived);
            }
            Some(News::Lost(error)) => {
                if was_closed(&error) {
                    let in_flight: Vec<(Class, u64)> = self.in_flight.keys().copied().collect();
                    if let Some((class, sequence)) = self.refusals.closed(&in_flight, Instant::now()) {
                        self.in_flight.remove(&(class, sequence));
                        self.give_up(class, sequence, "the broker closes the connection over it");
                    }
                }
                self.lose(&error.to_string());
            }
            None => self.lose("the connection has ended"),
        }
    }

    /// Fills the window.
    fn send(&mut self) {
        let window = self
            .refusals
            .window(usize::from(self.settings.connect.params().in_flight));
        while self.is_up && self.in_flight.len() < window && self.has_budget() {
            let now = Instant::now();
            let (refusals, in_flight) = (&self.refusals, &self.in_flight);
            let next = self.spool.take_next(|class, sequence| {
                let of_class = in_flight.keys().filter(|(other, _)| *other == class).count();
                refusals.may_go(class, sequence, of_class, now)
            });
            let Some(outgoing) = next else {
                return;
            };
            self.send_one(&outgoing);
        }
    }

    /// So many messages a second, and what is left of the last second at once.
    fn has_budget(&self) -> bool {
        let rate = self.settings.connect.params().max_rate_hz;
        self.budget.0 + self.budget.1.elapsed().as_secs_f64() * rate >= 1.0
    }

    fn spend(&mut self) {
        let rate = self.settings.connect.params().max_rate_hz;
        let saved = self.budget.0 + self.budget.1.elapsed().as_secs_f64() * rate;
        self.budget = (saved.min(rate.max(1.0)) - 1.0, Instant::now());
    }

    fn send_one(&mut self, outgoing: &Outgoing) {
        let (class, sequence) = (outgoing.class, outgoing.sequence);
        let Some(payload) = self.settings.envelope.write(outgoing, &self.spool.id()) else {
            return self.give_up(class, sequence, "what is in the spool is no message");
        };
        let topic = self.settings.envelope.topic(class.name());
        let most = self
            .settings
            .max_message_bytes
            .min(self.most_packet.saturating_sub(topic.len() + PACKET_OVERHEAD));
        if payload.len() > most {
            let reason = format!("{} bytes, of which at most {most} are taken", payload.len());
            return self.give_up(class, sequence, &reason);
        }
        let Some(connection) = &self.connection else {
            return self.spool.put_back(class, sequence);
        };
        let properties = PublishProperties {
            content_type: Some(self.settings.envelope.content_type().to_owned()),
            ..PublishProperties::default()
        };
        let options = PublishOptions::new(QoS::AtLeastOnce).properties(properties);
        match connection.client.try_publish_tracked(topic, payload, options) {
            Ok(notice) => {
                self.in_flight.insert((class, sequence), Instant::now());
                self.broker_report.sent.add(1);
                self.spend();
                self.notices
                    .push(Box::pin(async move { (class, sequence, notice.wait_async().await) }));
            }
            Err(error) => {
                self.spool.put_back(class, sequence);
                self.lose(&error.to_string());
            }
        }
    }

    fn acknowledged(&mut self, (class, sequence, result): Acknowledged) {
        // A message that was in flight on an earlier connection is in the spool again.
        if self.in_flight.remove(&(class, sequence)).is_none() {
            return;
        }
        match result {
            Ok(PublishResult::Qos1(ack)) => match ack.reason {
                PubAckReason::Success | PubAckReason::NoMatchingSubscribers => {
                    self.spool.acknowledge(class, sequence);
                    self.refusals.acknowledged(class, sequence);
                    self.back_off.reset();
                    self.broker_report.acknowledged.add(1);
                }
                PubAckReason::QuotaExceeded => {
                    self.spool.put_back(class, sequence);
                    self.refusals.pause(class, Instant::now());
                }
                reason => {
                    self.broker_report.refusals.add(1);
                    if self.refusals.refused(class, sequence, Instant::now()) {
                        self.give_up(class, sequence, &format!("the broker answers {reason:?}"));
                    } else {
                        self.spool.put_back(class, sequence);
                    }
                }
            },
            // The connection tells more of what has happened.
            _ => self.spool.put_back(class, sequence),
        }
    }

    /// A message is moved aside, and an event tells of it.
    fn give_up(&mut self, class: Class, sequence: u64, reason: &str) {
        tracing::error!(class = class.name(), sequence, "a message is moved aside: {reason}");
        self.spool.move_aside(class, sequence);
        let kind = "message_refused";
        let data = json!({ "class": class.name(), "sequence": sequence, "reason": reason });
        self.keep(&Item {
            class: class_of(kind),
            draft: Draft::now(kind, None, data),
        });
    }
}

async fn next_news(connection: Option<&mut Connection>) -> Option<News> {
    match connection {
        Some(connection) => connection.news.recv().await,
        None => pending().await,
    }
}

/// Whether the broker has ended the connection for what it was sent, as far as can be told.
fn was_closed(error: &ConnectionError) -> bool {
    use DisconnectReasonCode as Code;
    match error {
        ConnectionError::MqttState(StateError::ServerDisconnect { reason_code, .. }) => !matches!(
            reason_code,
            Code::ServerShuttingDown | Code::ServerBusy | Code::SessionTakenOver | Code::KeepAliveTimeout
        ),
        // An answer that the client library does not know, such as mosquitto's to what is too large for it, counts too.
        ConnectionError::MqttState(
            StateError::ConnectionAborted | StateError::Deserialization(_) | StateError::ProtocolViolation(_),
        ) => true,
        ConnectionError::MqttState(StateError::Io(error)) | ConnectionError::Io(error) => matches!(
            error.kind(),
            io::ErrorKind::ConnectionReset | io::ErrorKind::UnexpectedEof | io::ErrorKind::BrokenPipe
        ),
        _ => false,
    }
}
