//! Faults injected into a running loop: what the gate does, within how many ticks, and that no
//! command outside the limits ever reaches the robot (the checker under the gate sees to that).

mod common;

use common::rig::{Ordered, Rig, loop_params};
use common::{NECK, POLICY_JOINTS, contract, robot};
use sinew_control::Mode;
use sinew_control::command::VelocityCommand;
use sinew_control::contract::TermSpec;
use sinew_control::gate::{Check, SafeAction, SafetyParams};
use sinew_control::io::Clock;
use sinew_control::mailbox::Request;
use sinew_control::observation::{Term, TermInputs, TermRegistry};
use sinew_control::state::JointCommand;
use sinew_control::tick::{LoopParams, TickRecord};

/// Ticks in a time at 200 Hz.
fn ticks(secs: f64) -> u64 {
    (secs * 200.0).round() as u64
}

fn walking() -> Rig {
    let mut rig = Rig::new(&loop_params());
    rig.walk();
    rig
}

fn walking_with(safety: SafetyParams) -> Rig {
    let mut rig = Rig::with_safety(safety);
    rig.walk();
    rig
}

/// The next tick in which the policy was asked.
fn next_policy_tick(rig: &mut Rig) -> TickRecord {
    loop {
        let record = rig.tick();
        if record.inference_nanos.is_some() {
            return record;
        }
    }
}

fn policy_targets(command: &JointCommand) -> [f64; 3] {
    POLICY_JOINTS.map(|j| command.position[j])
}

// ---- commands -------------------------------------------------------------------------------

#[test]
fn an_action_that_is_not_finite_stops_in_the_tick_it_was_made() {
    for bad in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
        let mut rig = walking();
        rig.faults().action = Some([0.1, bad, 0.1]);
        next_policy_tick(&mut rig);
        let stop = rig.control.stop().expect("a stop");
        assert_eq!(stop.verdict.check, Check::NonFiniteCommand);
        assert_eq!(stop.verdict.joint, Some(POLICY_JOINTS[1]));
        assert!(stop.reason(&rig.robot).starts_with("non_finite_command of ankle"));
        assert_eq!(rig.written().kp, vec![0.0; 4]);
    }
}

#[test]
fn clipping_does_not_hide_an_infinite_action() {
    let mut contract = contract();
    contract.action.clip = Some([-1.0, 1.0]);
    let rest = robot().default_positions();
    let mut rig = Rig::with(&loop_params(), &contract, &TermRegistry::builtin(), &rest);
    rig.walk();
    rig.faults().action = Some([f32::INFINITY, 0.0, 0.0]);
    next_policy_tick(&mut rig);
    let stop = rig.control.stop().expect("a stop");
    assert_eq!(stop.verdict.check, Check::NonFiniteCommand);
}

#[test]
fn a_clipped_action_moves_a_joint_no_further_than_the_clip() {
    let mut contract = contract();
    contract.action.clip = Some([-0.5, 0.5]);
    let rest = robot().default_positions();
    let mut rig = Rig::with(&loop_params(), &contract, &TermRegistry::builtin(), &rest);
    rig.faults().action = Some([9.0, -9.0, 0.25]);
    rig.walk();
    let expected = [0.4 + 0.2, -0.2 - 0.2, 0.1 + 0.1];
    for (target, expected) in policy_targets(&rig.written()).into_iter().zip(expected) {
        assert!((target - expected).abs() < 1e-9);
    }
}

#[test]
fn a_target_beyond_the_limits_is_clamped_in_the_same_tick_without_a_stop() {
    let mut rig = walking();
    rig.faults().action = Some([0.0, 0.0, 2.3]);
    next_policy_tick(&mut rig);
    // 0.1 + 0.4 · 2.3 = 1.02 rad for a hip that ends at 1 rad.
    assert_eq!(rig.count(Check::PositionLimit), 1);
    rig.ticks(4);
    assert_eq!(rig.written().position[0], 1.0);
    assert!(rig.control.stop().is_none());
}

