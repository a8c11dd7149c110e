//! Every built-in term against values computed by hand.

use crate::{World, assert_close, one};
use nalgebra::{UnitQuaternion, Vector3};
use sinew_control::command::VelocityCommand;
use std::f64::consts::{FRAC_PI_2, FRAC_PI_6, PI};

#[track_caller]
fn assert_shows(name: &str, world: &World, expected: &[f64]) {
    assert_close(one(name, &[]).observe(&world.inputs()), expected);
}

#[test]
fn measured_vectors_are_shown_as_they_are() {
    let world = World::new();
    assert_shows("base_lin_vel", &world, &[0.7, -0.1, 0.05]);
    assert_shows("base_ang_vel", &world, &[0.4, 0.5, 0.6]);
    assert_shows("imu_lin_acc", &world, &[0.1, 0.2, 9.8]);
    assert_shows("velocity_commands", &world, &[0.3, -0.2, 0.5]);
    assert_shows("foot_contact", &world, &[1.0, 0.0]);
}

#[test]
fn joints_are_shown_in_policy_order() {
    let world = World::new();
    assert_shows("joint_pos", &world, &[0.22, 0.33, 0.11]);
    assert_shows("joint_pos_rel", &world, &[-0.18, 0.53, 0.01]);
    assert_shows("joint_pos_error", &world, &[-0.08, 0.13, 0.01]);
    assert_shows("joint_vel", &world, &[2.2, 3.3, 1.1]);
    assert_shows("joint_vel_rel", &world, &[2.2, 3.3, 1.1]);
    assert_shows("joint_effort", &world, &[20.0, 30.0, 10.0]);
}

/// In the base frame gravity leans to where the base leans: nose down is forward, right side down
/// is right.
#[test]
fn gravity_is_projected_into_the_base_frame() {
    let half = 0.75_f64.sqrt();
    let cases = [
        (Vector3::zeros(), [0.0, 0.0, -1.0]),
        // Pitch about +y lowers the nose: gravity gains a forward part.
        (Vector3::new(0.0, FRAC_PI_6, 0.0), [0.5, 0.0, -half]),
        // Roll about +x lowers the right side: gravity gains a rightward part, −y.
        (Vector3::new(FRAC_PI_6, 0.0, 0.0), [0.0, -0.5, -half]),
        // Turning on the spot changes nothing.
        (Vector3::new(0.0, 0.0, 1.0), [0.0, 0.0, -1.0]),
        (Vector3::new(0.0, FRAC_PI_2, 0.0), [1.0, 0.0, 0.0]),
    ];
    let mut world = World::new();
    for (rotation, gravity) in cases {
        world.state.imu.orientation = UnitQuaternion::from_scaled_axis(rotation);
        assert_shows("projected_gravity", &world, &gravity);
        let tilt = world.state.imu.tilt_rad();
        assert!((tilt - (-gravity[2]).acos()).abs() < 1e-6);
    }
}

#[test]
fn orientation_is_shown_as_world_from_base() {
    let mut world = World::new();
    world.state.imu.orientation = UnitQuaternion::from_euler_angles(0.1, 0.2, 0.3);
    assert_shows("base_rpy", &world, &[0.1, 0.2, 0.3]);
    world.state.imu.orientation = UnitQuaternion::from_scaled_axis(Vector3::new(0.0, 0.0, PI / 3.0));
    assert_shows("base_quat", &world, &[0.75_f64.sqrt(), 0.0, 0.0, 0.5]);
}

#[test]
fn a_lagged_action_is_shown_that_many_steps_later() {
    let mut world = World::new();
    let mut now = one("last_action", &[]);
    let mut lagged = one("last_action", &[("lag", &[2.0])]);
    for step in 0..6 {
        let a = step as f32;
        world.last_action = [a, 10.0 + a, 20.0 + a];
        assert_eq!(now.observe(&world.inputs()), [a, 10.0 + a, 20.0 + a]);
        let expected = match step {
            0 | 1 => [0.0; 3],
            _ => [a - 2.0, 8.0 + a, 18.0 + a],
        };
        assert_eq!(lagged.observe(&world.inputs()), expected);
    }
    lagged.reset();
    assert_eq!(lagged.observe(&world.inputs()), [0.0; 3]);
}

#[test]
fn a_constant_is_shown_as_it_is() {
    let mut term = one("constant", &[("value", &[1.5, -2.0])]);
    assert_eq!(term.observe(&World::new().inputs()), [1.5, -2.0]);
}

#[test]
fn gait_clocks_turn_at_their_frequency_in_every_layout() {
    // 1.25 Hz at 0.02 s turns by π/20 a step; two clocks half a turn apart.
    let layouts: [fn(f64, f64) -> [f64; 4]; 3] = [|c, s| [c, -c, s, -s], |c, s| [s, -s, c, -c], |c, s| [s, c, -s, -c]];
    let mut world = World::new();
    for (layout, expected) in layouts.into_iter().enumerate() {
        let mut by_frequency = one("gait_phase", &[("frequency_hz", &[1.25]), ("layout", &[layout as f64])]);
        let mut by_period = one(
            "gait_phase",
            &[
                ("period_secs", &[0.8]),
                ("layout", &[layout as f64]),
                ("offsets", &[0.0, PI]),
            ],
        );
        for step in 0..100 {
            world.step = step;
            let phase = PI / 20.0 * step as f64;
            let expected = expected(phase.cos(), phase.sin());
            assert_close(by_frequency.observe(&world.inputs()), &expected);
            assert_close(by_period.observe(&world.inputs()), &expected);
        }
    }
}

#[test]
fn gait_clocks_stand_still_without_a_command_and_start_over_after() {
    let mut world = World::new();
    let mut term = one(
        "gait_phase",
        &[
            ("frequency_hz", &[1.25]),
            ("layout", &[2.0]),
            ("standing_below", &[0.1]),
            ("standing_phase", &[FRAC_PI_2]),
        ],
    );
    let walking = |step: f64| {
        let (s, c) = (PI / 20.0 * step).sin_cos();
        [s, c, -s, -c]
    };
    assert_close(term.observe(&world.inputs()), &walking(0.0));
    assert_close(term.observe(&world.inputs()), &walking(1.0));
    world.command = VelocityCommand::new(0.05, 0.0, -0.05);
    assert_close(term.observe(&world.inputs()), &[1.0, 0.0, 1.0, 0.0]);
    assert_close(term.observe(&world.inputs()), &[1.0, 0.0, 1.0, 0.0]);
    world.command = VelocityCommand::new(0.0, 0.0, 0.5);
    assert_close(term.observe(&world.inputs()), &walking(0.0));
    assert_close(term.observe(&world.inputs()), &walking(1.0));
    term.reset();
    assert_close(term.observe(&world.inputs()), &walking(0.0));
}
