//! Robots and policies that nobody in this project made walk from a parameter file alone. They lie
//! in `../shared/robots`; where that is missing the tests say so and skip.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;
mod walking;

use sinew_sim::Engine;

/// As [`walking::must_walk`]. The bound on the way is the least that these policies walk in MuJoCo at that command, less
/// 15 %: rapier's contacts are other ones.
fn must_walk(robot: &str, vx: f64, least_m: f64) {
    walking::must_walk(robot, Engine::Embedded, vx, least_m);
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
