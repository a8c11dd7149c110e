//! Makes versions of a policy to try updates with: `other_weights MODEL ROBOT.xml fine|reversed|unpushed OUTPUT`.
//!
//! `fine` is a network that another run of the training might have left: its weights are up to a twentieth of a percent
//! off. `reversed` does the reverse of everything. `unpushed` walks as well as the first, but as if it had hardly been
//! pushed in training: it sees little of how the base turns.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "it makes files for a demo, and ends at the first that is wrong"
)]

#[path = "../../control/tests/updates/network.rs"]
mod network;

use std::path::Path;

use sinew_models::{ContractSource, ModelFile, load_contract};

/// Neurons of the first layer.
const FIRST_LAYER: usize = 256;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [model, robot, version, output] = arguments.as_slice() else {
        panic!("expected MODEL ROBOT.xml fine|reversed|unpushed OUTPUT");
    };
    let model = ModelFile::read(Path::new(model)).unwrap();
    let robot = sinew_robot::load(Path::new(robot)).unwrap().description();
    let contract = load_contract(&model, &ContractSource::default(), &robot).unwrap();
    let change: fn(usize, usize, f32) -> f32 = match version.as_str() {
        "fine" => |tensor, number, weight| {
            let random = (tensor as f32 * 12.9898 + number as f32 * 78.233).sin() * 43_758.547;
            weight * (1.0 + 1e-3 * (random.fract() - 0.5))
        },
        "reversed" => |_, _, weight| -weight,
        // The first layer has a row of weights for each number of the observation, which begins with four steps of the
        // angular velocity.
        "unpushed" => |tensor, number, weight| match (tensor, number / FIRST_LAYER) {
            (0, 0..12) => 0.3 * weight,
            _ => weight,
        },
        other => panic!("expected fine, reversed or unpushed, found {other}"),
    };
    network::changed(&model, &contract, Path::new(output), change);
}
