//! What the policy asks for: not finite, too far, too fast, too strong.

use crate::common::rig::{Rig, loop_params};
use crate::common::{POLICY_JOINTS, contract, robot};
use crate::{next_policy_tick, policy_targets, walking};
use sinew_control::gate::{Check, SafetyParams};
use sinew_control::observation::TermRegistry;

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
    rig.walk();
    rig.faults().action = Some([9.0, -9.0, 0.25]);
    rig.ticks(8);
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
    assert!(rig.written().position[0] <= 1.0);
    rig.ticks(16);
    assert_eq!(rig.written().position[0], 1.0);
    assert!(rig.control.stop().is_none());
}

#[test]
fn a_target_that_jumps_is_slowed_down() {
    let safety = SafetyParams {
        max_target_speed_rad_s: 8.0,
        ..SafetyParams::default()
    };
    let mut rig = Rig::with_safety(safety);
    rig.faults().action = Some([0.0; 3]);
    rig.walk();
    let mut before = rig.written().position[0];
    rig.faults().action = Some([0.0, 0.0, 2.0]);
    next_policy_tick(&mut rig);
    for _ in 0..10 {
        let now = rig.written().position[0];
        assert!((now - before - 8.0 * 0.005).abs() < 1e-9);
        before = now;
        rig.tick();
    }
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
