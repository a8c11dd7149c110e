//! Robots of others that walk, from a parameter file alone.

use std::path::PathBuf;
use std::sync::atomic::AtomicBool;

use sinew::course::Course;
use sinew::params::Params;
use sinew::run::{CommandSource, Limits, Metrics, PolicyOnRobot, drive, simulated_loop};
use sinew_control::command::VelocityCommand;
use sinew_sim::Engine;

use super::common::root;

/// Walks a robot 20 s at `vx` and asserts that it gets somewhere without fall or stop.
pub(crate) fn must_walk(robot: &str, engine: Engine, vx: f64, least_m: f64) {
    if !root().join("../shared/robots").is_dir() {
        eprintln!("skipped: ../shared/robots is missing, with the robot {robot} in it");
        return;
    }
    let file: PathBuf = root().join(format!("nodes/sinew/tests/robots/{robot}.yaml"));
    let lines = std::fs::read_to_string(&file).unwrap().lines().count();
    assert!(lines <= 40, "{robot} takes {lines} lines");
    let mut params = Params::load(&file).unwrap();
    params.sim.engine = engine;
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
    assert!(
        !metrics.fell,
        "{robot} fell in {engine} after {:.1} s",
        metrics.seconds()
    );
    let stop = control.stop().map(|stop| stop.reason(&loaded.robot));
    assert_eq!(stop, None);
    assert!(metrics.seconds() > 19.9);
    let way = metrics.displacement_m();
    assert!(
        way > least_m,
        "{robot} came {way:.1} m far in {engine}, expected more than {least_m} m"
    );
}
