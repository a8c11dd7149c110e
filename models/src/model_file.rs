//! The file that a model lies in, read once: an ONNX file with the files of its weights, or a kinfer archive.

use std::collections::BTreeMap;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use flate2::read::GzDecoder;
use sha2::{Digest, Sha256};
use thiserror::Error;

use crate::onnx::{OnnxError, OnnxModel, WholeModel, with_weights_inside};

/// Largest model file that is read: what protobuf allows for a model.
const MAX_FILE: u64 = 2 << 30;
/// Largest archive that is unpacked: far above any policy, far below a bomb.
const MAX_UNPACKED: u64 = 256 << 20;
const TAR_BLOCK: usize = 512;

/// Why a model file cannot be read.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ModelFileError {
    /// The system refuses to read it.
    #[error("{}: cannot be read: {cause}", .file.display())]
    Read {
        /// The model file.
        file: PathBuf,
        /// Why.
        cause: io::Error,
    },
    /// It is no ONNX file, or its weights are not where it says.
    #[error("{}: {cause}", .file.display())]
    Onnx {
        /// The model file.
        file: PathBuf,
        /// Why.
        cause: OnnxError,
    },
    /// It is an archive, but not one that kinfer writes.
    #[error("{}: not a kinfer archive: {reason}", .file.display())]
    Archive {
        /// The model file.
        file: PathBuf,
        /// Why.
        reason: String,
    },
}

/// A model file, read once. Everything that is made of it (its SHA-256, the contract that it carries, the sessions that
/// run it) is made of the bytes that are held here, so that a file that is replaced meanwhile changes none of it.
///
/// Weights that lie in files beside an ONNX file are read with it, each file once, and put into the model: what runs
/// has the weights that were hashed. With them a model has at most 2 GiB, as protobuf allows.
#[derive(Debug, Clone)]
pub struct ModelFile {
    path: PathBuf,
    sha256: String,
    weights_sha256: BTreeMap<String, String>,
    network: Arc<Vec<u8>>,
    /// The archive, where it is one.
    archive: Option<Arc<Vec<u8>>>,
    onnx: Arc<OnnxModel>,
    initial_state: Option<Arc<Vec<u8>>>,
    kinfer_metadata: Option<Arc<Vec<u8>>>,
}

/// What lies in a model file.
#[derive(Default)]
struct Parts {
    network: Vec<u8>,
    initial_state: Option<Vec<u8>>,
    kinfer_metadata: Option<Vec<u8>>,
}

impl ModelFile {
    /// Reads an ONNX file, the files of its weights, or a kinfer archive.
    ///
    /// # Errors
    /// See [`ModelFileError`].
    pub fn read(path: &Path) -> Result<Self, ModelFileError> {
        let bytes = sinew_files::read(path, MAX_FILE).map_err(|cause| ModelFileError::Read {
            file: path.to_owned(),
            cause,
        })?;
        Self::from_bytes(path, bytes)
    }

    /// The same for bytes that are the file `path`, or are to become it: weights, and files that describe the model,
    /// are looked for beside it.
    ///
    /// # Errors
    /// See [`ModelFileError`].
    pub fn from_bytes(path: &Path, bytes: Vec<u8>) -> Result<Self, ModelFileError> {
        let file = path.to_owned();
        let sha256 = sha256(&bytes);
        let archive = is_archive(&bytes).then(|| Arc::new(bytes.clone()));
        let mut parts = match unpacked(bytes) {
            Ok(parts) => parts,
            Err(reason) => return Err(ModelFileError::Archive { file, reason }),
        };
        let folder = path.parent().unwrap_or(Path::new(""));
        match whole(&mut parts.network, folder) {
            Ok((onnx, weights_sha256)) => Ok(Self {
                path: file,
                sha256,
                weights_sha256,
                network: Arc::new(parts.network),
                archive,
                onnx: Arc::new(onnx),
                initial_state: parts.initial_state.map(Arc::new),
                kinfer_metadata: parts.kinfer_metadata.map(Arc::new),
            }),
            Err(cause) => Err(ModelFileError::Onnx { file, cause }),
        }
    }

