//! What a recording says of itself: read from its summary, without reading its messages.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;

use mcap::sans_io::SummaryReader;
use mcap::sans_io::summary_reader::SummaryReadEvent;
use serde::{Deserialize, Serialize};

/// How an MCAP file begins and ends.
pub(crate) const MAGIC: &[u8; 8] = b"\x89MCAP0\r\n";
/// Longest record of a summary that is believed, bytes.
const MAX_RECORD: usize = 64 << 20;

/// What is in a recording.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contents {
    /// When its first message was recorded, nanoseconds since 1970; not known where the file does not say it.
    pub start_ns: Option<u64>,
    /// When its last one was.
    pub end_ns: Option<u64>,
    /// Its topics, by name.
    pub topics: Vec<Topic>,
}

/// A topic of a recording.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Topic {
    /// Its name.
    pub name: String,
    /// Type of its messages, such as `sensor_msgs/msg/Image`.
    #[serde(rename = "type")]
    pub kind: String,
    /// How many there are.
    pub messages: u64,
}

/// Refuses what is no whole recording, before anything else is made of it.
pub(crate) fn expect_whole(file: &Path) -> std::io::Result<()> {
    let refused = |found: String| {
        Err(std::io::Error::other(format!(
            "expected a whole recording, found {found}"
        )))
    };
    if !std::fs::symlink_metadata(file)?.is_file() {
        return refused("no plain file".to_owned());
    }
    match sinew_recording::Reader::open(file) {
        Ok(reader) if reader.info().is_complete => Ok(()),
        Ok(_) => refused("one without an end: `sinew record repair` makes one of it".to_owned()),
        Err(error) => refused(error.to_string()),
    }
}

impl Contents {
    /// What the summary of a file says; nothing where it has none that can be read.
    pub(crate) fn of(path: &Path) -> Self {
        summary(path).map(Self::from).unwrap_or_default()
    }
}

impl From<mcap::Summary> for Contents {
    fn from(summary: mcap::Summary) -> Self {
        let stats = summary.stats.unwrap_or_default();
        let has_messages = stats.message_count > 0;
        let mut topics: Vec<Topic> = Vec::new();
        for (id, channel) in summary.channels {
            let messages = stats.channel_message_counts.get(&id).copied().unwrap_or(0);
            let kind = channel.schema.as_ref().map(|schema| schema.name.clone());
            topics.push(Topic {
                name: channel.topic.clone(),
                kind: kind.unwrap_or_default(),
                messages,
            });
        }
        topics.sort_by(|a, b| (&a.name, &a.kind).cmp(&(&b.name, &b.kind)));
        Self {
            start_ns: has_messages.then_some(stats.message_start_time),
            end_ns: has_messages.then_some(stats.message_end_time),
            topics,
        }
    }
}

fn summary(path: &Path) -> Option<mcap::Summary> {
    let mut file = File::open(path).ok()?;
    let options = mcap::sans_io::SummaryReaderOptions::default().with_record_length_limit(MAX_RECORD);
    let mut reader = SummaryReader::new_with_options(options);
    while let Some(event) = reader.next_event() {
        match event.ok()? {
            SummaryReadEvent::ReadRequest(need) => {
                let n = file.read(reader.insert(need)).ok()?;
                reader.notify_read(n);
            }
            SummaryReadEvent::SeekRequest(to) => reader.notify_seeked(file.seek(to).ok()?),
        }
    }
    reader.finish()
}

/// Whether a file ends as a whole MCAP file does.
pub(crate) fn ends_whole(path: &Path) -> bool {
    let ends = || -> std::io::Result<bool> {
        let mut file = File::open(path)?;
        // Both ends: a file of eight bytes is not whole.
        if file.metadata()?.len() < 2 * MAGIC.len() as u64 {
            return Ok(false);
        }
        file.seek(SeekFrom::End(-(MAGIC.len() as i64)))?;
        let mut end = [0; MAGIC.len()];
        file.read_exact(&mut end)?;
        Ok(end == *MAGIC)
    };
    ends().unwrap_or(false)
}
