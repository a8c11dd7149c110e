//! What readers of the tap see of a loop.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use common::rig::{Rig, loop_params};
use sinew_control::Mode;
use sinew_control::alloc::{CountingAllocator, thread_allocations};
use sinew_control::gate::Check;
use sinew_control::record::LoopRecord;

#[global_allocator]
static ALLOCATOR: CountingAllocator = CountingAllocator;

/// The rig has a policy for three joints.
const ACTION: [f32; 3] = [1.5, -1.5, 2.3];

fn same_tick(record: &LoopRecord, rig: &Rig) {
    assert_eq!(&record.state, rig.control.state());
    assert_eq!(record.written, rig.written(), "what reached the robot");
    assert_eq!(record.tick.stop, rig.control.stop());
    assert_eq!(record.counts.total(), record.tick.verdicts);
    assert_eq!(record.verdict.is_some(), record.tick.verdicts > 0);
}

#[test]
fn every_reader_sees_every_tick_as_it_was_from_limp_to_stopped() {
    let mut rig = Rig::new(&loop_params());
    let mut taps = [rig.operator.tap(), rig.operator.tap()];
    for n in 0..400 {
        if n == 300 {
            rig.faults().action = Some(ACTION);
        }
        if n == 350 {
            rig.operator.stop();
            rig.checker().must_be_safe = true;
        }
        let returned = rig.tick();
        for tap in &mut taps {
            let record = tap.next_record().unwrap();
            assert_eq!(record.tick, returned);
            same_tick(record, &rig);
            assert_eq!(tap.next_record(), None);
        }
        if n == 200 {
            // One that comes late sees what comes after it.
            assert_eq!(rig.operator.tap().next_record(), None);
        }
    }
    assert_eq!(rig.control.mode(), Mode::Stopped);
    assert_eq!(taps.map(|tap| tap.lost()), [0, 0]);
}

#[test]
fn a_record_holds_what_the_policy_was_shown_and_what_it_gave_and_only_where_it_was_asked() {
    let mut rig = Rig::new(&loop_params());
    let mut tap = rig.operator.tap();
    rig.walk();
    while tap.next_record().is_some() {}
    rig.faults().action = Some(ACTION);
    let mut asked = 0;
    for _ in 0..20 {
        rig.tick();
        let record = tap.next_record().unwrap();
        if record.tick.inference_nanos.is_none() {
            assert!(record.observation.is_empty() && record.action.is_empty());
            continue;
        }
        asked += 1;
        assert_eq!(record.action, ACTION);
        let shown = &rig.faults().observation;
        assert!(!record.observation.is_empty());
        assert!(record.observation.iter().zip(shown.iter()).all(|(a, b)| a == b));
    }
    assert!(asked > 1, "the policy was asked {asked} times");
    // Such an action asks for more than the gate lets through.
    assert!(rig.count(Check::PositionLimit) > 0);

    // What came too late was given all the same; a failure gives nothing.
    let mut next_asked = |rig: &mut Rig| loop {
        rig.tick();
        let record = tap.next_record().unwrap();
        if record.tick.inference_nanos.is_some() {
            return record.clone();
        }
    };
    rig.faults().inference_nanos = 6_000_000;
    let late = next_asked(&mut rig);
    assert_eq!(late.counts.get(Check::LateInference), 1);
    assert_eq!(late.action, ACTION);
    rig.faults().inference_nanos = 0;
    rig.faults().inference_fails = true;
    let failed = next_asked(&mut rig);
    assert_eq!(failed.counts.get(Check::FailedInference), 1);
    assert!(failed.action.is_empty() && !failed.observation.is_empty());
}

#[test]
fn what_was_asked_and_what_was_written_differ_where_the_gate_steps_in() {
    let mut rig = Rig::new(&loop_params());
    rig.walk();
    let mut tap = rig.operator.tap();
    rig.tick();
    let record = tap.next_record().unwrap();
    assert_eq!(record.asked, record.written);
    rig.faults().action = Some(ACTION);
    rig.ticks(4);
    let record = std::iter::from_fn(|| tap.next_record().cloned()).find(|record| record.tick.verdicts > 0);
    let record = record.unwrap();
    assert_ne!(record.asked, record.written);
    let verdict = record.verdict.unwrap();
    assert_eq!(verdict.tick, record.tick.tick);
    assert!(record.counts.get(verdict.check) > 0);
}

#[test]
fn neither_ticks_nor_readers_allocate() {
    let mut rig = Rig::new(&loop_params());
    rig.walk();
    let mut taps = [rig.operator.tap(), rig.operator.tap(), rig.operator.tap()];
    let before = thread_allocations();
    for _ in 0..1000 {
        rig.tick();
        for tap in &mut taps {
            assert!(tap.next_record().is_some());
        }
    }
    assert_eq!(thread_allocations(), before);
}
