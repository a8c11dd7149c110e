//! Inferences that come late, fail or panic.

use crate::common::rig::{Ordered, Rig, loop_params};
use crate::common::{contract, robot};
use crate::{next_policy_tick, policy_targets, ticks, walking};
use sinew_control::Mode;
use sinew_control::contract::TermSpec;
use sinew_control::gate::Check;
use sinew_control::observation::{Term, TermInputs, TermRegistry};

#[test]
fn an_inference_of_ten_ticks_is_late_and_an_overrun_and_the_action_is_held() {
    let mut rig = walking();
    next_policy_tick(&mut rig);
    let before = rig.written();
    rig.faults().inference_nanos = 50_000_000;
    let record = next_policy_tick(&mut rig);
    rig.faults().inference_nanos = 0;
    assert_eq!(policy_targets(&rig.written()), policy_targets(&before));
    assert_eq!(rig.control.stats().late_inferences, 1);
    assert_eq!(rig.count(Check::LateInference), 1);
    assert_eq!(rig.count(Check::Overrun), 1);
    assert_eq!(record.missed, 10);
    rig.ticks(100);
    assert_eq!(rig.control.mode(), Mode::Run);
    assert_ne!(policy_targets(&rig.written()), policy_targets(&before));
}

/// Runs policy steps that give no action: two hold, five decay to the rest pose, the next stops.
fn hold_then_decay_then_stop(rig: &mut Rig, check: Check) {
    rig.faults().action = Some([0.8, -0.8, 0.8]);
    rig.ticks(8);
    let rest = contract().default_joint_pos;
    let distance = |rig: &Rig| {
        let targets = policy_targets(&rig.written());
        [0, 1, 2].map(|i| (targets[i] - rest[i]).abs())
    };
    let full = distance(rig);
    (full.iter()).for_each(|d| assert!((d - 0.32).abs() < 1e-6));
    let order = |rig: &Rig| match check {
        Check::LateInference => rig.faults().inference_nanos = 8_000_000,
        _ => rig.faults().inference_fails = true,
    };
    order(rig);
    let mut last = full;
    for step in 1..=7 {
        next_policy_tick(rig);
        let now = distance(rig);
        for (now, last) in now.iter().zip(last) {
            match step {
                1 | 2 => assert_eq!(*now, last, "step {step} is held"),
                _ => assert!(*now < last - 0.01, "step {step} decays"),
            }
        }
        last = now;
        assert!(rig.control.stop().is_none(), "stopped at step {step}");
    }
    next_policy_tick(rig);
    let stop = rig.control.stop().expect("a stop at step 8");
    assert_eq!(stop.verdict.check, check);
    assert_eq!(rig.written().kp, vec![0.0; 4]);
}

#[test]
fn late_inferences_hold_then_decay_then_stop() {
    let mut rig = walking();
    hold_then_decay_then_stop(&mut rig, Check::LateInference);
    assert_eq!(rig.control.stats().late_inferences, 8);
}

#[test]
fn failing_inferences_hold_then_decay_then_stop() {
    let mut rig = walking();
    hold_then_decay_then_stop(&mut rig, Check::FailedInference);
    assert_eq!(rig.control.stats().failed_inferences, 8);
}

#[test]
fn a_policy_that_panics_is_a_failed_inference() {
    let mut rig = walking();
    next_policy_tick(&mut rig);
    let before = rig.written();
    rig.faults().policy_panics = true;
    next_policy_tick(&mut rig);
    assert_eq!(policy_targets(&rig.written()), policy_targets(&before));
    assert_eq!(rig.count(Check::FailedInference), 1);
    assert!(rig.control.stop().is_none());
    let (n, check) = rig.ticks_until_stop(ticks(0.16));
    assert_eq!((n, check), (7 * 4, Check::FailedInference));
}

/// A user's term that panics when told to.
struct Explosive(Ordered);

impl Term for Explosive {
    fn len(&self) -> usize {
        1
    }
    fn write(&mut self, _inputs: &TermInputs<'_>, out: &mut [f32]) {
        let panics = self.0.lock().unwrap().term_panics;
        assert!(!panics, "a term that panics, as ordered");
        out[0] = 1.0;
    }
}

#[test]
fn an_observation_term_that_panics_is_a_failed_inference() {
    let faults = Ordered::default();
    let mut registry = TermRegistry::builtin();
    let shared = faults.clone();
    registry.register("explosive", move |_, _| Ok(Box::new(Explosive(shared.clone()))));
    let mut contract = contract();
    contract.observations.push(TermSpec::named("explosive"));
    let rest = robot().default_positions();
    let mut rig = Rig::with_faults(&loop_params(), &contract, &registry, &rest, faults);
    rig.walk();
    rig.faults().term_panics = true;
    next_policy_tick(&mut rig);
    rig.faults().term_panics = false;
    rig.ticks(100);
    assert_eq!(rig.count(Check::FailedInference), 1);
    assert_eq!(rig.control.mode(), Mode::Run);
    rig.faults().term_panics = true;
    assert_eq!(rig.ticks_until_stop(40).1, Check::FailedInference);
}
