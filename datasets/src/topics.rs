//! A Parquet file for each topic.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;

use arrow_array::{ArrayRef, TimestampNanosecondArray, UInt32Array};
use arrow_schema::{DataType, Field, TimeUnit};
use sinew_messages::dynamic::{Schema, Value};

use crate::columns::{self, Column};
use crate::recording::{Recorded, Recording};
use crate::staging::Staging;
use crate::table::Table;
use crate::{ExportError, Topic};

/// Messages of so many bytes become a batch of rows.
const BATCH_BYTES: usize = 8 << 20;
/// A batch has at most so many rows.
const BATCH_ROWS: usize = 65_536;
/// A row group of so many bytes is written.
const GROUP_BYTES: usize = 64 << 20;
/// Names that no field of a ROS 2 message can have.
const TIMES: [&str; 2] = ["_log_time", "_publish_time"];
const SEQUENCE: &str = "_sequence";

/// What came out of some recordings.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Exported {
    /// Topics with their files, and how many messages are in them.
    pub topics: Vec<(String, String, u64)>,
    /// Topics that were left out, for their messages are not those of ROS 2.
    pub left_out: Vec<String>,
}

/// Which topics of a recording are exported: those that are named, or all.
fn chosen<'a>(recording: &'a Recording, named: &'a [String]) -> impl Iterator<Item = &'a Topic> {
    let is_named = |topic: &&Topic| named.is_empty() || named.contains(&topic.name);
    recording.topics().iter().filter(is_named)
}

/// Writes the messages of `recordings` into a new folder `out`, a file for each topic. `named` are the topics to export,
/// all where it is empty. `progress` hears how many messages have been written, of how many.
///
/// # Errors
/// Recordings that cannot be read or do not go together, messages that are not what their schemas say, a folder that is
/// there, files that cannot be written. Nothing is left of the folder then.
pub fn export(
    recordings: &[Recording],
    named: &[String],
    out: &Path,
    progress: &mut dyn FnMut(u64, u64),
) -> Result<Exported, ExportError> {
    let staging = Staging::new(out)?;
    for name in named {
        if let Some(recording) = recordings.iter().find(|recording| recording.topic(name).is_none()) {
            let there: Vec<_> = recording.topics().iter().map(|topic| topic.name.as_str()).collect();
            let problem = format!("expected the topic {name}, found {}", there.join(", "));
            return Err(ExportError::recording(recording.path(), problem));
        }
    }
    let mut left_out = Vec::new();
    let mut files: BTreeMap<String, TopicFile> = BTreeMap::new();
    let all = recordings.iter().flat_map(|recording| chosen(recording, named));
    let (mut done, total) = (0, all.map(|topic| topic.messages).sum());
    for recording in recordings {
        let mut topics = Vec::new();
        for topic in chosen(recording, named) {
            if !topic.is_readable() {
                if !left_out.contains(&topic.name) {
                    left_out.push(topic.name.clone());
                }
                continue;
            }
            let schema = recording.schema(topic)?;
            match files.get(&topic.name) {
                None => drop(files.insert(
                    topic.name.clone(),
                    TopicFile::create(&staging, recording, topic, schema)?,
                )),
                Some(known) if known.schema == schema => {}
                Some(known) => {
                    let (was, name) = (&known.type_name, &topic.name);
                    let problem = format!(
                        "{name}: expected {was} as in the recordings before, found {}, which differs",
                        topic.type_name
                    );
                    return Err(ExportError::recording(recording.path(), problem));
                }
            }
            topics.push(topic.name.as_str());
        }
        recording.read(&topics, |message| {
            if let Some(file) = files.get_mut(message.topic) {
                file.take(recording, message)?;
            }
            done += 1;
            progress(done, total);
            Ok(ControlFlow::Continue(()))
        })?;
    }
    let mut topics = Vec::new();
    for (topic, mut file) in files {
        file.write()?;
        file.table.close()?;
        topics.push((topic, file.name, file.messages));
    }
    staging.finish()?;
    Ok(Exported { topics, left_out })
}

