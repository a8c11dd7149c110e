//! Chain points: what a robot signs of a file while it writes it, so that a file that lost its end proves what is left.

use crate::chain::{Chain, Hash};
use crate::identity::{Identity, PublicKey, SIGNATURE_BYTES};

/// The topic of chain points.
pub const CHAIN_TOPIC: &str = "/sinew/chain";
/// Their type.
pub const CHAIN_SCHEMA: &str = "sinew_msgs/msg/ChainPoint";
/// Its definition.
pub(crate) const CHAIN_DEFINITION: &str = include_str!("ChainPoint.msg");

/// What stands before a signed text, so that no signature of another purpose can be taken for it.
const SIGNED: &[u8] = b"sinew chain point 1";
/// CDR, little-endian.
const ENCAPSULATION: [u8; 4] = [0, 1, 0, 0];
/// Bytes before the first of the short digests.
const HEAD_BYTES: usize = 4 + 16 + 8 + 8 + 32 + SIGNATURE_BYTES + 4;

/// The beginning of a record's digest, by which a record that was changed is found and named.
pub(crate) type Short = [u8; 4];

pub(crate) fn short(digest: &Hash) -> Short {
    [digest[0], digest[1], digest[2], digest[3]]
}

/// A chain point as it stands in a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ChainPoint {
    pub(crate) recording: [u8; 16],
    pub(crate) file: u64,
    /// Of everything before it.
    pub(crate) chain: Chain,
    pub(crate) signature: [u8; SIGNATURE_BYTES],
    /// Of each record since the point before, which is the first of them.
    pub(crate) digests: Vec<Short>,
}

impl ChainPoint {
    pub(crate) fn sign(identity: &Identity, recording: [u8; 16], file: u64, chain: Chain, digests: Vec<Short>) -> Self {
        let mut point = Self {
            recording,
            file,
            chain,
            signature: [0; SIGNATURE_BYTES],
            digests,
        };
        point.signature = identity.sign(&point.signed());
        point
    }

    /// Whether this key signed it.
    pub(crate) fn is_signed_by(&self, key: &PublicKey) -> bool {
        key.has_signed(&self.signed(), &self.signature)
    }

    fn signed(&self) -> Vec<u8> {
        let mut text = SIGNED.to_vec();
        text.extend(self.recording);
        text.extend(self.file.to_le_bytes());
        text.extend(self.chain.count.to_le_bytes());
        text.extend(self.chain.head);
        text.extend(self.digests.as_flattened());
        text
    }

    pub(crate) fn to_cdr(&self) -> Vec<u8> {
        let mut bytes = ENCAPSULATION.to_vec();
        bytes.extend(self.recording);
        bytes.extend(self.file.to_le_bytes());
        bytes.extend(self.chain.count.to_le_bytes());
        bytes.extend(self.chain.head);
        bytes.extend(self.signature);
        bytes.extend((self.digests.len() as u32).to_le_bytes());
        bytes.extend(self.digests.as_flattened());
        bytes
    }

    /// None where the bytes are no chain point.
    pub(crate) fn of_cdr(bytes: &[u8]) -> Option<Self> {
        let (head, digests) = bytes.split_at_checked(HEAD_BYTES)?;
        let head = head.strip_prefix(&ENCAPSULATION)?;
        let (recording, head) = head.split_first_chunk()?;
        let (file, head) = head.split_first_chunk()?;
        let (count, head) = head.split_first_chunk()?;
        let (hash, head) = head.split_first_chunk()?;
        let (signature, length) = head.split_first_chunk()?;
        let (digests, rest) = digests.as_chunks();
        let is_whole = rest.is_empty() && length == (digests.len() as u32).to_le_bytes();
        is_whole.then(|| Self {
            recording: *recording,
            file: u64::from_le_bytes(*file),
            chain: Chain {
                count: u64::from_le_bytes(*count),
                head: *hash,
            },
            signature: *signature,
            digests: digests.to_vec(),
        })
    }
}
