//! Terms that do not fit are refused by field; terms of a user's own are not.

use crate::common::{contract, robot};
use crate::{World, assert_close, build, capabilities, spec, with_terms};
use sinew_control::contract::{HistoryLayout, Misfit, PolicyContract, TermSpec};
use sinew_control::io::Capabilities;
use sinew_control::observation::{ObservationBuilder, Term, TermInputs, TermRegistry};

fn refusal(contract: &PolicyContract) -> Misfit {
    let mut misfits = build(contract).expect_err("a refusal");
    assert_eq!(misfits.len(), 1, "{misfits:?}");
    misfits.remove(0)
}

#[test]
fn stacked_observations_need_one_history_for_all_terms() {
    for layout in [HistoryLayout::FrameOldestFirst, HistoryLayout::FrameNewestFirst] {
        let mut contract = contract();
        contract.history_layout = layout;
        contract.observations[1].history = 2;
        assert_eq!(refusal(&contract).field, "history_layout");
    }
}

#[test]
fn a_history_of_nothing_or_of_too_much_is_refused() {
    for history in [0, 1001, usize::MAX] {
        let mut contract = contract();
        contract.observations[1].history = history;
        let misfits = build(&contract).expect_err("a refusal");
        assert_eq!(misfits[0].field, "observations.projected_gravity.history");
        assert_eq!(misfits[0].found, history.to_string());
    }
}

#[test]
fn a_term_that_is_not_registered_is_refused_by_name() {
    let misfit = refusal(&with_terms(vec![TermSpec::named("height_scan")]));
    assert_eq!(misfit.field, "observation_names.height_scan");
    assert!(misfit.expected.contains("projected_gravity"));
    assert!(misfit.found.contains("height_scan"));
}

#[test]
fn a_contract_without_terms_is_refused() {
    assert_eq!(refusal(&with_terms(vec![])).field, "observation_names");
}

#[test]
fn a_misspelt_parameter_is_refused() {
    for (name, key) in [("base_ang_vel", "lag"), ("last_action", "lags"), ("constant", "values")] {
        let misfit = refusal(&with_terms(vec![spec(name, &[(key, &[1.0])])]));
        assert_eq!(misfit.field, format!("observations.{name}.{key}"));
    }
    let misspelt = spec("gait_phase", &[("frequency", &[1.5])]);
    let misfit = refusal(&with_terms(vec![misspelt]));
    assert_eq!(misfit.field, "observations.gait_phase.frequency");
    assert!(misfit.expected.contains("frequency_hz"));
}

#[test]
fn parameters_that_make_no_sense_are_refused() {
    type Params = &'static [(&'static str, &'static [f64])];
    let cases: [(&str, Params, &str); 11] = [
        ("last_action", &[("lag", &[-1.0])], "lag"),
        ("last_action", &[("lag", &[17.0])], "lag"),
        ("last_action", &[("lag", &[1.0, 2.0])], "lag"),
        ("last_action", &[("lag", &[f64::NAN])], "lag"),
        ("constant", &[("value", &[])], "value"),
        ("constant", &[("value", &[1.0, f64::INFINITY])], "value"),
        ("gait_phase", &[("frequency_hz", &[0.0])], "frequency_hz"),
        ("gait_phase", &[("period_secs", &[0.0])], "frequency_hz"),
        ("gait_phase", &[("frequency_hz", &[1e3])], "frequency_hz"),
        ("gait_phase", &[("frequency_hz", &[1.0]), ("layout", &[3.0])], "layout"),
        (
            "gait_phase",
            &[("frequency_hz", &[1.0]), ("offsets", &[f64::NAN])],
            "offsets",
        ),
    ];
    for (name, params, key) in cases {
        let misfit = refusal(&with_terms(vec![spec(name, params)]));
        assert_eq!(misfit.field, format!("observations.{name}.{key}"));
    }
    for params in [
        &[][..],
        &[("frequency_hz", &[1.0][..]), ("period_secs", &[1.0][..])][..],
    ] {
        let misfit = refusal(&with_terms(vec![spec("gait_phase", params)]));
        assert_eq!(misfit.expected, "either `frequency_hz` or `period_secs`");
    }
    assert_eq!(
        refusal(&with_terms(vec![TermSpec::named("constant")])).field,
        "observations.constant.value"
    );
}

#[test]
fn a_clip_inside_out_and_a_scale_that_is_not_finite_are_refused() {
    for clip in [[1.0, -1.0], [f64::NAN, 1.0], [0.0, f64::NAN]] {
        let mut contract = contract();
        contract.observations[0].clip = Some(clip);
        assert_eq!(refusal(&contract).field, "observations.base_ang_vel.clip");
    }
    // 1e300 is finite, but not as the network's f32.
    for scale in [f64::NAN, f64::INFINITY, 1e300] {
        let mut contract = contract();
        contract.observations[0].scale = vec![scale];
        assert_eq!(refusal(&contract).field, "observations.base_ang_vel.scale");
    }
}

#[test]
fn base_velocity_is_refused_where_the_robot_does_not_know_it() {
    let refused = ObservationBuilder::new(
        &with_terms(vec![TermSpec::named("base_lin_vel")]),
        &robot(),
        &Capabilities::default(),
        &TermRegistry::builtin(),
    );
    let misfits = refused.expect_err("a refusal");
    assert_eq!(misfits[0].field, "observations.base_lin_vel");
}

#[test]
fn every_refusal_is_told_at_once() {
    let mut bad = TermSpec::named("joint_vel");
    bad.scale = vec![1.0, 2.0];
    bad.history = 0;
    let terms = vec![TermSpec::named("a"), bad, TermSpec::named("b")];
    assert_eq!(build(&with_terms(terms)).expect_err("refusals").len(), 4);
}

/// How many policy steps were taken, from a user's crate.
struct Steps;

impl Term for Steps {
    fn len(&self) -> usize {
        2
    }
    fn write(&mut self, inputs: &TermInputs<'_>, out: &mut [f32]) {
        out.copy_from_slice(&[inputs.step as f32, inputs.step_secs as f32]);
    }
}

#[test]
fn a_registered_term_is_used_like_a_built_in_one() {
    let mut registry = TermRegistry::builtin();
    registry.register("steps", |_, setup| {
        assert_eq!((setup.robot.dof(), setup.joints), (4, 3));
        Ok(Box::new(Steps))
    });
    let mut term = TermSpec::named("steps");
    term.scale = vec![1.0, 100.0];
    let contract = with_terms(vec![TermSpec::named("foot_contact"), term]);
    let mut builder = ObservationBuilder::new(&contract, &robot(), &capabilities(), &registry).unwrap();
    let mut world = World::new();
    world.step = 7;
    assert_close(builder.observe(&world.inputs()), &[1.0, 0.0, 7.0, 2.0]);
}
