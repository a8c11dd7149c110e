//! Reads recordings, in the order of time.

mod file;

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use sinew_messages::dynamic::Schema;

use self::file::RecordedFile;
use crate::ExportError;

/// What is kept in memory at most of files that overlap in time.
const MAX_HELD_BYTES: usize = 256 << 20;

/// A recording that was opened: a file, or several that follow each other.
#[derive(Debug)]
pub struct Recording {
    files: Vec<RecordedFile>,
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
    /// Opens a file and reads what is in it, but for the messages.
    ///
    /// # Errors
    /// A file that cannot be read, is no MCAP, or was never finished; two types on one topic.
    pub fn open(path: &Path) -> Result<Self, ExportError> {
        Self::of_files(path, &[])
    }

    /// Opens the files of one recording, in the order in which they were written.
    ///
    /// # Errors
    /// As those of [`Recording::open`].
    pub fn of_files(first: &Path, others: &[PathBuf]) -> Result<Self, ExportError> {
        let mut files = vec![RecordedFile::open(first)?];
        for path in others {
            files.push(RecordedFile::open(path)?);
        }
        let topics = topics(&files)?;
        Ok(Self { files, topics })
    }

    /// Where it lies, or the first of its files.
    pub fn path(&self) -> &Path {
        self.files.first().map_or(Path::new(""), |file| &file.path)
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
            path: self.path().to_owned(),
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
        found.ok_or_else(|| ExportError::recording(self.path(), format!("{topic}: expected messages, found none")))
    }

    /// A message that cannot be used, for this reason.
    pub(crate) fn bad_message(&self, topic: &str, log_time: u64, problem: impl Into<String>) -> ExportError {
        let before = self.files.iter().rev().find(|file| file.begin() <= log_time);
        ExportError::Message {
            path: before.map_or(self.path(), |file| &file.path).to_owned(),
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
        if topics.is_empty() {
            return Ok(());
        }
        let mut held = Held::default();
        for (i, file) in self.files.iter().enumerate() {
            let next = self.files[i + 1..].iter().map(RecordedFile::begin).min();
            let next = next.unwrap_or(u64::MAX);
            let read = file.read(topics, |message| {
                if held.give(message.log_time.min(next.saturating_sub(1)), &mut take)?.is_break() {
                    return Ok(ControlFlow::Break(()));
                }
                if message.log_time >= next {
                    held.add(message);
                    if held.bytes > MAX_HELD_BYTES {
                        let problem = "more of it was recorded after the next file began than can be kept in order: did \
                                       the clock go back? `--each-file` takes each file by itself";
                        return Err(ExportError::recording(&file.path, problem));
                    }
                    return Ok(ControlFlow::Continue(()));
                }
                take(message)
            })?;
            if read.is_break() {
                return Ok(());
            }
        }
        held.give(u64::MAX, &mut take).map(drop)
    }
}

/// What is recorded late in a file, or early in the next one, so that files overlap in time: it waits for its turn.
#[derive(Debug, Default)]
struct Held {
    by_time: BTreeMap<u64, Vec<HeldMessage>>,
    bytes: usize,
}

#[derive(Debug)]
struct HeldMessage {
    topic: String,
    sequence: u32,
    publish_time: u64,
    data: Vec<u8>,
}

impl Held {
    fn add(&mut self, message: Recorded<'_>) {
        self.bytes += message.data.len();
        self.by_time.entry(message.log_time).or_default().push(HeldMessage {
            topic: message.topic.to_owned(),
            sequence: message.sequence,
            publish_time: message.publish_time,
            data: message.data.to_vec(),
        });
    }

    /// Hands on what was recorded until then.
    fn give(
        &mut self,
        until: u64,
        take: &mut impl FnMut(Recorded<'_>) -> Result<ControlFlow<()>, ExportError>,
    ) -> Result<ControlFlow<()>, ExportError> {
        while let Some(first) = self.by_time.first_entry().filter(|first| *first.key() <= until) {
            let log_time = *first.key();
            for message in first.remove() {
                self.bytes -= message.data.len();
                let given = take(Recorded {
                    topic: &message.topic,
                    sequence: message.sequence,
                    log_time,
                    publish_time: message.publish_time,
                    data: &message.data,
                })?;
                if given.is_break() {
                    return Ok(given);
                }
            }
        }
        Ok(ControlFlow::Continue(()))
    }
}

fn topics(files: &[RecordedFile]) -> Result<Vec<Topic>, ExportError> {
    let mut topics: BTreeMap<String, Topic> = BTreeMap::new();
    for file in files {
        for found in file.topics() {
            match topics.get_mut(&found.name) {
                None => drop(topics.insert(found.name.clone(), found)),
                Some(known) if (&known.type_name, &known.schema) == (&found.type_name, &found.schema) => {
                    known.messages += found.messages;
                }
                Some(known) => {
                    let [one, other] = [&known.type_name, &found.type_name];
                    let problem = format!("{}: expected one type, found {one} and {other}", found.name);
                    return Err(ExportError::recording(&file.path, problem));
                }
            }
        }
    }
    Ok(topics.into_values().collect())
}

#[cfg(test)]
mod tests;
