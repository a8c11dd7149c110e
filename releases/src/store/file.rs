//! The form of the files in which a store keeps what it knows: one line with form and checksum, then JSON.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::history::Happened;
use super::state::State;
use crate::Digest;

const WORD: &str = "sinew-store";
/// Changes with the form of what follows.
const FORM: u32 = 1;
/// More than any such file has: a barred version takes about 200 bytes.
pub(super) const MOST_BYTES: u64 = 16 << 20;

/// What is in the state file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Saved {
    /// One more with each change.
    pub(super) revision: u64,
    pub(super) state: State,
    pub(super) history: Vec<Happened>,
}

/// Why a file says nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Unreadable {
    /// A newer program wrote it.
    Newer,
    /// It is not what was written.
    Damaged(String),
}

/// The bytes of a file that says `value`.
pub(super) fn encode(value: &impl Serialize) -> serde_json::Result<Vec<u8>> {
    let body = serde_json::to_vec(value)?;
    let mut bytes = format!("{WORD} {FORM} {}\n", sum(FORM, &body)).into_bytes();
    bytes.extend(body);
    Ok(bytes)
}

/// What the bytes of a file say.
pub(super) fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Unreadable> {
    let damaged = |what: &str| Unreadable::Damaged(what.to_owned());
    let end = bytes.iter().position(|byte| *byte == b'\n');
    let (line, body) = end.map_or((bytes, &[][..]), |end| (&bytes[..end], &bytes[end + 1..]));
    let line = std::str::from_utf8(line).map_err(|_| damaged("its first line is not text"))?;
    let words: Vec<&str> = line.split(' ').collect();
    let [WORD, form, sha256] = words[..] else {
        return Err(damaged("its first line is not that of a store's file"));
    };
    let form: u32 = form.parse().map_err(|_| damaged("its form is not a number"))?;
    if sum(form, body).to_string() != sha256 {
        return Err(damaged("its checksum does not fit"));
    }
    if form != FORM {
        return Err(Unreadable::Newer);
    }
    serde_json::from_slice(body).map_err(|error| Unreadable::Damaged(error.to_string()))
}

/// The checksum of a form and of what is in it, so that neither is taken for another.
fn sum(form: u32, body: &[u8]) -> Digest {
    let hash = Sha256::new().chain_update(form.to_le_bytes()).chain_update(body);
    Digest::from(<[u8; 32]>::from(hash.finalize()))
}
