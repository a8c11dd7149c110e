//! Scale, clip and history: how terms become the network's input.

use crate::common::contract;
use crate::{World, assert_close, build, with_terms};
use sinew_control::command::VelocityCommand;
use sinew_control::contract::{HistoryLayout, PolicyContract, TermSpec};

#[test]
fn a_term_is_clipped_in_its_own_units_and_then_scaled() {
    let mut term = TermSpec::named("joint_vel");
    term.scale = vec![0.5];
    term.clip = Some([-3.0, 3.0]);
    let mut contract = with_terms(vec![term]);
    let world = World::new();
    let mut builder = build(&contract).unwrap();
    assert_close(builder.observe(&world.inputs()), &[1.1, 1.5, 0.55]);
    contract.clip_after_scale = true;
    contract.observations[0].clip = Some([-3.0, 1.2]);
    let mut builder = build(&contract).unwrap();
    assert_close(builder.observe(&world.inputs()), &[1.1, 1.2, 0.55]);
}

#[test]
fn a_scale_may_be_one_number_or_one_for_each_value() {
    let mut term = TermSpec::named("base_ang_vel");
    term.scale = vec![1.0, 10.0, 100.0];
    let mut builder = build(&with_terms(vec![term.clone()])).unwrap();
    assert_close(builder.observe(&World::new().inputs()), &[0.4, 5.0, 60.0]);
    term.scale = vec![1.0, 2.0];
    let misfit = build(&with_terms(vec![term])).expect_err("a refusal").remove(0);
    assert_eq!(misfit.field, "observations.base_ang_vel.scale");
    assert_eq!(misfit.expected, "1 or 3 numbers");
    assert_eq!(misfit.found, "2");
}

/// Observations of three steps in which the constant-free terms show 1, 2, 3 and 10, 20, 30.
fn history(layout: HistoryLayout, histories: [usize; 2]) -> Vec<Vec<f32>> {
    let mut terms = vec![TermSpec::named("base_ang_vel"), TermSpec::named("velocity_commands")];
    for (term, history) in terms.iter_mut().zip(histories) {
        term.history = history;
        // One value of each is enough to see where it lies.
        term.scale = vec![1.0, 0.0, 0.0];
    }
    let contract = PolicyContract {
        history_layout: layout,
        ..with_terms(terms)
    };
    let mut builder = build(&contract).unwrap();
    let mut world = World::new();
    let observations = [1.0, 2.0, 3.0, 4.0].map(|v| {
        world.state.imu.angular_velocity.x = v;
        world.command.lin_vel_x = 10.0 * v;
        let shown = builder.observe(&world.inputs());
        shown.chunks(3).map(|xyz| xyz[0]).collect()
    });
    observations.to_vec()
}

#[test]
fn a_terms_history_is_one_block_oldest_first() {
    let shown = history(HistoryLayout::TermOldestFirst, [3, 2]);
    assert_eq!(shown[0], [1.0, 1.0, 1.0, 10.0, 10.0]);
    assert_eq!(shown[1], [1.0, 1.0, 2.0, 10.0, 20.0]);
    assert_eq!(shown[3], [2.0, 3.0, 4.0, 30.0, 40.0]);
}

#[test]
fn a_terms_history_is_one_block_newest_first() {
    let shown = history(HistoryLayout::TermNewestFirst, [3, 2]);
    assert_eq!(shown[0], [1.0, 1.0, 1.0, 10.0, 10.0]);
    assert_eq!(shown[1], [2.0, 1.0, 1.0, 20.0, 10.0]);
    assert_eq!(shown[3], [4.0, 3.0, 2.0, 40.0, 30.0]);
}

#[test]
fn whole_observations_are_stacked_oldest_first() {
    let shown = history(HistoryLayout::FrameOldestFirst, [3, 3]);
    assert_eq!(shown[0], [1.0, 10.0, 1.0, 10.0, 1.0, 10.0]);
    assert_eq!(shown[1], [1.0, 10.0, 1.0, 10.0, 2.0, 20.0]);
    assert_eq!(shown[3], [2.0, 20.0, 3.0, 30.0, 4.0, 40.0]);
}

#[test]
fn whole_observations_are_stacked_newest_first() {
    let shown = history(HistoryLayout::FrameNewestFirst, [3, 3]);
    assert_eq!(shown[0], [1.0, 10.0, 1.0, 10.0, 1.0, 10.0]);
    assert_eq!(shown[1], [2.0, 20.0, 1.0, 10.0, 1.0, 10.0]);
    assert_eq!(shown[3], [4.0, 40.0, 3.0, 30.0, 2.0, 20.0]);
}

#[test]
fn a_reset_fills_the_history_with_the_next_observation() {
    let mut term = TermSpec::named("velocity_commands");
    term.history = 2;
    let mut builder = build(&with_terms(vec![term])).unwrap();
    let mut world = World::new();
    builder.observe(&world.inputs());
    builder.reset();
    world.command = VelocityCommand::new(1.0, 2.0, 3.0);
    let shown = builder.observe(&world.inputs());
    assert_eq!(shown, [1.0, 2.0, 3.0, 1.0, 2.0, 3.0]);
}

#[test]
fn the_layout_tells_where_every_term_lies() {
    let mut contract = contract();
    contract.observations[3].history = 4;
    let builder = build(&contract).unwrap();
    let layout = builder.term_layout();
    assert_eq!(layout.len(), 6);
    assert_eq!((layout[3].len, layout[3].history), (3, 4));
    let values = layout.iter().map(|term| term.len * term.history);
    assert_eq!(builder.len(), values.sum::<usize>());
    assert_eq!(builder.len(), 27);
}
