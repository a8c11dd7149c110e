//! What drives do not measure, or do not tell any more, and drivers that give another number of things.

use crate::common::rig::{Ordered, Rig, loop_params};
use crate::common::{contract, robot};
use crate::{ticks, walking};
use sinew_control::Mode;
use sinew_control::contract::TermSpec;
use sinew_control::gate::{Check, NotFinite, Quantity};
use sinew_control::observation::TermRegistry;
use sinew_control::state::RobotState;

fn without_efforts(state: &mut RobotState) {
    state.effort.fill(f64::NAN);
}

#[test]
fn a_robot_that_measures_no_torque_walks_and_says_that_its_power_is_not_known() {
    let mut rig = Rig::new(&loop_params());
    rig.faults().reads = Some(without_efforts);
    rig.walk();
    let record = rig.tick();
    assert!(record.power_w.is_nan() && record.torque_share.is_nan());
}

#[test]
fn a_policy_that_observes_torques_is_never_given_one_that_was_not_measured() {
    let mut contract = contract();
    contract.observations.push(TermSpec::named("joint_effort"));
    let rest = robot().default_positions();
    let faults = Ordered::default();
    faults.lock().unwrap().reads = Some(without_efforts);
    let mut rig = Rig::with_faults(&loop_params(), &contract, &TermRegistry::builtin(), &rest, faults);
    rig.checker().needs_effort = true;
    let (n, check) = rig.ticks_until_stop(ticks(2.0) + 2);
    assert!(n >= ticks(2.0), "gave up after {n} ticks already");
    assert_eq!(check, Check::StaleJoint);
    let reason = rig.control.stop().unwrap().reason(&rig.robot);
    assert!(reason.contains("of hip") && reason.contains("effort NaN"), "{reason}");
}

#[test]
fn a_stop_for_a_number_that_is_not_finite_names_the_sensor_and_the_number() {
    fn joint(state: &mut RobotState) {
        state.velocity[1] = f64::NEG_INFINITY;
    }
    fn gyro(state: &mut RobotState) {
        state.imu.angular_velocity.y = f64::NAN;
    }
    fn orientation(state: &mut RobotState) {
        state.imu.orientation = nalgebra::UnitQuaternion::new_unchecked(Default::default());
    }
    fn base(state: &mut RobotState) {
        state.base_velocity = Some(nalgebra::Vector3::new(0.0, f64::INFINITY, 0.0));
    }
    for (reads, said) in [
        (
            joint as fn(&mut RobotState),
            "stale_joint of knee, 0.055 s where 0.050 s is allowed, velocity -inf",
        ),
        (
            gyro,
            "stale_imu, 0.055 s where 0.050 s is allowed, angular velocity NaN",
        ),
        (
            orientation,
            "stale_imu, 0.055 s where 0.050 s is allowed, orientation 0",
        ),
        (
            base,
            "stale_base_velocity, 0.055 s where 0.050 s is allowed, base velocity inf",
        ),
    ] {
        let mut rig = walking();
        rig.faults().reads = Some(reads);
        rig.tick();
        assert_eq!(rig.count(Check::NonFiniteSensor), 1);
        assert!(rig.control.gate().last_verdict().unwrap().not_finite.is_some());
        rig.ticks_until_stop(ticks(0.05) + 1);
        let reason = rig.control.stop().unwrap().reason(&rig.robot);
        assert!(reason.starts_with(said), "{reason}");
    }
}

#[test]
fn motors_that_do_not_tell_their_temperature_any_more_stop() {
    fn nan(state: &mut RobotState) {
        state.temperature_celsius[2] = f64::NAN;
    }
    fn cold(state: &mut RobotState) {
        state.temperature_celsius.fill(f64::NEG_INFINITY);
    }
    for (reads, joint) in [
        (nan as fn(&mut RobotState), 2),
        (cold, 0),
        (|state| state.temperature_celsius.clear(), 0),
    ] {
        let mut rig = walking();
        rig.faults().reads = Some(reads);
        let (n, check) = rig.ticks_until_stop(ticks(2.0) + 2);
        assert_eq!(check, Check::StaleTemperature);
        assert!(n >= ticks(2.0), "stopped after {n} ticks already");
        let verdict = rig.control.stop().unwrap().verdict;
        assert_eq!(verdict.joint, Some(joint));
        let quantity = Quantity::Temperature;
        assert!(matches!(verdict.not_finite, Some(NotFinite { quantity: q, .. }) if q == quantity));
    }
}

#[test]
fn motors_that_never_tell_their_temperature_are_not_missed() {
    let mut rig = Rig::new(&loop_params());
    rig.faults().reads = Some(|state| state.temperature_celsius.clear());
    rig.walk();
    rig.faults().reads = Some(|state| state.temperature_celsius.fill(f64::NAN));
    rig.ticks(ticks(5.0));
    assert_eq!(rig.control.gate().counts().total(), 0);
}

#[test]
fn a_driver_that_changes_the_length_of_a_vector_is_a_failed_read_and_nothing_grows() {
    for reads in [
        (|state| state.position.push(0.0)) as fn(&mut RobotState),
        |state| state.position.truncate(3),
        |state| state.velocity.clear(),
        |state| state.effort.push(1.0),
        |state| state.joint_stamp_nanos = Vec::new(),
        |state| state.foot_contact.push(true),
        |state| state.temperature_celsius.push(40.0),
        |state| state.temperature_celsius.truncate(3),
    ] {
        let mut rig = walking();
        rig.faults().reads = Some(reads);
        let (n, check) = rig.ticks_until_stop(ticks(0.05) + 1);
        assert_eq!((n, check), (ticks(0.05) + 1, Check::StaleJoint));
        assert_eq!(rig.count(Check::ReadFailed), n);
        rig.ticks(1000);
        assert_eq!(rig.written().kp, vec![0.0; 4]);
        assert_eq!(rig.control.state().position.len(), 4);
        assert!(rig.control.state().temperature_celsius.len() <= 4);
        // Once the driver is right again the robot can be started again.
        rig.faults().reads = None;
        rig.request(sinew_control::mailbox::Request::ClearStop);
        rig.request(sinew_control::mailbox::Request::Start);
        rig.run();
        assert_eq!(rig.control.mode(), Mode::Run);
    }
}
