//! Reads recordings, ours and those of others. Memory is bounded by the largest chunk, whatever a file says.

mod chunk;
mod declared;
mod fields;
mod record;
mod records;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

pub(crate) use self::records::{Item, Records, Skip};
use crate::error::RecordingError;

/// What a topic's messages are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Channel {
    /// Its number in the file.
    pub id: u16,
    /// The topic.
    pub topic: String,
    /// How messages are encoded: `cdr`.
    pub encoding: String,
    /// The type, such as `sensor_msgs/msg/JointState`; empty where the file says none.
    pub schema: String,
    /// How the type is defined: `ros2msg`.
    pub schema_encoding: String,
    /// Its definition.
    pub definition: Vec<u8>,
    /// Anything else.
    pub metadata: BTreeMap<String, String>,
}

/// A message of a recording.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordedMessage {
    /// Its channel: topic, type, encoding.
    pub channel: Arc<Channel>,
    /// Its number in the channel.
    pub sequence: u32,
    /// When it was recorded.
    pub log_time_nanos: u64,
    /// When it was published.
    pub publish_time_nanos: u64,
    /// The message, encoded.
    pub data: Vec<u8>,
}

/// An attached file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attachment {
    /// Its name.
    pub name: String,
    /// What it is, such as `application/octet-stream`.
    pub media_type: String,
    /// When it was attached.
    pub log_time_nanos: u64,
    /// Its bytes.
    pub data: Vec<u8>,
}

/// What a file says of itself.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Info {
    /// The profile: `ros2`.
    pub profile: String,
    /// What wrote it.
    pub library: String,
    /// Whether it has an end and an index.
    pub is_complete: bool,
    /// Its messages.
    pub messages: u64,
    /// Time of the first and of the last message, nanoseconds.
    pub times: Option<(u64, u64)>,
    /// Its channels, by topic, each with the number of its messages.
    pub channels: Vec<(Arc<Channel>, u64)>,
    /// Its metadata, in their order.
    pub metadata: Vec<(String, BTreeMap<String, String>)>,
}

impl Info {
    /// The last metadata record of this name.
    pub fn metadata(&self, name: &str) -> Option<&BTreeMap<String, String>> {
        self.metadata
            .iter()
            .rev()
            .find(|(found, _)| found == name)
            .map(|(_, map)| map)
    }
}

/// A recording that can be read.
#[derive(Debug)]
pub struct Reader {
    path: PathBuf,
    info: Info,
}

impl Reader {
    /// Opens a file and goes through it: by its index where it has an end, else by reading all that is there.
    ///
    /// # Errors
    /// Where it cannot be read, is no MCAP file, or is damaged. That a file has no end is no error here:
    /// [`Info::is_complete`] says it.
    pub fn open(path: &Path) -> Result<Self, RecordingError> {
        let info = match indexed(path)? {
            Some(info) => info,
            None => counted(path)?,
        };
        let path = path.to_owned();
        Ok(Self { path, info })
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What the file says of itself.
    pub fn info(&self) -> &Info {
        &self.info
    }

    /// All messages, in the order of the file. One without an end gives what it has, and then
    /// [`RecordingError::Cut`].
    ///
    /// # Errors
    /// Where the file cannot be opened again.
    pub fn messages(&self) -> Result<Messages, RecordingError> {
        self.messages_of(None)
    }

    /// Those of some topics alone, in the order of the file.
    ///
    /// # Errors
    /// Where the file cannot be opened again.
    pub fn messages_of(&self, topics: Option<&[&str]>) -> Result<Messages, RecordingError> {
        let skip = Skip {
            attachments: true,
            ..Skip::default()
        };
        Ok(Messages {
            records: Records::open(&self.path, skip)?,
            topics: topics.map(|topics| topics.iter().map(|&topic| topic.to_owned()).collect()),
        })
    }

    /// The attached files, each read when its turn comes.
    ///
    /// # Errors
    /// Where the file cannot be opened again.
    pub fn attachments(&self) -> Result<Attachments, RecordingError> {
        let skip = Skip {
            chunks: true,
            messages: true,
            declarations: true,
            ..Skip::default()
        };
        Records::open(&self.path, skip).map(Attachments)
    }
}

/// Messages of a file, in its order.
#[derive(Debug)]
pub struct Messages {
    records: Records,
    topics: Option<BTreeSet<String>>,
}

impl Iterator for Messages {
    type Item = Result<RecordedMessage, RecordingError>;

