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

/// The numbers of an output.
pub(crate) enum Numbers<'a> {
    Floats(&'a [f32]),
    Integers(&'a [i64]),
}

/// A node with one attribute, an integer.
fn node_with(operator: &str, inputs: &[&str], output: &str, attribute: (&str, u64)) -> Vec<u8> {
    message(1, |node| {
        inputs.iter().for_each(|input| bytes(node, 1, input.as_bytes()));
        bytes(node, 2, output.as_bytes());
        bytes(node, 4, operator.as_bytes());
        node.extend(message(5, |body| {
            bytes(body, 1, attribute.0.as_bytes());
            integer(body, 3, attribute.1);
            integer(body, 20, 2);
        }));
    })
}

const INT64: u64 = 7;

fn integers(name: &str, dims: &[i64], values: &[i64]) -> Vec<u8> {
    message(5, |tensor| {
        dims.iter().for_each(|dim| integer(tensor, 1, *dim as u64));
        integer(tensor, 2, INT64);
        bytes(tensor, 8, name.as_bytes());
        let raw: Vec<u8> = values.iter().flat_map(|value| value.to_le_bytes()).collect();
        bytes(tensor, 9, &raw);
    })
}

/// A tensor's name, type (of onnx.proto3) and shape.
fn typed(number: u64, name: &str, kind: u64, dims: &[i64]) -> Vec<u8> {
    message(number, |info| {
        bytes(info, 1, name.as_bytes());
        info.extend(message(2, |wrapped| {
            wrapped.extend(message(1, |tensor| {
                integer(tensor, 1, kind);
                tensor.extend(message(2, |shape| {
                    for dim in dims {
                        shape.extend(message(1, |body| integer(body, 1, *dim as u64)));
                    }
                }));
            }));
        }));
    })
}

/// [`fixed`] with outputs of floats or integers, each of which comes out of `operator`.
pub(crate) fn mixed(
    folder: &Path,
    input: &[i64],
    outputs: &[(&str, &[i64], Numbers<'_>)],
    operator: &str,
    metadata: &[(&str, &str)],
) -> PathBuf {
    let mut graph = Vec::new();
    for (name, dims, numbers) in outputs {
        let constant = format!("{name}_numbers");
        let kind = match numbers {
            Numbers::Floats(values) => {
                graph.extend(node(operator, &[&constant], name));
                graph.extend(weights(&constant, dims, values));
                FLOAT
            }
            Numbers::Integers(values) => {
                graph.extend(node("Identity", &[&constant], name));
                graph.extend(integers(&constant, dims, values));
                INT64
            }
        };
        graph.extend(typed(12, name, kind, dims));
    }
    bytes(&mut graph, 2, b"mixed");
    graph.extend(value_info(11, "images", input));
    write(folder, &graph, metadata)
}

/// As RT-DETR is exported with its post-processing: corners as shares times `orig_target_sizes` (width, height).
pub(crate) fn with_target_sizes(
    folder: &Path,
    input: &[i64],
    shares: &[f32],
    scores: &[f32],
    labels: &[i64],
) -> PathBuf {
    let count = scores.len() as i64;
    let mut graph = node_with("Cast", &["orig_target_sizes"], "sizes", ("to", FLOAT));
    graph.extend(node_with("Concat", &["sizes", "sizes"], "four", ("axis", 1)));
    graph.extend(node("Mul", &["shares", "four"], "boxes"));
    graph.extend(node("Identity", &["score_numbers"], "scores"));
    graph.extend(node("Identity", &["label_numbers"], "labels"));
    graph.extend(weights("shares", &[1, count, 4], shares));
    graph.extend(weights("score_numbers", &[1, count], scores));
    graph.extend(integers("label_numbers", &[1, count], labels));
    bytes(&mut graph, 2, b"sizes");
    graph.extend(value_info(11, "images", input));
    graph.extend(typed(11, "orig_target_sizes", INT64, &[1, 2]));
    graph.extend(typed(12, "labels", INT64, &[1, count]));
    graph.extend(value_info(12, "boxes", &[1, count, 4]));
    graph.extend(value_info(12, "scores", &[1, count]));
    write(folder, &graph, &[])
}

/// As Paddle exports detectors: rows of class, score and corners that the scale of the image has been taken out of,
/// and how many there are. The second input has the name `beside`.
pub(crate) fn with_scale(folder: &Path, input: &[i64], beside: &str, rows: &[f32], count: i64) -> PathBuf {
    let many = rows.len() as i64 / 6;
    let mut graph = node("ReduceMax", &[beside], "scale");
    graph.extend(node("Div", &["numbers", "scale"], "rows"));
    graph.extend(node("Identity", &["count_numbers"], "count"));
    graph.extend(weights("numbers", &[many, 6], rows));
    graph.extend(integers("count_numbers", &[1], &[count]));
    bytes(&mut graph, 2, b"scale");
    graph.extend(value_info(11, "image", input));
    graph.extend(value_info(11, beside, &[1, 2]));
    graph.extend(value_info(12, "rows", &[many, 6]));
    graph.extend(typed(12, "count", INT64, &[1]));
    write(folder, &graph, &[])
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

/// A model of one class whose only box, of the corners `[28, 20, 36, 28]`, has as its score what `score` makes of the
/// image's mean level: operators with one input and none or one number beside it.
#[allow(dead_code, reason = "for the tests of the node perception")]
pub(crate) fn scored(
    folder: &Path,
    input: &[i64],
    score: &[(&str, Option<f32>)],
    metadata: &[(&str, &str)],
) -> PathBuf {
    let mut graph = node_with("ReduceMean", &["images"], "score_0", ("keepdims", 0));
    for (i, (operator, number)) in score.iter().enumerate() {
        let (from, to, constant) = (format!("score_{i}"), format!("score_{}", i + 1), format!("number_{i}"));
        match number {
            None => graph.extend(node(operator, &[&from], &to)),
            Some(number) => {
                graph.extend(node(operator, &[&from, &constant], &to));
                graph.extend(weights(&constant, &[], &[*number]));
            }
        }
    }
    let (mut boxes, mut place) = (vec![0.0; 6 * 20], vec![0.0; 6 * 20]);
    boxes[..4].copy_from_slice(&[28.0, 20.0, 36.0, 28.0]);
    place[4] = 1.0;
    graph.extend(weights("boxes", &[1, 20, 6], &boxes));
    graph.extend(weights("place", &[1, 20, 6], &place));
    graph.extend(node("Mul", &["place", &format!("score_{}", score.len())], "scores"));
    graph.extend(node("Add", &["boxes", "scores"], "output0"));
    bytes(&mut graph, 2, b"scored");
    graph.extend(value_info(11, "images", input));
    graph.extend(value_info(12, "output0", &[1, 20, 6]));
    write(folder, &graph, metadata)
}

/// A model that says the same of every image, and takes a long time for that: so many 3×3 kernels.
#[allow(dead_code, reason = "for the tests of the node perception")]
pub(crate) fn slow(folder: &Path, input: &[i64], kernels: i64, boxes: &[f32], metadata: &[(&str, &str)]) -> PathBuf {
    let mut graph = node("Conv", &["images", "kernels"], "answers");
    graph.extend(node_with("ReduceMax", &["answers"], "most", ("keepdims", 0)));
    graph.extend(node("Mul", &["most", "nothing"], "none"));
    graph.extend(node("Add", &["boxes", "none"], "output0"));
    graph.extend(weights(
        "kernels",
        &[kernels, 3, 3, 3],
        &vec![1e-3; kernels as usize * 27],
    ));
    graph.extend(weights("nothing", &[], &[0.0]));
    graph.extend(weights("boxes", &[1, boxes.len() as i64 / 6, 6], boxes));
    bytes(&mut graph, 2, b"slow");
    graph.extend(value_info(11, "images", input));
    graph.extend(value_info(12, "output0", &[1, boxes.len() as i64 / 6, 6]));
    write(folder, &graph, metadata)
}
