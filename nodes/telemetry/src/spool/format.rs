//! The bytes of a segment file: a header, then records one after the other, each with a checksum of its own. All numbers
//! are little-endian.
//!
//! | header | |
//! |---|---|
//! | 8 bytes | `SNWSEGMT` |
//! | u32 | version |
//! | u32 | CRC32C of what is before it |
//!
//! | record | |
//! |---|---|
//! | 4 bytes | a mark, by which records are found again behind damage |
//! | u32 | length of the message |
//! | u64 | sequence number |
//! | u32 | CRC32C of length, number and message |
//! | | the message |

use super::class::Class;

/// The version of all files of a spool.
pub(super) const VERSION: u32 = 1;
/// Longest message, in bytes.
pub(super) const MAX_MESSAGE: usize = 128 * 1024;

const SEGMENT_MAGIC: [u8; 8] = *b"SNWSEGMT";
/// Not UTF-8, so that it cannot be part of a text.
const MARK: [u8; 4] = [0xf5, 0x9e, 0xc0, 0xfe];
const RECORD_HEADER: usize = 20;
pub(super) const SEGMENT_HEADER: usize = 16;

/// The size of a record with a message of that length.
pub(super) fn record_size(message: usize) -> usize {
    RECORD_HEADER + message
}

pub(super) fn segment_header() -> Vec<u8> {
    let mut bytes = SEGMENT_MAGIC.to_vec();
    bytes.extend(VERSION.to_le_bytes());
    bytes.extend(crc32c::crc32c(&bytes).to_le_bytes());
    bytes
}

/// The version that a whole header tells.
pub(super) fn segment_version(bytes: &[u8]) -> Option<u32> {
    let (header, crc) = bytes.get(..SEGMENT_HEADER)?.split_at(SEGMENT_HEADER - 4);
    let is_whole = header.starts_with(&SEGMENT_MAGIC) && u32_at(crc, 0) == Some(crc32c::crc32c(header));
    is_whole.then(|| u32_at(header, 8)).flatten()
}

/// The name of the segment of a class that begins with this number.
pub(super) fn segment_name(class: Class, first: u64) -> String {
    format!("{class}-{first:020}.seg")
}

/// The class and the first number of a segment of this name.
pub(super) fn parse_segment_name(name: &str) -> Option<(Class, u64)> {
    let (class, first) = name.strip_suffix(".seg")?.split_once('-')?;
    let class = Class::ALL.into_iter().find(|known| known.name() == class)?;
    let is_number = first.len() == 20 && first.bytes().all(|byte| byte.is_ascii_digit());
    is_number
        .then(|| first.parse().ok())
        .flatten()
        .map(|first| (class, first))
}

pub(super) fn record(sequence: u64, message: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(record_size(message.len()));
    bytes.extend(MARK);
    bytes.extend((message.len() as u32).to_le_bytes());
    bytes.extend(sequence.to_le_bytes());
    bytes.extend(checksum(&bytes[4..16], message).to_le_bytes());
    bytes.extend(message);
    bytes
}

fn checksum(length_and_sequence: &[u8], message: &[u8]) -> u32 {
    crc32c::crc32c_append(crc32c::crc32c(length_and_sequence), message)
}

/// The number and the message of the whole record at the beginning of `bytes`.
pub(super) fn parse_record(bytes: &[u8]) -> Option<(u64, &[u8])> {
    let header = bytes.get(..RECORD_HEADER).filter(|header| header.starts_with(&MARK))?;
    let length = u32_at(header, 4)? as usize;
    if length > MAX_MESSAGE {
        return None;
    }
    let message = bytes.get(RECORD_HEADER..RECORD_HEADER + length)?;
    let is_whole = u32_at(header, 16)? == checksum(&header[4..16], message);
    is_whole
        .then(|| u64_at(header, 8))
        .flatten()
        .map(|sequence| (sequence, message))
}

/// A record that was found in a segment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) sequence: u64,
    pub(super) offset: u32,
    pub(super) size: u32,
}

/// What is in a segment.
#[derive(Debug, Default)]
pub(super) struct Scan {
    pub(super) found: Vec<Found>,
    /// Bytes that belong to no whole record.
    pub(super) damaged_bytes: u64,
    /// Whether these are the file's last ones, and no others: what a write leaves that was cut off.
    pub(super) is_torn: bool,
}

/// Finds all whole records of a segment, whatever is between them.
pub(super) fn scan(bytes: &[u8]) -> Scan {
    let mut scan = Scan::default();
    let mut at = if segment_version(bytes).is_some() {
        SEGMENT_HEADER
    } else {
        0
    };
    let mut damage_begins = None;
    while at < bytes.len() {
        if let Some((sequence, message)) = parse_record(&bytes[at..]) {
            let size = record_size(message.len());
            if let Some(begin) = damage_begins.take() {
                scan.damaged_bytes += (at - begin) as u64;
            }
            scan.found.push(Found {
                sequence,
                offset: at as u32,
                size: size as u32,
            });
            at += size;
        } else {
            damage_begins.get_or_insert(at);
            at += 1;
        }
    }
    if let Some(begin) = damage_begins {
        scan.is_torn = scan.damaged_bytes == 0;
        scan.damaged_bytes += (at - begin) as u64;
    }
    scan
}

pub(super) fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(bytes.get(at..at + 4)?.try_into().ok()?))
}

pub(super) fn u64_at(bytes: &[u8], at: usize) -> Option<u64> {
    Some(u64::from_le_bytes(bytes.get(at..at + 8)?.try_into().ok()?))
}