    /// Where it was read.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The SHA-256 of the file, in hexadecimal digits as `sha256sum` prints it.
    pub fn sha256(&self) -> &str {
        &self.sha256
    }

    /// The same of the files beside it that hold weights, by the names that the model has for them.
    pub fn weights_sha256(&self) -> &BTreeMap<String, String> {
        &self.weights_sha256
    }

    /// A file that is the same model, whose SHA-256 is [`sha256`](Self::sha256) unless its weights lay beside it: then
    /// they are inside.
    pub fn bytes(&self) -> &Arc<Vec<u8>> {
        self.archive.as_ref().unwrap_or(&self.network)
    }

    /// The ONNX model that runs every step, its weights inside.
    pub(crate) fn network(&self) -> &Arc<Vec<u8>> {
        &self.network
    }

    /// What that model says of itself.
    pub(crate) fn onnx(&self) -> &Arc<OnnxModel> {
        &self.onnx
    }

    /// kinfer's ONNX model that gives the first recurrent state.
    pub(crate) fn initial_state(&self) -> Option<&Arc<Vec<u8>>> {
        self.initial_state.as_ref()
    }

    /// kinfer's `metadata.json`.
    pub(crate) fn kinfer_metadata(&self) -> Option<&[u8]> {
        self.kinfer_metadata.as_ref().map(|metadata| metadata.as_slice())
    }
}

/// SHA-256 in hexadecimal digits.
pub fn sha256(bytes: &[u8]) -> String {
    let digest = Sha256::digest(bytes);
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Puts the weights into the network where they lie outside, and gives what it says of itself, and their hashes.
fn whole(network: &mut Vec<u8>, folder: &Path) -> Result<(OnnxModel, BTreeMap<String, String>), OnnxError> {
    let onnx = OnnxModel::parse(network)?;
    if !onnx.external_data {
        return Ok((onnx, BTreeMap::new()));
    }
    let WholeModel { bytes, weights_sha256 } = with_weights_inside(network, folder)?;
    *network = bytes;
    Ok((OnnxModel::parse(network)?, weights_sha256))
}

fn is_packed(bytes: &[u8]) -> bool {
    bytes.starts_with(&[0x1f, 0x8b])
}

fn is_archive(bytes: &[u8]) -> bool {
    is_packed(bytes) || bytes.get(257..262) == Some(b"ustar")
}

/// The members of an archive that count, or the bytes themselves where they are none.
fn unpacked(bytes: Vec<u8>) -> Result<Parts, String> {
    let archive = if is_packed(&bytes) {
        let mut unpacked = Vec::new();
        let read = GzDecoder::new(bytes.as_slice())
            .take(MAX_UNPACKED + 1)
            .read_to_end(&mut unpacked);
        read.map_err(|error| error.to_string())?;
        if unpacked.len() as u64 > MAX_UNPACKED {
            return Err(format!("it unpacks to more than {MAX_UNPACKED} bytes"));
        }
        unpacked
    } else if is_archive(&bytes) {
        bytes
    } else {
        return Ok(Parts {
            network: bytes,
            ..Parts::default()
        });
    };
    let mut parts = Parts::default();
    for (name, contents) in tar_members(&archive)? {
        match name.as_str() {
            "step_fn.onnx" => parts.network = contents.to_vec(),
            "init_fn.onnx" => parts.initial_state = Some(contents.to_vec()),
            "metadata.json" => parts.kinfer_metadata = Some(contents.to_vec()),
            _ => {}
        }
    }
    let members = [
        ("step_fn.onnx", !parts.network.is_empty()),
        ("init_fn.onnx", parts.initial_state.is_some()),
        ("metadata.json", parts.kinfer_metadata.is_some()),
    ];
    match members.iter().find(|(_, there)| !there) {
        Some((missing, _)) => Err(format!("`{missing}` is not in it")),
        None => Ok(parts),
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
