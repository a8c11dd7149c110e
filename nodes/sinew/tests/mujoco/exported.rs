//! MuJoCo itself reads the MJCF that Sinew writes, and finds in it what Sinew had read: masses, inertias, ranges, drives.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;
use sinew_robot::export::{JointDrive, Options, Target, export};
use sinew_robot::{Drive, RobotModel, load};

use super::command::{json, sinew};
use super::root;

/// Numbers are written with as many digits as it takes; MuJoCo turns an inertia into its principal axes and back.
const TOLERANCE: f64 = 1e-9;

/// What MuJoCo reads in a file; `None`, and a message, where its Python package is not there.
fn read_by_mujoco(file: &Path) -> Option<Value> {
    let python = root().join(".sinew/venv/bin/python");
    if !python.is_file() {
        eprintln!(
            "skipped: {} is missing, which `cargo xtask test` makes",
            python.display()
        );
        return None;
    }
    let script = root().join("nodes/sinew/tests/mujoco/read_by_mujoco.py");
    let output = Command::new(python).arg(script).arg(file).output().unwrap();
    let complaints = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{}: {complaints}", file.display());
    Some(serde_json::from_slice(&output.stdout).unwrap())
}

/// The robot as URDF, in which rotors are in the links' inertia, and the drives that it has in MJCF.
fn as_urdf(mjcf: &Path, folder: &Path) -> (RobotModel, Vec<JointDrive>) {
    let model = load(mjcf).unwrap();
    let drives = model.driven_bodies().into_iter().map(|body| {
        let joint = model.bodies[body].joint.as_ref().unwrap();
        let Some(Drive::Position { kp, kv }) = model.actuator_of(body).map(|actuator| actuator.drive) else {
            panic!("{} has no position drive", joint.name)
        };
        let kd = if kv > 0.0 { kv } else { joint.damping };
        JointDrive {
            joint: joint.name.clone(),
            kp,
            kd,
        }
    });
    let drives = drives.collect();
    let options = Options {
        drive_damping: false,
        ..Options::default()
    };
    let exported = export(&model, Target::Urdf, folder, &options).unwrap();
    exported.write(folder).unwrap();
    (load(&folder.join(&exported.files[0].name)).unwrap(), drives)
}

#[track_caller]
fn assert_near(what: &str, found: &Value, expected: &[f64]) {
    let one = std::slice::from_ref(found);
    let found: Vec<f64> = found
        .as_array()
        .map_or(one, Vec::as_slice)
        .iter()
        .filter_map(Value::as_f64)
        .collect();
    assert_eq!(found.len(), expected.len(), "{what}");
    for (found, expected) in found.iter().zip(expected) {
        assert!(
            (found - expected).abs() <= TOLERANCE * expected.abs().max(1.0),
            "{what}: {found}, expected {expected}"
        );
    }
}

fn assert_means_the_same(read: &Value, model: &RobotModel, drives: &[JointDrive]) {
    assert_eq!(read["free_joints"], 1);
    assert_near("gravity", &read["gravity"], model.gravity.as_slice());
    let bodies = read["bodies"].as_object().unwrap();
    assert_eq!(bodies.len(), model.bodies.len());
    for body in &model.bodies {
        let (name, found) = (&body.name, &bodies[&body.name]);
        let m = &body.inertia.about_com;
        let inertia = [m[(0, 0)], m[(1, 1)], m[(2, 2)], m[(0, 1)], m[(0, 2)], m[(1, 2)]];
        assert_near(&format!("{name}: mass"), &found["mass"], &[body.inertia.mass]);
        if body.inertia.mass > 0.0 {
            assert_near(
                &format!("{name}: com"),
                &found["com"],
                body.inertia.com.coords.as_slice(),
            );
            assert_near(&format!("{name}: inertia"), &found["inertia"], &inertia);
        }
    }
    let joints = read["joints"].as_object().unwrap();
    assert_eq!(joints.len(), model.jointed_bodies().count());
    for body in model.jointed_bodies() {
        let joint = model.bodies[body].joint.as_ref().unwrap();
        let (name, found) = (&joint.name, &joints[&joint.name]);
        assert_near(&format!("{name}: axis"), &found["axis"], joint.axis.as_slice());
        match joint.range {
            Some(range) => assert_near(&format!("{name}: range"), &found["range"], &range),
            None => assert_eq!(found["range"], Value::Null, "{name}"),
        }
        let effort = model.actuator_of(body).map_or(joint.effort, |actuator| actuator.effort);
        if effort.is_finite() {
            assert_near(&format!("{name}: effort"), &found["effort"], &[-effort, effort]);
        }
        assert_near(&format!("{name}: armature"), &found["armature"], &[joint.armature]);
        assert_near(&format!("{name}: damping"), &found["damping"], &[joint.damping]);
        assert_near(&format!("{name}: friction"), &found["friction"], &[joint.friction]);
    }
    let actuators = read["actuators"].as_object().unwrap();
    assert_eq!(actuators.len(), drives.len());
    for JointDrive { joint, kp, kd } in drives {
        let found = &actuators[joint];
        assert_near(&format!("{joint}: kp"), &found["gain"], &[*kp]);
        assert_near(&format!("{joint}: kp, kd"), &found["bias"], &[0.0, -kp, -kd]);
    }
}

