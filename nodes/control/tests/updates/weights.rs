//! A network with other weights.

use std::ops::Range;

/// Field numbers of ONNX: a model's graph, a graph's initializers, a tensor's type and its raw bytes.
pub(crate) const GRAPH: u64 = 7;
const INITIALIZER: u64 = 5;
const DATA_TYPE: u64 = 2;
const RAW_DATA: u64 = 9;
const FLOAT: u64 = 1;

/// The fields of a protobuf message in `bytes[within]`: number, value of a varint, range of bytes.
pub(crate) fn fields(bytes: &[u8], within: Range<usize>) -> Vec<(u64, u64, Range<usize>)> {
    let mut at = within.start;
    let mut found = Vec::new();
    let varint = |at: &mut usize| {
        let (mut value, mut shift) = (0_u64, 0);
        loop {
            let byte = bytes[*at];
            *at += 1;
            value |= u64::from(byte & 0x7f) << shift;
            shift += 7;
            if byte & 0x80 == 0 {
                return value;
            }
        }
    };
    while at < within.end {
        let key = varint(&mut at);
        match key & 7 {
            0 => {
                let value = varint(&mut at);
                found.push((key >> 3, value, at..at));
            }
            2 => {
                let len = varint(&mut at) as usize;
                found.push((key >> 3, 0, at..at + len));
                at += len;
            }
            1 => at += 8,
            5 => at += 4,
            other => panic!("wire type {other}"),
        }
    }
    found
}

/// Where the bytes of the network's float weights are, tensor by tensor.
fn weights(bytes: &[u8]) -> Vec<Range<usize>> {
    let inside = |range: Range<usize>, number: u64| {
        let all = fields(bytes, range).into_iter();
        all.filter(move |(found, ..)| *found == number)
    };
    let mut found = Vec::new();
    for (_, _, graph) in inside(0..bytes.len(), GRAPH) {
        for (_, _, tensor) in inside(graph, INITIALIZER) {
            let is_float = inside(tensor.clone(), DATA_TYPE).any(|(_, value, _)| value == FLOAT);
            if is_float {
                found.extend(inside(tensor, RAW_DATA).map(|(_, _, raw)| raw));
            }
        }
    }
    found
}

/// A model with each of its weights as `change(tensor, number, weight)` gives it.
pub(crate) fn with_weights(model: &[u8], mut change: impl FnMut(usize, usize, f32) -> f32) -> Vec<u8> {
    let mut bytes = model.to_vec();
    let tensors = weights(&bytes);
    assert!(tensors.len() > 1, "the model has no weights inside");
    for (tensor, range) in tensors.into_iter().enumerate() {
        for (number, raw) in bytes[range].chunks_exact_mut(4).enumerate() {
            let weight = f32::from_le_bytes(raw.try_into().unwrap());
            raw.copy_from_slice(&change(tensor, number, weight).to_le_bytes());
        }
    }
    bytes
}
