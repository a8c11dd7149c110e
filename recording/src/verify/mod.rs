//! Whether recordings are as they were signed, and if not, what was done to them and where.

mod difference;
mod file;
mod recording;
mod walk;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use crate::error::RecordingError;
use crate::identity::PublicKey;
use crate::proof::proof_path;
use crate::reader::{Records, Skip};

/// What was done to a recording.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Kind {
    /// A record is another than was signed.
    Changed,
    /// A record is missing.
    Removed,
    /// There is a record more.
    Added,
    /// Records are in another order.
    Reordered,
    /// The end of the file is missing.
    Cut,
    /// Bytes cannot be read as records.
    Damaged,
    /// Bytes beside the records are others: the index, or the frames of chunks.
    OtherBytes,
    /// The proof is not as it was signed.
    Proof,
    /// There is no proof.
    NoProof,
    /// A file of the recording is missing.
    FileMissing,
    /// A file does not belong where it is.
    FileMisplaced,
    /// Nothing in the file is signed by the identity.
    NotSigned,
}

impl Kind {
    /// The kind in a word, for programs.
    pub fn name(self) -> &'static str {
        match self {
            Self::Changed => "changed",
            Self::Removed => "removed",
            Self::Added => "added",
            Self::Reordered => "reordered",
            Self::Cut => "cut",
            Self::Damaged => "damaged",
            Self::OtherBytes => "other-bytes",
            Self::Proof => "proof",
            Self::NoProof => "no-proof",
            Self::FileMissing => "file-missing",
            Self::FileMisplaced => "file-misplaced",
            Self::NotSigned => "not-signed",
        }
    }
}

/// Something that does not hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The file that it is about.
    pub path: PathBuf,
    /// What was done.
    pub kind: Kind,
    /// The first record that is not as it was signed, counted from 0 in the file.
    pub record: Option<u64>,
    /// It in words.
    pub what: String,
}

/// A file in which everything holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Genuine {
    /// The file.
    pub path: PathBuf,
    /// The recording's number, in hexadecimal digits.
    pub recording: String,
    /// Which file of the recording.
    pub file: u64,
    /// Its records: messages, channels, attachments, metadata.
    pub records: u64,
    /// Time of its first and its last message, nanoseconds.
    pub times: (u64, u64),
}

/// What was found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    /// The files that hold.
    pub genuine: Vec<Genuine>,
    /// What does not hold; nothing where all does.
    pub findings: Vec<Finding>,
}

impl Report {
    /// Whether everything is as it was signed.
    pub fn holds(&self) -> bool {
        self.findings.is_empty() && !self.genuine.is_empty()
    }
}

/// Verifies files, and all recordings in folders, with the public key of the robot that signed them. All files of a
/// recording have to be there, unless `in_part` says that others may be elsewhere.
///
/// # Errors
/// Where a folder or a file cannot be read, where a file is named that is no recording, and where there is none.
pub fn verify(paths: &[PathBuf], key: &PublicKey, in_part: bool) -> Result<Report, RecordingError> {
    let found = listed(paths)?;
    if found.files.is_empty() && found.lone_proofs.is_empty() {
        let named: Vec<_> = paths.iter().map(|path| path.display().to_string()).collect();
        return Err(RecordingError::Refused {
            what: format!("{}: expected recordings (*.mcap), found none", named.join(", ")),
        });
    }
    let mut report = Report::default();
    for proof in found.lone_proofs {
        report.findings.push(Finding {
            what: "the file that this proves is missing".to_owned(),
            path: proof,
            kind: Kind::FileMissing,
            record: None,
        });
    }
    let mut recordings: BTreeMap<[u8; 16], Vec<file::Placed>> = BTreeMap::new();
    for path in found.files {
        let verdict = file::verify(&path, key);
        match verdict.outcome {
            Ok(genuine) => report.genuine.push(genuine),
            Err(finding) => report.findings.push(finding),
        }
        if let Some(placed) = verdict.placed {
            recordings.entry(placed.recording).or_default().push(placed);
        }
    }
    for files in recordings.into_values() {
        report.findings.extend(recording::verify(files, in_part));
    }
    Ok(report)
}

#[derive(Debug, Default)]
struct Listed {
    files: BTreeSet<PathBuf>,
    lone_proofs: BTreeSet<PathBuf>,
}

fn listed(paths: &[PathBuf]) -> Result<Listed, RecordingError> {
    let mut listed = Listed::default();
    let mut add = |path: &Path| {
        let is_proof = is_proof(path);
        let file = if is_proof {
            path.with_extension("")
        } else {
            path.to_owned()
        };
        if is_proof && !file.exists() {
            listed.lone_proofs.insert(path.to_owned());
        } else {
            listed.files.insert(file);
        }
    };
    for path in paths {
        if path.is_dir() {
            let cannot = |error| RecordingError::io(path, "the folder cannot be read")(error);
            for entry in fs::read_dir(path).map_err(cannot)? {
                let path = entry.map_err(cannot)?.path();
                let name = path.as_os_str().as_encoded_bytes();
                if name.ends_with(b".mcap") || name.ends_with(b".mcap.proof") {
                    add(&path);
                }
            }
        } else if path.exists() || proof_path(path).exists() {
            expect_recording(path)?;
            add(path);
        } else {
            let missing = std::io::Error::from(std::io::ErrorKind::NotFound);
            return Err(RecordingError::io(path, "cannot be read")(missing));
        }
    }
    Ok(listed)
}

/// A file that is named has to be a recording, or the proof of one: of another nobody knows what it should be. One in a
/// folder, or beside a proof, may have been a recording.
fn expect_recording(path: &Path) -> Result<(), RecordingError> {
    if proof_path(path).exists() || is_proof(path) {
        return Ok(());
    }
    match Records::open(path, Skip::default()) {
        Err(error @ (RecordingError::Io { .. } | RecordingError::NotMcap { .. })) => Err(error),
        Ok(_) | Err(_) => Ok(()),
    }
}

fn is_proof(path: &Path) -> bool {
    path.as_os_str().as_encoded_bytes().ends_with(b".mcap.proof")
}

/// How many records of a file, from the first on, are as the identity signed them.
pub(crate) fn proven_records(path: &Path, key: &PublicKey) -> u64 {
    walk::walk(path, key).proven
}
