//! Strider's MJCF and URDF are one robot.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::Path;

use nalgebra::{Isometry3, UnitQuaternion, Vector3};
use sinew_robot::{Joint, RobotModel, load};

const TOLERANCE: f64 = 1e-6;

fn strider(file: &str) -> RobotModel {
    load(
        &Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("../sim/robots/strider")
            .join(file),
    )
    .unwrap()
}

fn both() -> (RobotModel, RobotModel) {
    (strider("strider.xml"), strider("strider.urdf"))
}

/// Positions in tree order that differ from joint to joint and from `seed` to `seed`.
fn positions(model: &RobotModel, seed: u32) -> Vec<f64> {
    let joints = model.bodies.iter().filter_map(|body| body.joint.as_ref());
    joints
        .enumerate()
        .map(|(k, joint)| {
            let share = (f64::from(seed) * 0.37 + k as f64 * 0.61).fract();
            let [lower, upper] = joint.range.unwrap();
            lower + share * (upper - lower)
        })
        .collect()
}

fn base_pose() -> Isometry3<f64> {
    Isometry3::from_parts(
        Vector3::new(0.3, -0.2, 0.9).into(),
        UnitQuaternion::from_euler_angles(0.1, -0.2, 0.3),
    )
}

#[test]
fn joints_have_the_same_names_order_axes_and_limits() {
    let (mjcf, urdf) = both();
    let joints = |model: &RobotModel| -> Vec<Joint> { model.bodies.iter().filter_map(|b| b.joint.clone()).collect() };
    let (ours, theirs) = (joints(&mjcf), joints(&urdf));
    assert_eq!(ours.len(), 19);
    assert_eq!(ours.len(), theirs.len());
    for (one, other) in ours.iter().zip(&theirs) {
        assert_eq!((&one.name, one.kind), (&other.name, other.kind));
        assert!((one.axis - other.axis).norm() < TOLERANCE, "{}", one.name);
        assert_eq!(one.range, other.range, "{}", one.name);
        assert_eq!(
            (one.damping, one.friction),
            (other.damping, other.friction),
            "{}",
            one.name
        );
        assert_eq!(one.reference, other.reference);
    }
}

#[test]
fn the_control_loop_sees_the_same_robot() {
    let (mjcf, urdf) = both();
    let (ours, theirs) = (mjcf.description(), urdf.description());
    assert_eq!(ours.dof(), theirs.dof());
    for (one, other) in ours.joints.iter().zip(&theirs.joints) {
        assert_eq!(one.name, other.name);
        assert_eq!((one.lower_rad, one.upper_rad), (other.lower_rad, other.upper_rad));
        assert_eq!(one.effort_nm, other.effort_nm);
        assert!(one.effort_nm.is_finite() && one.stiffness.is_some());
        assert!(one.velocity_rad_s.is_infinite(), "MJCF cannot say");
        assert!((1.0..50.0).contains(&other.velocity_rad_s), "{other:?}");
    }
}

#[test]
fn bodies_have_the_same_mass() {
    let (mjcf, urdf) = both();
    for body in &mjcf.bodies {
        let other = &urdf.bodies[urdf.body_index(&body.name).unwrap()];
        assert_eq!(body.inertia.mass, other.inertia.mass, "{}", body.name);
        assert!(
            (body.inertia.com - other.inertia.com).norm() < TOLERANCE,
            "{}",
            body.name
        );
        let difference = body.inertia.about_com - other.inertia.about_com;
        assert!(difference.norm() < TOLERANCE, "{}", body.name);
    }
    for body in &urdf.bodies {
        assert!(mjcf.body_index(&body.name).is_some() || body.inertia.mass == 0.0);
    }
    assert!((mjcf.total_mass() - urdf.total_mass()).abs() < TOLERANCE);
    assert!((mjcf.total_mass() - 32.4).abs() < 1e-6);
}

#[test]
fn frames_agree_in_every_pose() {
    let (mjcf, urdf) = both();
    for seed in 0..5 {
        let joints = positions(&mjcf, seed);
        let ours = mjcf.body_poses(&base_pose(), &joints);
        let theirs = urdf.body_poses(&base_pose(), &joints);
        let same = |name: &str, pose: Isometry3<f64>, link: &str| {
            let other = theirs[urdf.body_index(link).unwrap()];
            let gap = pose.translation.vector - other.translation.vector;
            assert!(gap.norm() < TOLERANCE, "{name}: {gap}");
            assert!(pose.rotation.angle_to(&other.rotation) < TOLERANCE, "{name}");
        };
        for (body, pose) in mjcf.bodies.iter().zip(&ours) {
            same(&body.name, *pose, &body.name);
        }
        for (site, link) in [
            ("imu", "imu_link"),
            ("left_foot", "left_sole"),
            ("right_foot", "right_sole"),
        ] {
            let (body, frame) = mjcf.site(site).unwrap();
            same(site, ours[body] * frame.pose, link);
        }
    }
}

#[test]
fn shapes_that_collide_reach_equally_far() {
    let (mjcf, urdf) = both();
    let joints = positions(&mjcf, 3);
    let reach = |model: &RobotModel, body: usize, direction: &Vector3<f64>| {
        let poses = model.body_poses(&base_pose(), &joints);
        let geoms = model.bodies[body].geoms.iter().filter(|geom| geom.collides());
        geoms
            .filter_map(|geom| geom.support_in_world(&poses[body], direction))
            .map(|point| point.coords.dot(direction))
            .max_by(f64::total_cmp)
    };
    let mut compared = 0;
    for (index, body) in mjcf.bodies.iter().enumerate() {
        for direction in [Vector3::x(), -Vector3::y(), -Vector3::z()] {
            let ours = reach(&mjcf, index, &direction);
            let theirs = reach(&urdf, urdf.body_index(&body.name).unwrap(), &direction);
            assert_eq!(ours.is_some(), theirs.is_some(), "{}", body.name);
            if let (Some(ours), Some(theirs)) = (ours, theirs) {
                // A URDF has no capsule: a cylinder with two balls reaches a little further
                // where the rim of the cylinder shows.
                assert!(
                    (ours - theirs).abs() < 1e-3 || theirs > ours,
                    "{}: {ours} {theirs}",
                    body.name
                );
                assert!((ours - theirs).abs() < 0.02, "{}: {ours} {theirs}", body.name);
                compared += 1;
            }
        }
    }
    assert!(compared > 20);
}
