//! The chain of hashes over what a file holds. `docs/recordings.md` has it in plain sentences.

use std::collections::BTreeMap;

use sha2::{Digest, Sha256};

/// A SHA-256.
pub(crate) type Hash = [u8; 32];

/// What stands before the first link, so that no hash of another purpose can be taken for it.
const START: &[u8] = b"sinew recording chain 1";

/// The kinds of what is chained, each hashed before its fields.
const MESSAGE: u8 = 1;
const ATTACHMENT: u8 = 2;
const METADATA: u8 = 3;
const CHANNEL: u8 = 4;

/// What takes the bytes that a digest is over: a hash, or what brings them to one.
pub(crate) trait Take {
    fn take(&mut self, bytes: &[u8]);
}

impl Take for Sha256 {
    fn take(&mut self, bytes: &[u8]) {
        self.update(bytes);
    }
}

/// Fields one after the other, in which each number is a u64 and each text has its length before it.
struct Fields<'a, T>(&'a mut T);

impl<'a, T: Take> Fields<'a, T> {
    fn of(kind: u8, into: &'a mut T) -> Self {
        into.take(&[kind]);
        Self(into)
    }

    fn number(self, value: u64) -> Self {
        self.0.take(&value.to_le_bytes());
        self
    }

    fn bytes(self, bytes: &[u8]) -> Self {
        let with_length = self.number(bytes.len() as u64);
        with_length.0.take(bytes);
        with_length
    }

    fn map(self, map: &BTreeMap<String, String>) -> Self {
        let with_length = self.number(map.len() as u64);
        map.iter().fold(with_length, |fields, (key, value)| {
            fields.bytes(key.as_bytes()).bytes(value.as_bytes())
        })
    }

    fn names(self, names: Names<'_>) -> Self {
        self.bytes(names.topic.as_bytes())
            .bytes(names.schema.as_bytes())
            .bytes(names.encoding.as_bytes())
    }
}

/// Where a message goes, and what its bytes are: the part of its digest that all messages of a channel share.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Names<'a> {
    pub(crate) topic: &'a str,
    pub(crate) schema: &'a str,
    pub(crate) encoding: &'a str,
}

/// The digest of the record that `give` gives the fields of.
pub(crate) fn digest(give: impl FnOnce(&mut Sha256)) -> Hash {
    let mut hash = Sha256::new();
    give(&mut hash);
    hash.finalize().into()
}

/// Gives the fields of a message.
pub(crate) fn message(
    names: Names<'_>,
    sequence: u32,
    [log_time, publish_time]: [u64; 2],
    data: &[u8],
    into: &mut impl Take,
) {
    Fields::of(MESSAGE, into)
        .names(names)
        .number(u64::from(sequence))
        .number(log_time)
        .number(publish_time)
        .bytes(data);
}

/// Gives the fields of an attachment.
pub(crate) fn attachment(
    name: &str,
    media_type: &str,
    [log_time, create_time]: [u64; 2],
    data: &[u8],
    into: &mut impl Take,
) {
    Fields::of(ATTACHMENT, into)
        .bytes(name.as_bytes())
        .bytes(media_type.as_bytes())
        .number(log_time)
        .number(create_time)
        .bytes(data);
}

/// Gives the fields of a metadata record.
pub(crate) fn metadata(name: &str, map: &BTreeMap<String, String>, into: &mut impl Take) {
    Fields::of(METADATA, into).bytes(name.as_bytes()).map(map);
}

/// Gives the fields of a channel with its schema.
pub(crate) fn channel(
    names: Names<'_>,
    schema_encoding: &str,
    definition: &[u8],
    map: &BTreeMap<String, String>,
    into: &mut impl Take,
) {
    Fields::of(CHANNEL, into)
        .names(names)
        .bytes(schema_encoding.as_bytes())
        .bytes(definition)
        .map(map);
}

/// How much was chained, and the hash over all of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Chain {
    pub(crate) count: u64,
    pub(crate) head: Hash,
}

impl Chain {
    /// That of an empty file.
    pub(crate) fn start(recording: &[u8; 16], file: u64) -> Self {
        let hash = Sha256::new()
            .chain_update(START)
            .chain_update(recording)
            .chain_update(file.to_le_bytes());
        Self {
            count: 0,
            head: hash.finalize().into(),
        }
    }

    /// Adds what has this digest.
    pub(crate) fn add(&mut self, digest: &Hash) {
        let hash = Sha256::new().chain_update(self.head).chain_update(digest);
        self.head = hash.finalize().into();
        self.count += 1;
    }
}
