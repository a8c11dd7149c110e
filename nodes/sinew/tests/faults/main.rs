//! Faults injected into Strider's walk: what the gate does, and within how many ticks of 5 ms. In
//! every test an independent checker under the gate asserts each command that reaches the robot.
//!
//! The policy acts every 4th tick, so a fault in it shows at most 4 ticks after it began.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "../common/mod.rs"]
mod common;
mod walk;

use std::panic::{AssertUnwindSafe, catch_unwind};

use sinew_control::gate::Check;
use sinew_control::io::{IoError, PolicyError};
use sinew_control::state::{JointCommand, RobotState};
use walk::Walk;

#[test]
fn a_nan_action_stops_in_the_tick_it_comes() {
    Walk::acting(|_, action| {
        action[3] = f32::NAN;
        Ok(())
    })
    .must_stop(Check::NonFiniteCommand, 4);
}

#[test]
fn an_infinite_action_stops_in_the_tick_it_comes() {
    Walk::acting(|_, action| {
        action[0] = f32::NEG_INFINITY;
        Ok(())
    })
    .must_stop(Check::NonFiniteCommand, 4);
}

#[test]
fn a_target_beyond_the_limits_is_clamped() {
    Walk::acting(|step, action| {
        if step == 0 {
            // The knee's rest is 0.5 rad and its scale 0.5: this asks for −1 rad of a joint that
            // cannot bend backwards.
            action[3] = -3.0;
        }
        Ok(())
    })
    .must_walk_on(Check::PositionLimit);
}

#[test]
fn a_torque_spike_is_scaled_to_the_motor() {
    Walk::acting(|step, action| {
        if step == 0 {
            action[4] = 40.0;
        }
        Ok(())
    })
    .must_walk_on(Check::TorqueLimit);
}

#[test]
fn a_frozen_encoder_stops_within_the_frozen_time() {
    let mut frozen = None;
    // 0.2 s are 40 ticks; a target that was still when the encoder froze takes a step's time to move.
    Walk::reading(move |_, _, state| {
        let (q, v) = *frozen.get_or_insert((state.position[3], state.velocity[3]));
        (state.position[3], state.velocity[3]) = (q, v);
        Ok(())
    })
    .must_stop(Check::FrozenJoint, 60);
}

#[test]
fn a_frozen_imu_stops_within_the_frozen_time() {
    let mut frozen = None;
    Walk::reading(move |_, _, state| {
        let stamp_nanos = state.imu.stamp_nanos;
        state.imu = *frozen.get_or_insert(state.imu);
        state.imu.stamp_nanos = stamp_nanos;
        Ok(())
    })
    .must_stop(Check::FrozenImu, 42);
}

#[test]
fn a_stale_imu_stops_within_the_stale_time() {
    let mut last = None;
    Walk::reading(move |_, _, state| {
        state.imu = *last.get_or_insert(state.imu);
        Err(IoError::ImuMissing)
    })
    .must_stop(Check::StaleImu, 12);
}

#[test]
fn one_dropped_joint_read_is_bridged() {
    Walk::reading(|since, _, state| {
        if since > 0.001 && since < 0.006 {
            state.position[5] = f64::NAN;
            return Err(IoError::JointMissing { joint: 5 });
        }
        Ok(())
    })
    .must_walk_on(Check::ReadFailed);
}

#[test]
fn a_joint_that_stays_silent_stops_within_the_stale_time() {
    let mut stamp = None;
    Walk::reading(move |_, _, state| {
        state.joint_stamp_nanos[5] = *stamp.get_or_insert(state.joint_stamp_nanos[5]);
        Err(IoError::JointMissing { joint: 5 })
    })
    .must_stop(Check::StaleJoint, 12);
}

#[test]
fn an_inference_of_ten_ticks_is_counted_and_survived() {
    let mut walk = Walk::new(Box::new(|_, _, _| Ok(())), |clock| {
        Box::new(move |step, _| {
            if step == 0 {
                clock.advance(50_000_000);
            }
            Ok(())
        })
    });
    walk.until_fault();
    let before = walk.control.stats().missed_deadlines;
    for _ in 0..300 {
        walk.tick();
        assert!(walk.control.stop().is_none(), "{:?}", walk.control.stop());
    }
    assert_eq!(walk.control.stats().late_inferences, 1);
    let missed = walk.control.stats().missed_deadlines - before;
    assert!((9..=11).contains(&missed), "{missed} deadlines missed");
}

#[test]
fn inferences_that_stay_late_stop_after_hold_and_decay() {
    // 8 ms instead of the 5 ms of a tick, every 4th tick. Two steps of holding and five of decay are
    // allowed, so the eighth stops.
    Walk::new(Box::new(|_, _, _| Ok(())), |clock| {
        Box::new(move |_, _| {
            clock.advance(8_000_000);
            Ok(())
        })
    })
    .must_stop(Check::LateInference, 32);
}

