//! Writes that fail, the safe actions, and how a stop is left again.

use crate::common::rig::Rig;
use crate::{ticks, walking, walking_with};
use sinew_control::Mode;
use sinew_control::gate::{Check, SafeAction, SafetyParams};
use sinew_control::mailbox::Request;

#[test]
fn a_write_that_fails_once_is_counted_and_writes_that_keep_failing_stop() {
    let mut rig = walking();
    rig.faults().write_fails = true;
    rig.ticks(4);
    rig.faults().write_fails = false;
    rig.ticks(20);
    assert_eq!(rig.count(Check::WriteFailed), 4);
    assert!(rig.control.stop().is_none());
    rig.faults().write_fails = true;
    assert_eq!(rig.ticks_until_stop(5), (5, Check::WriteFailed));
}

#[test]
fn damping_has_no_stiffness_and_brings_the_joints_to_rest() {
    let mut rig = walking();
    rig.operator.stop();
    rig.ticks(ticks(3.0));
    let written = rig.written();
    assert_eq!(written.kp, vec![0.0; 4]);
    // Two hundredths of the torque limit, except where the description has a damping.
    assert_eq!(written.kd, vec![1.0, 1.2, 0.4, 0.5]);
    let fastest = rig
        .control
        .state()
        .velocity
        .iter()
        .fold(0.0, |a: f64, v| a.max(v.abs()));
    assert!(fastest < 1e-3, "still at {fastest} rad/s");
}

#[test]
fn holding_keeps_the_last_targets_and_gains() {
    let mut rig = walking_with(SafetyParams {
        safe_action: SafeAction::Hold,
        ..SafetyParams::default()
    });
    let before = rig.written();
    rig.operator.stop();
    rig.ticks(ticks(3.0));
    assert_eq!(rig.written(), before);
    let held = &rig.control.state().position;
    for (q, target) in held.iter().zip(&before.position) {
        assert!((q - target).abs() < 1e-3);
    }
}

#[test]
fn holding_is_not_worn_down_by_the_torque_limit() {
    let mut rig = walking_with(SafetyParams {
        safe_action: SafeAction::Hold,
        joint_speed_secs: 10.0,
        ..SafetyParams::default()
    });
    rig.operator.stop();
    rig.tick();
    // Something kicks the hip: for one tick the drive has no torque for its gains.
    rig.faults().joint_speed_rad_s = Some(500.0);
    rig.tick();
    assert!(rig.written().kd[0] < 0.2);
    rig.faults().joint_speed_rad_s = None;
    rig.tick();
    assert_eq!((rig.written().kp[0], rig.written().kd[0]), (40.0, 2.0));
}

#[test]
fn the_robots_own_stop_is_called_every_tick_and_replaced_by_damping_where_it_fails() {
    let mut rig = walking_with(SafetyParams {
        safe_action: SafeAction::Own,
        ..SafetyParams::default()
    });
    rig.tick();
    let writes = rig.checker().writes;
    rig.checker().must_be_safe = true;
    rig.operator.stop();
    rig.control.tick();
    rig.ticks(9);
    assert_eq!(rig.checker().own_stops, 10);
    assert_eq!(rig.checker().writes, writes);
    rig.faults().own_stop_fails = true;
    rig.ticks(10);
    assert_eq!(rig.checker().writes, writes + 10);
    assert_eq!(rig.written().kp, vec![0.0; 4]);
}

#[test]
fn a_stop_latches_and_keeps_its_first_reason() {
    let mut rig = walking();
    rig.faults().tilt_rad = 1.0;
    rig.tick();
    let first = rig.control.stop().unwrap();
    rig.faults().tilt_rad = 0.0;
    rig.faults().silent_imu = true;
    rig.faults().temperature_celsius = 80.0;
    rig.operator.stop();
    rig.request(Request::Start);
    rig.ticks(ticks(2.0));
    assert_eq!(rig.control.stop(), Some(first));
    assert_eq!(rig.control.mode(), Mode::Stopped);
    assert!(rig.count(Check::StaleImu) > 0 && rig.count(Check::Temperature) > 0);
}

#[test]
fn a_cleared_stop_waits_in_damping_for_a_start() {
    let mut rig = walking();
    rig.operator.stop();
    rig.ticks(20);
    rig.request(Request::ClearStop);
    rig.ticks(ticks(2.0));
    assert_eq!(rig.control.mode(), Mode::Damp);
    rig.request(Request::Start);
    let mut modes = vec![Mode::Damp];
    for _ in 0..ticks(1.0) {
        let mode = rig.tick().mode;
        if modes.last() != Some(&mode) {
            modes.push(mode);
        }
    }
    assert_eq!(modes, [Mode::Damp, Mode::Stand, Mode::Run]);
    assert!(rig.control.stop().is_none());
}

#[test]
fn a_request_to_damp_is_no_fault() {
    let mut rig = walking();
    rig.request(Request::Damp);
    rig.ticks(ticks(1.0));
    assert_eq!(rig.control.mode(), Mode::Damp);
    assert_eq!(rig.written().kp, vec![0.0; 4]);
    assert_eq!(rig.control.gate().counts().total(), 0);
}

#[test]
fn a_loop_that_begins_with_a_stop_of_before_stays_safe_until_it_is_cleared_and_started() {
    for safe_action in [SafeAction::Damp, SafeAction::Hold] {
        let mut before = walking();
        before.faults().tilt_rad = 1.0;
        before.tick();
        let stop = before.control.stop().unwrap();
        let mut rig = Rig::with_safety(SafetyParams {
            safe_action,
            ..SafetyParams::default()
        });
        rig.control.latch(stop);
        rig.request(Request::Start);
        for _ in 0..ticks(2.0) {
            assert_eq!(rig.tick().mode, Mode::Stopped);
            assert_eq!(rig.written().kp, vec![0.0; 4]);
        }
        let latched = rig.control.stop().unwrap();
        assert_eq!((latched.verdict, latched.action), (stop.verdict, safe_action));
        // Nor does it start by itself once the stop is cleared, although `start.auto` is set.
        rig.request(Request::ClearStop);
        rig.ticks(ticks(2.0));
        assert_eq!(rig.control.mode(), Mode::Damp);
        rig.request(Request::Start);
        rig.run();
    }
}

#[test]
fn a_stop_survives_being_written_down_as_json() {
    let mut rig = walking();
    rig.faults().action = Some([0.1, f32::NAN, 0.1]);
    rig.ticks_until_stop(4);
    let stop = rig.control.stop().unwrap();
    let text = serde_json::to_string(&stop).unwrap();
    let read: sinew_control::gate::Stop = serde_json::from_str(&text).unwrap();
    assert_eq!(read.reason(&rig.robot), stop.reason(&rig.robot));
}

#[test]
fn somebody_who_sees_another_commander_stops_the_loop_for_it_by_name() {
    let mut rig = walking();
    rig.operator.stop_for(Check::OtherCommander);
    // The first reason stays.
    rig.operator.stop();
    assert_eq!(rig.ticks_until_stop(1), (1, Check::OtherCommander));
    let reason = rig.control.stop().unwrap().reason(&rig.robot);
    assert!(reason.starts_with("other_commander, in tick"), "{reason}");
}
