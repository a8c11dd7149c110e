//! Strider's network with other weights.

#[path = "weights.rs"]
pub(crate) mod weights;

use std::path::Path;

use sinew_control::contract::PolicyContract;
use sinew_models::{ModelFile, OnnxPolicy, SessionOptions, pack};
use weights::with_weights;

/// The network of `model` with each of its weights as `change(tensor, number, weight)` gives it, with `contract` and golden
/// vectors of its own, written to `output`.
pub(crate) fn changed(
    model: &ModelFile,
    contract: &PolicyContract,
    output: &Path,
    change: impl FnMut(usize, usize, f32) -> f32,
) {
    packed(with_weights(model.bytes(), change), contract, output);
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
