//! From limp to walking, never a jump.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::common::rig::{Rig, loop_params};
use crate::common::{NECK, contract, robot};
use crate::{next_policy_tick, ticks, walking};
use sinew_control::Mode;
use sinew_control::contract::TermSpec;
use sinew_control::gate::{Check, SafetyParams};
use sinew_control::io::Clock;
use sinew_control::mailbox::Request;
use sinew_control::observation::{Term, TermInputs, TermRegistry};
use sinew_control::state::JointCommand;
use sinew_control::tick::LoopParams;

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
        rig.faults().action = Some([0.0; 3]);
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
                let stiffens = before.as_ref().is_some_and(|before| before.kp[j] == 0.0);
                let off = (now.position[j] - rig.control.state().position[j]).abs();
                assert!(
                    !stiffens || off < 1e-9,
                    "joint {j} stiffens {off} rad away from its target"
                );
            }
            before = Some(now);
        }
        let stood = before.expect("at least one tick before running");
        for (target, rest) in stood.position.iter().zip(&rest) {
            assert!((target - rest).abs() < 1e-9);
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

/// Counts how often it was told to forget.
struct Forgetful(Arc<AtomicU64>);

impl Term for Forgetful {
    fn len(&self) -> usize {
        1
    }
    fn write(&mut self, _inputs: &TermInputs<'_>, out: &mut [f32]) {
        out[0] = 0.0;
    }
    fn reset(&mut self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

#[test]
fn the_policy_takes_over_without_a_past_each_time() {
    let resets = Arc::new(AtomicU64::new(0));
    let shared = resets.clone();
    let mut registry = TermRegistry::builtin();
    registry.register("forgetful", move |_, _| Ok(Box::new(Forgetful(shared.clone()))));
    let mut contract = contract();
    contract.observations.push(TermSpec::named("forgetful"));
    let rest = robot().default_positions();
    let mut rig = Rig::with(&loop_params(), &contract, &registry, &rest);
    for takeovers in 1..=3 {
        rig.request(Request::Start);
        rig.run();
        rig.ticks(50);
        assert_eq!(resets.load(Ordering::Relaxed), takeovers);
        assert_eq!(rig.faults().policy_resets, takeovers);
        rig.request(Request::Damp);
        rig.ticks(50);
    }
}

#[test]
fn the_robot_stays_limp_until_every_sensor_was_heard() {
    let mut rig = Rig::new(&loop_params());
    rig.faults().silent_imu = true;
    for _ in 0..ticks(1.0) {
        assert_eq!(rig.tick().mode, Mode::Damp);
        assert_eq!(rig.written().kp, vec![0.0; 4]);
    }
    rig.faults().silent_imu = false;
    rig.run();
    assert!(rig.control.stop().is_none());
}

#[test]
fn a_sensor_that_is_never_heard_stops_the_wait() {
    let mut rig = Rig::new(&loop_params());
    rig.faults().silent_imu = true;
    let (n, check) = rig.ticks_until_stop(ticks(2.0) + 2);
    assert_eq!(check, Check::StaleImu);
    assert!(n >= ticks(2.0), "gave up after {n} ticks already");
}

#[test]
fn a_sensor_that_was_never_heard_is_told_as_such_and_not_by_the_age_of_the_machine() {
    let mut params = loop_params();
    params.safety.first_reading_secs = 0.0;
    let mut rig = Rig::new(&params);
    rig.clock.advance(3_600_000_000_000);
    rig.control.begin();
    rig.faults().reads = Some(|state| state.joint_stamp_nanos[2] = 0);
    let (_, check) = rig.ticks_until_stop(2);
    assert_eq!(check, Check::StaleJoint);
    let reason = rig.control.stop().unwrap().reason(&robot());
    let joint = &robot().joints[2].name;
    assert!(
        reason.starts_with(&format!("stale_joint of {joint}, never heard, in tick")),
        "{reason}"
    );
}

#[test]
fn a_robot_that_lies_is_not_stiffened() {
    let mut rig = Rig::new(&loop_params());
    rig.faults().tilt_rad = 1.5;
    let (_, check) = rig.ticks_until_stop(ticks(0.2));
    assert_eq!(check, Check::Tilt);
    assert_eq!(rig.written().kp, vec![0.0; 4], "not one stiff command");
}

#[test]
fn a_start_that_would_be_a_jump_is_refused() {
    let mut params = loop_params();
    params.start.stand_secs = 0.0;
    let refused = std::panic::catch_unwind(|| Rig::new(&params)).err().unwrap();
    let message = refused.downcast_ref::<String>().unwrap();
    assert!(message.contains("stand_secs"), "{message}");
}

#[test]
fn a_machine_that_is_busy_before_the_robot_is_heard_stops_nothing() {
    let mut rig = Rig::new(&loop_params());
    rig.faults().silent_imu = true;
    rig.faults().write_fails = true;
    for _ in 0..20 {
        rig.faults().stall_nanos = 80_000_000;
        rig.tick();
    }
    assert!(rig.control.stop().is_none(), "{:?}", rig.control.stop());
    assert!(rig.count(Check::Overrun) > 0 && rig.count(Check::WriteFailed) > 0);
    rig.faults().silent_imu = false;
    rig.faults().write_fails = false;
    rig.run();
    // And nothing of it is left: five writes fail before the next stop.
    rig.faults().write_fails = true;
    assert_eq!(rig.ticks_until_stop(5), (5, Check::WriteFailed));
}

#[test]
fn readings_that_are_old_when_the_loop_begins_are_waited_for() {
    let mut rig = Rig::new(&loop_params());
    // The last of a publisher that has gone silent, or of a machine that was busy.
    rig.faults().reads = Some(|state| state.joint_stamp_nanos.fill(1));
    rig.clock.advance(300_000_000);
    rig.control.begin();
    rig.ticks(ticks(1.0));
    assert!(rig.control.stop().is_none(), "{:?}", rig.control.stop());
    assert_eq!(rig.control.mode(), Mode::Damp);
    rig.faults().reads = None;
    rig.run();
}

#[test]
fn an_operators_stop_latches_before_the_robot_is_heard() {
    let mut rig = Rig::new(&loop_params());
    rig.faults().silent_imu = true;
    rig.operator.stop();
    assert_eq!(rig.ticks_until_stop(1), (1, Check::OperatorStop));
}

#[test]
fn one_reading_from_beyond_every_limit_does_not_begin_the_stand_again() {
    let mut rig = Rig::new(&loop_params());
    while rig.tick().mode != Mode::Stand {}
    rig.ticks(ticks(0.3));
    rig.faults().reads = Some(|state| state.position[0] = 9.0);
    rig.tick();
    rig.faults().reads = None;
    // It takes 0.6 s with the time at the rest pose.
    rig.ticks(ticks(0.3));
    assert_eq!(rig.control.mode(), Mode::Run);
}
