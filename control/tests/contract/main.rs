//! A contract that does not fit is refused by field, with what was expected and what was found,
//! and nothing is written to the robot.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "../common/mod.rs"]
mod common;
mod params;

use common::rig::loop_params;
use common::{contract, robot};
use proptest::prelude::*;
use sinew_control::clock::VirtualClock;
use sinew_control::contract::{Misfit, PolicyContract};
use sinew_control::io::{Capabilities, IoError, Policy, PolicyError, RobotIo};
use sinew_control::observation::TermRegistry;
use sinew_control::policies::PolicyRoom;
use sinew_control::robot::RobotDescription;
use sinew_control::state::{JointCommand, RobotState};
use sinew_control::tick::{ControlLoop, LoopError, LoopParams, LoopParts};

/// The only misfit of the test contract after `change`.
#[track_caller]
fn refusal(change: impl FnOnce(&mut PolicyContract)) -> Misfit {
    let mut changed = contract();
    change(&mut changed);
    let mut misfits = changed.misfits(&robot());
    assert_eq!(misfits.len(), 1, "{misfits:#?}");
    misfits.remove(0)
}

#[track_caller]
fn assert_refused(change: impl FnOnce(&mut PolicyContract), field: &str, expected: &str, found: &str) {
    let misfit = refusal(change);
    assert_eq!(misfit, Misfit::new(field, expected, found));
    let sentence = misfit.to_string();
    assert!(sentence.contains(field) && sentence.contains(expected) && sentence.contains(found));
}

#[test]
fn a_name_begins_no_line_of_its_own() {
    let misfit = Misfit::new("joint_names", "a joint", "knee\nERROR the robot is on fire\u{1b}[2J");
    let said = misfit.to_string();
    assert!(
        said.ends_with("found knee\\nERROR the robot is on fire\\u{1b}[2J"),
        "{said}"
    );
}

#[test]
fn a_contract_that_fits_has_no_misfit() {
    assert_eq!(contract().misfits(&robot()), vec![]);
}

#[test]
fn joints_in_another_order_are_refused_by_their_limits() {
    let mut swapped = contract();
    swapped.joint_names.swap(1, 2);
    let misfits = swapped.misfits(&robot());
    let fields: Vec<_> = misfits.iter().map(|m| m.field.as_str()).collect();
    assert_eq!(fields, ["joint_names[1]", "joint_names[2]"]);
    assert_eq!(
        misfits[0].expected,
        "the joint that was trained with limits -0.800 to 0.600 rad"
    );
    assert_eq!(
        misfits[0].found,
        "hip with limits -1.000 to 1.000 rad (are the joints in another order?)"
    );
}

#[test]
fn joints_in_another_order_are_refused_by_a_rest_pose_outside_their_limits() {
    let mut swapped = contract();
    swapped.joint_limits.clear();
    swapped.joint_names.swap(0, 1);
    let misfits = swapped.misfits(&robot());
    assert_eq!(misfits.len(), 1, "{misfits:#?}");
    assert_eq!(misfits[0].field, "default_joint_pos[1]");
    assert_eq!(misfits[0].expected, "knee within its limits 0.000 to 2.300 rad");
}

#[test]
fn limits_without_an_end_match_only_limits_without_an_end() {
    let mut robot = robot();
    robot.joints[1].lower_rad = f64::NEG_INFINITY;
    robot.joints[1].upper_rad = f64::INFINITY;
    let mut continuous = contract();
    assert_eq!(continuous.misfits(&robot).len(), 1);
    continuous.joint_limits[0] = [f64::NEG_INFINITY, f64::INFINITY];
    assert_eq!(continuous.misfits(&robot), vec![]);
    continuous.joint_limits[0] = [f64::NAN, f64::INFINITY];
    assert_eq!(continuous.misfits(&robot)[0].field, "joint_names[0]");
}

