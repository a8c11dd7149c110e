//! Recordings that somebody who knows the format changes: each record of a file, rewritten with all its checksums.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use mcap::records::{MessageHeader, Metadata, Record};
use mcap::write::{NoSeek, WriteOptions};

/// A record of a file's data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Owned {
    Channel {
        id: u16,
        topic: String,
        schema: (String, String, Vec<u8>),
        metadata: BTreeMap<String, String>,
    },
    Message {
        channel: u16,
        sequence: u32,
        times: [u64; 2],
        data: Vec<u8>,
    },
    Attachment {
        name: String,
        times: [u64; 2],
        data: Vec<u8>,
    },
    Metadata(String, BTreeMap<String, String>),
}

/// All that is chained, in its order.
pub(crate) fn read(path: &Path) -> Vec<Owned> {
    let bytes = fs::read(path).unwrap();
    let mut schemas = BTreeMap::new();
    let mut owned = Vec::new();
    for record in mcap::read::ChunkFlattener::new(&bytes).unwrap() {
        match record.unwrap() {
            Record::Schema { header, data } => {
                schemas.insert(header.id, (header.name, header.encoding, data.into_owned()));
            }
            Record::Channel(channel) => owned.push(Owned::Channel {
                id: channel.id,
                topic: channel.topic,
                schema: schemas[&channel.schema_id].clone(),
                metadata: channel.metadata,
            }),
            Record::Message { header, data } => owned.push(Owned::Message {
                channel: header.channel_id,
                sequence: header.sequence,
                times: [header.log_time, header.publish_time],
                data: data.into_owned(),
            }),
            Record::Attachment { header, data, .. } => owned.push(Owned::Attachment {
                name: header.name,
                times: [header.log_time, header.create_time],
                data: data.into_owned(),
            }),
            Record::Metadata(metadata) => owned.push(Owned::Metadata(metadata.name, metadata.metadata)),
            Record::DataEnd(_) => break,
            _ => {}
        }
    }
    owned
}

/// Writes them as a whole file with an index. What no writer would write, such as a message of a channel that is not
/// declared, is left out.
pub(crate) fn write(path: &Path, records: &[Owned]) {
    let mut bytes = Vec::new();
    let mut writer = WriteOptions::new()
        .profile("ros2")
        .library("sinew 0.1.0")
        .compression_threads(0)
        .disable_seeking(true)
        .create(NoSeek::new(&mut bytes))
        .unwrap();
    let mut known = BTreeMap::new();
    for record in records {
        match record {
            Owned::Channel {
                id,
                topic,
                schema,
                metadata,
            } => {
                let schema = writer.add_schema(&schema.0, &schema.1, &schema.2).unwrap();
                if !known.contains_key(id) {
                    // Another number where the channel is a copy of one: that is what chains say nothing of.
                    known.insert(*id, writer.add_channel(schema, topic, "cdr", metadata).unwrap());
                }
            }
            Owned::Message {
                channel,
                sequence,
                times,
                data,
            } => {
                let Some(&channel_id) = known.get(channel) else {
                    continue;
                };
                let header = MessageHeader {
                    channel_id,
                    sequence: *sequence,
                    log_time: times[0],
                    publish_time: times[1],
                };
                writer.write_to_known_channel(&header, data).unwrap();
            }
            Owned::Attachment { name, times, data } => writer
                .attach(&mcap::Attachment {
                    log_time: times[0],
                    create_time: times[1],
                    name: name.clone(),
                    media_type: "application/octet-stream".to_owned(),
                    data: data.into(),
                })
                .unwrap(),
            Owned::Metadata(name, map) => writer
                .write_metadata(&Metadata {
                    name: name.clone(),
                    metadata: map.clone(),
                })
                .unwrap(),
        }
    }
    writer.finish().unwrap();
    drop(writer);
    // In place of a link to the original, which stays as it is.
    fs::remove_file(path).unwrap_or_default();
    fs::write(path, bytes).unwrap();
}
