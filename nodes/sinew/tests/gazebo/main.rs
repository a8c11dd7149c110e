//! Exported robots walk in Gazebo's own physics: DART behind ign-physics, as Debian 12 has it ready-made, in a process of
//! ours (`sim/gazebo/physics_host.cc`), without Gazebo's server. Where the packages are missing the tests name them and
//! skip.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "../common/mod.rs"]
mod common;
mod host;
mod robot;

use std::path::Path;
use std::sync::atomic::AtomicBool;

use common::root;
use robot::{Drives, GazeboRobot, exported};
use sinew::course::Course;
use sinew::params::Params;
use sinew::run::{CommandSource, Limits, Metrics, PolicyOnRobot, drive};
use sinew_control::clock::VirtualClock;
use sinew_control::command::VelocityCommand;

/// How long each walks with its policy in charge, s.
const WALK_SECS: f64 = 10.0;

/// A walk in Gazebo's physics.
struct Walked {
    way_m: f64,
    velocity_error_m_s: f64,
    fell: bool,
    stop: Option<String>,
    /// Commands that the gate had to change, and readings that it had to refuse.
    verdicts: u64,
    power_w: f64,
}

/// Walks a robot at `vx`, as its parameter file has it but for the changes of `with`.
fn walk(file: &Path, vx: f64, drives: Drives, with: impl FnOnce(&mut Params)) -> Walked {
    let mut params = Params::load(file).unwrap();
    with(&mut params);
    let loaded = PolicyOnRobot::new(&params.loop_source()).unwrap();
    let control = &params.control;
    let folder = tempfile::tempdir().unwrap();
    let model = exported(&loaded, control, folder.path());
    if let Some(complaints) = host::complaints(&folder.path().join(&model)) {
        assert_eq!(complaints, "", "Gazebo's parser on {}", file.display());
    }
    let held_secs = loaded.start_secs(control) + 0.5;
    let keyframe = control.keyframe.as_deref();
    let robot = GazeboRobot::new(&loaded, (folder.path(), &model), drives, keyframe, held_secs);
    let clock = Box::new(VirtualClock::default());
    let (mut control, operator) = loaded.checked_loop(control, Box::new(robot), clock, 1).unwrap();
    let mut metrics = Metrics::new(&loaded.model, 0);
    let limits = Limits {
        seconds: WALK_SECS,
        linger_secs: f64::INFINITY,
        interrupted: &AtomicBool::new(false),
    };
    let mut course = CommandSource::Course(Course::constant(VelocityCommand::new(vx, 0.0, 0.0)));
    drive(&mut control, &operator, &mut course, limits, &mut metrics, || {});
    let walked = Walked {
        way_m: metrics.displacement_m(),
        velocity_error_m_s: metrics.velocity_error_mps().unwrap_or(f64::NAN),
        fell: metrics.fell,
        stop: control.stop().map(|stop| stop.reason(&loaded.robot)),
        verdicts: control.gate().counts().total(),
        power_w: metrics.mean_power_w(),
    };
    println!(
        "{} at {vx} m/s, {drives:?}: {:.2} m, error {:.3} m/s, {:.0} W, {} verdicts",
        file.display(),
        walked.way_m,
        walked.velocity_error_m_s,
        walked.power_w,
        walked.verdicts
    );
    walked
}

#[test]
fn strider_walks_in_gazebos_physics() {
    if !host::is_here() {
        return;
    }
    let file = root().join("launch/robots/strider.yaml");
    let walked = walk(&file, 0.5, Drives::EveryStep, |_| {});
    assert_eq!((walked.fell, walked.stop), (false, None));
    assert!(walked.way_m >= 4.8, "{:.2} m", walked.way_m);
    assert!(
        walked.velocity_error_m_s <= 0.08,
        "{:.3} m/s",
        walked.velocity_error_m_s
    );
    assert_eq!(walked.verdicts, 0);
}

/// Torques that are held for 5 ms, as a controller of ros2_control holds them: with the damping in the joints the robot
/// walks, which it does not with the damping in the torques.
#[test]
fn strider_walks_by_held_torques_where_its_joints_damp() {
    if !host::is_here() {
        return;
    }
    let file = root().join("launch/robots/strider.yaml");
    let walked = walk(&file, 0.5, Drives::HeldTorque, |params| {
        params.control.drive_damping = true
    });
    assert_eq!((walked.fell, walked.stop), (false, None));
    assert!(walked.way_m >= 4.5, "{:.2} m", walked.way_m);
    assert!(
        walked.velocity_error_m_s <= 0.12,
        "{:.3} m/s",
        walked.velocity_error_m_s
    );
}

/// Robots and policies that nobody in this project made; they lie in `../shared/robots`.
fn other_robot_walks(robot: &str, least_m: f64) {
    if !host::is_here() {
        return;
    }
    if !root().join("../shared/robots").is_dir() {
        eprintln!("skipped: ../shared/robots is missing, with the robot {robot} in it");
        return;
    }
    let file = root().join(format!("nodes/sinew/tests/robots/{robot}.yaml"));
    let walked = walk(&file, 1.0, Drives::EveryStep, |_| {});
    assert_eq!((walked.fell, walked.stop), (false, None), "{robot}");
    assert!(walked.way_m >= least_m, "{robot}: {:.2} m", walked.way_m);
}

#[test]
fn unitree_g1_walks_in_gazebos_physics() {
    other_robot_walks("unitree_g1", 7.0);
}

#[test]
fn unitree_go1_walks_in_gazebos_physics() {
    other_robot_walks("unitree_go1", 8.0);
}

#[test]
fn berkeley_humanoid_walks_in_gazebos_physics() {
    other_robot_walks("berkeley_humanoid", 6.5);
}
