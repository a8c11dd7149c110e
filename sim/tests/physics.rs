//! The physics against closed forms.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use common::{LIMP, model};
use nalgebra::{Isometry3, Vector3};
use sinew_sim::world::World;
use sinew_sim::{DriveCommand, Physics, SimParams};

fn world(name: &str, settings: &SimParams) -> World {
    World::new(&model(name), settings).unwrap()
}

#[test]
fn a_dropped_robot_falls_as_gravity_says() {
    let mut world = world("sled.xml", &SimParams::default());
    world.place(&Isometry3::translation(0.0, 0.0, 10.0), &[0.0]);
    for _ in 0..250 {
        world.step(&[LIMP]);
    }
    let motion = world.body(0);
    // Half a step more than g t²/2, because velocity is advanced before position.
    let fallen = 0.5 * 9.81 * 1.0 * (1.0 + 0.004);
    assert!((10.0 - motion.pose.translation.z - fallen).abs() < 1e-3);
    assert!((motion.linear_velocity.z + 9.81).abs() < 1e-3);
}

/// Largest linear and angular momentum (kg·m/s and kg·m²/s) of two bodies that start at rest in
/// empty space while the drive between them swings them, and how far their common centre drifts.
fn momentum_error(timestep_secs: f64) -> [f64; 3] {
    let model = model("tumbler.xml");
    let settings = SimParams {
        timestep_secs,
        ..SimParams::default()
    };
    let mut world = World::new(&model, &settings).unwrap();
    world.place(&Isometry3::translation(0.0, 0.0, 5.0), &[0.4]);
    let swing = DriveCommand {
        position: -1.0,
        kp: 5.0,
        kd: 0.5,
        ..LIMP
    };
    let sums = |world: &World| {
        let (mut linear, mut angular) = (Vector3::zeros(), Vector3::zeros());
        let mut centre = Vector3::zeros();
        for (index, body) in model.bodies.iter().enumerate() {
            let motion = world.body(index);
            let com = (motion.pose * body.inertia.com).coords;
            let lever = com - motion.pose.translation.vector;
            let velocity = motion.linear_velocity + motion.angular_velocity.cross(&lever);
            let rotation = motion.pose.rotation.to_rotation_matrix();
            let inertia = rotation * body.inertia.about_com * rotation.transpose();
            let momentum = velocity * body.inertia.mass;
            linear += momentum;
            angular += com.cross(&momentum) + inertia * motion.angular_velocity;
            centre += com * body.inertia.mass / model.total_mass();
        }
        (linear.norm(), angular.norm(), centre)
    };
    let start = sums(&world).2;
    let (mut worst, mut fastest) = ([0.0_f64; 3], 0.0_f64);
    for _ in 0..(1.0 / timestep_secs) as usize {
        world.step(&[swing]);
        fastest = fastest.max(world.joint(0).velocity.abs());
        let (linear, angular, centre) = sums(&world);
        let now = [linear, angular, (centre - start).norm()];
        worst = std::array::from_fn(|k| worst[k].max(now[k]));
    }
    assert!(fastest > 3.0, "the joint must have moved: {fastest}");
    worst
}

#[test]
fn momentum_stays_but_for_an_error_that_shrinks_with_the_step() {
    let coarse = momentum_error(0.002);
    let fine = momentum_error(0.001);
    for k in 0..3 {
        assert!(fine[k] < 0.65 * coarse[k], "{fine:?} {coarse:?}");
    }
    assert!(fine[0] < 0.02 && fine[1] < 0.1 && fine[2] < 0.01, "{fine:?}");
}

#[test]
fn a_pendulum_settles_where_its_drive_balances_gravity() {
    let mut world = world("pendulum.xml", &SimParams::default());
    let hold = DriveCommand {
        position: 1.0,
        kp: 15.0,
        kd: 3.0,
        limit: 20.0,
        ..LIMP
    };
    for _ in 0..2500 {
        world.step(&[hold]);
    }
    let joint = world.joint(0);
    let gravity_torque = 1.0 * 9.81 * 0.5 * joint.position.sin();
    assert!(joint.velocity.abs() < 1e-4);
    assert!((joint.effort - gravity_torque).abs() < 1e-2, "{joint:?}");
    assert!((15.0 * (1.0 - joint.position) - joint.effort).abs() < 1e-3);
}

