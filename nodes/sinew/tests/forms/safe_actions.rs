//! What the drives hear after a stop, and while the robot damps, in each form.

use sinew::control::CommandForm;
use sinew_control::Mode;
use sinew_control::gate::SafeAction;
use sinew_control::mailbox::Request;

use crate::heard::FORMS;
use crate::rig::{Rig, strider};

const STIFF: [CommandForm; 2] = [CommandForm::JointState, CommandForm::ForwardPosition];

#[test]
fn a_form_that_cannot_damp_is_refused_with_what_can_be_done_instead() {
    for form in FORMS {
        for (action, stop) in [
            (SafeAction::Damp, ""),
            (SafeAction::Damp, "driver/stop"),
            (SafeAction::Own, ""),
        ] {
            let mut params = strider(form, action);
            params.control.topics.safe_stop = stop.to_owned();
            let refused = Rig::with(&params).err().map(|error| error.to_string());
            if action == SafeAction::Damp && form.own_gains().is_none() {
                assert_eq!(refused, None);
                continue;
            }
            let refused = refused.unwrap_or_else(|| panic!("{form:?} takes {action:?}"));
            let mut parts = vec!["`safety.safe_action`", "`hold`", "topics.safe_stop"];
            if action == SafeAction::Damp {
                parts.extend(["topics.command: ", form.name(), "forward_effort"]);
            }
            for part in parts {
                assert!(refused.contains(part), "`{part}` is not in: {refused}");
            }
        }
        let mut params = strider(form, SafeAction::Own);
        params.control.topics.safe_stop = "driver/stop".to_owned();
        assert!(Rig::with(&params).is_ok());
        assert!(Rig::with(&strider(form, SafeAction::Hold)).is_ok());
    }
}

#[test]
fn damping_has_no_stiffness_and_takes_energy_out() {
    for form in [CommandForm::Impedance, CommandForm::ForwardEffort] {
        let mut rig = Rig::running(form, SafeAction::Damp);
        rig.operator.stop();
        rig.tick();
        for (j, velocity) in rig.state.velocity.iter_mut().enumerate() {
            *velocity = 0.5 * (j as f64 - 5.0);
        }
        for _ in 0..20 {
            let command = rig.tick().unwrap();
            assert!(command.kp.iter().all(|&kp| kp == 0.0));
            for (j, &speed) in rig.state.velocity.iter().enumerate() {
                let power_w = command.torque_nm(j, rig.state.position[j], speed) * speed;
                assert!(power_w < 0.0 || speed == 0.0, "{form:?}: a joint is given {power_w} W");
            }
        }
    }
}

#[test]
fn held_joints_are_sent_to_where_they_were_and_nowhere_else() {
    for form in FORMS {
        let mut rig = Rig::running(form, SafeAction::Hold);
        rig.operator.stop();
        let held = rig.tick().unwrap();
        // Whatever the joints do, and when they say nothing any more.
        rig.state.position[4] += 0.05;
        for talks in [true, false] {
            rig.talks = talks;
            for _ in 0..100 {
                let command = rig.tick().unwrap();
                assert_eq!(command.position, held.position, "{form:?}");
                assert!(command.velocity.iter().all(|&speed| speed == 0.0));
            }
        }
        if form == CommandForm::ForwardEffort {
            let last = rig.last.unwrap();
            assert!(
                last.effort.iter().all(|&effort| effort == 0.0),
                "stale readings give no torque"
            );
        }
    }
}

#[test]
fn while_the_robot_damps_stiff_drives_are_sent_nothing_and_begin_again_where_they_are() {
    for form in STIFF {
        let mut rig = Rig::new(form, SafeAction::Hold);
        // Before it stands up there is nothing to say.
        rig.until(Mode::Stand);
        let first = rig.last.clone().unwrap();
        for (target, position) in first.position.iter().zip(&rig.state.position) {
            assert!(
                (target - position).abs() < 0.05,
                "{form:?}: the first target is {target}, not {position}"
            );
        }
        rig.until(Mode::Run);
        rig.request(Request::Damp);
        rig.tick();
        // Drives that give way under the robot's weight are not told to follow.
        for position in &mut rig.state.position {
            *position -= 0.02;
        }
        for _ in 0..200 {
            assert_eq!(rig.tick(), None);
        }
        rig.request(Request::Start);
        rig.until(Mode::Stand);
        let again = rig.last.clone().unwrap();
        for (target, position) in again.position.iter().zip(&rig.state.position) {
            assert!(
                (target - position).abs() < 0.05,
                "{form:?}: it begins at {target}, not {position}"
            );
        }
    }
}
