//! What MuJoCo 3.17.0 computes from the same files. Its answers are written down here.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::{Path, PathBuf};

use nalgebra::{Isometry3, Translation3, Vector3};
use sinew_robot::{Drive, RobotModel, load};

fn model(name: &str) -> RobotModel {
    load(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/models").join(name)).unwrap()
}

/// A third-party robot; `None` (and a message) where they are not installed.
fn shared(robot: &str) -> Option<RobotModel> {
    let file: PathBuf = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../shared/robots")
        .join(robot)
        .join("scene.xml");
    if !file.exists() {
        println!("skipped: {} is not there", file.display());
        return None;
    }
    Some(load(&file).unwrap())
}

fn moments(model: &RobotModel, body: usize) -> [f64; 3] {
    let mut moments: [f64; 3] = model.bodies[body].inertia.about_com.symmetric_eigenvalues().into();
    moments.sort_by(|a, b| b.total_cmp(a));
    moments
}

fn assert_near(found: &[f64], expected: &[f64], tolerance: f64) {
    assert_eq!(found.len(), expected.len());
    for (a, b) in found.iter().zip(expected) {
        assert!((a - b).abs() <= tolerance, "{found:?} is not {expected:?}");
    }
}

#[test]
fn inertia_from_geoms_is_that_of_mujoco() {
    let model = model("inertia.xml");
    let masses: Vec<f64> = model.bodies.iter().map(|b| b.inertia.mass).collect();
    assert_near(&masses, &[26.0, 3.0536280592892795, 0.5855130188988713], 1e-9);
    let com = |k: usize| -> [f64; 3] { model.bodies[k].inertia.com.coords.into() };
    assert_near(&com(0), &[0.092307692, 0.0, 0.0], 1e-9);
    assert_near(&com(1), &[0.0, 0.016460905, -0.214128944], 1e-9);
    assert_near(&com(2), &[0.05, 0.1, 0.15], 1e-9);
    assert_near(&moments(&model, 0), &[1.092, 0.853644384, 0.443278693], 1e-8);
    assert_near(&moments(&model, 1), &[0.090338407, 0.086179759, 0.008194086], 1e-8);
    assert_near(&moments(&model, 2), &[0.008527863, 0.008527863, 0.000258391], 1e-8);
}

#[test]
fn frames_limits_and_drives_are_those_of_mujoco() {
    let model = model("inertia.xml");
    let q = model.bodies[0].pose.rotation;
    assert_near(
        &[q.w, q.i, q.j, q.k],
        &[0.951548525, 0.038134576, 0.189307857, 0.239298338],
        1e-8,
    );
    let joint = model.bodies[1].joint.as_ref().unwrap();
    assert_near(
        &joint.range.unwrap(),
        &[-std::f64::consts::FRAC_PI_2, std::f64::consts::FRAC_PI_2],
        1e-12,
    );
    assert_eq!((joint.damping, joint.armature), (2.0, 0.01));
    let Drive::Position { kp, kv } = model.actuators[0].drive else {
        panic!("{:?}", model.actuators[0]);
    };
    assert_near(&[kp, kv], &[50.0, 6.311367281], 1e-6);
    assert_eq!(model.actuators[1].drive, Drive::Torque);
    assert_eq!(model.actuators[1].effort, 20.0);

    let key = model.keyframe(None).unwrap();
    let base = Isometry3::from_parts(Translation3::from(key.base_position), key.base_orientation);
    let poses = model.body_poses(&base, &key.joints);
    let at = |k: usize| -> [f64; 3] { poses[k].translation.vector.into() };
    assert_near(&at(1), &[-0.031975137, 0.0, 0.705249852], 1e-8);
    assert_near(&at(2), &[-0.12790055, 0.0, 0.420999407], 1e-8);
}

#[test]
fn third_party_robots_have_the_mass_and_pose_of_mujoco() {
    // Robot, keyframe, mass, centre of mass, and the position of the last body.
    let expected = [
        (
            "berkeley_humanoid",
            "home",
            16.0567651,
            [0.01808609, -0.00078902, 0.4304867],
            [0.034235, -0.110473, 0.047567],
        ),
        (
            "unitree_g1",
            "knees_bent",
            33.341142,
            [0.0350679222, 0.0000822609017, 0.666895351],
            [0.092037, -0.214467, 0.723395],
        ),
        (
            "unitree_go1",
            "home",
            12.743448,
            [-0.00211295, 0.00087648, 0.25685488],
            [-0.354949 + 0.0, 0.113132, 0.138272],
        ),
    ];
    for (robot, keyframe, mass, com, last) in expected {
        let Some(model) = shared(robot) else { continue };
        assert_near(&[model.total_mass()], &[mass], 1e-6);
        let key = model.keyframe(Some(keyframe)).unwrap();
        let base = Isometry3::from_parts(Translation3::from(key.base_position), key.base_orientation);
        let poses = model.body_poses(&base, &key.joints);
        let weighted: Vector3<f64> = model
            .bodies
            .iter()
            .zip(&poses)
            .map(|(body, pose)| (pose * body.inertia.com).coords * body.inertia.mass)
            .sum();
        assert_near((weighted / mass).as_slice(), &com, 2e-6);
        let end: [f64; 3] = poses[poses.len() - 1].translation.vector.into();
        assert_near(&end, &last, 2e-6);
    }
}

#[test]
fn third_party_robots_have_their_limits_and_gains() {
    if let Some(model) = shared("berkeley_humanoid") {
        let robot = model.description();
        assert_eq!(robot.dof(), 12);
        let ankle = &robot.joints[5];
        assert_eq!(ankle.name, "LL_FAA");
        let thirty_degrees = std::f64::consts::FRAC_PI_6;
        assert_near(
            &[ankle.lower_rad, ankle.upper_rad],
            &[-thirty_degrees, thirty_degrees],
            1e-6,
        );
        assert_eq!((ankle.stiffness, ankle.damping), (Some(1.0), Some(0.1)));
        assert_eq!((ankle.effort_nm, ankle.default_rad), (5.0, 0.126));
        let knee = &robot.joints[3];
        assert_eq!((knee.stiffness, knee.damping), (Some(35.0), Some(1.5)));
        assert_eq!(knee.effort_nm, 30.0);
    }
    if let Some(model) = shared("unitree_go1") {
        let robot = model.description();
        assert_eq!(robot.joints[0].name, "FR_hip_joint");
        assert_eq!(robot.joints[0].effort_nm, 23.7);
        assert_eq!(robot.joints[2].effort_nm, 35.55);
    }
    if let Some(model) = shared("unitree_g1") {
        let bent = model.description_at(Some("knees_bent"));
        assert_eq!(bent.joints[3].default_rad, 0.669);
        assert_eq!(model.description().joints[3].default_rad, 0.3);
    }
}
