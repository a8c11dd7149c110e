//! What comes from a broker, read as what a robot has sent. Anybody may have written it.

use serde::Deserialize;
use serde_json::Value;
use thiserror::Error;

use super::{CBOR, source};
use crate::spool::Class;

/// Longest text of an error that comes from outside, characters.
const MOST_SHOWN: usize = 80;

/// A message of a robot.
#[derive(Debug, Clone, PartialEq)]
pub struct Received {
    /// The robot, which the topic and the event name alike.
    pub robot_id: String,
    /// What it is, such as `mode_changed`.
    pub kind: String,
    /// Its class.
    pub class: Class,
    /// The spool that has numbered it.
    pub spool: String,
    /// Its number there, among those of its class.
    pub sequence: u64,
    /// What there is to say.
    pub data: Value,
}

/// Why a message is not a robot's.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum NotReceived {
    /// The topic is not one of a robot.
    #[error("expected a topic PREFIX/ROBOT/CLASS, found {0:?}")]
    Topic(String),
    /// It is no CloudEvent of Sinew.
    #[error("it is no message of Sinew: {0}")]
    Form(String),
    /// A robot speaks on the topic of another one.
    #[error("expected {expected} on the topic of {robot}, found {found:?}")]
    Another {
        /// Whose topic it is.
        robot: String,
        /// What it would have to say.
        expected: String,
        /// What it says.
        found: String,
    },
}

/// The attributes of an event that say what it is.
#[derive(Debug, Deserialize)]
struct Event {
    specversion: String,
    source: String,
    #[serde(rename = "type")]
    kind: String,
    class: Class,
    spool: String,
    sequence: String,
    data: Value,
}

impl Received {
    /// Reads what came on a topic that begins with `prefix`.
    ///
    /// # Errors
    /// Why it is not what a robot sends there.
    pub fn read(prefix: &str, topic: &str, content_type: Option<&str>, payload: &[u8]) -> Result<Self, NotReceived> {
        let rest = topic.strip_prefix(prefix).and_then(|rest| rest.strip_prefix('/'));
        let levels = rest.and_then(|rest| rest.split_once('/'));
        let Some((robot, last)) = levels.filter(|(robot, last)| !robot.is_empty() && !last.contains('/')) else {
            return Err(NotReceived::Topic(shown(topic)));
        };
        let event: Event = if content_type == Some(CBOR) {
            ciborium::from_reader(payload).map_err(|error| form(&error))?
        } else {
            serde_json::from_slice(payload).map_err(|error| form(&error))?
        };
        let expect = |expected: String, found: &str| {
            if found == expected {
                Ok(())
            } else {
                Err(NotReceived::Another {
                    robot: shown(robot),
                    expected: shown(&expected),
                    found: shown(found),
                })
            }
        };
        expect(source(robot), &event.source)?;
        expect(event.class.name().to_owned(), last)?;
        let kind = event.kind.strip_prefix("sinew.");
        let kind = kind.filter(|_| event.specversion == "1.0");
        let kind = kind.ok_or_else(|| form(&"expected a CloudEvent 1.0 of a type `sinew.…`"))?;
        let is_name = |spool: &str| spool.len() == 16 && spool.bytes().all(|byte| byte.is_ascii_hexdigit());
        if !is_name(&event.spool) {
            return Err(form(&"`spool`: expected 16 hexadecimal digits"));
        }
        let sequence = event.sequence.parse();
        Ok(Self {
            robot_id: robot.to_owned(),
            kind: kind.to_owned(),
            class: event.class,
            spool: event.spool,
            sequence: sequence.map_err(|_| form(&"`sequence`: expected a number"))?,
            data: event.data,
        })
    }
}

fn form(error: &dyn std::fmt::Display) -> NotReceived {
    NotReceived::Form(shown(&error.to_string()))
}

/// As much of a text from outside as a line shows.
fn shown(text: &str) -> String {
    let plain = text.chars().map(|c| if c.is_control() { ' ' } else { c });
    plain.take(MOST_SHOWN).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;
    use crate::envelope::{Draft, Envelope};
    use crate::params::Encoding;
    use crate::spool::Outgoing;

    const SPOOL: &str = "0123456789abcdef";

    fn written(robot: &str, encoding: Encoding) -> (String, &'static str, Vec<u8>) {
        let envelope = Envelope {
            robot_id: robot.to_owned(),
            topic_prefix: "site/sinew".to_owned(),
            encoding,
        };
        let outgoing = Outgoing {
            class: Class::Events,
            sequence: 7,
            message: Draft::now("releases", None, json!({ "robot": robot })).to_bytes(),
            gaps: Vec::new(),
        };
        let payload = envelope.write(&outgoing, SPOOL).unwrap();
        (envelope.topic("events"), envelope.content_type(), payload)
    }

    #[test]
    fn what_a_robot_sends_is_read_in_both_encodings() {
        for encoding in [Encoding::Json, Encoding::Cbor] {
            let (topic, content_type, payload) = written("strider 7", encoding);
            let read = Received::read("site/sinew", &topic, Some(content_type), &payload).unwrap();
            let expected = Received {
                robot_id: "strider 7".to_owned(),
                kind: "releases".to_owned(),
                class: Class::Events,
                spool: SPOOL.to_owned(),
                sequence: 7,
                data: json!({ "robot": "strider 7" }),
            };
            assert_eq!(read, expected);
        }
    }

    #[test]
    fn what_is_on_another_robots_topic_or_on_none_is_refused() {
        let (topic, content_type, payload) = written("strider", Encoding::Json);
        let read = |topic: &str| Received::read("site/sinew", topic, Some(content_type), &payload).unwrap_err();
        for other in ["site/sinew/walker/events", "site/sinew/strider/health"] {
            assert!(matches!(read(other), NotReceived::Another { .. }), "{}", read(other));
        }
        for none in [
            "site/sinew/strider",
            "sinew/strider/events",
            "site/sinew//events",
            &format!("{topic}/x"),
        ] {
            assert!(matches!(read(none), NotReceived::Topic(_)), "{}", read(none));
        }
        let other = Received::read("site/sinew", &topic, None, b"{}").unwrap_err();
        assert!(matches!(other, NotReceived::Form(_)), "{other}");
    }

    proptest! {
        #[test]
        fn no_message_panics(at: usize, byte: u8, length: usize, is_cbor: bool) {
            let encoding = if is_cbor { Encoding::Cbor } else { Encoding::Json };
            let (topic, content_type, mut payload) = written("strider", encoding);
            let place = at % payload.len();
            payload[place] = byte;
            payload.truncate(1 + length % payload.len());
            if let Err(error) = Received::read("site/sinew", &topic, Some(content_type), &payload) {
                prop_assert!(!error.to_string().chars().any(char::is_control));
            }
        }
    }
}
