//! Readings that cannot be: what was computed from them must not reach a drive.

use sinew::control::CommandForm;
use sinew_control::Mode;
use sinew_control::gate::{Check, SafeAction};
use sinew_control::state::JointCommand;

use crate::heard::FORMS;
use crate::rig::{Rig, strider};

fn own_action(form: CommandForm) -> SafeAction {
    match form.own_gains() {
        Some(_) => SafeAction::Hold,
        None => SafeAction::Damp,
    }
}

fn assert_finite(command: &JointCommand) {
    for field in [
        &command.position,
        &command.velocity,
        &command.effort,
        &command.kp,
        &command.kd,
    ] {
        assert!(field.iter().all(|value| value.is_finite()), "{command:?}");
    }
}

/// Largest torque of an effort command as a share of its joint's limit.
fn torque_share(rig: &Rig, command: &JointCommand) -> f64 {
    let limits = rig.control.gate().limits();
    let shares = command
        .effort
        .iter()
        .zip(limits)
        .map(|(effort, limit)| effort.abs() / limit.effort_nm);
    shares.fold(0.0, f64::max)
}

#[test]
fn one_position_that_is_no_number_leaves_as_none() {
    for form in FORMS {
        for bad in [f64::NAN, f64::INFINITY] {
            let mut rig = Rig::running(form, own_action(form));
            let good = rig.state.position[2];
            rig.state.position[2] = bad;
            for _ in 0..3 {
                assert_finite(&rig.tick().unwrap());
            }
            assert!(rig.control.gate().counts().get(Check::NonFiniteSensor) > 0);
            rig.state.position[2] = good;
            assert_finite(&rig.tick().unwrap());
            assert_eq!(rig.control.stop(), None, "{form:?}: {:?}", rig.reason());
        }
    }
}

#[test]
fn a_jump_with_efforts_that_are_no_numbers_asks_no_motor_for_more_than_it_can() {
    let mut rig = Rig::running(CommandForm::ForwardEffort, SafeAction::Damp);
    rig.state.effort = vec![f64::NAN; rig.robot.dof()];
    for position in &mut rig.state.position {
        *position += 2.0;
    }
    for _ in 0..20 {
        let command = rig.tick().unwrap();
        assert_finite(&command);
        let share = torque_share(&rig, &command);
        assert!(share <= 1.0, "{share} of a torque limit");
    }
}

#[test]
fn after_silence_no_joint_is_pushed_for_ever_by_the_velocity_it_last_had() {
    let mut rig = Rig::running(CommandForm::ForwardEffort, SafeAction::Damp);
    rig.state.velocity.fill(3.0);
    rig.ticks(4);
    let moving = rig.last.clone().unwrap();
    rig.talks = false;
    rig.ticks(30);
    assert!(moving.effort.iter().any(|effort| effort.abs() > 0.1), "{moving:?}");
    assert!(rig.reason().unwrap().starts_with("stale_"), "{:?}", rig.reason());
    for _ in 0..200 {
        let command = rig.tick().unwrap();
        assert!(command.effort.iter().all(|&effort| effort == 0.0), "{command:?}");
    }
}

#[test]
fn torque_share_bounds_the_torques_that_leave() {
    let mut params = strider(CommandForm::ForwardEffort, SafeAction::Damp);
    params.control.safety.torque_share = 0.05;
    let mut rig = Rig::with(&params).unwrap();
    rig.until(Mode::Stand);
    for position in &mut rig.state.position {
        *position += 1.0;
    }
    let mut most = 0.0_f64;
    for _ in 0..100 {
        let command = rig.tick().unwrap();
        for (effort, joint) in command.effort.iter().zip(&rig.robot.joints) {
            most = most.max(effort.abs() / joint.effort_nm);
        }
    }
    assert!(most <= 0.05 + 1e-9, "{most} of a torque limit");
    assert!(most > 0.049, "only {most}: this shows nothing");
}

#[test]
fn a_robot_whose_efforts_are_all_nan_starts() {
    for form in FORMS {
        let mut rig = Rig::new(form, own_action(form));
        rig.state.effort = vec![f64::NAN; rig.robot.dof()];
        rig.until(Mode::Run);
        assert_eq!(rig.control.gate().counts().get(Check::NonFiniteSensor), 0);
    }
}

#[test]
fn a_policy_that_observes_efforts_starts_on_no_robot_without() {
    let mut params = strider(CommandForm::Impedance, SafeAction::Damp);
    params.control.safety.first_reading_secs = 1.0;
    // Of the same length as what it observes otherwise.
    let overrides = "
        observation_names: [base_ang_vel, projected_gravity, velocity_commands, joint_pos_rel, joint_effort,
                            last_action, gait_phase]
        observations: {joint_effort: {history: 4}}";
    params.control.policy.overrides = serde_yaml_ng::from_str(overrides).unwrap();
    for efforts in [vec![], vec![f64::NAN; 19]] {
        let mut rig = Rig::with(&params).unwrap();
        rig.state.effort = efforts;
        rig.ticks(300);
        let reason = rig.reason().unwrap();
        assert!(
            reason.starts_with("stale_joint of ") && reason.contains("effort"),
            "{reason}"
        );
    }
    let mut rig = Rig::with(&params).unwrap();
    rig.state.effort = vec![1.0; rig.robot.dof()];
    rig.until(Mode::Run);
}

#[test]
fn a_velocity_that_is_nan_for_ever_keeps_the_robot_from_starting() {
    let mut params = strider(CommandForm::Impedance, SafeAction::Damp);
    params.control.safety.first_reading_secs = 1.0;
    let mut rig = Rig::with(&params).unwrap();
    rig.state.velocity[3] = f64::NAN;
    rig.ticks(300);
    let name = &rig.robot.joints[3].name;
    let reason = rig.reason().unwrap();
    assert!(reason.starts_with(&format!("stale_joint of {name}")), "{reason}");
}