#[test]
fn inferences_of_ten_ticks_without_end_stop_as_an_overrun() {
    // Two of them leave the robot without a loop for 0.1 s, which is not waited out.
    Walk::new(Box::new(|_, _, _| Ok(())), |clock| {
        Box::new(move |_, _| {
            clock.advance(50_000_000);
            Ok(())
        })
    })
    .must_stop(Check::Overrun, 24);
}

#[test]
fn one_failed_inference_is_survived() {
    Walk::acting(|step, _| if step == 0 { Err(PolicyError::Runtime) } else { Ok(()) })
        .must_walk_on(Check::FailedInference);
}

#[test]
fn inferences_that_stay_failed_stop_after_hold_and_decay() {
    // The eighth step without an action is the first that is not allowed: 8 × 4 ticks.
    Walk::acting(|_, _| Err(PolicyError::Runtime)).must_stop(Check::FailedInference, 32);
}

#[test]
fn a_panicking_policy_is_a_failed_inference() {
    Walk::acting(|_, _| panic!("a user's policy panics")).must_stop(Check::FailedInference, 32);
}

#[test]
fn one_overrun_tick_is_counted_and_survived() {
    let mut walk = Walk::reading(|_, _, _| Ok(()));
    walk.until_fault();
    walk.clock.advance(12_000_000);
    walk.must_walk_on(Check::Overrun);
}

#[test]
fn a_long_overrun_stops_in_the_next_tick() {
    let mut walk = Walk::reading(|_, _, _| Ok(()));
    walk.until_fault();
    walk.clock.advance(200_000_000);
    walk.must_stop(Check::Overrun, 42);
}

#[test]
fn a_fall_stops_before_the_robot_lies() {
    // A kick of 3 m/s fells any robot of this size; 0.7 rad of lean are reached within a second.
    let mut kicked = false;
    Walk::reading(move |_, sim, _| {
        if !kicked {
            kicked = true;
            sim.push(nalgebra::Vector3::new(0.0, 3.0, 0.0));
        }
        Ok(())
    })
    .must_stop(Check::Tilt, 200);
}

#[test]
fn a_silent_operator_stops_after_the_deadman_time() {
    let mut walk = Walk::reading(|_, _, _| Ok(()));
    walk.until_fault();
    walk.operator_talks = false;
    walk.must_stop(Check::Deadman, 102);
}

#[test]
fn a_panic_in_the_operators_thread_stops_by_the_deadman() {
    let mut walk = Walk::reading(|_, _, _| Ok(()));
    walk.until_fault();
    let operator = walk.operator.clone();
    let thread = std::thread::spawn(move || {
        operator.command(Default::default());
        panic!("the operator's thread dies");
    });
    assert!(thread.join().is_err());
    walk.operator_talks = false;
    walk.must_stop(Check::Deadman, 103);
}

#[test]
fn a_panic_in_any_other_thread_changes_nothing() {
    let mut walk = Walk::reading(|_, _, _| Ok(()));
    walk.until_fault();
    assert!(std::thread::spawn(|| panic!("telemetry dies")).join().is_err());
    for _ in 0..400 {
        walk.tick();
    }
    assert!(walk.control.stop().is_none());
}

#[test]
fn an_operators_stop_is_obeyed_in_the_next_tick() {
    let mut walk = Walk::reading(|_, _, _| Ok(()));
    walk.until_fault();
    walk.operator.stop();
    walk.must_stop(Check::OperatorStop, 1);
}

#[test]
fn nan_from_the_operator_is_ignored() {
    let mut walk = Walk::reading(|_, _, _| Ok(()));
    walk.until_fault();
    walk.operator
        .command(sinew_control::command::VelocityCommand::new(f64::NAN, 0.0, 0.0));
    walk.control.tick();
    walk.must_walk_on(Check::BadOperatorCommand);
}

#[test]
fn the_checker_under_the_gate_sees_a_command_outside_the_limits() {
    let (mut checked, robot) = walk::checked_robot();
    let mut command = JointCommand::zeros(robot.dof());
    let state = RobotState::new(robot.dof(), 0);
    command.position.copy_from_slice(&robot.default_positions());
    assert_eq!(checked.write(&command, &state), Ok(()));
    command.position[3] = 100.0;
    assert!(catch_unwind(AssertUnwindSafe(|| checked.write(&command, &state))).is_err());
    command.position[3] = robot.joints[3].default_rad;
    command.effort[3] = 1e4;
    assert!(catch_unwind(AssertUnwindSafe(|| checked.write(&command, &state))).is_err());
}
