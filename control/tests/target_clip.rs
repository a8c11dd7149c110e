//! Bounds that a contract sets to the joint targets.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use common::rig::{Rig, loop_params};
use sinew_control::contract::PolicyContract;
use sinew_control::gate::Check;
use sinew_control::observation::TermRegistry;

fn contract() -> PolicyContract {
    let mut contract = common::contract();
    // Knee, ankle, hip: rest at 0.4, −0.2 and 0.1 rad.
    contract.action.target_clip = vec![[0.35, 0.5], [f64::NEG_INFINITY, -0.25], [0.0, 0.2]];
    contract
}

#[test]
fn targets_stay_within_their_clip() {
    let rest = common::robot().default_positions();
    let mut rig = Rig::with(&loop_params(), &contract(), &TermRegistry::builtin(), &rest);
    rig.walk();
    for (action, targets) in [
        ([1.0, 1.0, 1.0], [0.5, -0.25, 0.2]),
        ([-0.1, 0.0, -0.1], [0.36, -0.25, 0.06]),
        ([-0.5, -0.5, -0.5], [0.35, -0.4, 0.0]),
    ] {
        rig.faults().action = Some(action);
        rig.ticks(50);
        let written = rig.written();
        for (i, &j) in common::POLICY_JOINTS.iter().enumerate() {
            assert!(
                (written.position[j] - targets[i]).abs() < 1e-6,
                "{action:?}: {written:?}"
            );
        }
    }
}

#[test]
fn a_clip_does_not_hide_an_infinite_action_from_the_gate() {
    let rest = common::robot().default_positions();
    let mut rig = Rig::with(&loop_params(), &contract(), &TermRegistry::builtin(), &rest);
    rig.walk();
    rig.faults().action = Some([f32::INFINITY, 0.0, 0.0]);
    rig.ticks(4);
    assert!(rig.count(Check::NonFiniteCommand) > 0);
}

#[test]
fn a_clip_of_another_length_or_upside_down_is_a_misfit() {
    let mut contract = contract();
    contract.action.target_clip[2] = [0.2, 0.1];
    let misfit = contract.misfits(&common::robot())[0].to_string();
    assert!(
        misfit.contains("`action.target_clip[2]`: expected [low, high]"),
        "{misfit}"
    );
    contract.action.target_clip.pop();
    let misfit = contract.misfits(&common::robot())[0].to_string();
    assert!(misfit.contains("`action.target_clip`: expected 3 pairs"), "{misfit}");
}
