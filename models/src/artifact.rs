//! The file that a policy lies in: an ONNX file, or a kinfer archive with two of them.

use std::io::{self, Read};
use std::path::{Path, PathBuf};

use flate2::read::GzDecoder;
use thiserror::Error;

use crate::onnx::{OnnxError, OnnxModel};

/// Largest policy file that is read: what protobuf allows for a model.
pub const MAX_FILE: u64 = 2 << 30;
/// Largest archive that is unpacked: far above any policy, far below a bomb.
const MAX_UNPACKED: u64 = 256 << 20;
const TAR_BLOCK: usize = 512;

/// Why a policy file cannot be read.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ArtifactError {
    /// The system refuses to read it.
    #[error("{}: cannot be read: {source}", .file.display())]
    Read {
        /// The policy file.
        file: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// It is no ONNX file.
    #[error("{}: {source}", .file.display())]
    Onnx {
        /// The policy file.
        file: PathBuf,
        /// Why.
        source: OnnxError,
    },
    /// It is an archive, but not one that kinfer writes.
    #[error("{}: not a kinfer archive: {reason}", .file.display())]
    Archive {
        /// The policy file.
        file: PathBuf,
        /// Why.
        reason: String,
    },
}

/// A policy file, read.
#[derive(Debug)]
pub(crate) struct Artifact {
    file: PathBuf,
    /// The ONNX model that runs every step.
    pub(crate) network: Vec<u8>,
    /// kinfer's ONNX model that gives the first recurrent state.
    pub(crate) initial_state: Option<Vec<u8>>,
    /// kinfer's `metadata.json`.
    pub(crate) kinfer_metadata: Option<Vec<u8>>,
}

impl Artifact {
    pub(crate) fn read(path: &Path) -> Result<Self, ArtifactError> {
        let file = path.to_owned();
        let bytes = sinew_files::read(path, MAX_FILE).map_err(|source| ArtifactError::Read {
            file: file.clone(),
            source,
        })?;
        let broken = |reason: String| ArtifactError::Archive {
            file: file.clone(),
            reason,
        };
        let archive = if bytes.starts_with(&[0x1f, 0x8b]) {
            let mut unpacked = Vec::new();
            let read = GzDecoder::new(bytes.as_slice())
                .take(MAX_UNPACKED + 1)
                .read_to_end(&mut unpacked);
            read.map_err(|error| broken(error.to_string()))?;
            if unpacked.len() as u64 > MAX_UNPACKED {
                return Err(broken(format!("it unpacks to more than {MAX_UNPACKED} bytes")));
            }
            unpacked
        } else if bytes.get(257..262) == Some(b"ustar") {
            bytes
        } else {
            return Ok(Self {
                file,
                network: bytes,
                initial_state: None,
                kinfer_metadata: None,
            });
        };
        let mut artifact = Self {
            file: file.clone(),
            network: Vec::new(),
            initial_state: None,
            kinfer_metadata: None,
        };
        for (name, contents) in tar_members(&archive).map_err(broken)? {
            match name.as_str() {
                "step_fn.onnx" => artifact.network = contents.to_vec(),
                "init_fn.onnx" => artifact.initial_state = Some(contents.to_vec()),
                "metadata.json" => artifact.kinfer_metadata = Some(contents.to_vec()),
                _ => {}
            }
        }
        let parts = [
            ("step_fn.onnx", !artifact.network.is_empty()),
            ("init_fn.onnx", artifact.initial_state.is_some()),
            ("metadata.json", artifact.kinfer_metadata.is_some()),
        ];
        match parts.iter().find(|(_, there)| !there) {
            Some((missing, _)) => Err(broken(format!("`{missing}` is not in it"))),
            None => Ok(artifact),
        }
    }

    pub(crate) fn model(&self) -> Result<OnnxModel, ArtifactError> {
        OnnxModel::parse(&self.network).map_err(|source| ArtifactError::Onnx {
            file: self.file.clone(),
            source,
        })
    }
}

/// Names and contents of the plain files in a tar archive (POSIX ustar headers).
fn tar_members(archive: &[u8]) -> Result<Vec<(String, &[u8])>, String> {
    let mut members = Vec::new();
    let mut rest = archive;
    while let Some((header, after)) = rest.split_at_checked(TAR_BLOCK) {
        if header.iter().all(|&byte| byte == 0) {
            break;
        }
        let text = |range: std::ops::Range<usize>| {
            let field = &header[range];
            let end = field.iter().position(|&byte| byte == 0).unwrap_or(field.len());
            String::from_utf8_lossy(&field[..end]).trim().to_owned()
        };
        let name = text(0..100);
        let size = usize::from_str_radix(&text(124..136), 8)
            .map_err(|_| format!("the size of member `{name}` is not octal"))?;
        let padded = size.checked_next_multiple_of(TAR_BLOCK).unwrap_or(usize::MAX);
        let contents = after
            .get(..size)
            .ok_or_else(|| format!("member `{name}` is truncated"))?;
        if matches!(header[156], 0 | b'0') {
            members.push((name.trim_start_matches("./").to_owned(), contents));
        }
        rest = after.get(padded..).unwrap_or_default();
    }
    Ok(members)
}
