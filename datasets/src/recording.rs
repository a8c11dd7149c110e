//! Reads recordings, in the order of time. What is known of MCAP is in this file.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use mcap::sans_io::{
    IndexedReadEvent, IndexedReader, IndexedReaderOptions, SummaryReadEvent, SummaryReader, SummaryReaderOptions,
};
use sinew_messages::dynamic::Schema;

use crate::ExportError;

/// Larger records are a damaged file's.
const MAX_RECORD: usize = 1 << 30;

/// A recording that was opened.
#[derive(Debug)]
pub struct Recording {
    path: PathBuf,
    length: u64,
    summary: mcap::Summary,
    topics: Vec<Topic>,
}

/// A topic of a recording.
#[derive(Debug, Clone, PartialEq)]
pub struct Topic {
    /// Its name, such as `/joint_states`.
    pub name: String,
    /// Full name of its type, such as `sensor_msgs/msg/JointState`.
    pub type_name: String,
    /// How many messages of it there are.
    pub messages: u64,
    /// What was written about it.
    pub metadata: BTreeMap<String, String>,
    /// Its type's schema; None where its messages are not ROS 2's.
    schema: Option<String>,
}

impl Topic {
    /// Whether its messages are CDR with a schema of encoding `ros2msg`.
    pub fn is_readable(&self) -> bool {
        self.schema.is_some()
    }
}

/// A message as it was recorded.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Recorded<'a> {
    pub(crate) topic: &'a str,
    pub(crate) sequence: u32,
    /// When it was recorded, ns since 1970.
    pub(crate) log_time: u64,
    /// When it was published, ns since 1970.
    pub(crate) publish_time: u64,
    pub(crate) data: &'a [u8],
}

impl Recording {
    /// Opens a recording and reads what is in it, but for the messages.
    ///
    /// # Errors
    /// A file that cannot be read, is no MCAP, or was never finished; two types on one topic.
    pub fn open(path: &Path) -> Result<Self, ExportError> {
        let unreadable = |error| ExportError::Read(path.to_owned(), error);
        let broken = |error| ExportError::Mcap(path.to_owned(), error);
        let metadata = std::fs::metadata(path).map_err(unreadable)?;
        if !metadata.is_file() {
            // Of a pipe nobody knows how long it will be.
            return Err(unreadable(std::io::ErrorKind::InvalidInput.into()));
        }
        let length = metadata.len();
        let mut file = File::open(path).map_err(unreadable)?;
        let options = SummaryReaderOptions::default()
            .with_file_size(length)
            .with_record_length_limit(MAX_RECORD);
        let mut reader = SummaryReader::new_with_options(options);
        while let Some(event) = reader.next_event() {
            match event.map_err(broken)? {
                SummaryReadEvent::ReadRequest(need) => {
                    let read = file.read(reader.insert(need)).map_err(unreadable)?;
                    reader.notify_read(read);
                }
                SummaryReadEvent::SeekRequest(to) => {
                    reader.notify_seeked(file.seek(to).map_err(unreadable)?);
                }
            }
        }
        let summary = reader.finish().ok_or_else(|| ExportError::NoIndex(path.to_owned()))?;
        let topics = topics(path, &summary)?;
        Ok(Self {
            path: path.to_owned(),
            length,
            summary,
            topics,
        })
    }

    /// Where it lies.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Its topics, by name.
    pub fn topics(&self) -> &[Topic] {
        &self.topics
    }

    /// The topic of this name.
    pub fn topic(&self, name: &str) -> Option<&Topic> {
        self.topics.iter().find(|topic| topic.name == name)
    }

    /// The schema of a topic.
    pub(crate) fn schema(&self, topic: &Topic) -> Result<Schema, ExportError> {
        let text = topic.schema.as_deref().unwrap_or_default();
        Schema::parse(&topic.type_name, text).map_err(|source| ExportError::Schema {
            path: self.path.clone(),
            topic: topic.name.clone(),
            source: Box::new(source),
        })
    }

