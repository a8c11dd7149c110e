//! What a contract needs to know of an ONNX `ModelProto` (field numbers: onnx.proto3).

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use super::OnnxError;
use super::operators::operators;
use super::weights::{BadWeight, first_bad_weight};
use super::wire::{Field, Fields, put_bytes};

const MODEL_GRAPH: u32 = 7;
const MODEL_METADATA: u32 = 14;
const GRAPH_NODE: u32 = 1;
const GRAPH_INITIALIZER: u32 = 5;
const GRAPH_INPUT: u32 = 11;
const GRAPH_OUTPUT: u32 = 12;
const GRAPH_SPARSE_INITIALIZER: u32 = 15;
/// Graphs within nodes within graphs: far above any model.
const MAX_DEPTH: usize = 64;

/// One dimension of a tensor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Dim {
    /// Known when the model was exported.
    Fixed(i64),
    /// Known by name only, or not at all (an empty name).
    Dynamic(String),
}

impl fmt::Display for Dim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Fixed(n) => write!(f, "{n}"),
            Self::Dynamic(name) if name.is_empty() => f.write_str("?"),
            Self::Dynamic(name) => f.write_str(name),
        }
    }
}

/// An input or output of the graph.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TensorInfo {
    /// Its name.
    pub name: String,
    /// Its shape.
    pub dims: Vec<Dim>,
}

/// The readable parts of an ONNX file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OnnxModel {
    /// `metadata_props`; of a key that stands there twice, the last value.
    pub metadata: BTreeMap<String, String>,
    /// Graph inputs that are not weights.
    pub inputs: Vec<TensorInfo>,
    /// Graph outputs.
    pub outputs: Vec<TensorInfo>,
    /// By output, the operator that its numbers come from, such as `Softmax`, or `Concat Sigmoid` of several tensors
    /// side by side whose last is made by `Sigmoid`.
    pub operators: BTreeMap<String, String>,
    /// Whether weights lie in another file beside this one.
    pub external_data: bool,
    /// Whether it has nodes that quantise.
    pub is_quantised: bool,
    /// The first weight that is NaN or infinite.
    pub bad_weight: Option<BadWeight>,
}

impl OnnxModel {
    /// Reads a model.
    ///
    /// # Errors
    /// When the bytes are not protobuf, end inside a field, or hold no graph.
    pub fn parse(bytes: &[u8]) -> Result<Self, OnnxError> {
        let mut model = Self::default();
        let mut has_graph = false;
        for field in Fields::new(bytes) {
            let field = field?;
            match field.number {
                MODEL_GRAPH => {
                    has_graph = true;
                    model.read_graph(field.bytes())?;
                }
                MODEL_METADATA => {
                    let (key, value) = entry(&field)?;
                    model.metadata.insert(key, value);
                }
                _ => {}
            }
        }
        if has_graph { Ok(model) } else { Err(OnnxError::NoGraph) }
    }

    fn read_graph(&mut self, graph: &[u8]) -> Result<(), OnnxError> {
        let mut weights = BTreeSet::new();
        for field in Fields::new(graph) {
            let field = field?;
            match field.number {
                GRAPH_NODE => self.read_node(field.bytes(), MAX_DEPTH)?,
                GRAPH_SPARSE_INITIALIZER => self.read_sparse(field.bytes())?,
                GRAPH_INITIALIZER => {
                    weights.insert(self.read_weight(field.bytes(), "")?);
                }
                GRAPH_INPUT => self.inputs.push(tensor_info(field.bytes())?),
                GRAPH_OUTPUT => self.outputs.push(tensor_info(field.bytes())?),
                _ => {}
            }
        }
        self.inputs.retain(|input| !weights.contains(&input.name));
        self.operators = operators(graph, self.outputs.iter().map(|output| output.name.as_str()))?;
        Ok(())
    }

