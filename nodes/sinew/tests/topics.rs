//! The control loop over a robot behind topics, on the local bus.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::PathBuf;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use sinew::bus::local::LocalBus;
use sinew::bus::{Bus, Publisher, Qos};
use sinew::control::TopicRobot;
use sinew::node::{NodeTime, to_stamp};
use sinew::params::Params;
use sinew::run::PolicyOnRobot;
use sinew_control::Mode;
use sinew_control::alloc::{CountingAllocator, thread_allocations};
use sinew_control::clock::monotonic_nanos;
use sinew_control::gate::Check;
use sinew_control::mailbox::Operator;
use sinew_control::tick::ControlLoop;
use sinew_messages::sensor_msgs::msg::{Imu, JointState};

#[global_allocator]
static ALLOCATOR: CountingAllocator = CountingAllocator;

fn strider() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../launch/robots/strider.yaml")
}

/// A robot that stands still and says so, 200 times a second, until it falls silent.
struct Talker {
    silent: Arc<AtomicBool>,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl Talker {
    fn start(bus: &dyn Bus, loaded: &PolicyOnRobot) -> Self {
        let joint_states: Publisher<JointState> = Publisher::new(bus, "joint_states", Qos::default()).unwrap();
        let imu: Publisher<Imu> = Publisher::new(bus, "imu/data", Qos::default()).unwrap();
        let mut state = JointState {
            name: loaded.robot.joints.iter().map(|joint| joint.name.clone()).collect(),
            position: loaded.robot.default_positions(),
            velocity: vec![0.0; loaded.robot.dof()],
            ..JointState::default()
        };
        let mut inertial = Imu::default();
        let silent = Arc::new(AtomicBool::new(false));
        let stop = silent.clone();
        let thread = std::thread::spawn(move || {
            while !stop.load(Ordering::Relaxed) {
                let now = monotonic_nanos();
                state.header.stamp = to_stamp(now);
                inertial.header.stamp = to_stamp(now);
                // Never the same twice: that would look frozen.
                state.velocity[0] = 1e-9 * (now % 1000) as f64;
                inertial.linear_acceleration.z = 9.81 + state.velocity[0];
                joint_states.publish(state.clone()).unwrap();
                imu.publish(inertial.clone()).unwrap();
                std::thread::sleep(std::time::Duration::from_millis(5));
            }
        });
        Self {
            silent,
            thread: Some(thread),
        }
    }

    fn fall_silent(&mut self) {
        self.silent.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            thread.join().unwrap();
        }
    }
}

impl Drop for Talker {
    fn drop(&mut self) {
        self.fall_silent();
    }
}

/// Strider's loop on topics, and somebody who plays the robot.
fn walking() -> (ControlLoop, Operator, Talker) {
    let mut params = Params::load(&strider()).unwrap();
    // Another process may hold the machine for a while; what is late here is not what is tested.
    params.control.safety.overrun_secs = 10.0;
    params.control.safety.stale_secs = 0.5;
    let loaded = PolicyOnRobot::new(&params.loop_source()).unwrap();
    let network = LocalBus::new();
    let time = NodeTime::system();
    let io = TopicRobot::new(
        &*network.node("control", "/"),
        &loaded.robot,
        &params.control.topics,
        &time,
    )
    .unwrap();
    let talker = Talker::start(&*network.node("robot", "/"), &loaded);
    let (mut control, operator) = loaded
        .checked_loop(&params.control, Box::new(io), time.loop_clock(), 1 << 12)
        .unwrap();
    control.begin();
    (control, operator, talker)
}

fn until(control: &mut ControlLoop, operator: &Operator, reached: impl Fn(&ControlLoop) -> bool) {
    for _ in 0..4000 {
        operator.command(Default::default());
        control.tick();
        if reached(control) {
            return;
        }
    }
    panic!("not reached in 4000 ticks: {:?}, {:?}", control.mode(), control.stop());
}

#[test]
fn a_tick_over_topics_allocates_nothing() {
    thread_allocations();
    let (mut control, operator, _talker) = walking();
    until(&mut control, &operator, |control| control.mode() == Mode::Run);
    for _ in 0..200 {
        operator.command(Default::default());
        control.tick();
    }
    assert_eq!(control.stats().rust_allocations, 0);
    assert!(control.stop().is_none(), "{:?}", control.stop());
}

