//! Every built-in observation term against values computed by hand, and how terms are put
//! together into the network's input.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "../common/mod.rs"]
mod common;

mod assembly;
mod refusals;
mod terms;

use common::POLICY_JOINTS;
use nalgebra::Vector3;
use sinew_control::command::VelocityCommand;
use sinew_control::contract::{Misfit, PolicyContract, TermSpec};
use sinew_control::io::Capabilities;
use sinew_control::observation::{ObservationBuilder, TermInputs, TermRegistry};
use sinew_control::state::RobotState;

/// All that an observation is computed from.
pub(crate) struct World {
    pub(crate) state: RobotState,
    pub(crate) command: VelocityCommand,
    pub(crate) last_action: [f32; 3],
    pub(crate) last_target: [f64; 3],
    pub(crate) step: u64,
}

impl World {
    pub(crate) fn new() -> Self {
        let mut state = RobotState::new(4, 2);
        state.position = vec![0.11, 0.22, 0.33, 0.44];
        state.velocity = vec![1.1, 2.2, 3.3, 4.4];
        state.effort = vec![10.0, 20.0, 30.0, 40.0];
        state.base_velocity = Some(Vector3::new(0.7, -0.1, 0.05));
        state.imu.angular_velocity = Vector3::new(0.4, 0.5, 0.6);
        state.imu.linear_acceleration = Vector3::new(0.1, 0.2, 9.8);
        state.foot_contact = vec![true, false];
        Self {
            state,
            command: VelocityCommand::new(0.3, -0.2, 0.5),
            last_action: [0.5, -1.5, 2.5],
            last_target: [0.3, 0.2, 0.1],
            step: 0,
        }
    }

    pub(crate) fn inputs(&self) -> TermInputs<'_> {
        TermInputs {
            state: &self.state,
            command: self.command,
            joints: &POLICY_JOINTS,
            default_position: &[0.4, -0.2, 0.1],
            last_action: &self.last_action,
            last_target: &self.last_target,
            step: self.step,
            step_secs: 0.02,
        }
    }
}

pub(crate) fn capabilities() -> Capabilities {
    Capabilities {
        base_velocity: Some("ground truth"),
        feet: vec!["left".to_owned(), "right".to_owned()],
        ..Capabilities::default()
    }
}

pub(crate) fn build(contract: &PolicyContract) -> Result<ObservationBuilder, Vec<Misfit>> {
    ObservationBuilder::new(contract, &common::robot(), &capabilities(), &TermRegistry::builtin())
}

pub(crate) fn with_terms(terms: Vec<TermSpec>) -> PolicyContract {
    PolicyContract {
        observations: terms,
        ..common::contract()
    }
}

/// A builder of one term with parameters.
pub(crate) fn one(name: &str, params: &[(&str, &[f64])]) -> ObservationBuilder {
    build(&with_terms(vec![spec(name, params)])).unwrap()
}

pub(crate) fn spec(name: &str, params: &[(&str, &[f64])]) -> TermSpec {
    let mut spec = TermSpec::named(name);
    for (key, value) in params {
        spec.params.insert((*key).to_owned(), value.to_vec());
    }
    spec
}

#[track_caller]
pub(crate) fn assert_close(found: &[f32], expected: &[f64]) {
    assert_eq!(found.len(), expected.len(), "{found:?} for {expected:?}");
    for (f, e) in found.iter().zip(expected) {
        assert!(
            (f64::from(*f) - e).abs() < 1e-6 * e.abs().max(1.0),
            "{found:?} for {expected:?}"
        );
    }
}