#[test]
fn exported_robots_mean_the_same_to_mujoco() {
    let mut robots: Vec<PathBuf> = vec![root().join("sim/robots/strider/scene.xml")];
    if root().join("../shared/robots").is_dir() {
        let others = ["unitree_g1", "unitree_go1", "berkeley_humanoid"];
        robots.extend(others.map(|robot| root().join("../shared/robots").join(robot).join("scene.xml")));
    } else {
        eprintln!("skipped: ../shared/robots is missing, with the robots of others in it");
    }
    for robot in robots {
        let folder = tempfile::tempdir().unwrap();
        let (model, drives) = as_urdf(&robot, &folder.path().join("urdf"));
        let mjcf = folder.path().join("mjcf");
        let options = Options {
            drives: drives.clone(),
            drive_damping: false,
            ..Options::default()
        };
        let exported = export(&model, Target::Mujoco, &mjcf, &options).unwrap();
        exported.write(&mjcf).unwrap();
        for file in exported
            .files
            .iter()
            .filter(|file| file.name.extension().is_some_and(|end| end == "xml"))
        {
            let Some(read) = read_by_mujoco(&mjcf.join(&file.name)) else {
                return;
            };
            eprintln!("{}", robot.display());
            assert_means_the_same(&read, &model, &drives);
        }
    }
}

/// Strider out of its URDF, which has no rotors: with those of its MJCF in the links it walks as that does.
#[test]
fn an_exported_robot_walks_in_mujoco() {
    let folder = tempfile::tempdir().unwrap();
    let place = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let exported = |args: &[&str]| {
        let output = sinew(&[&["robot", "export"], args].concat());
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(0), "{said}");
        String::from_utf8(output.stdout)
            .unwrap()
            .lines()
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    let strider = root().join(super::STRIDER).canonicalize().unwrap();
    let strider = strider.to_str().unwrap();
    let urdf = exported(&["--for", "urdf", strider, "--out", &place("urdf")]);
    let file = place("robot.yaml");
    let with = |description: &str, more: &str| {
        let text = format!(
            "/**:\n  ros__parameters: {{extends: {strider}, robot_description: {description}}}\n\
             sim:\n  ros__parameters: {{engine: {more}}}\n"
        );
        std::fs::write(&file, text).unwrap();
    };
    // The gains are those of the policy, which the parameter file names.
    with(&urdf[0], "embedded");
    let mjcf = exported(&["--for", "mujoco", &file, "--out", &place("mjcf")]);
    let scene = mjcf.iter().find(|name| name.ends_with("scene.xml")).unwrap();
    with(scene, "mujoco");
    let args = [
        "run",
        &file,
        "--pace",
        "fast",
        "--seconds",
        "10",
        "--cmd",
        "0.5,0,0",
        "--json",
        "-",
    ];
    let output = sinew(&args);
    let summary = json(&output);
    assert_eq!(output.status.code(), Some(0), "{summary:#}");
    // As in Gazebo's physics, of which 4.8 m are asked in 10 s at 0.5 m/s.
    assert!(summary["distance_m"].as_f64().unwrap() > 4.5, "{summary:#}");
    assert!(summary["velocity_error_mps"].as_f64().unwrap() < 0.15, "{summary:#}");
}
