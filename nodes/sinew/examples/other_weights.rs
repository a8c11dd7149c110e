//! Makes versions of a policy to try updates with: `other_weights MODEL ROBOT.xml fine|reversed|unpushed OUTPUT`.
//!
//! `fine` is a network that another run of the training might have left: its weights are up to a twentieth of a percent
//! off. `reversed` does the reverse of everything. `unpushed` walks as well as the first, but as if it had never been
//! pushed in training: what it sees of the base's movement ends where an undisturbed walk does.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "it makes files for a demo, and ends at the first that is wrong"
)]

#[path = "../../control/tests/updates/network.rs"]
mod network;

use std::path::Path;

use sinew_models::{ContractSource, ModelFile, load_contract};

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [model, robot, version, output] = arguments.as_slice() else {
        panic!("expected MODEL ROBOT.xml fine|reversed|unpushed OUTPUT");
    };
    let model = ModelFile::read(Path::new(model)).unwrap();
    let robot = sinew_robot::load(Path::new(robot)).unwrap().description();
    let mut contract = load_contract(&model, &ContractSource::default(), &robot).unwrap();
    let change: fn(usize, usize, f32) -> f32 = match version.as_str() {
        "fine" => |tensor, number, weight| {
            let random = (tensor as f32 * 12.9898 + number as f32 * 78.233).sin() * 43_758.547;
            weight * (1.0 + 1e-3 * (random.fract() - 0.5))
        },
        "reversed" => |_, _, weight| -weight,
        "unpushed" => |_, _, weight| weight,
        other => panic!("expected fine, reversed or unpushed, found {other}"),
    };
    if version == "unpushed" {
        for term in &mut contract.observations {
            match term.name.as_str() {
                "base_ang_vel" => term.clip = Some([-0.6, 0.6]),
                "projected_gravity" => term.clip = Some([-1.0, 0.08]),
                _ => {}
            }
        }
    }
    network::changed(&model, &contract, Path::new(output), change);
}
