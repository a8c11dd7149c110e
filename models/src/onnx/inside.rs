//! Weights that lie in files beside a model, put into it.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::path::{Component, Path, PathBuf};

use super::OnnxError;
use super::model::entry;
use super::wire::{Fields, put_bytes};
use crate::model_file::sha256;

/// What protobuf allows for a model.
const MAX_MODEL: u64 = (2 << 30) - 1;
/// Graphs within nodes within graphs: far above any model.
const MAX_DEPTH: usize = 128;
const TENSOR_NAME: u32 = 8;
const TENSOR_RAW_DATA: u32 = 9;
const TENSOR_EXTERNAL_DATA: u32 = 13;
const TENSOR_DATA_LOCATION: u32 = 14;

/// Messages in which a tensor may lie (field numbers: onnx.proto3).
#[derive(Clone, Copy, PartialEq, Eq)]
enum Message {
    Model,
    Graph,
    Function,
    Node,
    Attribute,
    SparseTensor,
    Tensor,
}

impl Message {
    /// What a field of this number holds, where a tensor may lie in it.
    fn inner(self, field: u32) -> Option<Self> {
        match (self, field) {
            (Self::Model, 7) | (Self::Attribute, 6 | 11) => Some(Self::Graph),
            (Self::Model, 25) => Some(Self::Function),
            (Self::Graph, 1) | (Self::Function, 7) => Some(Self::Node),
            (Self::Node, 5) | (Self::Function, 11) => Some(Self::Attribute),
            (Self::Graph, 5) | (Self::Attribute, 5 | 10) | (Self::SparseTensor, 1 | 2) => Some(Self::Tensor),
            (Self::Graph, 15) | (Self::Attribute, 22 | 23) => Some(Self::SparseTensor),
            _ => None,
        }
    }
}

/// A model with all of its weights inside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WholeModel {
    /// The model.
    pub bytes: Vec<u8>,
    /// SHA-256 of the files that its weights came from, by the names that the model had for them.
    pub weights_sha256: BTreeMap<String, String>,
}

/// The same model with all of its weights inside, read from files in `folder`, each of them once.
///
/// # Errors
/// When the bytes are not an ONNX model, when weights are not where it says, and when they are too
/// large for one file.
pub fn with_weights_inside(bytes: &[u8], folder: &Path) -> Result<WholeModel, OnnxError> {
    let mut weights = WeightFiles {
        folder: folder.to_owned(),
        read: BTreeMap::new(),
    };
    let mut out = Vec::with_capacity(bytes.len());
    copy(Message::Model, bytes, &mut weights, MAX_DEPTH, &mut out)?;
    Ok(WholeModel {
        bytes: out,
        weights_sha256: (weights.read.into_iter())
            .map(|(name, bytes)| (name, sha256(&bytes)))
            .collect(),
    })
}

fn copy(
    message: Message,
    bytes: &[u8],
    weights: &mut WeightFiles,
    depth: usize,
    out: &mut Vec<u8>,
) -> Result<(), OnnxError> {
    if depth == 0 {
        return Err(OnnxError::TooDeep { limit: MAX_DEPTH });
    }
    if message == Message::Tensor && is_outside(bytes)? {
        return copy_tensor(bytes, weights, out);
    }
    for field in Fields::new(bytes) {
        let field = field?;
        match message.inner(field.number) {
            None => out.extend_from_slice(field.raw),
            Some(inner) => {
                let mut body = Vec::with_capacity(field.bytes().len());
                copy(inner, field.bytes(), weights, depth - 1, &mut body)?;
                put_bytes(out, field.number, &body);
            }
        }
        if out.len() as u64 > MAX_MODEL {
            return Err(OnnxError::TooLarge { limit: MAX_MODEL });
        }
    }
    Ok(())
}

/// Whether a tensor's data lie in another file.
fn is_outside(tensor: &[u8]) -> Result<bool, OnnxError> {
    let mut outside = false;
    for field in Fields::new(tensor) {
        let field = field?;
        outside |= field.number == TENSOR_DATA_LOCATION && field.varint() == 1;
    }
    Ok(outside)
}

fn copy_tensor(tensor: &[u8], weights: &mut WeightFiles, out: &mut Vec<u8>) -> Result<(), OnnxError> {
    let mut name = String::new();
    let mut place = BTreeMap::new();
    for field in Fields::new(tensor) {
        let field = field?;
        match field.number {
            TENSOR_EXTERNAL_DATA => {
                let (key, value) = entry(&field)?;
                place.insert(key, value);
            }
            TENSOR_DATA_LOCATION | TENSOR_RAW_DATA => {}
            number => {
                if number == TENSOR_NAME {
                    name = field.text();
                }
                out.extend_from_slice(field.raw);
            }
        }
    }
    let data = weights
        .part(&place)
        .map_err(|reason| OnnxError::Weights { tensor: name, reason })?;
    put_bytes(out, TENSOR_RAW_DATA, data);
    Ok(())
}

/// The files of weights that were read so far, by the names that the model has for them.
struct WeightFiles {
    folder: PathBuf,
    read: BTreeMap<String, Vec<u8>>,
}

impl WeightFiles {
    /// The bytes that a tensor's `external_data` names.
    fn part(&mut self, place: &BTreeMap<String, String>) -> Result<&[u8], String> {
        let location = place.get("location").ok_or("it names no file")?;
        let inside = |part| matches!(part, Component::Normal(_));
        if location.is_empty() || !Path::new(location).components().all(inside) {
            return Err(format!("expected a file beside the model, found `{location}`"));
        }
        let number = |key: &str| match place.get(key) {
            None => Ok(None),
            Some(text) => match text.parse::<usize>() {
                Ok(number) => Ok(Some(number)),
                Err(_) => Err(format!("its `{key}` must be a whole number, found `{text}`")),
            },
        };
        let (offset, length) = (number("offset")?.unwrap_or(0), number("length")?);
        let path = self.folder.join(location);
        let file = match self.read.entry(location.clone()) {
            Entry::Occupied(file) => file.into_mut(),
            Entry::Vacant(file) => {
                let bytes = sinew_files::read(&path, MAX_MODEL)
                    .map_err(|error| format!("{}: cannot be read: {error}", path.display()))?;
                file.insert(bytes)
            }
        };
        let left = file.get(offset..).unwrap_or_default();
        let length = length.unwrap_or(left.len());
        left.get(..length).ok_or_else(|| {
            format!(
                "{}: expected {length} bytes from byte {offset} on, found {}",
                path.display(),
                left.len()
            )
        })
    }
}
