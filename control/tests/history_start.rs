//! How histories begin, and the observation terms that are parts of others.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use sinew_control::command::VelocityCommand;
use sinew_control::contract::{HistoryLayout, HistoryStart, PolicyContract, TermSpec};
use sinew_control::io::Capabilities;
use sinew_control::observation::{ObservationBuilder, TermInputs, TermRegistry};
use sinew_control::state::RobotState;

const STEP_SECS: f64 = 0.02;

fn term(name: &str, params: &[(&str, &[f64])]) -> TermSpec {
    let params = params.iter().map(|(key, value)| ((*key).to_owned(), value.to_vec()));
    TermSpec {
        params: params.collect(),
        ..TermSpec::named(name)
    }
}

fn contract(observations: Vec<TermSpec>) -> PolicyContract {
    PolicyContract {
        observations,
        ..common::contract()
    }
}

fn builder(contract: &PolicyContract) -> ObservationBuilder {
    let registry = TermRegistry::builtin();
    ObservationBuilder::new(contract, &common::robot(), &Capabilities::default(), &registry).unwrap()
}

/// The observation after one more step under `command`.
fn observe(builder: &mut ObservationBuilder, step: u64, command: [f64; 3]) -> Vec<f32> {
    let state = RobotState::new(common::robot().dof(), 0);
    let inputs = TermInputs {
        state: &state,
        command: VelocityCommand::new(command[0], command[1], command[2]),
        joints: &common::POLICY_JOINTS,
        default_position: &common::contract().default_joint_pos,
        last_action: &[0.0; 3],
        last_target: &common::contract().default_joint_pos,
        step,
        step_secs: STEP_SECS,
    };
    builder.observe(&inputs).to_vec()
}

#[test]
fn a_history_begins_with_zeros_where_the_contract_says_so() {
    let mut command = TermSpec::named("command_lin_vel");
    command.history = 3;
    let mut contract = contract(vec![command]);
    for (layout, first, second) in [
        (
            HistoryLayout::TermOldestFirst,
            [0.0, 0.0, 0.0, 0.0, 0.5, 0.25],
            [0.0, 0.0, 0.5, 0.25, 1.0, 0.0],
        ),
        (
            HistoryLayout::FrameNewestFirst,
            [0.5, 0.25, 0.0, 0.0, 0.0, 0.0],
            [1.0, 0.0, 0.5, 0.25, 0.0, 0.0],
        ),
    ] {
        contract.history_layout = layout;
        contract.history_start = HistoryStart::Zero;
        let mut zeros = builder(&contract);
        for _ in 0..2 {
            assert_eq!(observe(&mut zeros, 0, [0.5, 0.25, 0.0]), first);
            assert_eq!(observe(&mut zeros, 1, [1.0, 0.0, 0.0]), second);
            zeros.reset();
        }
        contract.history_start = HistoryStart::Repeat;
        let repeated = observe(&mut builder(&contract), 0, [0.5, 0.25, 0.0]);
        assert_eq!(repeated, [0.5, 0.25, 0.5, 0.25, 0.5, 0.25]);
    }
}

#[test]
fn the_parts_of_a_command_are_the_command() {
    let parts = ["command_lin_vel", "command_ang_vel"].map(TermSpec::named).to_vec();
    let whole = vec![TermSpec::named("velocity_commands")];
    let command = [0.3, -0.2, 0.7];
    assert_eq!(
        observe(&mut builder(&contract(parts)), 0, command),
        observe(&mut builder(&contract(whole)), 0, command)
    );
}

#[test]
fn sines_and_cosines_alone_are_those_of_the_gait_phase() {
    let params: [(&str, &[f64]); 4] = [
        ("period_secs", &[0.8]),
        ("offsets", &[0.0, 1.0, 2.0]),
        ("standing_below", &[0.1]),
        ("standing_phase", &[0.5]),
    ];
    let mut halves = builder(&contract(vec![term("cos_phase", &params), term("sin_phase", &params)]));
    let mut whole = builder(&contract(vec![term("gait_phase", &params)]));
    assert_eq!(halves.len(), 6);
    for step in 0..100 {
        // Stands for a while in the middle.
        let vx = if (40..60).contains(&step) { 0.0 } else { 0.5 };
        assert_eq!(
            observe(&mut halves, step, [vx, 0.0, 0.0]),
            observe(&mut whole, step, [vx, 0.0, 0.0]),
            "step {step}"
        );
    }
}

#[test]
fn elements_pick_values_of_a_term() {
    let spec = term("velocity_commands", &[("elements", &[2.0, 0.0])]);
    let mut picked = builder(&contract(vec![spec]));
    assert_eq!(observe(&mut picked, 0, [0.3, -0.2, 0.7]), [0.7, 0.3]);

    let registry = TermRegistry::builtin();
    let robot = common::robot();
    for bad in [&[3.0][..], &[-1.0], &[0.5], &[f64::NAN], &[]] {
        let contract = contract(vec![term("velocity_commands", &[("elements", bad)])]);
        let misfits = ObservationBuilder::new(&contract, &robot, &Capabilities::default(), &registry).unwrap_err();
        assert_eq!(misfits[0].field, "observations.velocity_commands.elements", "{bad:?}");
    }
}

#[test]
fn elements_keep_what_a_term_remembers() {
    let params: [(&str, &[f64]); 2] = [("frequency_hz", &[1.5]), ("elements", &[1.0])];
    let mut picked = builder(&contract(vec![term("gait_phase", &params)]));
    let mut whole = builder(&contract(vec![term("gait_phase", &params[..1])]));
    for _ in 0..2 {
        for step in 0..10 {
            let all = observe(&mut whole, step, [0.5, 0.0, 0.0]);
            assert_eq!(observe(&mut picked, step, [0.5, 0.0, 0.0]), all[1..2]);
        }
        picked.reset();
        whole.reset();
    }
}

#[test]
fn a_phase_whose_name_says_its_layout_has_no_parameter_for_it() {
    let spec = term("sin_phase", &[("frequency_hz", &[1.0]), ("layout", &[1.0])]);
    let contract = contract(vec![spec]);
    let registry = TermRegistry::builtin();
    let robot = common::robot();
    let misfits = ObservationBuilder::new(&contract, &robot, &Capabilities::default(), &registry).unwrap_err();
    assert_eq!(misfits[0].field, "observations.sin_phase.layout");
}
