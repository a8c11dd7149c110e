//! A control loop that hangs, or ends: what the drives were last sent must not go on.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use sinew::bus::{Publisher, Qos, answer};
use sinew::control::{CommandForm, TopicParams, TopicRobot};
use sinew::node::NodeTime;
use sinew_control::gate::SafeAction;
use sinew_control::io::RobotIo;
use sinew_control::state::{JointCommand, RobotState};
use sinew_messages::std_srvs::srv::{Trigger, TriggerResponse};

use crate::rig::{Rig, strider, wait_for};

const HANGS_NANOS: u64 = 150_000_000;

/// The rig's robot a radian off, so that torques flow.
fn pulling(form: CommandForm, safe_action: SafeAction) -> Rig {
    let mut params = strider(form, safe_action);
    params.control.topics.safe_stop = "driver/stop".to_owned();
    let mut rig = Rig::with(&params).unwrap();
    rig.until(sinew_control::Mode::Run);
    rig.state.position[0] += 0.3;
    rig.ticks(3);
    rig
}

fn has_torque(command: &JointCommand) -> bool {
    command.effort.iter().any(|&effort| effort != 0.0)
}

#[test]
fn torques_are_taken_back_when_the_loop_hangs_and_when_it_ends() {
    let mut rig = pulling(CommandForm::ForwardEffort, SafeAction::Damp);
    assert!(has_torque(rig.last.as_ref().unwrap()));
    rig.clock.advance(HANGS_NANOS);
    let mut last = rig.last.clone();
    wait_for("zero torque", || {
        last = rig.drives.hear(&rig.robot).or(last.take());
        last.as_ref().is_some_and(|last| !has_torque(last))
    });
    // A loop that comes back is heard again, and stopped by the gate for its absence.
    rig.tick();
    rig.ticks(2);
    let Rig {
        control, drives, robot, ..
    } = rig;
    drop(control);
    let last = std::iter::from_fn(|| drives.hear(&robot)).last().unwrap();
    assert!(!has_torque(&last), "{last:?}");
}

#[test]
fn drives_that_take_gains_damp_when_the_loop_hangs() {
    let rig = pulling(CommandForm::Impedance, SafeAction::Damp);
    rig.clock.advance(HANGS_NANOS);
    let mut last = None;
    wait_for("damping", || {
        last = rig.drives.hear(&rig.robot).or(last.take());
        last.is_some()
    });
    let last = last.unwrap();
    assert!(
        last.kp.iter().all(|&kp| kp == 0.0) && last.kd.iter().all(|&kd| kd > 0.0),
        "{last:?}"
    );
    assert!(!has_torque(&last) && last.velocity.iter().all(|&speed| speed == 0.0));
}

#[test]
fn the_driver_is_asked_to_stop_the_robot_when_the_loop_hangs_or_dies() {
    for panics in [false, true] {
        let rig = pulling(CommandForm::ForwardPosition, SafeAction::Hold);
        let calls = Arc::new(AtomicU64::new(0));
        let counted = calls.clone();
        let _driver = answer::<Trigger>(&*rig.bus("driver"), "driver/stop", move |_| {
            counted.fetch_add(1, Ordering::SeqCst);
            TriggerResponse {
                success: true,
                message: String::new(),
            }
        });
        if panics {
            let control = rig.control;
            let died = std::thread::spawn(move || {
                let _control = control;
                panic!("a control thread that panics, as ordered");
            });
            assert!(died.join().is_err());
        } else {
            rig.clock.advance(HANGS_NANOS);
        }
        wait_for("the driver's stop", || calls.load(Ordering::SeqCst) == 1);
    }
}

#[test]
fn no_torque_leaves_that_a_hang_has_made_stale_between_the_reading_and_the_drive() {
    let rig = Rig::new(CommandForm::ForwardEffort, SafeAction::Damp);
    let time = NodeTime::of(rig.clock.clone());
    let topics = TopicParams {
        command: CommandForm::ForwardEffort,
        ..TopicParams::default()
    };
    let bus = rig.bus("other");
    let mut robot = TopicRobot::new(&*bus, &rig.robot, &topics, &time).unwrap();
    let joint_states = Publisher::new(&*bus, "joint_states", Qos::default()).unwrap();
    let mut state = RobotState::new(rig.robot.dof(), 0);
    let mut command = JointCommand::zeros(rig.robot.dof());
    command.effort.fill(1.0);
    // Between `stale_secs` and `overrun_secs`: the gate has nothing to say of it, and nobody counts as silent.
    for (hangs_nanos, pushes) in [(10_000_000, true), (80_000_000, false)] {
        let mut said = rig.state.clone();
        said.header.stamp = sinew::node::to_stamp(rig.now_nanos());
        joint_states.publish(said).unwrap();
        robot.read(rig.now_nanos(), &mut state).unwrap();
        rig.clock.advance(hangs_nanos);
        robot.write(&command, &state).unwrap();
        let mut heard = None;
        wait_for("a command", || {
            heard = rig.drives.hear(&rig.robot);
            heard.is_some()
        });
        assert_eq!(has_torque(&heard.unwrap()), pushes, "after {hangs_nanos} ns");
    }
}