#[test]
fn a_target_that_jumps_is_slowed_down() {
    let safety = SafetyParams {
        max_target_speed_rad_s: 8.0,
        ..SafetyParams::default()
    };
    let mut rig = walking_with(safety);
    let before = rig.written().position[0];
    rig.faults().action = Some([0.0, 0.0, if before > 0.1 { -1.5 } else { 1.5 }]);
    next_policy_tick(&mut rig);
    let moved = (rig.written().position[0] - before).abs();
    assert!((moved - 8.0 * 0.005).abs() < 0.02 + 1e-9, "moved {moved} rad");
    assert!(rig.count(Check::SlewLimit) > 0);
    assert!(rig.control.stop().is_none());
}

#[test]
fn a_torque_spike_is_scaled_to_the_limit_in_the_same_tick() {
    let safety = SafetyParams {
        torque_share: 0.2,
        ..SafetyParams::default()
    };
    let mut rig = Rig::with_safety(safety);
    rig.run();
    rig.faults().action = Some([4.0, -1.4, -2.7]);
    next_policy_tick(&mut rig);
    assert!(rig.count(Check::TorqueLimit) > 0);
    let written = rig.written();
    let state = rig.control.state();
    let share = (0..4).map(|j| {
        let torque = written.torque_nm(j, state.position[j], state.velocity[j]);
        torque.abs() / (0.2 * rig.robot.joints[j].effort_nm)
    });
    let share = share.fold(0.0, f64::max);
    assert!((share - 1.0).abs() < 1e-9, "{share} of the limit");
    assert!(rig.control.stop().is_none());
}

// ---- sensors --------------------------------------------------------------------------------

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
    rig.faults().joint_speed_rad_s = Some(11.0);
    rig.tick();
    rig.faults().joint_speed_rad_s = None;
    rig.ticks(50);
    assert!(rig.control.stop().is_none());
    rig.faults().joint_speed_rad_s = Some(-11.0);
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

// ---- inference ------------------------------------------------------------------------------

#[test]
fn an_inference_of_ten_ticks_is_late_and_an_overrun_and_the_action_is_held() {
    let mut rig = walking();
    next_policy_tick(&mut rig);
    let before = rig.written();
    rig.faults().inference_nanos = 50_000_000;
    let record = next_policy_tick(&mut rig);
    rig.faults().inference_nanos = 0;
    assert_eq!(policy_targets(&rig.written()), policy_targets(&before));
    assert_eq!(rig.control.stats().late_inferences, 1);
    assert_eq!(rig.count(Check::LateInference), 1);
    assert_eq!(rig.count(Check::Overrun), 1);
    assert_eq!(record.missed, 10);
    rig.ticks(100);
    assert_eq!(rig.control.mode(), Mode::Run);
    assert_ne!(policy_targets(&rig.written()), policy_targets(&before));
}

/// Runs policy steps that give no action: two hold, five decay to the rest pose, the next stops.
fn hold_then_decay_then_stop(rig: &mut Rig, check: Check) {
    rig.faults().action = Some([0.8, -0.8, 0.8]);
    rig.ticks(8);
    let rest = contract().default_joint_pos;
    let distance = |rig: &Rig| {
        let targets = policy_targets(&rig.written());
        [0, 1, 2].map(|i| (targets[i] - rest[i]).abs())
    };
    let full = distance(rig);
    (full.iter()).for_each(|d| assert!((d - 0.32).abs() < 1e-6));
    let order = |rig: &Rig| match check {
        Check::LateInference => rig.faults().inference_nanos = 8_000_000,
        _ => rig.faults().inference_fails = true,
    };
    order(rig);
    let mut last = full;
    for step in 1..=7 {
        next_policy_tick(rig);
        let now = distance(rig);
        for (now, last) in now.iter().zip(last) {
            match step {
                1 | 2 => assert_eq!(*now, last, "step {step} is held"),
                _ => assert!(*now < last - 0.01, "step {step} decays"),
            }
        }
        last = now;
        assert!(rig.control.stop().is_none(), "stopped at step {step}");
    }
    next_policy_tick(rig);
    let stop = rig.control.stop().expect("a stop at step 8");
    assert_eq!(stop.verdict.check, check);
    assert_eq!(rig.written().kp, vec![0.0; 4]);
}

