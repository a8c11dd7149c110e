//! The records of MCAP that carry something: <https://mcap.dev/spec>. Bytes after a record's last field are ignored,
//! as the format asks for, and so are records of a kind that it does not name.

use std::collections::BTreeMap;

use super::fields::Fields;

pub(super) const MAGIC: [u8; 8] = *b"\x89MCAP0\r\n";

pub(super) const HEADER: u8 = 0x01;
pub(super) const FOOTER: u8 = 0x02;
const SCHEMA: u8 = 0x03;
const CHANNEL: u8 = 0x04;
const MESSAGE: u8 = 0x05;
pub(super) const CHUNK: u8 = 0x06;
pub(super) const ATTACHMENT: u8 = 0x09;
const STATISTICS: u8 = 0x0b;
const METADATA: u8 = 0x0c;
pub(super) const DATA_END: u8 = 0x0f;

/// A record, out of its bytes.
#[derive(Debug)]
pub(super) enum Record<'a> {
    Header {
        profile: String,
        library: String,
    },
    Footer,
    Schema {
        id: u16,
        name: String,
        encoding: String,
        definition: &'a [u8],
    },
    Channel {
        id: u16,
        schema_id: u16,
        topic: String,
        encoding: String,
        metadata: BTreeMap<String, String>,
    },
    Message {
        channel_id: u16,
        sequence: u32,
        log_time: u64,
        publish_time: u64,
        data: &'a [u8],
    },
    Chunk {
        uncompressed_bytes: u64,
        crc: u32,
        compression: String,
        data: &'a [u8],
    },
    Attachment {
        log_time: u64,
        create_time: u64,
        name: String,
        media_type: String,
        data: &'a [u8],
    },
    Statistics {
        messages: u64,
        start: u64,
        end: u64,
        by_channel: BTreeMap<u16, u64>,
    },
    Metadata {
        name: String,
        map: BTreeMap<String, String>,
    },
    DataEnd,
    Other,
}

/// Reads a record. What is wrong with it is a text.
pub(super) fn parse(opcode: u8, body: &[u8]) -> Result<Record<'_>, String> {
    let mut fields = Fields(body);
    Ok(match opcode {
        0 => return Err("expected a record, found the operation 0x00, which is none".to_owned()),
        HEADER => Record::Header {
            profile: fields.text()?,
            library: fields.text()?,
        },
        FOOTER => {
            fields.take(20)?;
            Record::Footer
        }
        SCHEMA => Record::Schema {
            id: fields.u16()?,
            name: fields.text()?,
            encoding: fields.text()?,
            definition: fields.bytes()?,
        },
        CHANNEL => Record::Channel {
            id: fields.u16()?,
            schema_id: fields.u16()?,
            topic: fields.text()?,
            encoding: fields.text()?,
            metadata: fields.map()?,
        },
        MESSAGE => Record::Message {
            channel_id: fields.u16()?,
            sequence: fields.u32()?,
            log_time: fields.u64()?,
            publish_time: fields.u64()?,
            data: fields.0,
        },
        CHUNK => {
            fields.take(16)?;
            let (uncompressed_bytes, crc, compression) = (fields.u64()?, fields.u32()?, fields.text()?);
            let count = fields.u64()?;
            Record::Chunk {
                uncompressed_bytes,
                crc,
                compression,
                data: fields.take(count)?,
            }
        }
        ATTACHMENT => attachment(body)?,
        STATISTICS => {
            let messages = fields.u64()?;
            // Numbers of schemas, channels, attachments, metadata and chunks.
            fields.take(2 + 4 * 4)?;
            Record::Statistics {
                messages,
                start: fields.u64()?,
                end: fields.u64()?,
                by_channel: fields.counts()?,
            }
        }
        METADATA => Record::Metadata {
            name: fields.text()?,
            map: fields.map()?,
        },
        DATA_END => {
            fields.take(4)?;
            Record::DataEnd
        }
        _ => Record::Other,
    })
}

fn attachment(body: &[u8]) -> Result<Record<'_>, String> {
    let mut fields = Fields(body);
    let (log_time, create_time) = (fields.u64()?, fields.u64()?);
    let (name, media_type, count) = (fields.text()?, fields.text()?, fields.u64()?);
    let data = fields.take(count)?;
    let hashed = &body[..body.len() - fields.0.len()];
    let crc = fields.u32()?;
    if crc != 0 && crc != crc32fast::hash(hashed) {
        return Err(format!("the attachment {name:?} does not have its checksum"));
    }
    Ok(Record::Attachment {
        log_time,
        create_time,
        name,
        media_type,
        data,
    })
}
