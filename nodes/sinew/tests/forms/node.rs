//! The node `control` itself: what it refuses, what it watches, what it says.

use std::sync::Arc;

use sinew::bus::local::LocalBus;
use sinew::bus::{Bus, Input, Publisher, Qos};
use sinew::control::{CommandForm, Control};
use sinew::node::testing::TestNode;
use sinew_messages::diagnostic_msgs::msg::{DiagnosticArray, DiagnosticStatus};
use sinew_messages::sensor_msgs::msg::JointState;
use sinew_messages::std_msgs::msg::{Float64MultiArray, String as Text};

use crate::common::root;
use crate::rig::wait_for;

/// Nothing here depends on how fast the machine is, and no robot is there to be heard.
const PATIENT: &str = "overrun_secs: 10.0, first_reading_secs: 3600.0";

fn params(topics: &str, safety: &str, description: &str) -> String {
    let policy = root().join("models/strider/walk.onnx");
    format!(
        "{{robot_description: {}, policy: {{path: {}}}, latch_file: none, topics: {{{topics}}}, safety: {{{PATIENT}{safety}}}}}",
        root().join(description).display(),
        policy.display()
    )
}

const SCENE: &str = "sim/robots/strider/scene.xml";

/// The status of that name, as soon as there is one that `fits`.
fn status(reports: &Input<DiagnosticArray>, name: &str, fits: impl Fn(&DiagnosticStatus) -> bool) -> DiagnosticStatus {
    let mut found = None;
    wait_for(name, || {
        while let Some(report) = reports.try_recv() {
            let fitting = report.status.iter().find(|status| status.name == name && fits(status));
            found = fitting.cloned().or(found.take());
        }
        found.is_some()
    });
    found.unwrap()
}

