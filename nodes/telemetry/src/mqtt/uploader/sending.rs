//! Which message goes out when, and what becomes of it.

use std::time::Instant;

use rumqttc::mqttbytes::v5::{PubAckReason, PublishProperties};
use rumqttc::{PublishOptions, PublishResult, QoS};
use serde_json::json;

use super::{Acknowledged, Item, Uploader};
use crate::envelope::{Draft, class_of};
use crate::spool::{Class, Outgoing};

/// What MQTT has around topic and message at most, bytes.
const PACKET_OVERHEAD: usize = 96;

impl Uploader {
    /// Fills the window.
    pub(super) fn send(&mut self) {
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

    pub(super) fn acknowledged(&mut self, (class, sequence, result): Acknowledged) {
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
    pub(super) fn give_up(&mut self, class: Class, sequence: u64, reason: &str) {
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
