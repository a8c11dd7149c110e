//! Targets move no faster than allowed, counted from what the drives have received.

use crate::common::rig::{Ordered, Rig, loop_params};
use crate::common::{contract, joint, robot};
use crate::{next_policy_tick, policy_targets, walking_with};
use sinew_control::Mode;
use sinew_control::gate::{Check, SafetyParams};
use sinew_control::observation::TermRegistry;
use sinew_control::robot::RobotDescription;
use sinew_control::tick::LoopParams;

/// The checker under the gate counts from every target that may have arrived.
#[test]
fn writes_that_fail_do_not_let_a_target_jump_whether_they_arrive_or_not() {
    for arrive in [false, true] {
        let mut rig = walking_with(SafetyParams {
            max_target_speed_rad_s: 17.0,
            ..SafetyParams::default()
        });
        rig.faults().failed_writes_arrive = arrive;
        for n in 0..200_u64 {
            // The targets swing as far as they may while two of three writes fail, and then all arrive.
            let side = if n / 10 % 2 == 0 { 2.0 } else { -2.0 };
            rig.faults().action = Some([side, side, side]);
            rig.faults().write_fails = n % 7 < 2;
            rig.tick();
        }
        assert!(rig.count(Check::WriteFailed) > 50);
        assert!(rig.control.stop().is_none(), "{:?}", rig.control.stop());
        assert!(rig.checker().fastest_share > 0.999, "the bound was never reached");
    }
}

/// A joint that may turn at 1 rad/s only, and one that may at 10.
fn slow_and_fast(q: &[f64]) -> Rig {
    let robot = RobotDescription {
        name: "slow and fast".to_owned(),
        joints: vec![
            joint("slow", [-3.2, 3.2], 1.0, 50.0, 0.0),
            joint("fast", [-3.2, 3.2], 10.0, 50.0, 0.0),
        ],
    };
    let mut contract = contract();
    contract.joint_names = vec!["slow".to_owned(), "fast".to_owned()];
    contract.joint_limits = Vec::new();
    contract.default_joint_pos = vec![0.0; 2];
    contract.joint_stiffness = vec![40.0; 2];
    contract.joint_damping = vec![4.0; 2];
    contract.action.scale = vec![2.0; 2];
    contract.action.offset = vec![0.0; 2];
    let faults = Ordered::default();
    faults.lock().unwrap().action = Some([0.0; 3]);
    Rig::of(robot, &loop_params(), &contract, &TermRegistry::builtin(), q, faults)
}

#[test]
fn no_target_moves_faster_than_its_own_joint_may() {
    let mut rig = slow_and_fast(&[0.0, 0.0]);
    rig.run();
    rig.faults().action = Some([1.0, 1.0, 0.0]);
    next_policy_tick(&mut rig);
    let mut before = rig.written().position;
    for _ in 0..10 {
        rig.tick();
        let now = rig.written().position;
        assert!((now[0] - before[0] - 1.0 * 0.005).abs() < 1e-9);
        assert!((now[1] - before[1] - 10.0 * 0.005).abs() < 1e-9);
        before = now;
    }
    assert!(rig.control.stop().is_none());
}

#[test]
fn standing_up_takes_as_long_as_the_slowest_joint_needs() {
    let mut rig = slow_and_fast(&[3.0, 0.1]);
    let mut stood = 0;
    let mut before = None;
    loop {
        match rig.tick().mode {
            Mode::Run => break,
            Mode::Stand => stood += 1,
            _ => continue,
        }
        assert!(rig.control.stop().is_none(), "{:?}", rig.control.stop());
        let now = rig.written().position[0];
        let step: f64 = before.map_or(0.0, |before: f64| (now - before).abs());
        assert!(step <= 0.5 * 0.005 + 1e-9, "{} rad/s", step / 0.005);
        before = Some(now);
    }
    // Three radians, at most at half of 1 rad/s, where the steepest part is half as fast again as the mean.
    let secs = stood as f64 * 0.005;
    assert!((9.0..9.3).contains(&secs), "{secs} s");
    let counts = rig.control.gate().counts();
    assert_eq!(counts.total(), 0, "{:?}", counts.iter().collect::<Vec<_>>());
}

#[test]
fn a_start_outside_the_limits_comes_back_slowly_and_without_a_jump() {
    let params = LoopParams {
        safety: SafetyParams {
            position_margin_rad: 0.1,
            ..SafetyParams::default()
        },
        ..loop_params()
    };
    // The hip ends at 1 rad, less the margin; it is far beyond.
    let mut rig = Rig::with(&params, &contract(), &TermRegistry::builtin(), &[2.0, 0.4, -0.2, 0.3]);
    let mut before: Option<f64> = None;
    while rig.tick().mode != Mode::Run {
        assert!(rig.control.stop().is_none(), "{:?}", rig.control.stop());
        let (written, state) = (rig.written(), rig.control.state());
        if written.kp[0] == 0.0 {
            continue;
        }
        let torque = written.torque_nm(0, state.position[0], state.velocity[0]);
        match before {
            // The first stiff command asks for nothing at all.
            None => assert!(torque.abs() < 1e-6, "{torque} N·m at once"),
            Some(before) => {
                let step = (written.position[0] - before).abs();
                // The steepest part of the stand is 1.5 times its mean.
                assert!(step <= 1.5 * 1.9 / 0.5 * 0.005 + 1e-9, "{step} rad in a tick");
            }
        }
        before = Some(written.position[0]);
    }
    assert!((rig.written().position[0] - 0.1).abs() < 1e-9);
    assert_eq!(rig.control.gate().counts().get(Check::SlewLimit), 0);
}

#[test]
fn a_joint_that_is_more_than_half_a_turn_outside_is_not_brought_back_but_stops() {
    let rest = robot().default_positions();
    let mut q = rest.clone();
    q[0] = 1.0 + 3.2;
    let mut rig = Rig::with(&loop_params(), &contract(), &TermRegistry::builtin(), &q);
    let (n, check) = rig.ticks_until_stop(60);
    assert_eq!(check, Check::JointPosition);
    assert!(n >= 40, "stopped after {n} ticks already");
    assert_eq!(rig.written().kp, vec![0.0; 4], "not one stiff command");
    assert_eq!(rig.control.stop().unwrap().verdict.joint, Some(0));
}

#[test]
fn targets_go_on_from_where_they_were_when_the_drives_hear_again() {
    let mut rig = walking_with(SafetyParams::default());
    let before = policy_targets(&rig.written());
    rig.faults().write_fails = true;
    rig.ticks(4);
    rig.faults().write_fails = false;
    rig.tick();
    let after = policy_targets(&rig.written());
    // One tick's move of the knee, the ankle and the hip.
    for ((before, after), most) in before.iter().zip(after).zip([0.12, 0.15, 0.1]) {
        assert!((after - before).abs() <= most + 1e-9);
    }
}