#[test]
fn late_inferences_hold_then_decay_then_stop() {
    let mut rig = walking();
    hold_then_decay_then_stop(&mut rig, Check::LateInference);
    assert_eq!(rig.control.stats().late_inferences, 8);
}

#[test]
fn failing_inferences_hold_then_decay_then_stop() {
    let mut rig = walking();
    hold_then_decay_then_stop(&mut rig, Check::FailedInference);
    assert_eq!(rig.control.stats().failed_inferences, 8);
}

#[test]
fn a_policy_that_panics_is_a_failed_inference() {
    let mut rig = walking();
    next_policy_tick(&mut rig);
    let before = rig.written();
    rig.faults().policy_panics = true;
    next_policy_tick(&mut rig);
    assert_eq!(policy_targets(&rig.written()), policy_targets(&before));
    assert_eq!(rig.count(Check::FailedInference), 1);
    assert!(rig.control.stop().is_none());
    let (n, check) = rig.ticks_until_stop(ticks(0.16));
    assert_eq!((n, check), (7 * 4, Check::FailedInference));
}

/// A user's term that panics when told to.
struct Explosive(Ordered);

impl Term for Explosive {
    fn len(&self) -> usize {
        1
    }
    fn write(&mut self, _inputs: &TermInputs<'_>, out: &mut [f32]) {
        let panics = self.0.lock().unwrap().term_panics;
        assert!(!panics, "a term that panics, as ordered");
        out[0] = 1.0;
    }
}

#[test]
fn an_observation_term_that_panics_is_a_failed_inference() {
    let faults = Ordered::default();
    let mut registry = TermRegistry::builtin();
    let shared = faults.clone();
    registry.register("explosive", move |_, _| Ok(Box::new(Explosive(shared.clone()))));
    let mut contract = contract();
    contract.observations.push(TermSpec::named("explosive"));
    let rest = robot().default_positions();
    let mut rig = Rig::with_faults(&loop_params(), &contract, &registry, &rest, faults);
    rig.walk();
    rig.faults().term_panics = true;
    next_policy_tick(&mut rig);
    rig.faults().term_panics = false;
    rig.ticks(100);
    assert_eq!(rig.count(Check::FailedInference), 1);
    assert_eq!(rig.control.mode(), Mode::Run);
    rig.faults().term_panics = true;
    assert_eq!(rig.ticks_until_stop(40).1, Check::FailedInference);
}

// ---- time -----------------------------------------------------------------------------------

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

// ---- operator -------------------------------------------------------------------------------

fn with_deadman() -> SafetyParams {
    SafetyParams {
        deadman_secs: 0.5,
        ..SafetyParams::default()
    }
}

#[test]
fn a_silent_operator_stops_the_robot_within_the_deadman_time() {
    let mut rig = Rig::with_safety(with_deadman());
    rig.run();
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
    let mut rig = Rig::with_safety(with_deadman());
    rig.run();
    for _ in 0..ticks(0.5) {
        rig.operator.command(VelocityCommand::new(f64::NAN, 0.0, 0.0));
        rig.tick();
    }
    assert_eq!(rig.ticks_until_stop(2).1, Check::Deadman);
}

