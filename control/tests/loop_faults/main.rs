//! Faults injected into a running loop: what the gate does, within how many ticks, and that no
//! command outside the limits ever reaches the robot (the checker under the gate sees to that).
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "../common/mod.rs"]
mod common;

mod commands;
mod inference;
mod operator;
mod piled_up;
mod received;
mod sensors;
mod starting;
mod stopping;
mod time;
mod turns;
mod unmeasured;

use common::POLICY_JOINTS;
use common::rig::{Rig, loop_params};
use sinew_control::gate::SafetyParams;
use sinew_control::record::TickRecord;
use sinew_control::state::JointCommand;

/// Ticks in a time at 200 Hz.
pub(crate) fn ticks(secs: f64) -> u64 {
    (secs * 200.0).round() as u64
}

pub(crate) fn walking() -> Rig {
    let mut rig = Rig::new(&loop_params());
    rig.walk();
    rig
}

pub(crate) fn walking_with(safety: SafetyParams) -> Rig {
    let mut rig = Rig::with_safety(safety);
    rig.walk();
    rig
}

/// The next tick in which the policy was asked, or the robot was stopped.
pub(crate) fn next_policy_tick(rig: &mut Rig) -> TickRecord {
    loop {
        let record = rig.tick();
        if record.inference_nanos.is_some() || record.stop.is_some() {
            return record;
        }
    }
}

pub(crate) fn policy_targets(command: &JointCommand) -> [f64; 3] {
    POLICY_JOINTS.map(|j| command.position[j])
}
