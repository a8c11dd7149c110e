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

/// A hash over fields, in which each number is a u64 and each text has its length before it.
struct Fields(Sha256);

impl Fields {
    fn of(kind: u8) -> Self {
        let mut hash = Sha256::new();
        hash.update([kind]);
        Self(hash)
    }

    fn number(mut self, value: u64) -> Self {
        self.0.update(value.to_le_bytes());
        self
    }

    fn bytes(self, bytes: &[u8]) -> Self {
        let mut with_length = self.number(bytes.len() as u64);
        with_length.0.update(bytes);
        with_length
    }

    fn map(self, map: &BTreeMap<String, String>) -> Self {
        let with_length = self.number(map.len() as u64);
        map.iter().fold(with_length, |fields, (key, value)| {
            fields.bytes(key.as_bytes()).bytes(value.as_bytes())
        })
    }

    fn finish(self) -> Hash {
        self.0.finalize().into()
    }
}

/// Where a message goes, and what its bytes are: the part of its digest that all messages of a channel share.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Names<'a> {
    pub(crate) topic: &'a str,
    pub(crate) schema: &'a str,
    pub(crate) encoding: &'a str,
}

/// The digest of a message.
pub(crate) fn message(names: Names<'_>, sequence: u32, log_time: u64, publish_time: u64, data: &[u8]) -> Hash {
    Fields::of(MESSAGE)
        .bytes(names.topic.as_bytes())
        .bytes(names.schema.as_bytes())
        .bytes(names.encoding.as_bytes())
        .number(u64::from(sequence))
        .number(log_time)
        .number(publish_time)
        .bytes(data)
        .finish()
}

/// The digest of an attachment.
pub(crate) fn attachment(name: &str, media_type: &str, log_time: u64, create_time: u64, data: &[u8]) -> Hash {
    Fields::of(ATTACHMENT)
        .bytes(name.as_bytes())
        .bytes(media_type.as_bytes())
        .number(log_time)
        .number(create_time)
        .bytes(data)
        .finish()
}

/// The digest of a metadata record.
pub(crate) fn metadata(name: &str, map: &BTreeMap<String, String>) -> Hash {
    Fields::of(METADATA).bytes(name.as_bytes()).map(map).finish()
}

/// The digest of a channel with its schema.
pub(crate) fn channel(
    names: Names<'_>,
    schema_encoding: &str,
    definition: &[u8],
    map: &BTreeMap<String, String>,
) -> Hash {
    Fields::of(CHANNEL)
        .bytes(names.topic.as_bytes())
        .bytes(names.schema.as_bytes())
        .bytes(names.encoding.as_bytes())
        .bytes(schema_encoding.as_bytes())
        .bytes(definition)
        .map(map)
        .finish()
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
