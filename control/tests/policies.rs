//! Several policies in one loop: how another one takes charge.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use common::rig::{Rig, loop_params};
use common::{contract, robot};
use sinew_control::Mode;
use sinew_control::alloc::{CountingAllocator, thread_allocations};
use sinew_control::command::VelocityCommand;
use sinew_control::contract::{PolicyContract, TermSpec};
use sinew_control::gate::Check;
use sinew_control::io::{Policy, PolicyError};
use sinew_control::mailbox::Request;
use sinew_control::observation::TermRegistry;
use sinew_control::policies::{InCharge, InstallError, LoadedPolicy, Switch, SwitchWhen};
use sinew_control::tick::LoopParams;

#[global_allocator]
static ALLOCATOR: CountingAllocator = CountingAllocator;

/// Gives always the same, and keeps what it was shown.
struct Constant {
    action: f32,
    seen: Arc<Mutex<Vec<f32>>>,
    dropped: Arc<AtomicUsize>,
}

impl Policy for Constant {
    fn infer(&mut self, observation: &[f32], action: &mut [f32]) -> Result<(), PolicyError> {
        action.fill(self.action);
        let mut seen = self.seen.lock().unwrap();
        if seen.len() == observation.len() {
            seen.copy_from_slice(observation);
        }
        Ok(())
    }
}

impl Drop for Constant {
    fn drop(&mut self) {
        self.dropped.fetch_add(1, Ordering::Relaxed);
    }
}

fn constant(action: f32) -> Constant {
    Constant {
        action,
        seen: Arc::new(Mutex::new(vec![0.0; 64])),
        dropped: Arc::default(),
    }
}

fn load(rig: &Rig, contract: &PolicyContract, policy: Constant, number: u32) -> Box<LoadedPolicy> {
    load_at(rig, contract, policy, number, &loop_params())
}

fn load_at(
    rig: &Rig,
    contract: &PolicyContract,
    policy: Constant,
    number: u32,
    params: &LoopParams,
) -> Box<LoadedPolicy> {
    let capabilities = rig.control.gate().capabilities();
    let policy = Box::new(policy);
    let registry = TermRegistry::builtin();
    let loaded = LoadedPolicy::new(contract, policy, &rig.robot, &capabilities, &registry, params);
    Box::new(loaded.unwrap().numbered(number))
}

fn switch(rig: &Rig, place: u8, when: SwitchWhen, blend_secs: f64) {
    let switch = Switch::new(place, when, Duration::from_secs_f64(blend_secs));
    rig.operator.policies().switch(switch);
}

fn walking() -> Rig {
    let mut rig = Rig::new(&loop_params());
    rig.walk();
    rig
}

/// The largest way of a target of a policy's joint between two commands, rad.
fn largest_move(before: &[f64], after: &[f64]) -> f64 {
    let ways = before.iter().zip(after).map(|(before, after)| (before - after).abs());
    ways.fold(0.0, f64::max)
}

#[test]
fn a_newcomer_begins_where_the_drives_are_and_ends_at_its_own_targets_and_gains() {
    let mut rig = walking();
    let mut other = contract();
    other.joint_stiffness = vec![60.0; 3];
    other.joint_damping = vec![3.0; 3];
    rig.operator
        .policies()
        .install(1, load(&rig, &other, constant(0.5), 7))
        .unwrap();
    switch(&rig, 1, SwitchWhen::Running, 0.5);
    let mut before = rig.written();
    let record = rig.tick();
    assert_eq!(record.policy, InCharge { place: 1, number: 7 });
    assert_eq!(rig.operator.policies().in_charge(), record.policy);
    assert_eq!(rig.operator.policies().number_at(0), Some(0));
    assert!(!rig.operator.policies().is_switching());
    let first = rig.written();
    assert!(largest_move(&before.position, &first.position) < 1e-12);
    assert_eq!(before.kp, first.kp);
    before = first;
    for _ in 0..100 {
        rig.tick();
        let after = rig.written();
        // 0.6 rad at most in half a second, with half of that again where it is steepest.
        assert!(largest_move(&before.position, &after.position) < 0.6 * 1.5 / 100.0 + 1e-9);
        assert!(largest_move(&before.kp, &after.kp) < 20.0 * 1.5 / 100.0 + 1e-9);
        before = after;
    }
    assert_eq!(rig.control.gate().counts().total(), 0, "nothing had to be held back");
    let robot = robot();
    for (name, rest) in contract().joint_names.iter().zip(contract().default_joint_pos) {
        let j = robot.joint_index(name).unwrap();
        assert!((before.position[j] - (rest + 0.4 * 0.5)).abs() < 1e-6);
        assert_eq!((before.kp[j], before.kd[j]), (60.0, 3.0));
    }
}

