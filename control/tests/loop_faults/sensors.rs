//! What the robot measures: frozen, silent, not finite, out of bounds.

use crate::{ticks, walking};
use sinew_control::Mode;
use sinew_control::gate::Check;

#[test]
fn a_frozen_joint_stops_within_the_frozen_time() {
    let mut rig = walking();
    rig.faults().frozen_joint = Some(2);
    let (n, check) = rig.ticks_until_stop(ticks(0.2) + 1);
    assert_eq!(check, Check::FrozenJoint);
    assert!(n >= ticks(0.2) - 1, "stopped after {n} ticks already");
    assert_eq!(rig.control.stop().unwrap().verdict.joint, Some(2));
}

#[test]
fn a_joint_that_rests_because_its_target_rests_is_not_frozen() {
    let mut rig = walking();
    rig.faults().action = Some([0.0; 3]);
    rig.ticks(ticks(0.5));
    rig.faults().frozen_joint = Some(2);
    rig.ticks(ticks(2.0));
    assert!(rig.control.stop().is_none());
}

#[test]
fn a_frozen_imu_stops_within_the_frozen_time() {
    let mut rig = walking();
    rig.faults().frozen_imu = true;
    let (n, check) = rig.ticks_until_stop(ticks(0.2) + 1);
    assert_eq!(check, Check::FrozenImu);
    assert!(n >= ticks(0.2) - 1, "stopped after {n} ticks already");
}

#[test]
fn a_silent_imu_stops_within_the_stale_time() {
    let mut rig = walking();
    rig.faults().silent_imu = true;
    let (n, check) = rig.ticks_until_stop(ticks(0.05) + 1);
    assert_eq!(check, Check::StaleImu);
    assert_eq!(n, ticks(0.05) + 1);
}

#[test]
fn one_dropped_joint_read_is_counted_and_tolerated() {
    let mut rig = walking();
    rig.faults().dropped_joint = Some(1);
    rig.tick();
    rig.faults().dropped_joint = None;
    rig.ticks(100);
    assert_eq!(rig.count(Check::ReadFailed), 1);
    assert_eq!(rig.control.gate().counts().total(), 1);
    assert_eq!(rig.control.mode(), Mode::Run);
}

#[test]
fn a_joint_that_stays_away_stops_within_the_stale_time() {
    let mut rig = walking();
    rig.faults().dropped_joint = Some(1);
    let (n, check) = rig.ticks_until_stop(ticks(0.05) + 1);
    assert_eq!((n, check), (ticks(0.05) + 1, Check::StaleJoint));
    assert_eq!(rig.control.stop().unwrap().verdict.joint, Some(1));
}

#[test]
fn a_sensor_that_gives_nan_is_tolerated_once_and_stops_when_it_lasts() {
    let mut rig = walking();
    rig.faults().nan_joint = Some(0);
    rig.tick();
    rig.faults().nan_joint = None;
    rig.ticks(100);
    assert_eq!(rig.count(Check::NonFiniteSensor), 1);
    assert!(rig.control.stop().is_none());
    rig.faults().nan_joint = Some(0);
    let (n, check) = rig.ticks_until_stop(ticks(0.05) + 1);
    assert_eq!((n, check), (ticks(0.05) + 1, Check::StaleJoint));
    assert!(rig.control.state().position[0].is_finite());
}

#[test]
fn an_imu_that_gives_nan_or_no_rotation_stops_within_the_stale_time() {
    for zero in [false, true] {
        let mut rig = walking();
        rig.faults().nan_imu = !zero;
        rig.faults().zero_quaternion = zero;
        let (n, check) = rig.ticks_until_stop(ticks(0.05) + 1);
        assert_eq!((n, check), (ticks(0.05) + 1, Check::StaleImu));
    }
}

#[test]
fn an_estimator_that_falls_silent_stops_within_the_stale_time() {
    let mut rig = walking();
    rig.faults().no_base_velocity = true;
    let (n, check) = rig.ticks_until_stop(ticks(0.05) + 1);
    assert_eq!((n, check), (ticks(0.05) + 1, Check::StaleBaseVelocity));
}

#[test]
fn a_fall_stops_in_the_tick_it_is_seen() {
    let mut rig = walking();
    rig.faults().tilt_rad = 0.9;
    assert_eq!(rig.ticks_until_stop(1), (1, Check::Tilt));
}

#[test]
fn a_joint_that_turns_too_fast_stops_when_it_lasts() {
    let mut rig = walking();
    rig.faults().joint_speed_rad_s = Some(21.0);
    rig.tick();
    rig.faults().joint_speed_rad_s = None;
    rig.ticks(50);
    assert!(rig.control.stop().is_none());
    rig.faults().joint_speed_rad_s = Some(-21.0);
    let (n, check) = rig.ticks_until_stop(ticks(0.05) + 1);
    assert_eq!((n, check), (ticks(0.05) + 1, Check::JointSpeed));
}

#[test]
fn a_hot_motor_stops_in_the_tick_it_is_seen() {
    let mut rig = walking();
    rig.faults().temperature_celsius = 60.0;
    assert_eq!(rig.ticks_until_stop(1), (1, Check::Temperature));
    let verdict = rig.control.stop().unwrap().verdict;
    assert_eq!((verdict.joint, verdict.value), (Some(1), 100.0));
}

#[test]
fn stamps_of_another_clock_are_stale_even_if_they_lie_ahead() {
    let mut rig = walking();
    rig.faults().imu_ahead_nanos = 3_600_000_000_000;
    assert_eq!(rig.ticks_until_stop(1), (1, Check::StaleImu));
}

#[test]
fn a_driver_that_panics_is_a_failed_read_and_stops_when_its_readings_are_stale() {
    let mut rig = walking();
    rig.faults().driver_panics = true;
    let (n, check) = rig.ticks_until_stop(ticks(0.05) + 1);
    assert_eq!(check, Check::StaleJoint);
    assert_eq!(rig.count(Check::ReadFailed), n);
}
