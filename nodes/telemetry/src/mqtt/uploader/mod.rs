//! The one thread's work between the spool and the broker.

mod connecting;
mod sending;

use std::collections::HashMap;
use std::future::Future;
use std::io;
use std::time::{Duration, Instant};

use futures_util::StreamExt;
use futures_util::future::BoxFuture;
use futures_util::stream::FuturesUnordered;
use rumqttc::{Publish, PublishNoticeError, PublishResult};
use tokio::sync::mpsc;

use super::back_off::BackOff;
use super::connection::Connection;
use super::options::ConnectOptions;
use super::refusals::Refusals;
use super::reports::{BrokerReport, SpoolReport};
use crate::envelope::{Draft, Envelope};
use crate::spool::{Class, PushError, Spool};
use connecting::next_news;

/// What looks after time-outs and the disk.
const LOOK: Duration = Duration::from_millis(100);
/// How many messages are put on disk before the network gets its turn.
const AT_ONCE: usize = 64;

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
    /// How it says that it is written.
    pub content_type: Option<String>,
    /// What is in it.
    pub payload: Vec<u8>,
}

impl From<Publish> for Arrived {
    fn from(publish: Publish) -> Self {
        Self {
            topic: String::from_utf8_lossy(&publish.topic).into_owned(),
            content_type: publish.properties.and_then(|properties| properties.content_type),
            payload: publish.payload.to_vec(),
        }
    }
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

/// What became of a message that was sent.
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
}