fn value<'a>(status: &'a DiagnosticStatus, key: &str) -> &'a str {
    let pair = status.values.iter().find(|pair| pair.key == key);
    pair.map_or("", |pair| pair.value.as_str())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_publisher_of_the_joint_command_is_a_stop_that_says_so() {
    for form in [CommandForm::Impedance, CommandForm::ForwardPosition] {
        let network = LocalBus::new();
        let other = network.node("other", "/");
        let modes: Input<Text> = Input::new(&*other, "/control/mode", Qos::latched()).unwrap();
        let reports = Input::new(&*other, "/diagnostics", Qos::default()).unwrap();
        let topics = format!("command: {}", form.name());
        let params = params(&topics, ", safe_action: hold", SCENE);
        let node = TestNode::start::<Control>(network.node("control", "/"), &params)
            .await
            .unwrap();
        let alone = status(&reports, "control: safety gate", |_| true);
        assert_eq!((alone.level, value(&alone, "mode")), (DiagnosticStatus::OK, "damp"));
        let intruder = Publisher::<Float64MultiArray>::new(&*other, form.topic(), Qos::default()).unwrap();
        let told = status(&reports, "control: safety gate", |status| {
            status.level == DiagnosticStatus::ERROR
        });
        assert!(told.message.starts_with("stopped: other_commander"), "{}", told.message);
        let mut mode = String::new();
        wait_for("the mode", || {
            while let Some(told) = modes.try_recv() {
                mode.clone_from(&told.data);
            }
            mode == "stopped"
        });
        // It stays a stop when the other has gone.
        drop(intruder);
        let told = status(&reports, "control: safety gate", |_| true);
        assert_eq!(told.level, DiagnosticStatus::ERROR);
        node.end().await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_that_cannot_damp_is_refused_at_configure() {
    for (topics, safety) in [
        ("command: forward_position", ""),
        ("command: joint_state, safe_stop: driver/stop", ", safe_action: damp"),
        ("command: impedance", ", safe_action: own"),
    ] {
        let bus = LocalBus::new().node("control", "/");
        let refused = TestNode::start::<Control>(bus, &params(topics, safety, SCENE)).await;
        let refused = format!("{:#}", refused.unwrap_err());
        assert!(refused.contains("`safety.safe_action`"), "{refused}");
    }
    let bus = LocalBus::new().node("control", "/");
    let params = params("safe_stop: 'no name'", "", SCENE);
    let refused = format!("{:#}", TestNode::start::<Control>(bus, &params).await.unwrap_err());
    assert!(
        refused.contains("`topics.safe_stop`") && refused.contains("no name"),
        "{refused}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_controller_manager_stops_only_what_a_controller_carries_out() {
    let bus = LocalBus::new().node("control", "/");
    let params = params("safe_stop: controller_manager/switch_controller", "", SCENE);
    let refused = format!("{:#}", TestNode::start::<Control>(bus, &params).await.unwrap_err());
    for part in [
        "`topics.safe_stop`",
        "`topics.command: impedance`",
        "controller_manager/switch_controller",
    ] {
        assert!(refused.contains(part), "{refused}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn torques_that_damp_late_are_warned_of() {
    for (more, warned) in [
        ("", true),
        ("drive_damping: true, ", false),
        ("rate_hz: 1000.0, ", false),
    ] {
        let network = LocalBus::new();
        let reports = Input::new(&*network.node("robot", "/"), "/diagnostics", Qos::default()).unwrap();
        let text = params("command: forward_effort", "", SCENE).replacen('{', &format!("{{{more}"), 1);
        let node = TestNode::start::<Control>(network.node("control", "/"), &text)
            .await
            .unwrap();
        let told = status(&reports, "control: robot", |_| true);
        assert_eq!(
            told.message.contains("is held for 5 ms"),
            warned,
            "{more}: {}",
            told.message
        );
        node.end().await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_robot_lacks_and_says_wrong_is_on_diagnostics() {
    let network = LocalBus::new();
    let robot = network.node("robot", "/");
    let reports = Input::new(&*robot, "/diagnostics", Qos::default()).unwrap();
    let bus: Arc<dyn Bus> = network.node("control", "/");
    let topics = "command: joint_state, safe_stop: driver/stop";
    let node = TestNode::start::<Control>(bus, &params(topics, ", safe_action: own", SCENE))
        .await
        .unwrap();
    let told = status(&reports, "control: robot", |_| true);
    assert_eq!(told.level, DiagnosticStatus::WARN);
    assert!(
        told.message.contains("only as good as the drives' own"),
        "{}",
        told.message
    );
    assert_eq!(value(&told, "safe_stop"), "driver/stop: not asked");
    let joint_states = Publisher::new(&*robot, "joint_states", Qos::default()).unwrap();
    let bad = JointState {
        name: vec!["left_knee_joint".to_owned()],
        position: vec![0.0],
        velocity: vec![f64::NAN],
        effort: vec![f64::NAN],
        ..JointState::default()
    };
    joint_states.publish(bad).unwrap();
    let told = status(&reports, "control: robot", |status| {
        value(status, "bad_readings") == "1"
    });
    let expected = "joint_states: velocity: left_knee_joint is NaN";
    assert_eq!(value(&told, "last_bad_reading"), expected);
    assert!(told.message.contains(expected), "{}", told.message);
    node.end().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn joints_without_a_torque_limit_are_warned_of() {
    let folder = tempfile::TempDir::new().unwrap();
    let text = std::fs::read_to_string(root().join("sim/robots/strider/strider.xml")).unwrap();
    // Every limit that the description knows of.
    let text = text.replace("actuatorfrcrange", "user");
    let robot = folder.path().join("strider.xml");
    std::fs::write(&robot, text).unwrap();
    let network = LocalBus::new();
    let reports = Input::new(&*network.node("robot", "/"), "/diagnostics", Qos::default()).unwrap();
    let description = robot.display().to_string();
    let params = params("", "", &description);
    let node = TestNode::start::<Control>(network.node("control", "/"), &params)
        .await
        .unwrap();
    let told = status(&reports, "control: robot", |_| true);
    assert_eq!(told.level, DiagnosticStatus::WARN);
    assert!(told.message.contains("no torque limit for"), "{}", told.message);
    node.end().await.unwrap();
}