#[test]
fn a_robot_that_falls_silent_is_stopped_within_the_stale_time() {
    let (mut control, operator, mut talker) = walking();
    until(&mut control, &operator, |control| control.mode() == Mode::Run);
    talker.fall_silent();
    let silent_since = monotonic_nanos();
    until(&mut control, &operator, |control| control.stop().is_some());
    let verdict = control.stop().unwrap().verdict;
    assert!(
        matches!(verdict.check, Check::StaleJoint | Check::StaleImu),
        "{verdict:?}"
    );
    assert_eq!(verdict.limit, 0.5);
    // Not before: the age that was judged is longer than allowed. And the clock agrees.
    assert!(verdict.value > 0.5, "{verdict:?}");
    assert!(monotonic_nanos() - silent_since > 400_000_000);
    // What goes out since is the safe action.
    control.tick();
    assert!(control.gate().written().kp.iter().all(|&kp| kp == 0.0));
}

#[test]
fn before_anything_was_heard_the_robot_stays_limp() {
    let params = Params::load(&strider()).unwrap();
    let loaded = PolicyOnRobot::new(&params.loop_source()).unwrap();
    let time = NodeTime::system();
    let bus = LocalBus::new().node("control", "/");
    let io = TopicRobot::new(&*bus, &loaded.robot, &params.control.topics, &time).unwrap();
    let (mut control, _operator) = loaded
        .checked_loop(&params.control, Box::new(io), time.loop_clock(), 1)
        .unwrap();
    control.begin();
    for _ in 0..50 {
        let record = control.tick();
        assert_eq!(record.mode, Mode::Damp);
        assert!(control.gate().written().kp.iter().all(|&kp| kp == 0.0));
    }
    assert!(control.stop().is_none(), "{:?}", control.stop());
}

fn up(args: &[&str]) -> (Option<i32>, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_sinew"))
        .arg("up")
        .arg(strider())
        .args(args)
        .output()
        .unwrap();
    (
        output.status.code(),
        String::from_utf8_lossy(&output.stderr).into_owned(),
    )
}

#[test]
fn strider_walks_as_three_nodes_in_one_process() {
    // A machine under load may be late by more than a robot should bear.
    let lenient = [
        "--ros-args",
        "-p",
        "control:safety.stale_secs:=1.0",
        "-p",
        "control:safety.overrun_secs:=5.0",
    ];
    let (code, said) = up(&[&["--seconds", "6"], &lenient[..]].concat());
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("mode: run"), "{said}");
    assert!(!said.contains("stopped"), "{said}");
}

#[test]
fn strider_walks_by_commands_of_every_form() {
    for form in ["joint_state", "forward_position", "forward_effort", "joint_trajectory"] {
        let form = format!("control:topics.command:={form}");
        let (code, said) = up(&[
            "--seconds",
            "4",
            "--ros-args",
            "-p",
            &form,
            "-p",
            "control:safety.safe_action:=hold",
            "-p",
            "control:safety.stale_secs:=1.0",
            "-p",
            "control:safety.overrun_secs:=5.0",
        ]);
        assert_eq!(code, Some(0), "{form}: {said}");
        assert!(
            said.contains("mode: run") && !said.contains("stopped"),
            "{form}: {said}"
        );
    }
}

#[test]
fn what_cannot_be_run_is_refused_by_name() {
    for (args, named) in [
        (
            &["--nodes", "control,lidar"][..],
            "no node is called `lidar`: expected one of control, sim, course",
        ),
        (
            &["--ros-args", "-p", "control:rate_hz:=fast"],
            "-p rate_hz:=fast: node `control`: `rate_hz`: expected double",
        ),
        (&["--ros-args", "-p", "control:ratehz:=1.0"], "did you mean `rate_hz`"),
        (
            &["--ros-args", "-p", "control:topics.command:=forward_position"],
            "strider.yaml: `safety.safe_action`: expected `hold`, or `own` where the robot has a stop of its own, \
             found `damp`",
        ),
        (&["--ros-args", "-p", "sim:motor_strength:=-1.0"], "motor_strength"),
        (
            &["--ros-args", "-p", "control:policy.path:=nowhere.onnx"],
            "nowhere.onnx",
        ),
    ] {
        let (code, said) = up(&[&["--seconds", "1"], args].concat());
        assert_eq!(code, Some(2), "{args:?}: {said}");
        assert!(said.contains(named), "{args:?}: {said}");
    }
}
