//! Parameters out of range, or against each other, are refused by name.

use serde_json::{Map, Value};
use sinew_control::gate::SafetyParams;
use sinew_control::ranges::Range;
use sinew_control::ranges::schema::schema_of;
use sinew_control::tick::{LoopError, LoopParams};

use crate::common::rig::loop_params;
use crate::common::{contract, robot};
use crate::control_loop;

#[test]
fn rates_that_do_not_divide_are_refused() {
    let refusal = |rate_hz: f64| {
        let params = LoopParams {
            rate_hz,
            ..loop_params()
        };
        control_loop(&contract(), &robot(), &params).expect_err("a refusal")
    };
    for rate_hz in [25.0, 120.0] {
        let error = refusal(rate_hz);
        assert!(
            matches!(
                error,
                LoopError::Rate {
                    policy_rate_hz: 50.0,
                    ..
                }
            ),
            "{error}"
        );
    }
    for rate_hz in [0.0, -200.0, f64::NAN, f64::INFINITY, 1e5] {
        assert_eq!(
            refusal(rate_hz).to_string(),
            format!("`rate_hz`: expected double from 1.0 to 10000.0, found {rate_hz:?}")
        );
    }
}

/// Each number of the loop's parameters that has a range, by its JSON pointer.
fn declared_ranges(schema: &Map<String, Value>, pointer: &str, found: &mut Vec<(String, Range)>) {
    for (name, field) in schema["properties"].as_object().unwrap() {
        let (field, pointer) = (field.as_object().unwrap(), format!("{pointer}/{name}"));
        if field.contains_key("properties") {
            declared_ranges(field, &pointer, found);
        } else if let Some(range) = Range::of(field) {
            found.push((pointer, range));
        }
    }
}

#[test]
fn a_loop_takes_the_ends_of_every_declared_range_and_nothing_beyond() {
    let mut slowest = contract();
    slowest.policy_rate_hz = 1.0;
    let accepted = |pointer: &str, value: Value| {
        let mut tree = serde_json::to_value(loop_params()).unwrap();
        *tree.pointer_mut(pointer).unwrap() = value;
        serde_json::from_value(tree).is_ok_and(|params| control_loop(&slowest, &robot(), &params).is_ok())
    };
    let mut found = Vec::new();
    declared_ranges(schema_of::<LoopParams>().as_object().unwrap(), "", &mut found);
    assert_eq!(found.len(), 24);
    for (pointer, range) in found {
        let [from, below, to, above]: [Value; 4] = match range {
            Range::Integer(from, to) => [from, from - 1, to, to + 1].map(Value::from),
            Range::Double(from, to) => [from, from.next_down(), to, to.next_up()].map(Value::from),
        };
        assert!(accepted(&pointer, from) && accepted(&pointer, to), "{pointer}");
        assert!(!accepted(&pointer, below) && !accepted(&pointer, above), "{pointer}");
    }
}

#[test]
fn parameters_out_of_range_are_refused_by_name() {
    type Change = fn(&mut SafetyParams);
    let cases: [(&str, Change); 6] = [
        ("torque_share", |p| p.torque_share = 1.5),
        ("stale_secs", |p| p.stale_secs = f64::NAN),
        ("max_tilt_rad", |p| p.max_tilt_rad = 0.0),
        ("deadman_secs", |p| p.deadman_secs = -1.0),
        ("late_hold_steps", |p| p.late_hold_steps = u32::MAX),
        ("late_decay_steps", |p| p.late_decay_steps = u32::MAX),
    ];
    for (key, change) in cases {
        let mut params = loop_params();
        change(&mut params.safety);
        let error = control_loop(&contract(), &robot(), &params).expect_err("a refusal");
        assert!(
            error.to_string().starts_with(&format!("`safety.{key}`: expected ")),
            "{error}"
        );
    }
    let mut params = loop_params();
    params.start.stand_secs = -1.0;
    let error = control_loop(&contract(), &robot(), &params).expect_err("a refusal");
    assert_eq!(
        error.to_string(),
        "`start.stand_secs`: expected double from 0.1 to 60.0, found -1.0"
    );
}
