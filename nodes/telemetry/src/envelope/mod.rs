//! CloudEvents 1.0 around what the spool keeps.

mod received;

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::params::Encoding;
use crate::spool::{Class, Gap, Outgoing};

pub use received::{NotReceived, Received};

/// The version of what messages say: the last part of their `dataschema`.
pub const SCHEMA_VERSION: u32 = 1;

const JSON: &str = "application/cloudevents+json";
const CBOR: &str = "application/cloudevents+cbor";

/// What the spool keeps of a message: all but what is only known when it goes out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Draft {
    /// What has happened, such as `mode_changed`.
    pub kind: String,
    /// When, by the system's clock: RFC 3339.
    pub time: String,
    /// What it is about, such as a node.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// What there is to say; `docs/telemetry.md` has the form of each kind.
    pub data: Value,
}

impl Draft {
    /// Of now.
    pub fn now(kind: &str, subject: Option<String>, data: Value) -> Self {
        Self::at(SystemTime::now(), kind, subject, data)
    }

    /// Of this time; what is before 1970 is taken for its beginning.
    pub fn at(time: SystemTime, kind: &str, subject: Option<String>, data: Value) -> Self {
        let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
        Self {
            kind: kind.to_owned(),
            time: rfc3339(since),
            subject,
            data,
        }
    }

    /// As the spool keeps it.
    pub fn to_bytes(&self) -> Vec<u8> {
        // Texts as keys, numbers, texts: nothing in it that JSON cannot say.
        serde_json::to_vec(self).unwrap_or_default()
    }
}

/// How messages look, and where they go.
#[derive(Debug, Clone)]
pub struct Envelope {
    /// Name of the robot.
    pub robot_id: String,
    /// What topics begin with.
    pub topic_prefix: String,
    /// How messages are written.
    pub encoding: Encoding,
}

impl Envelope {
    /// The topic of a class, or of another name.
    pub fn topic(&self, last: &str) -> String {
        format!("{}/{}/{last}", self.topic_prefix, self.robot_id)
    }

    /// How a message says that it is one.
    pub fn content_type(&self) -> &'static str {
        match self.encoding {
            Encoding::Json => JSON,
            Encoding::Cbor => CBOR,
        }
    }

    /// What goes out; `None` where the spool has something that no draft was.
    pub fn write(&self, outgoing: &Outgoing, spool_id: &str) -> Option<Vec<u8>> {
        let draft: Draft = serde_json::from_slice(&outgoing.message).ok()?;
        let (class, sequence) = (outgoing.class, outgoing.sequence);
        let mut event = Map::new();
        event.insert("specversion".to_owned(), json!("1.0"));
        event.insert("id".to_owned(), json!(format!("{spool_id}-{class}-{sequence}")));
        event.insert("source".to_owned(), json!(source(&self.robot_id)));
        event.insert("type".to_owned(), json!(format!("sinew.{}", draft.kind)));
        event.insert("dataschema".to_owned(), json!(schema_name(&draft.kind)));
        event.insert("datacontenttype".to_owned(), json!("application/json"));
        event.insert("time".to_owned(), json!(draft.time));
        if let Some(subject) = draft.subject {
            event.insert("subject".to_owned(), json!(subject));
        }
        event.insert("class".to_owned(), json!(class.name()));
        event.insert("spool".to_owned(), json!(spool_id));
        event.insert("sequence".to_owned(), json!(format!("{sequence:020}")));
        if !outgoing.gaps.is_empty() {
            event.insert("gaps".to_owned(), json!(gaps_text(&outgoing.gaps)));
        }
        event.insert("data".to_owned(), draft.data);
        match self.encoding {
            Encoding::Json => serde_json::to_vec(&event).ok(),
            Encoding::Cbor => {
                let mut bytes = Vec::new();
                ciborium::into_writer(&event, &mut bytes).ok()?;
                Some(bytes)
            }
        }
    }
}

/// The name of the schema of a kind of data.
pub fn schema_name(kind: &str) -> String {
    format!("urn:sinew:telemetry:{kind}:{SCHEMA_VERSION}")
}

/// Attributes of CloudEvents are no lists: ranges with their reasons, such as `1-4 quota, 9-9 damaged`.
fn gaps_text(gaps: &[Gap]) -> String {
    gaps.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

/// Who sends, as an event says it.
fn source(robot_id: &str) -> String {
    format!("/robots/{}", uri_segment(robot_id))
}

/// A text within a URI's path.
fn uri_segment(text: &str) -> String {
    let escape = |byte: u8| match byte {
        b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => char::from(byte).to_string(),
        _ => format!("%{byte:02X}"),
    };
    text.bytes().map(escape).collect()
}

/// A time since 1970 as RFC 3339 has it, in UTC, to the millisecond. The date is Hinnant's `civil_from_days`.
fn rfc3339(since: Duration) -> String {
    let (days, secs) = (since.as_secs() / 86_400, since.as_secs() % 86_400);
    let shifted = days + 719_468;
    let (era, day_of_era) = (shifted / 146_097, shifted % 146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 {
        shifted_month + 3
    } else {
        shifted_month - 9
    };
    let year = year_of_era + era * 400 + u64::from(month <= 2);
    let (hour, minute, second) = (secs / 3600, secs / 60 % 60, secs % 60);
    let millis = since.subsec_millis();
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{millis:03}Z")
}

/// Which class a kind of message is of.
pub fn class_of(kind: &str) -> Class {
    match kind {
        "stopped" => Class::Safety,
        "command_answered" => Class::Replies,
        "health" => Class::Health,
        "segment" => Class::Bulk,
        _ => Class::Events,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spool::Reason;

    #[test]
    fn times_are_written_as_rfc_3339_has_them() {
        for (secs, text) in [
            (0, "1970-01-01T00:00:00.000Z"),
            (951_782_400, "2000-02-29T00:00:00.000Z"),
            (1_798_761_599, "2026-12-31T23:59:59.000Z"),
        ] {
            assert_eq!(rfc3339(Duration::from_secs(secs)), text);
        }
    }

    #[test]
    fn gaps_are_ranges_with_their_reasons() {
        let gap = |from, to, reason| Gap { from, to, reason };
        let gaps = [gap(1, 4, Reason::Quota), gap(9, 9, Reason::Damaged)];
        assert_eq!(gaps_text(&gaps), "1-4 quota, 9-9 damaged");
    }
}
