//! Strider's network with a loop in it that does not end at one command.

use sinew_models::ModelFile;

use crate::network::weights::{GRAPH, fields};

/// More of Strider's network: its action comes after 2^40 rounds of a loop where the robot is asked to walk forward at
/// 0.7 m/s, within 2 mm/s, and at once everywhere else.
const HANGS: &[u8] = include_bytes!("hang.graph");

/// The network of `model`, which hangs at 0.7 m/s.
pub(crate) fn hanging(model: &ModelFile) -> Vec<u8> {
    with_graph_part(model.bytes(), HANGS, ["actions", "action_"])
}

/// A model whose graph has more in it: `part` is merged into it, and the output that the graph's nodes gave is called
/// `renamed`, of the same length.
fn with_graph_part(model: &[u8], part: &[u8], [output, renamed]: [&str; 2]) -> Vec<u8> {
    let varint = |mut value: usize| {
        let mut bytes = Vec::new();
        while value >= 0x80 {
            bytes.push(value as u8 | 0x80);
            value >>= 7;
        }
        bytes.push(value as u8);
        bytes
    };
    let mut graphs = fields(model, 0..model.len()).into_iter();
    let (_, _, range) = graphs.find(|(number, ..)| *number == GRAPH).unwrap();
    let mut graph = model[range.clone()].to_vec();
    let nodes_output = (graph.windows(output.len()))
        .position(|window| window == output.as_bytes())
        .unwrap();
    graph[nodes_output..][..renamed.len()].copy_from_slice(renamed.as_bytes());
    graph.extend(part);
    let key = range.start - varint(range.len()).len();
    let mut bytes = model[..key].to_vec();
    bytes.extend(varint(graph.len()));
    bytes.extend(graph);
    bytes.extend(&model[range.end..]);
    bytes
}