    /// Looks at what a node does, and at the tensors that it carries (`Constant`).
    fn read_node(&mut self, node: &[u8], depth: usize) -> Result<(), OnnxError> {
        let mut output = String::new();
        for field in Fields::new(node) {
            let field = field?;
            match field.number {
                2 => output = field.text(),
                4 => self.is_quantised |= matches!(field.bytes(), b"QuantizeLinear" | b"DequantizeLinear"),
                5 => {
                    for attribute in Fields::new(field.bytes()) {
                        let attribute = attribute?;
                        match attribute.number {
                            5 | 10 => {
                                self.read_weight(attribute.bytes(), &output)?;
                            }
                            6 | 11 => self.read_inner_graph(attribute.bytes(), depth)?,
                            22 | 23 => self.read_sparse(attribute.bytes())?,
                            _ => {}
                        }
                    }
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// Looks at the tensors of a graph within a node: a branch, or the body of a loop.
    fn read_inner_graph(&mut self, graph: &[u8], depth: usize) -> Result<(), OnnxError> {
        let depth = depth.checked_sub(1).ok_or(OnnxError::TooDeep { limit: MAX_DEPTH })?;
        for field in Fields::new(graph) {
            let field = field?;
            match field.number {
                GRAPH_NODE => self.read_node(field.bytes(), depth)?,
                GRAPH_SPARSE_INITIALIZER => self.read_sparse(field.bytes())?,
                GRAPH_INITIALIZER => {
                    self.read_weight(field.bytes(), "")?;
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// A sparse tensor is two: values and indices.
    fn read_sparse(&mut self, sparse: &[u8]) -> Result<(), OnnxError> {
        for tensor in Fields::new(sparse) {
            let tensor = tensor?;
            if matches!(tensor.number, 1 | 2) {
                self.read_weight(tensor.bytes(), "")?;
            }
        }
        Ok(())
    }

    fn read_weight(&mut self, tensor: &[u8], owner: &str) -> Result<String, OnnxError> {
        let mut name = owner.to_owned();
        for field in Fields::new(tensor) {
            let field = field?;
            match field.number {
                8 => name = field.text(),
                14 => self.external_data |= field.varint() == 1,
                _ => {}
            }
        }
        // An infinite weight can be meant (a mask), a NaN cannot: the NaN is the one to name.
        if !self.bad_weight.as_ref().is_some_and(|weight| weight.nan)
            && let Some(found) = first_bad_weight(tensor, &name)?
            && (found.nan || self.bad_weight.is_none())
        {
            self.bad_weight = Some(found);
        }
        Ok(name)
    }
}

pub(super) fn entry(field: &Field<'_>) -> Result<(String, String), OnnxError> {
    let (mut key, mut value) = (String::new(), String::new());
    for part in Fields::new(field.bytes()) {
        let part = part?;
        match part.number {
            1 => key = part.text(),
            2 => value = part.text(),
            _ => {}
        }
    }
    Ok((key, value))
}

/// `ValueInfoProto`: a name, and a `TypeProto` whose tensor type has a shape.
fn tensor_info(value_info: &[u8]) -> Result<TensorInfo, OnnxError> {
    let mut info = TensorInfo {
        name: String::new(),
        dims: Vec::new(),
    };
    for field in Fields::new(value_info) {
        let field = field?;
        match field.number {
            1 => info.name = field.text(),
            2 => {
                for shape in descend(descend(vec![field.bytes()], 1)?, 2)? {
                    for dim in descend(vec![shape], 1)? {
                        info.dims.push(dimension(dim)?);
                    }
                }
            }
            _ => {}
        }
    }
    Ok(info)
}

/// All sub-messages with this number.
fn descend(messages: Vec<&[u8]>, number: u32) -> Result<Vec<&[u8]>, OnnxError> {
    let mut found = Vec::new();
    for message in messages {
        for field in Fields::new(message) {
            let field = field?;
            if field.number == number {
                found.push(field.bytes());
            }
        }
    }
    Ok(found)
}

fn dimension(dim: &[u8]) -> Result<Dim, OnnxError> {
    let mut result = Dim::Dynamic(String::new());
    for field in Fields::new(dim) {
        let field = field?;
        match field.number {
            1 => result = Dim::Fixed(field.varint() as i64),
            2 => result = Dim::Dynamic(field.text()),
            _ => {}
        }
    }
    Ok(result)
}

/// The same model with these metadata entries set: entries of the same key are replaced, all other
/// bytes stay as they are.
///
/// # Errors
/// When the bytes are not an ONNX model, see [`OnnxModel::parse`].
pub fn with_metadata(bytes: &[u8], entries: &[(&str, &str)]) -> Result<Vec<u8>, OnnxError> {
    OnnxModel::parse(bytes)?;
    let mut out = Vec::with_capacity(bytes.len());
    for field in Fields::new(bytes) {
        let field = field?;
        let replaced = field.number == MODEL_METADATA && {
            let (key, _) = entry(&field)?;
            entries.iter().any(|(new, _)| *new == key)
        };
        if !replaced {
            out.extend_from_slice(field.raw);
        }
    }
    for (key, value) in entries {
        let mut pair = Vec::new();
        put_bytes(&mut pair, 1, key.as_bytes());
        put_bytes(&mut pair, 2, value.as_bytes());
        put_bytes(&mut out, MODEL_METADATA, &pair);
    }
    Ok(out)
}