#[test]
fn a_pendulum_swings_with_the_period_of_its_inertia_and_armature() {
    let settings = SimParams {
        timestep_secs: 0.001,
        ..SimParams::default()
    };
    let mut world = world("pendulum.xml", &settings);
    world.place(&Isometry3::identity(), &[0.05]);
    let mut crossings = Vec::new();
    let mut before = 0.05;
    for step in 0..5000 {
        world.step(&[LIMP]);
        let now = world.joint(0).position;
        if before > 0.0 && now <= 0.0 {
            crossings.push(f64::from(step) * 0.001);
        }
        before = now;
    }
    // m l² + its own + armature, against m g l; the spring that carries a limp drive's torque
    // adds nothing, because it is centred each step.
    let inertia: f64 = 1.0 * 0.25 + 0.02 + 0.01;
    let period = std::f64::consts::TAU * (inertia / (9.81 * 0.5)).sqrt();
    let found = (crossings[2] - crossings[0]) / 2.0;
    assert!((found - period).abs() < 0.01 * period, "{found} is not {period}");
}

#[test]
fn a_drive_never_pushes_past_its_limit() {
    let mut world = world("pendulum.xml", &SimParams::default());
    let strong = DriveCommand {
        position: 2.5,
        kp: 500.0,
        kd: 5.0,
        limit: 6.0,
        ..LIMP
    };
    let mut largest = 0.0_f64;
    for _ in 0..500 {
        world.step(&[strong]);
        largest = largest.max(world.joint(0).effort.abs());
    }
    assert!(largest <= 6.0 * 1.02, "{largest}");
    assert!(largest >= 6.0 * 0.9, "{largest}");
}

#[test]
fn a_drive_that_is_hit_within_a_step_gives_no_more_than_its_limit() {
    // The lower drive jerks, which throws the upper joint about within the step. The upper drive
    // damps it with far more than its limit allows, so it must act as a constant torque does.
    let after_a_jerk = |upper: DriveCommand| {
        let mut world = world("double.xml", &SimParams::default());
        let jerk = DriveCommand {
            effort: 60.0,
            limit: 60.0,
            ..LIMP
        };
        world.step(&[upper, jerk]);
        [0, 1].map(|joint| world.joint(joint))
    };
    let damped = after_a_jerk(DriveCommand {
        kp: 100.0,
        kd: 50.0,
        limit: 3.0,
        ..LIMP
    });
    let constant = after_a_jerk(DriveCommand {
        effort: 3.0,
        limit: 3.0,
        ..LIMP
    });
    assert_eq!(damped[0].effort, 3.0);
    for (one, other) in damped.iter().zip(&constant) {
        assert!(one.velocity.abs() > 0.5, "{damped:?}");
        assert!(
            (one.velocity - other.velocity).abs() < 0.01 * one.velocity.abs(),
            "{damped:?} {constant:?}"
        );
    }
}

#[test]
fn a_joint_stops_at_its_limit() {
    let mut world = world("pendulum.xml", &SimParams::default());
    let push = DriveCommand {
        effort: 20.0,
        limit: 20.0,
        ..LIMP
    };
    for _ in 0..1000 {
        world.step(&[push]);
    }
    let position = world.joint(0).position;
    assert!((position - 3.0).abs() < 0.05, "{position}");
}

#[test]
fn a_sled_rests_inside_the_friction_cone_and_slides_outside() {
    // The sled's friction is 0.5, so the cone ends at 0.4636 rad.
    let slide = |slope_rad: f64| {
        let settings = SimParams {
            slope_rad,
            friction: Some(0.5),
            ..SimParams::default()
        };
        let mut world = world("sled.xml", &settings);
        let tilt = nalgebra::UnitQuaternion::from_axis_angle(&Vector3::y_axis(), -slope_rad);
        let lifted = tilt * Vector3::new(0.0, 0.0, 0.05);
        world.place(&Isometry3::from_parts(lifted.into(), tilt), &[0.0]);
        for _ in 0..125 {
            world.step(&[LIMP]);
        }
        let before = world.body(0);
        for _ in 0..125 {
            world.step(&[LIMP]);
        }
        let after = world.body(0);
        let moved = (after.pose.translation.vector - before.pose.translation.vector).norm();
        let gained = (after.linear_velocity - before.linear_velocity).norm();
        (moved, gained / 0.5)
    };
    let (moved, _) = slide(0.40);
    assert!(moved < 2e-3, "it crept {moved} m");
    let (_, acceleration) = slide(0.6);
    let expected = 9.81 * (0.6_f64.sin() - 0.5 * 0.6_f64.cos());
    assert!(
        (acceleration - expected).abs() < 0.1 * expected,
        "{acceleration} is not {expected}"
    );
}

#[test]
fn a_held_base_stays_and_starts_without_velocity() {
    let mut world = world("sled.xml", &SimParams::default());
    world.hold_base(true);
    let start = world.body(0).pose;
    for _ in 0..200 {
        world.step(&[DriveCommand {
            effort: 1.0,
            limit: 2.0,
            ..LIMP
        }]);
    }
    assert_eq!(world.body(0).pose, start);
    assert!(world.joint(0).velocity.abs() > 1.0, "the joints move meanwhile");
    world.hold_base(false);
    assert_eq!(world.body(0).linear_velocity, Vector3::zeros());
}