#[test]
fn a_joint_that_the_robot_lacks_is_refused() {
    assert_refused(
        |c| c.joint_names[1] = "toe".to_owned(),
        "joint_names[1]",
        "a joint of leg: hip, knee, ankle, neck",
        "`toe`",
    );
}

#[test]
fn a_joint_that_is_named_twice_is_refused() {
    assert_refused(
        |c| c.joint_names[2] = "knee".to_owned(),
        "joint_names[2]",
        "each joint once",
        "`knee` again",
    );
}

#[test]
fn a_contract_without_joints_is_refused() {
    let empty = PolicyContract {
        joint_names: Vec::new(),
        ..contract()
    };
    let misfits = empty.misfits(&robot());
    assert_eq!(misfits[0], Misfit::new("joint_names", "at least one joint", "none"));
}

/// The five per-joint lists of a contract, by name.
const LISTS: [&str; 5] = [
    "default_joint_pos",
    "joint_stiffness",
    "joint_damping",
    "action.scale",
    "action.offset",
];

fn list<'a>(contract: &'a mut PolicyContract, name: &str) -> &'a mut Vec<f64> {
    match name {
        "default_joint_pos" => &mut contract.default_joint_pos,
        "joint_stiffness" => &mut contract.joint_stiffness,
        "joint_damping" => &mut contract.joint_damping,
        "action.scale" => &mut contract.action.scale,
        _ => &mut contract.action.offset,
    }
}

#[test]
fn a_list_of_another_length_is_refused() {
    for name in LISTS {
        assert_refused(|c| list(c, name).truncate(2), name, "3 numbers, one per joint", "2");
        assert_refused(|c| list(c, name).push(0.0), name, "3 numbers, one per joint", "4");
    }
    assert_refused(
        |c| c.joint_limits.truncate(1),
        "joint_limits",
        "3 pairs, one per joint",
        "1",
    );
}

#[test]
fn a_number_that_is_not_finite_is_refused() {
    for name in LISTS {
        for (bad, shown) in [(f64::NAN, "NaN"), (f64::INFINITY, "inf")] {
            assert_refused(
                |c| list(c, name)[1] = bad,
                &format!("{name}[1]"),
                "a finite number",
                shown,
            );
        }
    }
}

#[test]
fn a_rest_pose_outside_the_limits_is_refused() {
    let misfit = refusal(|c| c.default_joint_pos[1] = 0.7);
    assert_eq!(misfit.field, "default_joint_pos[1]");
    assert_eq!(misfit.expected, "ankle within its limits -0.800 to 0.600 rad");
    assert!(misfit.found.starts_with("0.7 rad"));
}

#[test]
fn gains_that_the_motor_cannot_take_are_refused() {
    // The ankle's motor gives 20 N·m: full torque at 0.01 rad or 0.1 rad/s, no nearer.
    assert_refused(
        |c| c.joint_stiffness[1] = 2001.0,
        "joint_stiffness[1]",
        "at most 2000 N·m/rad for ankle, whose motor gives 20 N·m",
        "2001 N·m/rad",
    );
    assert_refused(
        |c| c.joint_damping[1] = 201.0,
        "joint_damping[1]",
        "at most 200 N·m·s/rad for ankle, whose motor gives 20 N·m",
        "201 N·m·s/rad",
    );
    for name in ["joint_stiffness", "joint_damping"] {
        assert_refused(|c| list(c, name)[0] = -1.0, &format!("{name}[0]"), "zero or more", "-1");
    }
}

#[test]
fn a_rate_that_makes_no_sense_is_refused() {
    for (rate, shown) in [(0.0, "0"), (-50.0, "-50"), (3000.0, "3000"), (f64::NAN, "NaN")] {
        assert_refused(|c| c.policy_rate_hz = rate, "policy_rate_hz", "1 to 2000 Hz", shown);
    }
}

