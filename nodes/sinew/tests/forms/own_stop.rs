//! The driver's own stop: called until it succeeds, and never from a tick.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use sinew::bus::{Server, answer};
use sinew::control::CommandForm;
use sinew_control::Mode;
use sinew_control::gate::{Check, SafeAction};
use sinew_control::mailbox::Request;
use sinew_messages::controller_manager_msgs::srv::{
    SwitchController, SwitchControllerRequest, SwitchControllerResponse,
};
use sinew_messages::std_srvs::srv::{Trigger, TriggerResponse};

use crate::heard::FORMS;
use crate::rig::{Rig, strider, wait_for};

/// A driver whose stop succeeds at the `works_at`-th call.
struct Driver {
    calls: Arc<AtomicU64>,
    _server: Server,
}

impl Driver {
    fn new(rig: &Rig, works_at: u64) -> Self {
        let calls = Arc::new(AtomicU64::new(0));
        let counted = calls.clone();
        let server = answer::<Trigger>(&*rig.bus("driver"), "driver/stop", move |_| TriggerResponse {
            success: counted.fetch_add(1, Ordering::SeqCst) + 1 >= works_at,
            message: "brakes".to_owned(),
        });
        Self {
            calls,
            _server: server.unwrap(),
        }
    }

    fn calls(&self) -> u64 {
        self.calls.load(Ordering::SeqCst)
    }
}

fn running(form: CommandForm, safe_action: SafeAction) -> Rig {
    let mut params = strider(form, safe_action);
    params.control.topics.safe_stop = "driver/stop".to_owned();
    let mut rig = Rig::with(&params).unwrap();
    rig.until(Mode::Run);
    rig
}

#[test]
fn a_stop_is_handed_to_the_driver_until_it_answers_with_success() {
    for form in FORMS {
        let mut rig = running(form, SafeAction::Own);
        let driver = Driver::new(&rig, 3);
        rig.ticks(20);
        assert_eq!(driver.calls(), 0, "a robot that walks is not stopped");
        rig.operator.stop();
        rig.tick();
        // Meanwhile the form does what it can: damp, or nothing.
        assert!(rig.control.gate().written().kp.iter().all(|&kp| kp == 0.0));
        wait_for("the driver's stop", || driver.calls() >= 3);
        // Once the driver has the robot, nothing of the loop's acts any longer.
        let before = rig.now_nanos();
        wait_for("the end of commands", || {
            let control = &mut rig.control;
            control.tick();
            std::thread::sleep(std::time::Duration::from_millis(1));
            let mut heard = std::iter::from_fn(|| rig.drives.hear(&rig.robot));
            match form {
                CommandForm::ForwardEffort => heard.any(|command| command.effort.iter().all(|&nm| nm == 0.0)),
                _ => heard.next().is_none(),
            }
        });
        assert!(rig.now_nanos() > before);
        assert_eq!(driver.calls(), 3, "one success is enough");
        assert_eq!(rig.control.stop().unwrap().verdict.check, Check::OperatorStop);
        assert_eq!(rig.control.gate().counts().get(Check::WriteFailed), 0);
    }
}

#[test]
fn a_robot_that_is_started_again_is_stopped_again() {
    let mut rig = running(CommandForm::ForwardPosition, SafeAction::Own);
    let driver = Driver::new(&rig, 1);
    for stops in 1..=2 {
        rig.operator.stop();
        rig.tick();
        wait_for("the driver's stop", || driver.calls() >= stops);
        rig.request(Request::ClearStop);
        rig.request(Request::Start);
        rig.until(Mode::Run);
        assert_eq!(driver.calls(), stops);
    }
}

/// Which controllers a manager was told to deactivate and to activate, in order.
type Switched = Arc<Mutex<Vec<(Vec<String>, Vec<String>)>>>;

/// A controller manager whose first answer is a refusal.
fn controller_manager(rig: &Rig) -> (Switched, Server) {
    let switched = Switched::default();
    let told = switched.clone();
    let server = answer::<SwitchController>(&*rig.bus("manager"), "manager/switch_controller", move |request| {
        let mut told = told.lock().unwrap();
        told.push((
            request.deactivate_controllers.clone(),
            request.activate_controllers.clone(),
        ));
        SwitchControllerResponse {
            ok: told.len() > 1 && request.strictness == SwitchControllerRequest::STRICT,
            message: String::new(),
        }
    });
    (switched, server.unwrap())
}

#[test]
fn a_controller_of_ros2_control_is_deactivated_by_a_stop_and_activated_by_a_start() {
    for (form, controller) in [
        (CommandForm::ForwardEffort, "forward_effort_controller"),
        (CommandForm::ForwardPosition, "forward_position_controller"),
        (CommandForm::JointTrajectory, "joint_trajectory_controller"),
    ] {
        let mut params = strider(form, SafeAction::Own);
        params.control.topics.safe_stop = "manager/switch_controller".to_owned();
        let mut rig = Rig::with(&params).unwrap();
        rig.until(Mode::Run);
        let (switched, _server) = controller_manager(&rig);
        let off = || (vec![controller.to_owned()], Vec::new());
        let on = || (Vec::new(), vec![controller.to_owned()]);
        rig.operator.stop();
        rig.tick();
        // Until it succeeds, and then no more.
        wait_for("the deactivation", || switched.lock().unwrap().len() >= 2);
        std::thread::sleep(std::time::Duration::from_millis(300));
        assert_eq!(*switched.lock().unwrap(), [off(), off()], "{form:?}");
        rig.request(Request::ClearStop);
        rig.request(Request::Start);
        rig.until(Mode::Run);
        wait_for("the activation", || switched.lock().unwrap().len() >= 3);
        assert_eq!(*switched.lock().unwrap(), [off(), off(), on()], "{form:?}");
    }
}

#[test]
fn where_drives_cannot_damp_the_driver_is_asked_to_when_the_robot_is_to_damp() {
    for (form, asked) in [(CommandForm::JointState, true), (CommandForm::Impedance, false)] {
        let mut rig = running(form, SafeAction::Hold);
        let driver = Driver::new(&rig, 1);
        rig.request(Request::Damp);
        rig.ticks(5);
        if asked {
            wait_for("the driver's stop", || driver.calls() == 1);
        } else {
            std::thread::sleep(std::time::Duration::from_millis(100));
        }
        rig.ticks(50);
        assert_eq!(driver.calls(), u64::from(asked));
    }
}

#[test]
fn a_driver_that_does_not_answer_holds_nobody_up() {
    let mut rig = running(CommandForm::ForwardPosition, SafeAction::Own);
    rig.operator.stop();
    let began = std::time::Instant::now();
    rig.ticks(50);
    assert_eq!(rig.control.mode(), Mode::Stopped);
    assert!(rig.control.gate().counts().get(Check::WriteFailed) == 0);
    drop(rig);
    // The last tries end.
    assert!(began.elapsed().as_secs_f64() < 15.0);
}
