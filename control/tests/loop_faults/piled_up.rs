//! Faults that come and go: what is bad for most of the time stops like what is bad all the time.

use crate::common::rig::Rig;
use crate::{next_policy_tick, ticks, walking};
use sinew_control::gate::Check;

/// Ticks until the gate stops, with `order(n, rig)` before each.
fn ticks_with(rig: &mut Rig, at_most: u64, mut order: impl FnMut(u64, &mut Rig)) -> Option<(u64, Check)> {
    for n in 1..=at_most {
        order(n, rig);
        rig.tick();
        if let Some(stop) = rig.control.stop() {
            return Some((n, stop.verdict.check));
        }
    }
    None
}

#[test]
fn four_of_five_writes_that_are_lost_stop() {
    let mut rig = walking();
    let stop = ticks_with(&mut rig, 100, |n, rig| rig.faults().write_fails = n % 5 != 0);
    let (n, check) = stop.expect("a stop");
    assert_eq!(check, Check::WriteFailed);
    assert!((5..=10).contains(&n), "after {n} ticks");
}

#[test]
fn one_of_three_writes_that_is_lost_never_stops() {
    let mut rig = walking();
    let stop = ticks_with(&mut rig, 2000, |n, rig| rig.faults().write_fails = n % 3 == 0);
    assert_eq!(stop, None);
    assert!(rig.count(Check::WriteFailed) > 600);
}

#[test]
fn a_loop_that_stalls_in_every_second_tick_stops() {
    let mut rig = walking();
    let stop = ticks_with(&mut rig, 100, |n, rig| {
        rig.faults().stall_nanos = if n % 2 == 0 { 99_000_000 } else { 0 };
    });
    assert_eq!(stop, Some((4, Check::Overrun)));
}

#[test]
fn seven_of_eight_inferences_that_are_late_stop() {
    let mut rig = walking();
    for step in 0..40 {
        rig.faults().inference_nanos = if step % 8 == 7 { 0 } else { 6_000_000 };
        next_policy_tick(&mut rig);
        if let Some(stop) = rig.control.stop() {
            assert_eq!(stop.verdict.check, Check::LateInference);
            assert!(step >= 7, "stopped at step {step} already");
            return;
        }
    }
    panic!("no stop: {:?}", rig.control);
}

#[test]
fn a_joint_that_is_too_fast_in_nine_of_ten_readings_stops() {
    let mut rig = walking();
    let stop = ticks_with(&mut rig, ticks(1.0), |n, rig| {
        rig.faults().joint_speed_rad_s = (n % 10 != 0).then_some(1000.0);
    });
    let (n, check) = stop.expect("a stop");
    assert_eq!(check, Check::JointSpeed);
    // Fifty milliseconds and the tenth that was good: 11 to 14 ticks.
    assert!((11..=14).contains(&n), "after {n} ticks");
}

#[test]
fn a_joint_that_is_too_fast_in_one_of_ten_readings_does_not_stop() {
    let mut rig = walking();
    let stop = ticks_with(&mut rig, ticks(10.0), |n, rig| {
        rig.faults().joint_speed_rad_s = (n % 10 == 0).then_some(25.0);
    });
    assert_eq!(stop, None);
}

#[test]
fn a_cleared_stop_begins_to_count_anew() {
    let mut rig = walking();
    let stop = ticks_with(&mut rig, 10, |_, rig| rig.faults().write_fails = true);
    assert_eq!(stop, Some((5, Check::WriteFailed)));
    rig.request(sinew_control::mailbox::Request::ClearStop);
    rig.faults().write_fails = false;
    rig.tick();
    let stop = ticks_with(&mut rig, 10, |_, rig| rig.faults().write_fails = true);
    assert_eq!(stop, Some((5, Check::WriteFailed)));
}
