//! Goes through a file from its beginning, record by record.

use std::collections::{BTreeMap, HashMap};
use std::fs::File;
use std::io::{BufReader, Read};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::chunk::{MAX_RECORD_BYTES, decompress};
use super::declared::Declared;
use super::record::{self, MAGIC, Record};
use super::{Channel, RecordedMessage};
use crate::error::RecordingError;

/// Bytes before a record's own: operation and length.
const PREFIX_BYTES: u64 = 9;

/// What a file has, in its order.
#[derive(Debug)]
pub(crate) enum Item {
    Header {
        profile: String,
        library: String,
    },
    Channel(Arc<Channel>),
    Message(RecordedMessage),
    Attachment {
        log_time: u64,
        create_time: u64,
        name: String,
        media_type: String,
        data: Vec<u8>,
    },
    Metadata {
        name: String,
        map: BTreeMap<String, String>,
    },
    Statistics {
        messages: u64,
        times: (u64, u64),
        by_channel: BTreeMap<u16, u64>,
    },
    /// What follows is summary.
    DataEnd,
}

/// What is skipped without being read.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Skip {
    pub(crate) chunks: bool,
    pub(crate) attachments: bool,
    pub(crate) messages: bool,
    /// Schemas and channels: a channel of the summary may have its schema in a chunk that is skipped.
    pub(crate) declarations: bool,
}

/// The records of a file. After an error there are none.
#[derive(Debug)]
pub(crate) struct Records {
    path: PathBuf,
    file: BufReader<File>,
    len: u64,
    /// Whether its last bytes are those of a whole file, so that it was not cut.
    has_end: bool,
    skip: Skip,
    /// Where the next record begins.
    offset: u64,
    /// Where the last record that was read began.
    at: u64,
    body: Vec<u8>,
    chunk: Vec<u8>,
    /// What was read of the chunk.
    chunk_read: usize,
    declared: Declared,
    state: State,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Records,
    /// The footer was read.
    End,
    Failed,
}

impl Records {
    pub(crate) fn open(path: &Path, skip: Skip) -> Result<Self, RecordingError> {
        let cannot = |error| RecordingError::io(path, "cannot be read")(error);
        let file = sinew_files::open(path).map_err(cannot)?;
        let len = file.metadata().map_err(cannot)?.len();
        let mut last = [0; MAGIC.len()];
        let has_end = len > MAGIC.len() as u64
            && file.read_exact_at(&mut last, len - MAGIC.len() as u64).is_ok()
            && last == MAGIC;
        let mut file = BufReader::with_capacity(1 << 16, file);
        let mut magic = Vec::new();
        file.by_ref()
            .take(MAGIC.len() as u64)
            .read_to_end(&mut magic)
            .map_err(cannot)?;
        if magic != MAGIC {
            let found = if magic.is_empty() {
                "an empty file".to_owned()
            } else if MAGIC.starts_with(&magic) {
                let path = path.to_owned();
                return Err(RecordingError::Cut { path, offset: 0 });
            } else {
                format!("the bytes {}", crate::hex::encode(&magic))
            };
            let path = path.to_owned();
            return Err(RecordingError::NotMcap { path, found });
        }
        Ok(Self {
            path: path.to_owned(),
            file,
            len,
            has_end,
            skip,
            offset: MAGIC.len() as u64,
            at: 0,
            body: Vec::new(),
            chunk: Vec::new(),
            chunk_read: 0,
            declared: Declared::default(),
            state: State::Records,
        })
    }

    /// Where in the file the record began that was read last, or the chunk that it is in.
    pub(crate) fn at(&self) -> u64 {
        self.at
    }

    /// How long the file is.
    pub(crate) fn file_bytes(&self) -> u64 {
        self.len
    }

    pub(crate) fn channels(&self) -> &HashMap<u16, Arc<Channel>> {
        &self.declared.channels
    }

    /// Whether all up to the footer and the last bytes was read.
    pub(crate) fn has_ended(&self) -> bool {
        self.state == State::End
    }

    /// The next record that carries something, and is not skipped.
    fn advance(&mut self) -> Result<Option<Item>, RecordingError> {
        loop {
            if self.state != State::Records {
                return Ok(None);
            }
            let item = if self.chunk_read < self.chunk.len() {
                self.next_of_chunk()?
            } else {
                self.next_of_file()?
            };
            if item.is_some() {
                return Ok(item);
            }
        }
    }

    fn damaged(&self, found: impl Into<String>) -> RecordingError {
        RecordingError::damaged(&self.path, self.at, found)
    }

    fn next_of_chunk(&mut self) -> Result<Option<Item>, RecordingError> {
        let chunk = std::mem::take(&mut self.chunk);
        let rest = &chunk[self.chunk_read..];
        let whole = rest.split_at_checked(PREFIX_BYTES as usize).and_then(|(prefix, rest)| {
            let (opcode, len) = prefix_of(prefix);
            let len = usize::try_from(len).ok()?;
            Some((opcode, rest.get(..len)?))
        });
        let Some((opcode, body)) = whole else {
            return Err(self.damaged("a chunk ends within a record"));
        };
        self.chunk_read += PREFIX_BYTES as usize + body.len();
        let item = if opcode == record::CHUNK {
            Err(self.damaged("a chunk within a chunk"))
        } else {
            self.item(opcode, body)
        };
        self.chunk = chunk;
        item
    }

