//! What the operator asks for, and an operator who falls silent.

use crate::common::rig::Rig;
use crate::{ticks, walking};
use sinew_control::Mode;
use sinew_control::command::VelocityCommand;
use sinew_control::gate::{Check, SafetyParams};
use sinew_control::mailbox::Request;

/// A loop whose operator is the test.
fn alone(safety: SafetyParams) -> Rig {
    let mut rig = Rig::with_safety(safety);
    rig.asked = None;
    rig.run();
    rig
}

#[test]
fn a_silent_operator_stops_the_robot_within_the_deadman_time() {
    let mut rig = alone(SafetyParams::default());
    for _ in 0..300 {
        rig.operator.command(VelocityCommand::new(0.5, 0.0, 0.0));
        rig.tick();
    }
    assert_eq!(rig.control.mode(), Mode::Run);
    let (n, check) = rig.ticks_until_stop(ticks(0.5) + 1);
    assert_eq!((n, check), (ticks(0.5) + 1, Check::Deadman));
}

#[test]
fn a_command_that_is_not_finite_does_not_feed_the_deadman() {
    let mut rig = alone(SafetyParams::default());
    for _ in 0..ticks(0.5) {
        rig.operator.command(VelocityCommand::new(f64::NAN, 0.0, 0.0));
        rig.tick();
    }
    assert_eq!(rig.ticks_until_stop(2).1, Check::Deadman);
}

#[test]
fn a_panic_in_a_thread_that_holds_an_operator_does_not_touch_the_loop() {
    for deadman_secs in [0.0, 0.5] {
        let mut rig = alone(SafetyParams {
            deadman_secs,
            ..SafetyParams::default()
        });
        let operator = rig.operator.clone();
        let thread = std::thread::spawn(move || {
            operator.command(VelocityCommand::new(0.3, 0.0, 0.0));
            panic!("a thread that panics, as ordered");
        });
        assert!(thread.join().is_err());
        if deadman_secs > 0.0 {
            assert_eq!(rig.ticks_until_stop(ticks(0.5) + 2).1, Check::Deadman);
        } else {
            rig.ticks(400);
            assert_eq!(rig.control.mode(), Mode::Run);
            assert_eq!(rig.control.gate().counts().total(), 0);
        }
    }
}

#[test]
fn an_operator_stop_takes_effect_in_the_next_tick() {
    let mut rig = walking();
    rig.operator.stop();
    let record = rig.tick();
    assert_eq!(record.mode, Mode::Stopped);
    assert_eq!(rig.control.stop().unwrap().verdict.check, Check::OperatorStop);
    assert_eq!(rig.written().kp, vec![0.0; 4]);
}

#[test]
fn an_operator_stop_is_not_lost_to_a_request_of_before() {
    let mut rig = walking();
    rig.request(Request::ClearStop);
    rig.request(Request::Start);
    rig.operator.stop();
    assert_eq!(rig.tick().mode, Mode::Stopped);
    assert_eq!(rig.written().kp, vec![0.0; 4]);
}

#[test]
fn a_velocity_that_is_not_finite_is_counted_and_ignored() {
    let mut rig = walking();
    rig.asked = Some(VelocityCommand::new(0.5, 0.1, -0.2));
    rig.tick();
    rig.asked = Some(VelocityCommand::new(0.5, f64::INFINITY, f64::NAN));
    let record = rig.tick();
    assert_eq!(record.command, VelocityCommand::new(0.5, 0.1, -0.2));
    assert_eq!(rig.count(Check::BadOperatorCommand), 1);
    assert!(rig.control.stop().is_none());
}

#[test]
fn a_velocity_is_clamped_to_what_the_policy_was_trained_for() {
    let mut rig = walking();
    rig.asked = Some(VelocityCommand::new(5.0, -2.0, 0.25));
    let record = rig.tick();
    assert_eq!(record.command, VelocityCommand::new(1.0, -0.5, 0.25));
}
