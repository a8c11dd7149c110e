//! Makes a whole file of what is left of one.

use std::collections::BTreeMap;
use std::fs::{self, OpenOptions};
use std::io::{BufWriter, ErrorKind, Write};
use std::path::Path;

use mcap::records::{MessageHeader, Metadata};
use mcap::write::{NoSeek, WriteOptions};

use crate::error::RecordingError;
use crate::identity::PublicKey;
use crate::reader::{Item, Records, Skip};
use crate::verify::proven_records;
use crate::writer::{library, sync_folder};

/// What became of a repair.
#[derive(Debug)]
pub struct Repaired {
    /// Records that were kept: messages, channels, attachments, metadata.
    pub records: u64,
    /// Messages among them.
    pub messages: u64,
    /// Where in the damaged file reading ended, and why. None where nothing was wrong with its records.
    pub lost_from: Option<(u64, RecordingError)>,
    /// Bytes of the damaged file from there on.
    pub lost_bytes: u64,
    /// How many of the records, from the first on, are as the robot of the key that was given signed them.
    pub proven: Option<u64>,
}

/// Chunks of the new file, before compression.
const CHUNK_BYTES: u64 = 1 << 20;

/// Copies what can be read of `damaged` into `whole`, a file that must not be there, in the same order, so that the
/// chain of hashes holds in it as far as it held before.
///
/// # Errors
/// Where `damaged` is no MCAP file, and where `whole` is there or cannot be written.
pub fn repair(damaged: &Path, whole: &Path, key: Option<&PublicKey>) -> Result<Repaired, RecordingError> {
    let mut records = Records::open(damaged, Skip::default())?;
    let file = match OpenOptions::new().write(true).create_new(true).open(whole) {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            let path = whole.to_owned();
            return Err(RecordingError::Exists { path });
        }
        opened => opened.map_err(RecordingError::io(whole, "cannot be made"))?,
    };
    let mut repaired = Repaired {
        records: 0,
        messages: 0,
        lost_from: None,
        lost_bytes: 0,
        proven: None,
    };
    let copied = copy(&mut records, BufWriter::new(file), whole, &mut repaired);
    if let Err(error) = copied {
        // Half a repair helps nobody, and the original is as it was.
        let _ = fs::remove_file(whole);
        return Err(error);
    }
    sync_folder(whole)?;
    if repaired.lost_from.is_some() {
        repaired.lost_bytes = records.file_bytes().saturating_sub(records.at());
    }
    repaired.proven = key.map(|key| proven_records(whole, key));
    Ok(repaired)
}

fn copy(
    records: &mut Records,
    file: BufWriter<fs::File>,
    whole: &Path,
    repaired: &mut Repaired,
) -> Result<(), RecordingError> {
    let Some(first) = records.next() else { return Ok(()) };
    // Without a header there is nothing to keep.
    let (profile, _) = match first? {
        Item::Header { profile, library } => (profile, library),
        _ => (String::new(), String::new()),
    };
    let cannot = |error| RecordingError::write(whole)(error);
    let mut mcap = WriteOptions::new()
        .profile(profile)
        .library(library())
        .chunk_size(Some(CHUNK_BYTES))
        .disable_seeking(true)
        .compression_threads(0)
        .create(NoSeek::new(file))
        .map_err(cannot)?;
    // Numbers that the file gave its channels, and those that they have now.
    let mut ids: BTreeMap<u16, u16> = BTreeMap::new();
    while let Some(item) = records.next() {
        let item = match item {
            Ok(Item::DataEnd) => break,
            Ok(item) => item,
            Err(error @ RecordingError::Io { .. }) => return Err(error),
            Err(error) => {
                repaired.lost_from = Some((records.at(), error));
                break;
            }
        };
        match item {
            Item::Header { .. } | Item::Statistics { .. } | Item::DataEnd => continue,
            Item::Channel(channel) => {
                let schema = if channel.schema.is_empty() && channel.schema_encoding.is_empty() {
                    Ok(0)
                } else {
                    mcap.add_schema(&channel.schema, &channel.schema_encoding, &channel.definition)
                };
                let id = schema
                    .and_then(|schema| mcap.add_channel(schema, &channel.topic, &channel.encoding, &channel.metadata));
                ids.insert(channel.id, id.map_err(cannot)?);
            }
            Item::Message(message) => {
                let header = MessageHeader {
                    channel_id: ids.get(&message.channel.id).copied().unwrap_or(message.channel.id),
                    sequence: message.sequence,
                    log_time: message.log_time_nanos,
                    publish_time: message.publish_time_nanos,
                };
                mcap.write_to_known_channel(&header, &message.data).map_err(cannot)?;
                repaired.messages += 1;
            }
            Item::Attachment {
                log_time,
                create_time,
                name,
                media_type,
                data,
            } => {
                let attachment = mcap::Attachment {
                    log_time,
                    create_time,
                    name,
                    media_type,
                    data: data.into(),
                };
                mcap.attach(&attachment).map_err(cannot)?;
            }
            Item::Metadata { name, map } => {
                mcap.write_metadata(&Metadata { name, metadata: map }).map_err(cannot)?;
            }
        }
        repaired.records += 1;
    }
    mcap.finish().map_err(cannot)?;
    let mut file = mcap.into_inner().into_inner();
    let ended = file.flush().and_then(|()| file.get_ref().sync_all());
    ended.map_err(RecordingError::io(whole, "its end cannot be written"))
}