#[test]
fn without_a_blend_the_gate_holds_the_targets_back_as_ever() {
    let mut rig = walking();
    rig.operator
        .policies()
        .install(2, load(&rig, &contract(), constant(-2.0), 1))
        .unwrap();
    switch(&rig, 2, SwitchWhen::Running, 0.0);
    rig.ticks(50);
    assert_eq!(rig.control.in_charge().place, 2);
    assert!(rig.count(Check::SlewLimit) > 0);
    assert_eq!(rig.control.stop(), None);
}

#[test]
fn going_back_from_a_policy_that_asks_for_the_impossible_begins_at_what_the_drives_have_received() {
    let mut rig = walking();
    rig.operator
        .policies()
        .install(1, load(&rig, &contract(), constant(1e30), 1))
        .unwrap();
    switch(&rig, 1, SwitchWhen::Running, 0.1);
    rig.ticks(5);
    switch(&rig, 0, SwitchWhen::Running, 0.2);
    let before = rig.written();
    rig.tick();
    assert_eq!(rig.control.in_charge(), InCharge::default());
    assert!(largest_move(&before.position, &rig.written().position) < 1e-9);
    rig.ticks(100);
    let spoke = rig.control.gate().counts().total();
    rig.ticks(100);
    assert_eq!(rig.control.gate().counts().total(), spoke, "all is well again");
    assert_eq!(rig.control.mode(), Mode::Run);
}

#[test]
fn a_switch_that_waits_for_standing_waits_while_the_robot_is_asked_to_move() {
    let mut rig = walking();
    rig.asked = Some(VelocityCommand::new(0.3, 0.0, 0.0));
    rig.ticks(10);
    rig.operator
        .policies()
        .install(1, load(&rig, &contract(), constant(0.1), 1))
        .unwrap();
    switch(&rig, 1, SwitchWhen::Standing, 0.1);
    rig.ticks(400);
    assert_eq!(rig.control.in_charge(), InCharge::default());
    assert!(rig.operator.policies().is_switching());
    rig.asked = Some(VelocityCommand::default());
    rig.ticks(199);
    assert_eq!(rig.control.in_charge(), InCharge::default());
    rig.ticks(3);
    assert_eq!(rig.control.in_charge(), InCharge { place: 1, number: 1 });

    // The place in charge takes back a request that waits.
    rig.asked = Some(VelocityCommand::new(0.3, 0.0, 0.0));
    rig.ticks(2);
    switch(&rig, 0, SwitchWhen::Standing, 0.1);
    rig.tick();
    assert!(rig.operator.policies().is_switching());
    switch(&rig, 1, SwitchWhen::Standing, 0.1);
    rig.tick();
    assert!(!rig.operator.policies().is_switching());
}

#[test]
fn a_robot_that_damps_stands_up_as_the_newcomer_rests_and_a_stand_is_not_disturbed() {
    let mut rig = walking();
    rig.request(Request::Damp);
    rig.ticks(5);
    let mut other = contract();
    other.default_joint_pos = vec![0.6, -0.1, 0.0];
    other.action.offset = other.default_joint_pos.clone();
    rig.operator
        .policies()
        .install(1, load(&rig, &other, constant(0.0), 1))
        .unwrap();
    switch(&rig, 1, SwitchWhen::Standing, 0.2);
    assert_eq!(rig.tick().policy, InCharge { place: 1, number: 1 });
    rig.request(Request::Start);
    while rig.tick().mode != Mode::Stand {}
    switch(&rig, 0, SwitchWhen::Running, 0.2);
    let mut record = rig.tick();
    while record.mode == Mode::Stand {
        assert_eq!(record.policy.place, 1);
        record = rig.tick();
    }
    let robot = robot();
    let knee = robot.joint_index("knee").unwrap();
    assert!((rig.written().position[knee] - 0.6).abs() < 1e-9);
    assert_eq!(rig.control.mode(), Mode::Run);
    rig.tick();
    assert_eq!(rig.control.in_charge().place, 0);
    assert_eq!(rig.control.gate().counts().total(), 0);
}

#[test]
fn one_that_observes_the_same_goes_on_with_what_was_observed() {
    let mut with_past = contract();
    for term in &mut with_past.observations {
        term.history = 3;
    }
    let mut phase = TermSpec::named("gait_phase");
    phase.params.insert("frequency_hz".to_owned(), vec![1.3]);
    with_past.observations.push(phase);
    let rest = robot().default_positions();
    let mut rig = Rig::with(&loop_params(), &with_past, &TermRegistry::builtin(), &rest);
    rig.walk();
    let before = rig.faults().observation;
    let mut newcomer = constant(0.0);
    newcomer.seen = Arc::new(Mutex::new(vec![0.0; 58]));
    let seen = newcomer.seen.clone();
    rig.operator
        .policies()
        .install(1, load(&rig, &with_past, newcomer, 1))
        .unwrap();
    switch(&rig, 1, SwitchWhen::Running, 0.1);
    rig.tick();
    let seen = seen.lock().unwrap();
    // Angular velocities, oldest first: two of three are those of before.
    assert_eq!(seen[..6], before[3..9]);
    assert_ne!(seen[54..56], [1.0, 1.0], "the gait goes on");
}

