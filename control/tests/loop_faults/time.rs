//! Ticks that take too long.

use crate::walking;
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
