//! Nothing in a tick allocates, whatever goes wrong in it.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use common::rig::{Rig, loop_params};
use common::{contract, robot};
use sinew_control::Mode;
use sinew_control::alloc::{CountingAllocator, thread_allocations};
use sinew_control::command::VelocityCommand;
use sinew_control::contract::TermSpec;
use sinew_control::gate::{Check, SafeAction};
use sinew_control::observation::TermRegistry;

#[global_allocator]
static ALLOCATOR: CountingAllocator = CountingAllocator;

/// A walking rig whose observation has every kind of memory, and its allocations so far.
fn walking(safe_action: SafeAction) -> Rig {
    let mut contract = contract();
    for term in &mut contract.observations {
        term.history = 5;
    }
    let mut phase = TermSpec::named("gait_phase");
    phase.params.insert("frequency_hz".to_owned(), vec![1.5]);
    let mut lagged = TermSpec::named("last_action");
    lagged.params.insert("lag".to_owned(), vec![2.0]);
    contract.observations.extend([phase, lagged]);
    let mut params = loop_params();
    params.safety.safe_action = safe_action;
    let rest = robot().default_positions();
    let mut rig = Rig::with(&params, &contract, &TermRegistry::builtin(), &rest);
    rig.run();
    rig
}

/// Allocations of `n` ticks, by the loop's own count and by that of the whole thread.
fn allocations_of(rig: &mut Rig, n: u64) -> (u64, u64) {
    let own = rig.control.stats().rust_allocations;
    let all = thread_allocations();
    for _ in 0..n {
        rig.operator.command(VelocityCommand::new(0.5, 0.0, 0.1));
        rig.tick();
    }
    (rig.control.stats().rust_allocations - own, thread_allocations() - all)
}

#[test]
fn the_allocator_counts_this_threads_allocations() {
    let before = thread_allocations();
    drop(std::hint::black_box(Box::new([1_u8; 64])));
    assert_eq!(thread_allocations() - before, 1);
    let mut grown = std::hint::black_box(Vec::with_capacity(1));
    grown.extend([1_u8; 100]);
    assert_eq!(thread_allocations() - before, 3);
}

#[test]
fn a_thousand_ticks_allocate_nothing() {
    let mut rig = walking(SafeAction::Damp);
    assert_eq!(rig.control.stats().rust_allocations, 0, "while starting");
    assert_eq!(allocations_of(&mut rig, 1000), (0, 0));
    assert_eq!(rig.control.mode(), Mode::Run);
}

#[test]
fn ticks_with_verdicts_allocate_nothing() {
    let mut rig = walking(SafeAction::Damp);
    rig.faults().action = Some([1.5, -1.5, 2.3]);
    rig.faults().dropped_joint = Some(1);
    rig.faults().inference_nanos = 6_000_000;
    assert_eq!(allocations_of(&mut rig, 4), (0, 0));
    rig.faults().dropped_joint = None;
    rig.faults().inference_nanos = 0;
    rig.faults().stall_nanos = 20_000_000;
    assert_eq!(allocations_of(&mut rig, 20), (0, 0));
    for check in [
        Check::PositionLimit,
        Check::ReadFailed,
        Check::LateInference,
        Check::Overrun,
    ] {
        assert!(rig.count(check) > 0, "{} was not tried", check.name());
    }
    assert_eq!(rig.control.stop(), None);
}

#[test]
fn ticks_that_stop_and_ticks_after_a_stop_allocate_nothing() {
    for action in [SafeAction::Damp, SafeAction::Hold, SafeAction::Own] {
        let mut rig = walking(action);
        // From this tick on only the safe action will do.
        rig.checker().must_be_safe = true;
        rig.operator.stop();
        let before = thread_allocations();
        rig.control.tick();
        assert_eq!(thread_allocations(), before);
        assert_eq!(allocations_of(&mut rig, 100), (0, 0));
        assert_eq!(rig.control.mode(), Mode::Stopped);
        assert_eq!(rig.control.stats().rust_allocations, 0);
    }
}
