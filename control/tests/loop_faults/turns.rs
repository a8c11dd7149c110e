//! Joints without limits, whose encoders may go round.

use std::f64::consts::{PI, TAU};

use crate::common::rig::{Ordered, Rig, loop_params};
use crate::common::{contract, joint};
use sinew_control::gate::Check;
use sinew_control::mailbox::Request;
use sinew_control::observation::TermRegistry;
use sinew_control::robot::RobotDescription;
use sinew_control::state::RobotState;

const REST: f64 = 3.1;

/// A wheel with its rest pose just before the encoder goes round, at `q`.
fn wheel(q: f64, reads: Option<fn(&mut RobotState)>) -> Rig {
    let robot = RobotDescription {
        name: "wheel".to_owned(),
        joints: vec![joint("wheel", [f64::NEG_INFINITY, f64::INFINITY], 30.0, 50.0, REST)],
    };
    let mut contract = contract();
    contract.joint_names = vec!["wheel".to_owned()];
    contract.joint_limits = Vec::new();
    contract.default_joint_pos = vec![REST];
    contract.joint_stiffness = vec![40.0];
    contract.joint_damping = vec![4.0];
    contract.action.scale = vec![1.0];
    contract.action.offset = vec![REST];
    contract.observations.iter_mut().for_each(|term| {
        if term.name == "joint_pos_rel" {
            "joint_pos".clone_into(&mut term.name);
        }
    });
    let faults = Ordered::default();
    faults.lock().unwrap().action = Some([0.0; 3]);
    faults.lock().unwrap().reads = reads;
    Rig::of(robot, &loop_params(), &contract, &TermRegistry::builtin(), &[q], faults)
}

/// Swings the wheel over the place where its encoder may go round; its position goes on, and so does the torque.
fn swings_smoothly(mut rig: Rig) {
    rig.run();
    let mut before: Option<(f64, f64)> = None;
    let (mut farthest, mut told) = (0.0_f64, [f64::INFINITY, f64::NEG_INFINITY]);
    for n in 0..400_u64 {
        let side = if n / 100 % 2 == 0 { 0.5 } else { -0.5 };
        rig.faults().action = Some([side; 3]);
        rig.tick();
        assert!(rig.control.stop().is_none(), "{:?}", rig.control.stop());
        let (state, written) = (rig.control.state(), rig.control.gate().written());
        let q = state.position[0];
        let torque = written.torque_nm(0, q, state.velocity[0]);
        if let Some((before_q, before_torque)) = before {
            assert!((q - before_q).abs() < 0.1, "jumped from {before_q} to {q} rad");
            // The target moves by 0.15 rad in a tick, the joint's velocity by what 30 N·m give in 5 ms.
            assert!((torque - before_torque).abs() < 15.0, "{before_torque} to {torque} N·m");
        }
        farthest = farthest.max((q - REST).abs());
        before = Some((q, torque));
        let target = rig.written().position[0];
        told = [told[0].min(target), told[1].max(target)];
        assert!((rig.faults().observation.iter()).all(|v| v.abs() < 20.0));
    }
    assert!(farthest > 0.3, "it never went round: {farthest} rad");
    // A drive is told its targets as it tells its positions.
    let width = told[1] - told[0];
    let expected = if rig.faults().goes_round { 6.0..7.5 } else { 0.9..1.1 };
    assert!(expected.contains(&width), "{told:?}");
}

#[test]
fn an_encoder_that_goes_round_makes_no_jump() {
    let rig = wheel(REST, None);
    rig.faults().goes_round = true;
    swings_smoothly(rig);
}

#[test]
fn an_encoder_that_counts_its_turns_makes_no_jump_either() {
    swings_smoothly(wheel(REST, None));
    swings_smoothly(wheel(REST + 7.0 * TAU, None));
}

#[test]
fn a_start_takes_the_short_way_whatever_turns_somebody_has_made() {
    for turns in [-3.0, -1.0, 0.0, 2.0] {
        let mut rig = wheel(REST + 0.2 + turns * TAU, None);
        rig.run();
        rig.ticks(100);
        let state = rig.control.state();
        assert!((state.position[0] - REST).abs() < 0.01, "{}", state.position[0]);
        let target = rig.written().position[0];
        assert!(
            (target - REST - turns * TAU).abs() < 1e-6,
            "the drive is told {target} rad"
        );
    }
}

#[test]
fn a_wheel_that_was_turned_while_it_was_limp_is_not_wound_back() {
    let mut rig = wheel(REST, None);
    rig.run();
    rig.request(Request::Damp);
    rig.ticks(50);
    // Somebody turns it by hand, five times round.
    rig.faults().pushed_rad = 5.0 * TAU;
    rig.ticks(50);
    rig.request(Request::Start);
    rig.run();
    rig.ticks(100);
    assert!(rig.control.stop().is_none(), "{:?}", rig.control.stop());
    assert!((rig.written().position[0] - REST - 5.0 * TAU).abs() < 1e-6);
}

/// It is where it was, and says that it turns at 700 rad/s: more than half a turn between two readings.
fn too_fast_to_tell(state: &mut RobotState) {
    state.velocity[0] = 700.0;
}

/// Half a turn away, although it says that it hardly turns.
fn elsewhere(state: &mut RobotState) {
    state.position[0] += PI - 0.1;
}

#[test]
fn readings_that_leave_the_turns_open_are_refused_by_name_and_stop_when_they_last() {
    for reads in [too_fast_to_tell as fn(&mut RobotState), elsewhere] {
        let mut rig = wheel(REST, None);
        rig.run();
        rig.ticks(100);
        let before = rig.control.state().position[0];
        rig.faults().reads = Some(reads);
        rig.tick();
        assert_eq!(rig.count(Check::UnknownTurn), 1);
        assert_eq!(rig.control.state().position[0], before);
        let (n, check) = rig.ticks_until_stop(11);
        assert_eq!((n, check), (10, Check::StaleJoint));
        assert_eq!(rig.control.stop().unwrap().verdict.joint, Some(0));
    }
}