#[test]
fn a_range_inside_out_is_refused() {
    let expected = "[low, high] with low ≤ high";
    assert_refused(
        |c| c.command_ranges.lin_vel_y = [0.5, -0.5],
        "command_ranges.lin_vel_y",
        expected,
        "[0.5, -0.5]",
    );
    assert_refused(
        |c| c.command_ranges.ang_vel_z = [f64::NAN, 1.0],
        "command_ranges.ang_vel_z",
        expected,
        "[NaN, 1]",
    );
    assert_refused(
        |c| c.action.clip = Some([1.0, -1.0]),
        "action.clip",
        expected,
        "[1, -1]",
    );
}

// ---- a refused contract never moves a joint -------------------------------------------------

/// A robot that nobody may write to.
struct Untouchable;

impl RobotIo for Untouchable {
    fn read(&mut self, _now_nanos: u64, _state: &mut RobotState) -> Result<(), IoError> {
        Ok(())
    }
    fn write(&mut self, command: &JointCommand, _accepted: &RobotState) -> Result<(), IoError> {
        panic!("written: {command:?}");
    }
    fn capabilities(&self) -> Capabilities {
        Capabilities::default()
    }
}

struct Still;

impl Policy for Still {
    fn infer(&mut self, _observation: &[f32], action: &mut [f32]) -> Result<(), PolicyError> {
        action.fill(0.0);
        Ok(())
    }
}

fn control_loop(
    contract: &PolicyContract,
    robot: &RobotDescription,
    params: &LoopParams,
) -> Result<ControlLoop, LoopError> {
    let parts = LoopParts {
        robot,
        contract,
        io: Box::new(Untouchable),
        policy: Box::new(Still),
        clock: Box::new(VirtualClock::default()),
        registry: &TermRegistry::builtin(),
        records: 2,
        room: PolicyRoom::default(),
    };
    ControlLoop::new(parts, params)
}

#[test]
fn a_loop_refuses_a_misfit_of_joints_and_of_terms_in_one_message() {
    let mut bad = contract();
    bad.joint_names[1] = "toe".to_owned();
    bad.observations[0].name = "height_scan".to_owned();
    let error = control_loop(&bad, &robot(), &loop_params()).expect_err("a refusal");
    let message = error.to_string();
    assert!(message.contains("joint_names[1]"), "{message}");
    assert!(message.contains("height_scan"), "{message}");
}

fn any_number() -> impl Strategy<Value = f64> {
    prop_oneof![
        3 => -2.0..2.0,
        1 => any::<f64>(),
        1 => Just(f64::NAN),
        1 => Just(f64::INFINITY),
        1 => Just(0.0),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// A contract is refused or taken, whatever it holds; it never takes the process down.
    #[test]
    fn no_contract_and_no_description_panics(
        numbers in prop::collection::vec(any_number(), 40),
        names in prop::collection::vec(prop::sample::select(vec!["hip", "knee", "ankle", "x"]), 0..5),
        lengths in prop::collection::vec(0_usize..5, 6),
    ) {
        let mut numbers = numbers.into_iter().cycle();
        let mut take = |n: usize| numbers.by_ref().take(n).collect::<Vec<_>>();
        let mut odd = contract();
        odd.joint_names = names.into_iter().map(str::to_owned).collect();
        for (name, &n) in LISTS.iter().zip(&lengths) {
            *list(&mut odd, name) = take(n);
        }
        odd.joint_limits = take(2 * lengths[5]).chunks(2).map(|c| [c[0], c[1]]).collect();
        odd.policy_rate_hz = take(1)[0] * 100.0;
        odd.observations[0].scale = take(lengths[0]);
        odd.observations[1].clip = Some([take(1)[0], take(1)[0]]);
        let mut robot = robot();
        for joint in &mut robot.joints {
            let n = take(6);
            (joint.lower_rad, joint.upper_rad) = (n[0], n[1]);
            (joint.velocity_rad_s, joint.effort_nm) = (n[2], n[3]);
            joint.default_rad = n[4];
            joint.damping = Some(n[5]);
        }
        let _ = control_loop(&odd, &robot, &loop_params());
    }
}
