//! Ticks that take too long.

use crate::{next_policy_tick, walking};
use sinew_control::Mode;
use sinew_control::gate::Check;

#[test]
fn an_overrun_tick_is_counted_and_its_deadlines_skipped_with_the_time_kept() {
    let mut rig = walking();
    let before = rig.tick();
    rig.faults().stall_nanos = 12_000_000;
    let slow = rig.tick();
    let next = rig.tick();
    assert_eq!(slow.missed, 2);
    assert_eq!(slow.tick, before.tick + 1);
    assert_eq!(next.tick, slow.tick + 2);
    assert!((next.time_secs - slow.time_secs - 0.010).abs() < 1e-9);
    assert_eq!(next.jitter_nanos, 2_000_000);
    let after = rig.tick();
    assert!((after.time_secs - next.time_secs - 0.005).abs() < 1e-9);
    assert_eq!(after.jitter_nanos, 0);
    assert_eq!(rig.count(Check::Overrun), 1);
    assert_eq!(rig.control.stats().missed_deadlines, 2);
    assert!(rig.control.stop().is_none());
}

#[test]
fn an_overrun_of_a_tenth_of_a_second_stops() {
    let mut rig = walking();
    rig.faults().stall_nanos = 102_000_000;
    assert_eq!(rig.ticks_until_stop(1), (1, Check::Overrun));
    rig.tick();
    assert_eq!(rig.written().kp, vec![0.0; 4]);
}

#[test]
fn a_loop_that_is_late_in_every_tick_stops_like_one_that_is_late_once_for_as_long() {
    let mut rig = walking();
    // 0.1 s are 20 deadlines, and each tick misses one; a few miss a second by what has piled up.
    for n in 1..=20 {
        rig.faults().stall_nanos = 6_000_000;
        rig.tick();
        if let Some(stop) = rig.control.stop() {
            assert_eq!(stop.verdict.check, Check::Overrun);
            assert!(n >= 15, "stopped after {n} ticks already");
            return;
        }
    }
    panic!("no stop: {:?}", rig.control);
}

#[test]
fn late_ticks_with_punctual_ones_between_do_not_add_up() {
    let mut rig = walking();
    for _ in 0..40 {
        rig.faults().stall_nanos = 6_000_000;
        rig.ticks(3);
    }
    assert!(rig.control.stop().is_none());
}

#[test]
fn time_that_begins_again_stops_nothing() {
    let mut rig = walking();
    rig.control.begin();
    rig.ticks(100);
    assert!(rig.control.stop().is_none(), "{:?}", rig.control.stop());
    assert_eq!(rig.control.mode(), Mode::Run);
}

#[test]
fn what_was_made_of_a_reading_of_before_a_hang_is_not_written() {
    let mut rig = walking();
    rig.faults().inference_nanos = 10_000_000_000;
    next_policy_tick(&mut rig);
    assert_eq!(rig.control.stop().unwrap().verdict.check, Check::Overrun);
    assert_eq!(rig.written().kp, vec![0.0; 4]);
}

#[test]
fn a_process_that_was_halted_goes_on_with_its_safe_action() {
    let mut rig = walking();
    // SIGSTOP and SIGCONT: the next tick begins, with what was measured before, long after its time.
    rig.clock.advance(10_000_000_000);
    rig.tick();
    assert_eq!(rig.control.stop().unwrap().verdict.check, Check::Overrun);
    assert_eq!(rig.written().kp, vec![0.0; 4]);
}
