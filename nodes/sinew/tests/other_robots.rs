//! Robots and policies that nobody in this project made walk from a parameter file alone. They lie
//! in `../shared/robots`; where that is missing the tests say so and skip.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use std::path::PathBuf;
use std::sync::atomic::AtomicBool;

use common::root;
use sinew::course::Course;
use sinew::params::Params;
use sinew::run::{CommandSource, Limits, Metrics, PolicyOnRobot, drive, simulated_loop};
use sinew_control::command::VelocityCommand;

/// Walks a robot 20 s at `vx` and asserts that it gets somewhere without fall or stop.
///
/// The bound on the way is the least that these policies walk in MuJoCo at that command, less 15 %:
/// rapier's contacts are other ones.
fn must_walk(robot: &str, vx: f64, least_m: f64) {
    if !root().join("../shared/robots").is_dir() {
        eprintln!("skipped: ../shared/robots is missing, with the robot {robot} in it");
        return;
    }
    let file: PathBuf = root().join(format!("nodes/sinew/tests/robots/{robot}.yaml"));
    let lines = std::fs::read_to_string(&file).unwrap().lines().count();
    assert!(lines <= 40, "{robot} takes {lines} lines");
    let params = Params::load(&file).unwrap();
    let loaded = PolicyOnRobot::new(&params.loop_source()).unwrap();
    let (mut control, operator) = simulated_loop(&loaded, &params, false, 1).unwrap();
    let mut metrics = Metrics::new(&loaded.model, 0);
    let limits = Limits {
        seconds: 20.0,
        linger_secs: f64::INFINITY,
        interrupted: &AtomicBool::new(false),
    };
    let course = Course::constant(VelocityCommand::new(vx, 0.0, 0.0));
    drive(
        &mut control,
        &operator,
        &mut CommandSource::Course(course),
        limits,
        &mut metrics,
        || {},
    );
    assert!(!metrics.fell, "{robot} fell after {:.1} s", metrics.seconds());
    let stop = control.stop().map(|stop| stop.reason(&loaded.robot));
    assert_eq!(stop, None);
    assert!(metrics.seconds() > 19.9);
    let way = metrics.displacement_m();
    assert!(
        way > least_m,
        "{robot} came {way:.1} m far, expected more than {least_m} m"
    );
}

#[test]
fn berkeley_humanoid_walks() {
    must_walk("berkeley_humanoid", 1.0, 13.0);
}

#[test]
fn unitree_g1_walks() {
    must_walk("unitree_g1", 1.0, 13.5);
}

#[test]
fn unitree_go1_walks() {
    must_walk("unitree_go1", 1.0, 17.0);
}

#[test]
fn unitree_g1_walks_by_its_deploy_yaml() {
    must_walk("unitree_rl_lab_g1", 1.0, 14.0);
    must_walk("unitree_rl_lab_g1", 0.5, 8.0);
}
