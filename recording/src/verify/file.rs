//! One file against its proof.

use std::io::{self, Read};
use std::path::Path;

use sha2::{Digest, Sha256};

use super::walk::{Fault, Walk, walk};
use super::{Finding, Genuine, Kind};
use crate::chain::Hash;
use crate::error::RecordingError;
use crate::hex;
use crate::identity::PublicKey;
use crate::proof::{Proof, proof_path};

/// A file's place in its recording, as it was signed.
#[derive(Debug)]
pub(super) struct Placed {
    pub(super) path: std::path::PathBuf,
    pub(super) recording: [u8; 16],
    pub(super) file: u64,
    pub(super) deleted_files: u64,
    pub(super) previous: Option<Hash>,
    /// Its hash as it was signed, and whether it is the last. None where it has no proof.
    pub(super) sealed: Option<(Hash, bool)>,
}

pub(super) struct Verdict {
    pub(super) outcome: Result<Genuine, Finding>,
    pub(super) placed: Option<Placed>,
}

pub(super) fn verify(path: &Path, key: &PublicKey) -> Verdict {
    let walk = walk(path, key);
    let proof = if proof_path(path).exists() {
        Proof::read(path, key).map(Some)
    } else {
        Ok(None)
    };
    let placed = match &proof {
        Ok(Some(proof)) => placed_by_proof(path, proof),
        _ => placed_by_chain(path, &walk),
    };
    let outcome = match proof {
        Err(what) => Err(finding(proof_path(path).as_path(), Kind::Proof, None, what)),
        Ok(None) => Err(unproven(path, key, &walk)),
        Ok(Some(proof)) => against(path, &proof, walk),
    };
    Verdict { outcome, placed }
}

fn finding(path: &Path, kind: Kind, record: Option<u64>, what: String) -> Finding {
    Finding {
        path: path.to_owned(),
        kind,
        record,
        what,
    }
}

fn placed_by_proof(path: &Path, proof: &Proof) -> Option<Placed> {
    let previous = match &proof.previous_sha256 {
        None => None,
        Some(text) => Some(hex::decode(text)?),
    };
    Some(Placed {
        path: path.to_owned(),
        recording: hex::decode(&proof.recording)?,
        file: proof.file,
        deleted_files: proof.deleted_files,
        previous,
        sealed: Some((hex::decode(&proof.file_sha256)?, proof.is_last)),
    })
}

/// Where no proof says it: what stands before a chain point that holds.
fn placed_by_chain(path: &Path, walk: &Walk) -> Option<Placed> {
    let beginning = walk.beginning.as_ref().filter(|_| walk.proven > 0)?;
    Some(Placed {
        path: path.to_owned(),
        recording: beginning.recording,
        file: beginning.file,
        deleted_files: beginning.deleted_files,
        previous: beginning.previous,
        sealed: None,
    })
}

/// What is left of a file without a proof.
fn unproven(path: &Path, key: &PublicKey, walk: &Walk) -> Finding {
    if let Some(fault) = &walk.fault
        && walk
            .beginning
            .as_ref()
            .is_some_and(|beginning| beginning.identity == key.fingerprint())
    {
        return of_fault(path, fault);
    }
    if walk.proven == 0 {
        let what = match (&walk.beginning, &walk.error) {
            (Some(beginning), _) if beginning.identity != key.fingerprint() => {
                format!(
                    "it says that {} signed it, expected {}",
                    beginning.identity,
                    key.fingerprint()
                )
            }
            (_, Some(error)) => format!("it has no proof, and nothing in it is signed: {error}"),
            _ => "it has no proof, and nothing in it is signed".to_owned(),
        };
        return finding(path, Kind::NotSigned, None, what);
    }
    let end = walk
        .error
        .as_ref()
        .map_or(String::new(), |error| format!(" ({})", reason(error)));
    let what = format!(
        "it has no proof, so its end may be missing; records 0 to {} of the {} that can be read are as they were signed{end}",
        walk.proven - 1,
        walk.read
    );
    finding(path, Kind::NoProof, Some(walk.proven), what)
}

