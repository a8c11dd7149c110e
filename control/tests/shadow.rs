//! A candidate beside the policy in charge.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use common::contract;
use common::rig::{Rig, loop_params};
use sinew_control::contract::PolicyContract;
use sinew_control::io::{Policy, PolicyError};
use sinew_control::observation::TermRegistry;
use sinew_control::policies::{LoadedPolicy, Switch, SwitchWhen};
use sinew_control::shadow::Shadow;
use sinew_control::tap::TapReader;

/// Gives always the same, and keeps what it was shown.
struct Constant {
    action: f32,
    seen: Arc<Mutex<Vec<f32>>>,
}

impl Policy for Constant {
    fn infer(&mut self, observation: &[f32], action: &mut [f32]) -> Result<(), PolicyError> {
        *self.seen.lock().unwrap() = observation.to_vec();
        action.fill(self.action);
        Ok(())
    }
}

fn load(rig: &Rig, contract: &PolicyContract, action: f32) -> (LoadedPolicy, Arc<Mutex<Vec<f32>>>) {
    let seen = Arc::<Mutex<Vec<f32>>>::default();
    let policy = Box::new(Constant {
        action,
        seen: seen.clone(),
    });
    let capabilities = rig.control.gate().capabilities();
    let registry = TermRegistry::builtin();
    let loaded = LoadedPolicy::new(contract, policy, &rig.robot, &capabilities, &registry, &loop_params());
    (loaded.unwrap(), seen)
}

/// A rig whose policy in charge holds its joints at rest plus 0.12 rad, and a shadow of a candidate.
fn shadowed(contract_of: &PolicyContract, action: f32) -> (Rig, TapReader, Shadow, Arc<Mutex<Vec<f32>>>) {
    let mut rig = Rig::new(&loop_params());
    rig.run();
    let (held, _) = load(&rig, &contract(), 0.3);
    rig.operator.policies().install(1, Box::new(held.numbered(1))).unwrap();
    let switch = Switch::new(1, SwitchWhen::Running, Duration::from_millis(100));
    rig.operator.policies().switch(switch);
    rig.ticks(100);
    let (in_charge, _) = load(&rig, &contract(), 0.3);
    let (candidate, seen) = load(&rig, contract_of, action);
    let shadow = Shadow::new(candidate, &in_charge, &rig.robot, &loop_params(), 50_000_000);
    let tap = rig.operator.tap();
    (rig, tap, shadow, seen)
}

fn follow(rig: &mut Rig, tap: &mut TapReader, shadow: &mut Shadow, ticks: u64) {
    for _ in 0..ticks {
        rig.tick();
        while let Some(record) = tap.next_record() {
            shadow.take(record);
        }
    }
}

#[test]
fn one_that_answers_as_the_one_in_charge_is_nowhere_apart_and_would_say_nothing() {
    let (mut rig, mut tap, mut shadow, seen) = shadowed(&contract(), 0.3);
    follow(&mut rig, &mut tap, &mut shadow, 200);
    let summary = shadow.summary();
    assert_eq!((summary.steps, summary.failed, summary.verdicts), (50, 0, 0));
    assert!(summary.divergence.max_rad < 1e-6, "{summary:?}");
    assert_eq!(summary.lost_ticks, 0);
    assert!(!shadow.has_failed());
    assert_eq!(seen.lock().unwrap().len(), 18);
}

#[test]
fn how_far_it_is_apart_is_known_by_joint_and_in_quantiles() {
    let (mut rig, mut tap, mut shadow, _) = shadowed(&contract(), 0.8);
    follow(&mut rig, &mut tap, &mut shadow, 200);
    let summary = shadow.summary();
    // Half a unit of action at 0.4 rad each.
    for found in [
        summary.divergence.p50_rad,
        summary.divergence.p99_rad,
        summary.divergence.max_rad,
    ] {
        assert!((found - 0.2).abs() < 1e-3, "{summary:?}");
    }
    assert!((summary.joint_max_rad[0] - 0.2).abs() < 1e-6 && (summary.joint_rms_rad[1] - 0.2).abs() < 1e-6);
    assert!(summary.joint_max_rad[common::NECK] < 1e-9, "no policy drives it");
}

#[test]
fn what_the_gate_would_have_said_is_counted_and_a_number_that_is_none_is_a_failure() {
    let (mut rig, mut tap, mut shadow, _) = shadowed(&contract(), 50.0);
    follow(&mut rig, &mut tap, &mut shadow, 40);
    assert!(shadow.summary().verdicts > 0);
    assert_eq!(rig.control.gate().counts().total(), 0, "the robot is not concerned");

    let (mut rig, mut tap, mut shadow, _) = shadowed(&contract(), f32::NAN);
    follow(&mut rig, &mut tap, &mut shadow, 40);
    let summary = shadow.summary();
    assert_eq!(summary.not_finite, summary.steps);
    assert!(shadow.has_failed() && summary.verdicts > 0);
    assert_eq!(rig.control.stop(), None);
}

#[test]
fn one_that_observes_otherwise_sees_the_recorded_state_through_terms_of_its_own() {
    let mut other = contract();
    other.observations.truncate(5);
    for term in &mut other.observations {
        term.history = 2;
        term.scale = vec![2.0];
    }
    let (mut rig, mut tap, mut shadow, seen) = shadowed(&other, 0.3);
    follow(&mut rig, &mut tap, &mut shadow, 100);
    let summary = shadow.summary();
    assert_eq!((summary.steps, summary.lost_ticks), (25, 0));
    let seen = seen.lock().unwrap();
    assert_eq!(seen.len(), 30);
    // Gravity of a robot that stands upright, twice as large, in both steps.
    assert!(
        (seen[8] + 2.0).abs() < 0.01 && (seen[11] + 2.0).abs() < 0.01,
        "{seen:?}"
    );
}

#[test]
fn records_that_came_and_went_are_counted() {
    let (mut rig, mut tap, mut shadow, _) = shadowed(&contract(), 0.3);
    follow(&mut rig, &mut tap, &mut shadow, 10);
    rig.ticks(200);
    follow(&mut rig, &mut tap, &mut shadow, 1);
    assert!(shadow.summary().lost_ticks > 100, "{:?}", shadow.summary());
}
