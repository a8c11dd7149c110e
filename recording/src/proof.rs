//! The proof beside a file: what the robot signs of it once it is whole. A DSSE envelope in one form only.

use std::ffi::OsString;
use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use base64ct::{Base64, Encoding};
use serde::{Deserialize, Serialize};

use crate::error::RecordingError;
use crate::identity::{Identity, PublicKey};

const PAYLOAD_TYPE: &str = "application/vnd.sinew.recording+json";
/// More than a proof has.
const MAX_BYTES: u64 = 16 << 10;

/// What is signed. The order of the fields is that of the text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Proof {
    pub(crate) chain_count: u64,
    pub(crate) chain_head: String,
    pub(crate) deleted_files: u64,
    pub(crate) deleted_messages: u64,
    pub(crate) end_time_nanos: u64,
    pub(crate) file: u64,
    pub(crate) file_sha256: String,
    pub(crate) file_size: u64,
    pub(crate) identity: String,
    pub(crate) is_last: bool,
    pub(crate) previous_sha256: Option<String>,
    pub(crate) recording: String,
    pub(crate) start_time_nanos: u64,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(non_snake_case, reason = "the names of DSSE")]
struct Envelope {
    payload: String,
    payloadType: String,
    signatures: [EnvelopeSignature; 1],
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct EnvelopeSignature {
    keyid: String,
    sig: String,
}

/// Where the proof of a file is: beside it, with `.proof` at the end of its name.
pub fn proof_path(file: &Path) -> PathBuf {
    let mut name = OsString::from(file);
    name.push(".proof");
    name.into()
}

/// What DSSE signs: type and payload, each with its length.
fn pre_authentication(payload: &[u8]) -> Vec<u8> {
    let mut text = format!("DSSEv1 {} {PAYLOAD_TYPE} {} ", PAYLOAD_TYPE.len(), payload.len()).into_bytes();
    text.extend(payload);
    text
}

impl Proof {
    /// The envelope around it.
    pub(crate) fn envelope(&self, identity: &Identity) -> serde_json::Result<String> {
        let payload = serde_json::to_string(self)?;
        let envelope = Envelope {
            payload: Base64::encode_string(payload.as_bytes()),
            payloadType: PAYLOAD_TYPE.to_owned(),
            signatures: [EnvelopeSignature {
                keyid: identity.public().fingerprint(),
                sig: Base64::encode_string(&identity.sign(&pre_authentication(payload.as_bytes()))),
            }],
        };
        Ok(serde_json::to_string(&envelope)? + "\n")
    }

    /// Writes the proof of `file`, at once or not at all.
    pub(crate) fn write(&self, file: &Path, identity: &Identity) -> Result<(), RecordingError> {
        let path = proof_path(file);
        let draft = file.with_extension("mcap.proof.new");
        let write = || {
            let text = self.envelope(identity).map_err(io::Error::other)?;
            let mut opened = OpenOptions::new()
                .write(true)
                .create(true)
                .truncate(true)
                .open(&draft)?;
            opened.write_all(text.as_bytes())?;
            opened.sync_all()?;
            fs::rename(&draft, &path)
        };
        write().map_err(RecordingError::io(&path, "cannot be written"))?;
        crate::writer::sync_folder(&path)
    }

    /// Reads the proof of `file`; what is wrong with it is a text.
    pub(crate) fn read(file: &Path, key: &PublicKey) -> Result<Self, String> {
        let text = sinew_files::read_text(&proof_path(file), MAX_BYTES).map_err(|error| error.to_string())?;
        Self::of_text(&text, key)
    }

    /// The proof in an envelope that is as [`Proof::envelope`] makes it, byte for byte, and signed by `key`.
    pub(crate) fn of_text(text: &str, key: &PublicKey) -> Result<Self, String> {
        let changed = || "it is no proof, or was changed".to_owned();
        let envelope: Envelope = serde_json::from_str(text).map_err(|_| changed())?;
        let decoded = |text: &str| Base64::decode_vec(text).map_err(|_| changed());
        let payload = decoded(&envelope.payload)?;
        let [signature] = &envelope.signatures;
        let proof: Self = serde_json::from_slice(&payload).map_err(|_| changed())?;
        let is_canonical = serde_json::to_string(&envelope).is_ok_and(|again| again + "\n" == text)
            && serde_json::to_vec(&proof).is_ok_and(|again| again == payload)
            && envelope.payloadType == PAYLOAD_TYPE
            && signature.keyid == proof.identity;
        if !is_canonical {
            return Err(changed());
        }
        if proof.identity != key.fingerprint() {
            return Err(format!(
                "it is signed by the identity {}, expected {}",
                proof.identity,
                key.fingerprint()
            ));
        }
        if !key.has_signed(&pre_authentication(&payload), &decoded(&signature.sig)?) {
            return Err("its signature is not that of the identity: it was changed".to_owned());
        }
        Ok(proof)
    }
}