    fn next_of_file(&mut self) -> Result<Option<Item>, RecordingError> {
        self.at = self.offset;
        let left = self.len.saturating_sub(self.offset);
        if left < PREFIX_BYTES {
            return Err(self.cut());
        }
        let mut prefix = [0; PREFIX_BYTES as usize];
        self.read_exact(&mut prefix)?;
        let (opcode, len) = prefix_of(&prefix);
        if opcode == 0 {
            return Err(self.damaged("expected a record, found the operation 0x00, which is none"));
        }
        if len > left - PREFIX_BYTES {
            return Err(self.cut());
        }
        let is_first = self.offset == MAGIC.len() as u64;
        if is_first != (opcode == record::HEADER) {
            return Err(self.damaged("expected one header, as the first record of the file"));
        }
        self.offset += PREFIX_BYTES + len;
        let is_skipped = match opcode {
            record::CHUNK => self.skip.chunks,
            record::ATTACHMENT => self.skip.attachments,
            _ => false,
        };
        if is_skipped {
            let sought = i64::try_from(len).map_err(|_| self.cut())?;
            let cannot = RecordingError::io(&self.path, "cannot be read");
            return self.file.seek_relative(sought).map(|()| None).map_err(cannot);
        }
        if len > MAX_RECORD_BYTES {
            return Err(self.damaged(format!(
                "a record of {len} bytes, more than the {MAX_RECORD_BYTES} that are read"
            )));
        }
        let mut body = std::mem::take(&mut self.body);
        body.resize(usize::try_from(len).unwrap_or(0), 0);
        self.read_exact(&mut body)?;
        let item = self.item(opcode, &body);
        self.body = body;
        item
    }

    fn read_exact(&mut self, into: &mut [u8]) -> Result<(), RecordingError> {
        let read = self.file.read_exact(into);
        read.map_err(RecordingError::io(&self.path, "cannot be read"))
    }

    fn cut(&self) -> RecordingError {
        if self.has_end {
            return self.damaged("expected a record, found one that is longer than the rest of the file");
        }
        RecordingError::Cut {
            path: self.path.clone(),
            offset: self.at,
        }
    }

    fn item(&mut self, opcode: u8, body: &[u8]) -> Result<Option<Item>, RecordingError> {
        let record = record::parse(opcode, body).map_err(|found| self.damaged(found))?;
        Ok(Some(match record {
            Record::Other => return Ok(None),
            Record::Schema { .. } | Record::Channel { .. } if self.skip.declarations => return Ok(None),
            Record::Header { profile, library } => Item::Header { profile, library },
            Record::Footer => {
                self.end()?;
                return Ok(None);
            }
            Record::Schema {
                id,
                name,
                encoding,
                definition,
            } => {
                let declared = self.declared.schema(id, name, encoding, definition);
                declared.map_err(|found| self.damaged(found))?;
                return Ok(None);
            }
            Record::Channel {
                id,
                schema_id,
                topic,
                encoding,
                metadata,
            } => {
                let channel = self.declared.channel(id, schema_id, topic, encoding, metadata);
                Item::Channel(channel.map_err(|found| self.damaged(found))?)
            }
            Record::Message {
                channel_id,
                sequence,
                log_time,
                publish_time,
                data,
            } => {
                if self.skip.messages {
                    return Ok(None);
                }
                let channel = self.declared.channels.get(&channel_id).cloned();
                Item::Message(RecordedMessage {
                    channel: channel.ok_or_else(|| {
                        self.damaged(format!(
                            "a message of the channel {channel_id}, which was not declared before"
                        ))
                    })?,
                    sequence,
                    log_time_nanos: log_time,
                    publish_time_nanos: publish_time,
                    data: data.to_vec(),
                })
            }
            Record::Chunk {
                uncompressed_bytes,
                crc,
                compression,
                data,
            } => {
                let mut chunk = std::mem::take(&mut self.chunk);
                let done = decompress(&compression, data, uncompressed_bytes, crc, &mut chunk);
                done.map_err(|found| self.damaged(found))?;
                self.chunk = chunk;
                self.chunk_read = 0;
                return Ok(None);
            }
            Record::Attachment {
                log_time,
                create_time,
                name,
                media_type,
                data,
            } => Item::Attachment {
                log_time,
                create_time,
                name,
                media_type,
                data: data.to_vec(),
            },
            Record::Statistics {
                messages,
                start,
                end,
                by_channel,
            } => Item::Statistics {
                messages,
                times: (start, end),
                by_channel,
            },
            Record::Metadata { name, map } => Item::Metadata { name, map },
            Record::DataEnd => Item::DataEnd,
        }))
    }

    fn end(&mut self) -> Result<(), RecordingError> {
        self.at = self.offset;
        let mut magic = Vec::new();
        let more = MAGIC.len() as u64 + 1;
        let read = self.file.by_ref().take(more).read_to_end(&mut magic);
        read.map_err(RecordingError::io(&self.path, "cannot be read"))?;
        if magic.len() < MAGIC.len() && MAGIC.starts_with(&magic) {
            return Err(self.cut());
        }
        if magic != MAGIC {
            return Err(self.damaged("expected the end of an MCAP file, found other bytes"));
        }
        self.state = State::End;
        Ok(())
    }
}

impl Iterator for Records {
    type Item = Result<Item, RecordingError>;

    fn next(&mut self) -> Option<Self::Item> {
        let item = self.advance();
        if item.is_err() {
            self.state = State::Failed;
        }
        item.transpose()
    }
}

fn prefix_of(bytes: &[u8]) -> (u8, u64) {
    let mut len = [0; 8];
    len.copy_from_slice(&bytes[1..9]);
    (bytes[0], u64::from_le_bytes(len))
}