    /// The first message of a topic: when it was recorded, and its bytes.
    pub(crate) fn first(&self, topic: &str) -> Result<(u64, Vec<u8>), ExportError> {
        let mut found = None;
        self.read(&[topic], |message| {
            found = Some((message.log_time, message.data.to_vec()));
            Ok(ControlFlow::Break(()))
        })?;
        found.ok_or_else(|| ExportError::recording(&self.path, format!("{topic}: expected messages, found none")))
    }

    /// A message that cannot be used, for this reason.
    pub(crate) fn bad_message(&self, topic: &str, log_time: u64, problem: impl Into<String>) -> ExportError {
        ExportError::Message {
            path: self.path.clone(),
            topic: topic.to_owned(),
            log_time,
            problem: problem.into(),
        }
    }

    /// Hands on the messages of some topics in the order in which they were recorded, until one breaks it off.
    pub(crate) fn read(
        &self,
        topics: &[&str],
        mut take: impl FnMut(Recorded<'_>) -> Result<ControlFlow<()>, ExportError>,
    ) -> Result<(), ExportError> {
        let unreadable = |error| ExportError::Read(self.path.clone(), error);
        let broken = |error| ExportError::Mcap(self.path.clone(), error);
        if topics.is_empty() {
            return Ok(());
        }
        let mut file = File::open(&self.path).map_err(unreadable)?;
        let mut options = IndexedReaderOptions::new().include_topics(topics.iter().copied());
        options.record_length_limit = Some(MAX_RECORD);
        let mut reader = IndexedReader::new_with_options(&self.summary, options).map_err(broken)?;
        let mut chunk = Vec::new();
        while let Some(event) = reader.next_event() {
            match event.map_err(broken)? {
                IndexedReadEvent::ReadChunkRequest { offset, length } => {
                    if offset.checked_add(length as u64).is_none_or(|end| end > self.length) {
                        return Err(broken(mcap::McapError::UnexpectedEof));
                    }
                    chunk.resize(length, 0);
                    file.seek(SeekFrom::Start(offset)).map_err(unreadable)?;
                    file.read_exact(&mut chunk).map_err(unreadable)?;
                    reader.insert_chunk_record_data(offset, &chunk).map_err(broken)?;
                }
                IndexedReadEvent::Message { header, data } => {
                    let Some(channel) = self.summary.channels.get(&header.channel_id) else {
                        continue;
                    };
                    let message = Recorded {
                        topic: &channel.topic,
                        sequence: header.sequence,
                        log_time: header.log_time,
                        publish_time: header.publish_time,
                        data,
                    };
                    if take(message)?.is_break() {
                        break;
                    }
                }
            }
        }
        Ok(())
    }
}

fn topics(path: &Path, summary: &mcap::Summary) -> Result<Vec<Topic>, ExportError> {
    let mut topics: BTreeMap<&str, Topic> = BTreeMap::new();
    for (id, channel) in &summary.channels {
        let schema = channel.schema.as_ref();
        let is_ros2 = channel.message_encoding == "cdr" && schema.is_some_and(|schema| schema.encoding == "ros2msg");
        let text = schema.and_then(|schema| String::from_utf8(schema.data.to_vec()).ok());
        let counts = summary.stats.as_ref().map(|stats| &stats.channel_message_counts);
        let messages = counts.and_then(|counts| counts.get(id)).copied().unwrap_or_default();
        let found = Topic {
            name: channel.topic.clone(),
            type_name: schema.map_or_else(String::new, |schema| schema.name.clone()),
            messages,
            metadata: channel.metadata.clone(),
            schema: text.filter(|_| is_ros2),
        };
        match topics.get_mut(channel.topic.as_str()) {
            None => drop(topics.insert(&channel.topic, found)),
            Some(known) if (&known.type_name, &known.schema) == (&found.type_name, &found.schema) => {
                known.messages += messages;
            }
            Some(known) => {
                let [one, other] = [&known.type_name, &found.type_name];
                let problem = format!("{}: expected one type, found {one} and {other}", found.name);
                return Err(ExportError::recording(path, problem));
            }
        }
    }
    Ok(topics.into_values().collect())
}