    fn next(&mut self) -> Option<Self::Item> {
        let topics = &self.topics;
        self.records.find_map(|item| match item {
            Ok(Item::Message(message)) => {
                let is_asked = topics
                    .as_ref()
                    .is_none_or(|topics| topics.contains(&message.channel.topic));
                is_asked.then_some(Ok(message))
            }
            Ok(_) => None,
            Err(error) => Some(Err(error)),
        })
    }
}

/// Attachments of a file, in its order.
#[derive(Debug)]
pub struct Attachments(Records);

impl Iterator for Attachments {
    type Item = Result<Attachment, RecordingError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.0.find_map(|item| match item {
            Ok(Item::Attachment {
                log_time,
                name,
                media_type,
                data,
                ..
            }) => Some(Ok(Attachment {
                name,
                media_type,
                log_time_nanos: log_time,
                data,
            })),
            Ok(_) => None,
            Err(error) => Some(Err(error)),
        })
    }
}

/// What the file's own index says, without reading its chunks. None where it has no end or no statistics.
fn indexed(path: &Path) -> Result<Option<Info>, RecordingError> {
    let skip = Skip {
        chunks: true,
        attachments: true,
        messages: true,
        declarations: false,
    };
    let mut records = Records::open(path, skip)?;
    let mut info = Info::default();
    let mut counts = None;
    for item in &mut records {
        match item {
            Ok(Item::Statistics {
                messages,
                times,
                by_channel,
            }) => {
                info.messages = messages;
                info.times = (messages > 0).then_some(times);
                counts = Some(by_channel);
            }
            Ok(item) => note(&mut info, item),
            // A message's channel may be within a chunk that was skipped.
            Err(RecordingError::Damaged { .. } | RecordingError::Cut { .. }) => return Ok(None),
            Err(error) => return Err(error),
        }
    }
    info.is_complete = records.has_ended();
    let Some(counts) = counts.filter(|_| info.is_complete) else {
        return Ok(None);
    };
    if counts.keys().any(|id| !records.channels().contains_key(id)) {
        return Ok(None);
    }
    info.channels = by_topic(&records, &counts);
    Ok(Some(info))
}

/// What reading the whole file says.
fn counted(path: &Path) -> Result<Info, RecordingError> {
    let skip = Skip {
        attachments: true,
        ..Skip::default()
    };
    let mut records = Records::open(path, skip)?;
    let mut info = Info::default();
    let mut counts: BTreeMap<u16, u64> = BTreeMap::new();
    for item in &mut records {
        match item {
            Ok(Item::Message(message)) => {
                let time = message.log_time_nanos;
                info.messages += 1;
                info.times = Some(
                    info.times
                        .map_or((time, time), |(start, end)| (start.min(time), end.max(time))),
                );
                *counts.entry(message.channel.id).or_default() += 1;
            }
            Ok(item) => note(&mut info, item),
            Err(error) if error.is_cut() => {}
            Err(error) => return Err(error),
        }
    }
    info.is_complete = records.has_ended();
    info.channels = by_topic(&records, &counts);
    Ok(info)
}

fn note(info: &mut Info, item: Item) {
    match item {
        Item::Header { profile, library } => (info.profile, info.library) = (profile, library),
        Item::Metadata { name, map } => info.metadata.push((name, map)),
        _ => {}
    }
}

fn by_topic(records: &Records, counts: &BTreeMap<u16, u64>) -> Vec<(Arc<Channel>, u64)> {
    let with_count = |channel: &Arc<Channel>| (channel.clone(), counts.get(&channel.id).copied().unwrap_or(0));
    let mut channels: Vec<_> = records.channels().values().map(with_count).collect();
    channels.sort_by(|(one, _), (other, _)| (&one.topic, one.id).cmp(&(&other.topic, other.id)));
    channels
}