#[test]
fn a_hundred_swaps_allocate_nothing_and_miss_no_deadline() {
    let mut rig = walking();
    let policies: Vec<_> = (1..4)
        .map(|n| {
            let mut other = contract();
            other.joint_stiffness = vec![40.0 + f64::from(n); 3];
            load(&rig, &other, constant(0.1 * n as f32), n)
        })
        .collect();
    let mut policies = policies.into_iter();
    for place in 1..4_u8 {
        rig.operator
            .policies()
            .install(place, policies.next().unwrap())
            .unwrap();
        rig.tick();
    }
    for n in 1..=100_u8 {
        switch(&rig, n % 4, SwitchWhen::Running, 0.05);
        for _ in 0..20 {
            rig.operator.command(VelocityCommand::new(0.5, 0.0, 0.1));
            let before = thread_allocations();
            let record = rig.control.tick();
            assert_eq!(thread_allocations() - before, 0);
            assert_eq!(record.missed, 0);
        }
        assert_eq!(rig.control.in_charge().place, n % 4);
    }
    assert_eq!(rig.control.stats().rust_allocations, 0);
}

#[test]
fn what_has_to_leave_is_dropped_by_whoever_installs_never_in_a_tick() {
    let mut rig = walking();
    let first = constant(0.0);
    let dropped = first.dropped.clone();
    let policies = rig.operator.clone();
    let policies = policies.policies();
    policies.install(1, load(&rig, &contract(), first, 1)).unwrap();
    rig.tick();
    policies.install(1, load(&rig, &contract(), constant(0.0), 2)).unwrap();
    let refused = policies
        .install(1, load(&rig, &contract(), constant(0.0), 3))
        .unwrap_err();
    assert_eq!(refused.why, InstallError::Busy);
    rig.ticks(3);
    assert_eq!(policies.number_at(1), Some(2));
    assert_eq!(dropped.load(Ordering::Relaxed), 0);
    policies.drop_left();
    assert_eq!(dropped.load(Ordering::Relaxed), 1);
}

#[test]
fn what_does_not_fit_is_refused_before_the_loop_sees_it_and_an_empty_place_when_it_does() {
    let mut rig = walking();
    let operator = rig.operator.clone();
    let policies = operator.policies();
    let why = |place, loaded| policies.install(place, loaded).unwrap_err().why;
    assert_eq!(
        why(4, load(&rig, &contract(), constant(0.0), 1)),
        InstallError::NoPlace { found: 4 }
    );
    assert_eq!(
        why(0, load(&rig, &contract(), constant(0.0), 1)),
        InstallError::InCharge { found: 0 }
    );
    let mut wide = contract();
    wide.observations[0].history = 2;
    assert!(matches!(
        why(1, load(&rig, &wide, constant(0.0), 1)),
        InstallError::TooLarge { .. }
    ));
    let faster = LoopParams {
        rate_hz: 400.0,
        ..loop_params()
    };
    assert!(matches!(
        why(1, load_at(&rig, &contract(), constant(0.0), 1, &faster)),
        InstallError::OtherLoop { .. }
    ));
    switch(&rig, 3, SwitchWhen::Running, 0.0);
    rig.tick();
    assert_eq!((policies.refused(), rig.control.in_charge().place), (1, 0));
    assert!(!policies.is_switching());
}

#[test]
fn one_that_needs_torques_does_not_take_charge_where_a_drive_measures_none() {
    let mut rig = walking();
    let mut torques = contract();
    torques.observations[4] = TermSpec::named("joint_effort");
    rig.operator
        .policies()
        .install(1, load(&rig, &torques, constant(0.0), 1))
        .unwrap();
    rig.faults().reads = Some(|state| state.effort[1] = f64::NAN);
    rig.tick();
    switch(&rig, 1, SwitchWhen::Running, 0.0);
    rig.tick();
    assert_eq!(rig.control.in_charge().place, 0);
    assert_eq!(rig.operator.policies().refused(), 1);
    rig.faults().reads = Some(|state| state.effort[1] = 0.5);
    rig.tick();
    switch(&rig, 1, SwitchWhen::Running, 0.0);
    rig.tick();
    assert_eq!(rig.control.in_charge().place, 1);
}