/// The name of a topic's file: dots instead of slashes, and `%` with a number for what no topic of ROS 2 has.
fn file_name(topic: &str) -> String {
    let mut name = String::new();
    for sign in topic.trim_start_matches('/').chars() {
        match sign {
            '/' => name.push('.'),
            'a'..='z' | 'A'..='Z' | '0'..='9' | '_' | '-' => name.push(sign),
            other => name += &format!("%{:x}", u32::from(other)),
        }
    }
    name + ".parquet"
}

struct TopicFile {
    name: String,
    type_name: String,
    schema: Schema,
    columns: Vec<Column>,
    table: Table,
    messages: u64,
    waiting: Vec<Value>,
    waiting_bytes: usize,
    times: [Vec<i64>; 2],
    sequences: Vec<u32>,
}

impl TopicFile {
    fn create(staging: &Staging, recording: &Recording, topic: &Topic, schema: Schema) -> Result<Self, ExportError> {
        let columns = columns::columns(&schema).ok_or_else(|| {
            let problem = format!(
                "{}: {} has more fields than a table can have columns",
                topic.name, topic.type_name
            );
            ExportError::recording(recording.path(), problem)
        })?;
        let time = || DataType::Timestamp(TimeUnit::Nanosecond, Some("UTC".into()));
        let mut fields = TIMES.map(|name| Field::new(name, time(), false)).to_vec();
        fields.push(Field::new(SEQUENCE, DataType::UInt32, false));
        fields.extend(columns.iter().map(|column| column.field(&schema)));
        let name = file_name(&topic.name);
        let metadata = [("topic", &topic.name), ("type", &topic.type_name)];
        let metadata = metadata.map(|(key, value)| (key.to_owned(), value.clone()));
        let table = Table::create(&staging.file(&name)?, fields, metadata.to_vec())?;
        Ok(Self {
            name,
            type_name: topic.type_name.clone(),
            schema,
            columns,
            table,
            messages: 0,
            waiting: Vec::new(),
            waiting_bytes: 0,
            times: [Vec::new(), Vec::new()],
            sequences: Vec::new(),
        })
    }

    fn take(&mut self, recording: &Recording, message: Recorded<'_>) -> Result<(), ExportError> {
        let value = self.schema.decode(message.data);
        let value = value.map_err(|error| recording.bad_message(message.topic, message.log_time, error.to_string()))?;
        self.waiting.push(value);
        self.waiting_bytes += message.data.len();
        let times = [message.log_time, message.publish_time];
        for (column, time) in self.times.iter_mut().zip(times) {
            // Until the year 2262.
            column.push(i64::try_from(time).unwrap_or(i64::MAX));
        }
        self.sequences.push(message.sequence);
        self.messages += 1;
        if self.waiting_bytes >= BATCH_BYTES || self.waiting.len() == BATCH_ROWS {
            self.write()?;
        }
        Ok(())
    }

    fn write(&mut self) -> Result<(), ExportError> {
        let mut arrays: Vec<ArrayRef> = Vec::new();
        for times in &mut self.times {
            arrays.push(Arc::new(
                TimestampNanosecondArray::from(std::mem::take(times)).with_timezone("UTC"),
            ));
        }
        arrays.push(Arc::new(UInt32Array::from(std::mem::take(&mut self.sequences))));
        let columns = self.columns.iter();
        arrays.extend(columns.map(|column| column.array(&self.schema, &self.waiting)));
        self.waiting.clear();
        self.waiting_bytes = 0;
        self.table.write(arrays)?;
        if self.table.waiting_bytes() >= GROUP_BYTES {
            self.table.flush()?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_topics_have_one_file_and_none_leaves_the_folder() {
        assert_eq!(file_name("/imu/data"), "imu.data.parquet");
        assert_eq!(file_name("joint_states"), "joint_states.parquet");
        assert_eq!(file_name("/../a b"), "%2e%2e.a%20b.parquet");
    }
}
