//! One file of a recording. What is known of MCAP is here.

use std::fs::File;
use std::io::{ErrorKind, Read, Seek, SeekFrom};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use mcap::sans_io::{
    IndexedReadEvent, IndexedReader, IndexedReaderOptions, SummaryReadEvent, SummaryReader, SummaryReaderOptions,
};

use super::{Recorded, Topic};
use crate::ExportError;

/// Larger records are a damaged file's.
const MAX_RECORD: usize = 1 << 30;

/// A file that was opened.
#[derive(Debug)]
pub(super) struct RecordedFile {
    pub(super) path: PathBuf,
    length: u64,
    summary: mcap::Summary,
    statistics: mcap::records::Statistics,
}

impl RecordedFile {
    /// Opens a file and reads what is in it, but for the messages.
    pub(super) fn open(path: &Path) -> Result<Self, ExportError> {
        let unreadable = |error| ExportError::Read(path.to_owned(), error);
        let broken = |error| ExportError::Mcap(path.to_owned(), error);
        let metadata = std::fs::metadata(path).map_err(unreadable)?;
        if !metadata.is_file() {
            // Of a pipe nobody knows how long it will be.
            return Err(unreadable(ErrorKind::InvalidInput.into()));
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
        let summary = reader
            .finish()
            .and_then(|summary| Some((summary.stats.clone()?, summary)));
        let (statistics, summary) = summary.ok_or_else(|| ExportError::NoIndex(path.to_owned()))?;
        Ok(Self {
            path: path.to_owned(),
            length,
            summary,
            statistics,
        })
    }

    /// When its first message was recorded.
    pub(super) fn begin(&self) -> u64 {
        if self.statistics.message_count == 0 {
            u64::MAX
        } else {
            self.statistics.message_start_time
        }
    }

    /// Its channels, each as a topic.
    pub(super) fn topics(&self) -> impl Iterator<Item = Topic> {
        self.summary.channels.iter().map(|(id, channel)| {
            let schema = channel.schema.as_ref();
            let is_ros2 =
                channel.message_encoding == "cdr" && schema.is_some_and(|schema| schema.encoding == "ros2msg");
            let text = schema.and_then(|schema| String::from_utf8(schema.data.to_vec()).ok());
            Topic {
                name: channel.topic.clone(),
                type_name: schema.map_or_else(String::new, |schema| schema.name.clone()),
                messages: self.messages(*id),
                metadata: channel.metadata.clone(),
                schema: text.filter(|_| is_ros2),
            }
        })
    }

    fn messages(&self, channel: u16) -> u64 {
        let counts = &self.statistics.channel_message_counts;
        counts.get(&channel).copied().unwrap_or_default()
    }

    /// Hands on the messages of some topics in the order in which they were recorded, until one breaks it off.
    pub(super) fn read(
        &self,
        topics: &[&str],
        mut take: impl FnMut(Recorded<'_>) -> Result<ControlFlow<()>, ExportError>,
    ) -> Result<ControlFlow<()>, ExportError> {
        let unreadable = |error| ExportError::Read(self.path.clone(), error);
        let broken = |error| ExportError::Mcap(self.path.clone(), error);
        let mut file = File::open(&self.path).map_err(unreadable)?;
        let mut options = IndexedReaderOptions::new().include_topics(topics.iter().copied());
        options.record_length_limit = Some(MAX_RECORD);
        let mut reader = IndexedReader::new_with_options(&self.summary, options).map_err(broken)?;
        let (mut chunk, mut found) = (Vec::new(), 0);
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
                    found += 1;
                    if take(message)?.is_break() {
                        return Ok(ControlFlow::Break(()));
                    }
                }
            }
        }
        let is_asked = |channel: &mcap::Channel<'_>| topics.contains(&channel.topic.as_str());
        let asked = self.summary.channels.iter().filter(|(_, channel)| is_asked(channel));
        let expected: u64 = asked.map(|(id, _)| self.messages(*id)).sum();
        if found != expected {
            let problem = format!(
                "expected {expected} messages of {}, as its statistics say, found {found} by its index: `sinew record \
                 repair` makes a file with a whole index of it",
                topics.join(", ")
            );
            return Err(ExportError::recording(&self.path, problem));
        }
        Ok(ControlFlow::Continue(()))
    }
}
