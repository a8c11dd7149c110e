//! Strider's network with other weights.

#[path = "weights.rs"]
mod weights;

use std::path::Path;

use sinew_control::contract::PolicyContract;
use sinew_models::{ModelFile, OnnxPolicy, SessionOptions, pack};
use weights::{with_graph_part, with_weights};

/// More of Strider's network: its action comes after 2^40 rounds of a loop where the robot is asked to walk forward at
/// 0.7 m/s, within 2 mm/s, and at once everywhere else.
const HANGS: &[u8] = include_bytes!("hang.graph");

/// The network of `model` with each of its weights as `change(tensor, number, weight)` gives it.
pub(crate) fn changed(model: &ModelFile, change: impl FnMut(usize, usize, f32) -> f32) -> Vec<u8> {
    with_weights(model.bytes(), change)
}

/// The network of `model`, which hangs at 0.7 m/s.
pub(crate) fn hanging(model: &ModelFile) -> Vec<u8> {
    with_graph_part(model.bytes(), HANGS, ["actions", "action_"])
}

/// A network with `contract` and golden vectors of its own, written to `output`.
pub(crate) fn packed(network: Vec<u8>, contract: &PolicyContract, output: &Path) {
    let mut contract = contract.clone();
    contract.golden.clear();
    let network = ModelFile::from_bytes(output, network).unwrap();
    let mut policy = OnnxPolicy::load(&network, &contract, &SessionOptions::default()).unwrap();
    contract.golden = pack::golden_vectors(&mut policy, 4).unwrap();
    pack::pack(&network, &contract, output).unwrap();
}
