//! The kinematics of a description and the simulator agree on where a robot at rest is.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::{Path, PathBuf};

use sinew_robot::{RobotModel, load};
use sinew_sim::{SimParams, SimRobot};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// The physics count in single precision.
fn assert_agrees(model: &RobotModel, keyframe: Option<&str>) {
    let params = SimParams {
        keyframe: keyframe.map(str::to_owned),
        ..SimParams::default()
    };
    let robot = SimRobot::new(model, &params).unwrap();
    let mut simulated = Vec::new();
    robot.world().body_poses(&mut simulated);
    let described = model.rest_poses(keyframe);
    assert_eq!(described.len(), simulated.len());
    for ((body, ours), theirs) in model.bodies.iter().zip(&described).zip(&simulated) {
        let place = format!("{}, {keyframe:?}, {}", model.file.display(), body.name);
        let gap = (ours.translation.vector - theirs.translation.vector).norm();
        assert!(gap < 1e-5, "{place}: {gap} m apart");
        let turn = ours.rotation.angle_to(&theirs.rotation);
        assert!(turn < 2e-3, "{place}: {turn} rad apart");
    }
}

fn assert_agrees_at_every_keyframe(file: &Path) {
    let model = load(file).unwrap();
    assert_agrees(&model, None);
    for key in model.keyframes.iter().filter(|key| !key.name.is_empty()) {
        assert_agrees(&model, Some(&key.name));
    }
}

#[test]
fn strider_rests_where_the_simulator_puts_it() {
    for file in ["scene.xml", "strider.xml", "strider.urdf"] {
        assert_agrees_at_every_keyframe(&root().join("sim/robots/strider").join(file));
    }
}

#[test]
fn bolted_and_branching_robots_rest_where_the_simulator_puts_them() {
    for file in ["features.xml", "arm.urdf"] {
        assert_agrees_at_every_keyframe(&root().join("robot/tests/models").join(file));
    }
}

#[test]
fn robots_of_others_rest_where_the_simulator_puts_them() {
    for robot in ["berkeley_humanoid", "unitree_g1", "unitree_go1"] {
        let file = root().join("../shared/robots").join(robot).join("scene.xml");
        if file.exists() {
            assert_agrees_at_every_keyframe(&file);
        } else {
            println!("skipped: {} is not there", file.display());
        }
    }
}
