//! Small ONNX models, written byte by byte (field numbers: onnx.proto3).

use std::path::{Path, PathBuf};

fn varint(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

fn integer(out: &mut Vec<u8>, number: u64, value: u64) {
    varint(out, number << 3);
    varint(out, value);
}

fn bytes(out: &mut Vec<u8>, number: u64, value: &[u8]) {
    varint(out, number << 3 | 2);
    varint(out, value.len() as u64);
    out.extend_from_slice(value);
}

/// Field `number` alone, with the fields that `fill` writes.
fn message(number: u64, fill: impl FnOnce(&mut Vec<u8>)) -> Vec<u8> {
    let (mut body, mut out) = (Vec::new(), Vec::new());
    fill(&mut body);
    bytes(&mut out, number, &body);
    out
}

const FLOAT: u64 = 1;

/// A tensor's name, type and shape; −1 for a dimension that is open.
fn value_info(number: u64, name: &str, dims: &[i64]) -> Vec<u8> {
    message(number, |info| {
        bytes(info, 1, name.as_bytes());
        let shape = message(2, |shape| {
            for dim in dims {
                shape.extend(message(1, |body| match dim {
                    -1 => bytes(body, 2, b"open"),
                    dim => integer(body, 1, *dim as u64),
                }));
            }
        });
        info.extend(message(2, |kind| {
            kind.extend(message(1, |tensor| {
                integer(tensor, 1, FLOAT);
                tensor.extend(shape);
            }));
        }));
    })
}

fn node(operator: &str, inputs: &[&str], output: &str) -> Vec<u8> {
    message(1, |node| {
        inputs.iter().for_each(|input| bytes(node, 1, input.as_bytes()));
        bytes(node, 2, output.as_bytes());
        bytes(node, 4, operator.as_bytes());
    })
}

fn weights(name: &str, dims: &[i64], values: &[f32]) -> Vec<u8> {
    message(5, |tensor| {
        dims.iter().for_each(|dim| integer(tensor, 1, *dim as u64));
        integer(tensor, 2, FLOAT);
        bytes(tensor, 8, name.as_bytes());
        let raw: Vec<u8> = values.iter().flat_map(|value| value.to_le_bytes()).collect();
        bytes(tensor, 9, &raw);
    })
}

fn write(folder: &Path, graph: &[u8], metadata: &[(&str, &str)]) -> PathBuf {
    let mut model = Vec::new();
    integer(&mut model, 1, 8);
    bytes(&mut model, 7, graph);
    model.extend(message(8, |opset| integer(opset, 2, 13)));
    let model = sinew_models::onnx::with_metadata(&model, metadata).unwrap();
    let file = folder.join("model.onnx");
    std::fs::write(&file, model).unwrap();
    file
}

/// A model that takes an image of shape `input` and always gives the same outputs.
pub(crate) fn fixed(
    folder: &Path,
    input: &[i64],
    outputs: &[(&str, &[i64], &[f32])],
    metadata: &[(&str, &str)],
) -> PathBuf {
    let mut graph = Vec::new();
    for (name, dims, values) in outputs {
        let constant = format!("{name}_weights");
        graph.extend(node("Identity", &[&constant], name));
        graph.extend(weights(&constant, dims, values));
    }
    bytes(&mut graph, 2, b"fixed");
    graph.extend(value_info(11, "images", input));
    for (name, dims, _) in outputs {
        graph.extend(value_info(12, name, dims));
    }
    write(folder, &graph, metadata)
}

/// A model with one operator from the image to its output.
pub(crate) fn operator(folder: &Path, operator: &str, input: &[i64], output: &[i64]) -> PathBuf {
    let mut graph = node(operator, &["images"], "out");
    bytes(&mut graph, 2, b"one");
    graph.extend(value_info(11, "images", input));
    graph.extend(value_info(12, "out", output));
    write(folder, &graph, &[])
}

/// A model that convolves the image with 3×3 kernels and gives the mean of each of their `kernels / 27` answers.
pub(crate) fn convolution(folder: &Path, input: &[i64], kernels: &[f32]) -> PathBuf {
    let classes = kernels.len() as i64 / 27;
    let mut graph = node("Conv", &["images", "kernels"], "answers");
    graph.extend(node("GlobalAveragePool", &["answers"], "out"));
    graph.extend(weights("kernels", &[classes, 3, 3, 3], kernels));
    bytes(&mut graph, 2, b"convolution");
    graph.extend(value_info(11, "images", input));
    graph.extend(value_info(12, "out", &[input[0], classes, 1, 1]));
    write(folder, &graph, &[])
}