#[test]
fn a_panic_in_a_thread_that_holds_an_operator_does_not_touch_the_loop() {
    for deadman in [false, true] {
        let safety = if deadman {
            with_deadman()
        } else {
            SafetyParams::default()
        };
        let mut rig = Rig::with_safety(safety);
        rig.run();
        let operator = rig.operator.clone();
        let thread = std::thread::spawn(move || {
            operator.command(VelocityCommand::new(0.3, 0.0, 0.0));
            panic!("a thread that panics, as ordered");
        });
        assert!(thread.join().is_err());
        match deadman {
            false => {
                rig.ticks(400);
                assert_eq!(rig.control.mode(), Mode::Run);
                assert_eq!(rig.control.gate().counts().total(), 0);
            }
            true => assert_eq!(rig.ticks_until_stop(ticks(0.5) + 2).1, Check::Deadman),
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
    rig.operator.command(VelocityCommand::new(0.5, 0.1, -0.2));
    rig.tick();
    rig.operator.command(VelocityCommand::new(0.5, f64::INFINITY, f64::NAN));
    let record = rig.tick();
    assert_eq!(record.command, VelocityCommand::new(0.5, 0.1, -0.2));
    assert_eq!(rig.count(Check::BadOperatorCommand), 1);
    assert!(rig.control.stop().is_none());
}

#[test]
fn a_velocity_is_clamped_to_what_the_policy_was_trained_for() {
    let mut rig = walking();
    rig.operator.command(VelocityCommand::new(5.0, -2.0, 0.25));
    let record = rig.tick();
    assert_eq!(record.command, VelocityCommand::new(1.0, -0.5, 0.25));
}

// ---- writing and stopping -------------------------------------------------------------------

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

// ---- starting -------------------------------------------------------------------------------

/// From far away from the rest pose, with fast and with slow targets allowed.
#[test]
fn the_start_never_jumps() {
    for max_target_speed_rad_s in [100.0, 4.0] {
        let params = LoopParams {
            safety: SafetyParams {
                max_target_speed_rad_s,
                ..SafetyParams::default()
            },
            ..loop_params()
        };
        let far = [-0.7, 1.5, 0.4, -1.0];
        let mut rig = Rig::with(&params, &contract(), &TermRegistry::builtin(), &far);
        let rest = rig.robot.default_positions();
        let mut before: Option<JointCommand> = None;
        while rig.tick().mode != Mode::Run {
            let now = rig.written();
            for j in 0..4 {
                // The steepest part of the stand is 1.5 times its mean.
                let fastest = 1.5 * (far[j] - rest[j]).abs() / 0.5 * 0.005;
                if let Some(before) = &before {
                    let step = (now.position[j] - before.position[j]).abs();
                    assert!(step <= fastest + 1e-9, "joint {j} moved {step} rad in a tick");
                }
                let off = (now.position[j] - rig.control.state().position[j]).abs();
                assert!(off < 0.25, "joint {j} is pulled from {off} rad away");
            }
            before = Some(now);
        }
        let stood = before.expect("at least one tick before running");
        for j in 0..4 {
            assert!((stood.position[j] - rest[j]).abs() < 1e-9);
            assert!((rig.control.state().position[j] - rest[j]).abs() < 0.05);
        }
        let counts = rig.control.gate().counts();
        assert_eq!(counts.get(Check::SlewLimit), 0);
    }
}

#[test]
fn without_auto_the_robot_damps_until_it_is_started() {
    let mut params = loop_params();
    params.start.auto = false;
    let mut rig = Rig::new(&params);
    rig.ticks(ticks(3.0));
    assert_eq!(rig.control.mode(), Mode::Damp);
    rig.request(Request::Start);
    rig.run();
}

#[test]
fn joints_that_the_policy_does_not_drive_hold_their_rest_pose() {
    let mut rig = walking();
    for _ in 0..200 {
        rig.tick();
        let written = rig.written();
        assert_eq!(written.position[NECK], 0.3);
        assert_eq!((written.kp[NECK], written.kd[NECK]), (10.0, 0.5));
    }
    assert!((rig.control.state().position[NECK] - 0.3).abs() < 1e-6);
}

#[test]
fn the_policy_is_asked_at_its_own_rate() {
    let mut rig = walking();
    next_policy_tick(&mut rig);
    for n in 1..=40 {
        let asked = rig.tick().inference_nanos.is_some();
        assert_eq!(asked, n % 4 == 0, "tick {n}");
    }
    assert_eq!(rig.clock.now_nanos() % 5_000_000, 0);
}