fn of_fault(path: &Path, fault: &Fault) -> Finding {
    finding(path, fault.kind, Some(fault.record), fault.what.clone())
}

/// A file that has a proof of the right key.
fn against(path: &Path, proof: &Proof, walk: Walk) -> Result<Genuine, Finding> {
    let hashed =
        hash(path).map_err(|error| finding(path, Kind::Damaged, None, format!("it cannot be read: {error}")))?;
    let has_hash = hex::encode(&hashed.0) == proof.file_sha256 && hashed.1 == proof.file_size;
    let chained = walk
        .chain
        .is_some_and(|chain| chain.count == proof.chain_count && hex::encode(&chain.head) == proof.chain_head);
    if has_hash && chained && walk.fault.is_none() && walk.error.is_none() {
        return Ok(Genuine {
            path: path.to_owned(),
            recording: proof.recording.clone(),
            file: proof.file,
            records: proof.chain_count,
            times: (proof.start_time_nanos, proof.end_time_nanos),
        });
    }
    Err(difference(path, proof, &walk, chained))
}

fn difference(path: &Path, proof: &Proof, walk: &Walk, chained: bool) -> Finding {
    if let Some(beginning) = &walk.beginning
        && walk.proven > 0
        && (hex::encode(&beginning.recording), beginning.file) != (proof.recording.clone(), proof.file)
    {
        let what = format!(
            "it is file {} of the recording {}, and its proof is that of file {} of {}",
            beginning.file,
            hex::encode(&beginning.recording),
            proof.file,
            proof.recording
        );
        return finding(path, Kind::FileMisplaced, None, what);
    }
    if let Some(fault) = &walk.fault {
        return of_fault(path, fault);
    }
    let after = walk
        .last
        .as_ref()
        .map_or("before its first record".to_owned(), |last| format!("after {last}"));
    let record = Some(walk.read);
    if chained {
        let what = "all records are as they were signed, and other bytes are not: the index, or frames of chunks";
        return finding(path, Kind::OtherBytes, None, what.to_owned());
    }
    match &walk.error {
        Some(error) if error.is_cut() => finding(
            path,
            Kind::Cut,
            record,
            format!("{}, {after}; it had {} records", reason(error), proof.chain_count),
        ),
        Some(error) => finding(path, Kind::Damaged, record, format!("{}, {after}", reason(error))),
        None if walk.read < proof.chain_count => {
            let missing = proof.chain_count - walk.read;
            finding(
                path,
                Kind::Removed,
                record,
                format!("{missing} records are missing {after}"),
            )
        }
        None if walk.read > proof.chain_count => {
            let what = format!("{} records were added at its end", walk.read - proof.chain_count);
            finding(path, Kind::Added, Some(proof.chain_count), what)
        }
        None => {
            let what = "a record after the last chain point is another than was signed".to_owned();
            finding(path, Kind::Changed, Some(walk.proven), what)
        }
    }
}

/// An error without the file's name, which stands before it.
fn reason(error: &RecordingError) -> String {
    match error {
        RecordingError::Cut { offset, .. } => format!("it ends at byte {offset}, before its end"),
        RecordingError::Damaged { offset, found, .. } => format!("damaged at byte {offset}: {found}"),
        RecordingError::NotMcap { found, .. } => format!("expected an MCAP file, found {found}"),
        other => other.to_string(),
    }
}

fn hash(path: &Path) -> io::Result<(Hash, u64)> {
    let mut file = sinew_files::open(path)?;
    let (mut hash, mut len) = (Sha256::new(), 0);
    let mut block = vec![0; 1 << 16];
    loop {
        let read = file.read(&mut block)?;
        if read == 0 {
            return Ok((hash.finalize().into(), len));
        }
        hash.update(&block[..read]);
        len += read as u64;
    }
}
