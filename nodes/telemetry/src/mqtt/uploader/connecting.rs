//! How a connection comes about, what it brings, and how it ends.

use std::future::pending;
use std::io;
use std::time::Instant;

use rumqttc::mqttbytes::v5::DisconnectReasonCode;
use rumqttc::{ConnectionError, QoS, StateError};

use super::super::connection::{Connection, News};
use super::{Arrived, Uploader};
use crate::spool::Class;

impl Uploader {
    pub(super) fn connect(&mut self) {
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
    pub(super) fn lose(&mut self, reason: &str) {
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

    pub(super) fn hear(&mut self, news: Option<News>) {
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
            Some(News::Subscribed(None)) => {}
            Some(News::Subscribed(Some(refused))) => {
                tracing::warn!("commands cannot be listened to: the broker answers {refused}");
            }
            Some(News::Message(publish)) => {
                // Whoever sends more than the robot can judge is not answered.
                let _ = self.arrived.try_send(Arrived::from(*publish));
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
}

/// What the connection tells next; nothing where there is none.
pub(super) async fn next_news(connection: Option<&mut Connection>) -> Option<News> {
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
