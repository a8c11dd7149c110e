//! Weights that lie in files beside a model, put into it.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::{Component, Path};

use super::OnnxError;
use super::model::entry;
use super::wire::{Fields, put_bytes};

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

/// The same model with all of its weights inside, read from files in `folder`.
///
/// # Errors
/// When the bytes are not an ONNX model, when weights are not where it says, and when they are too
/// large for one file.
pub fn with_weights_inside(bytes: &[u8], folder: &Path) -> Result<Vec<u8>, OnnxError> {
    let mut out = Vec::with_capacity(bytes.len());
    copy(Message::Model, bytes, folder, MAX_DEPTH, &mut out)?;
    Ok(out)
}

fn copy(message: Message, bytes: &[u8], folder: &Path, depth: usize, out: &mut Vec<u8>) -> Result<(), OnnxError> {
    if depth == 0 {
        return Err(OnnxError::TooDeep { limit: MAX_DEPTH });
    }
    if message == Message::Tensor && is_outside(bytes)? {
        return copy_tensor(bytes, folder, out);
    }
    for field in Fields::new(bytes) {
        let field = field?;
        match message.inner(field.number) {
            None => out.extend_from_slice(field.raw),
            Some(inner) => {
                let mut body = Vec::with_capacity(field.bytes().len());
                copy(inner, field.bytes(), folder, depth - 1, &mut body)?;
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

fn copy_tensor(tensor: &[u8], folder: &Path, out: &mut Vec<u8>) -> Result<(), OnnxError> {
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
    let data = read(&place, folder).map_err(|reason| OnnxError::Weights { tensor: name, reason })?;
    put_bytes(out, TENSOR_RAW_DATA, &data);
    Ok(())
}

/// The bytes that a tensor's `external_data` names.
fn read(place: &BTreeMap<String, String>, folder: &Path) -> Result<Vec<u8>, String> {
    let location = place.get("location").ok_or("it names no file")?;
    let inside = |part| matches!(part, Component::Normal(_));
    if location.is_empty() || !Path::new(location).components().all(inside) {
        return Err(format!("expected a file beside the model, found `{location}`"));
    }
    let number = |key: &str| match place.get(key) {
        None => Ok(None),
        Some(text) => match text.parse::<u64>() {
            Ok(number) => Ok(Some(number)),
            Err(_) => Err(format!("its `{key}` must be a whole number, found `{text}`")),
        },
    };
    let path = folder.join(location);
    let failed = |error: std::io::Error| format!("{}: cannot be read: {error}", path.display());
    // Before it is opened: opening a FIFO would wait for its writer.
    let metadata = std::fs::metadata(&path).map_err(failed)?;
    if !metadata.is_file() {
        return Err(format!("{}: it is no plain file", path.display()));
    }
    let offset = number("offset")?.unwrap_or(0);
    let left = metadata.len().saturating_sub(offset);
    let length = number("length")?.unwrap_or(left);
    if length > left {
        return Err(format!(
            "{}: expected {length} bytes from byte {offset} on, found {left}",
            path.display()
        ));
    }
    if length > MAX_MODEL {
        return Err(format!("{}: {length} bytes are too many for one file", path.display()));
    }
    let mut file = File::open(&path).map_err(failed)?;
    file.seek(SeekFrom::Start(offset)).map_err(failed)?;
    let mut data = Vec::new();
    file.take(length).read_to_end(&mut data).map_err(failed)?;
    Ok(data)
}
