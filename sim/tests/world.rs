//! What the settings of a world and of a simulated robot do.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use std::path::{Path, PathBuf};

use common::{LIMP, model};
use nalgebra::{Isometry3, UnitQuaternion, Vector3};
use sinew_control::io::RobotIo;
use sinew_control::state::{JointCommand, RobotState};
use sinew_robot::{RobotModel, load};
use sinew_sim::world::World;
use sinew_sim::{DriveCommand, Physics, SimParams, SimRobot};

fn file(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

fn parse(text: &str) -> RobotModel {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("r.xml");
    std::fs::write(&file, text).unwrap();
    load(&file).unwrap()
}

fn steps(world: &mut World, commands: &[DriveCommand], count: usize) {
    for _ in 0..count {
        world.step(commands);
    }
}

#[test]
fn the_mass_scale_is_that_of_weight_and_inertia() {
    let settle = |mass_scale: f64| {
        let settings = SimParams {
            mass_scale,
            ..SimParams::default()
        };
        let mut world = World::new(&model("pendulum.xml"), &settings).unwrap();
        let hold = DriveCommand {
            position: 1.0,
            kp: 2000.0,
            kd: 50.0,
            ..LIMP
        };
        steps(&mut world, &[hold], 1000);
        let motion = world.joint(0);
        let kick = DriveCommand { effort: 10.0, ..LIMP };
        world.place(&Isometry3::identity(), &[0.0]);
        world.step(&[kick]);
        (motion.effort / motion.position.sin(), world.joint(0).velocity / 0.004)
    };
    for scale in [0.5, 1.0, 1.5] {
        let (weight, acceleration) = settle(scale);
        assert!((weight - scale * 9.81 * 0.5).abs() < 0.01, "{weight}");
        // The rotor of the motor does not change with the body.
        let expected = 10.0 / (scale * 0.27 + 0.01);
        assert!(
            (acceleration - expected).abs() < 0.02 * expected,
            "{acceleration} {expected}"
        );
    }
}

#[test]
fn the_motor_strength_scales_gains_and_limits() {
    let largest = |motor_strength: f64, position: f64| {
        let params = SimParams {
            motor_strength,
            command_timeout_secs: 10.0,
            ..SimParams::default()
        };
        let mut robot = SimRobot::new(&model("pendulum.xml"), &params).unwrap();
        let mut command = JointCommand::zeros(1);
        command.position[0] = position;
        command.kp[0] = 100.0;
        let mut state = RobotState::new(1, 0);
        robot.read(0, &mut state).unwrap();
        robot.write(&command, &state).unwrap();
        robot.read(4_000_000, &mut state).unwrap();
        state.effort[0]
    };
    // The limit is 20 N·m; a small error asks for less.
    assert!((largest(1.0, 2.0) - 20.0).abs() < 0.5);
    assert!((largest(0.8, 2.0) - 16.0).abs() < 0.5);
    assert!((largest(1.1, 2.0) - 22.0).abs() < 0.5);
    assert!((largest(0.8, 0.1) / largest(1.0, 0.1) - 0.8).abs() < 0.01);
    assert_eq!(largest(0.0, 2.0), 0.0);
}

/// How far the sled slides after a push of 2 m/s along x.
fn slide(friction: f64) -> f64 {
    let settings = SimParams {
        friction: Some(friction),
        ..SimParams::default()
    };
    let mut world = World::new(&model("sled.xml"), &settings).unwrap();
    steps(&mut world, &[LIMP], 50);
    let start = world.body(0).pose.translation.x;
    world.push(Vector3::new(2.0, 0.0, 0.0));
    steps(&mut world, &[LIMP], 500);
    world.body(0).pose.translation.x - start
}

#[test]
fn friction_stops_a_sled_after_the_distance_of_coulomb() {
    for friction in [0.3, 0.6, 1.2] {
        let expected = 2.0 * 2.0 / (2.0 * friction * 9.81);
        let found = slide(friction);
        assert!(
            (found - expected).abs() < 0.1 * expected,
            "{friction}: {found} {expected}"
        );
    }
}

#[test]
fn a_slope_climbs_towards_x() {
    let settings = SimParams {
        slope_rad: 0.3,
        friction: Some(0.0),
        ..SimParams::default()
    };
    let mut world = World::new(&model("sled.xml"), &settings).unwrap();
    let lowest = world.body(0).pose.translation.z;
    assert!(lowest > 0.05, "it must start on the slope: {lowest}");
    steps(&mut world, &[LIMP], 250);
    let motion = world.body(0);
    assert!(motion.pose.translation.x < -0.5, "{motion:?}");
    assert!(
        (motion.linear_velocity.norm() - 9.81 * 0.3_f64.sin()).abs() < 0.3,
        "{motion:?}"
    );
}

#[test]
fn a_robot_without_a_floor_gets_one() {
    let mut world = World::new(&model("sled.xml"), &SimParams::default()).unwrap();
    steps(&mut world, &[LIMP], 250);
    assert!((world.body(0).pose.translation.z - 0.05).abs() < 2e-3);
    assert!(world.feet().is_empty(), "a base is no foot");
}

/// Two balls on rails: `left` is pushed against `right`, which hangs on the same base or on left.
fn rails(nested: bool, extra: &str, masks: &str) -> f64 {
    let inertial = r#"<inertial pos="0 0 0" mass="1" diaginertia="0.01 0.01 0.01"/>"#;
    let ball = |name: &str, x: f64, inside: &str| {
        format!(
            r#"<body name="{name}" pos="{x} 0 0"><joint name="{name}" type="slide" axis="1 0 0"/>{inertial}
            <geom name="{name}" size="0.1" {masks}/>{inside}</body>"#
        )
    };
    let bodies = if nested {
        ball("left", 0.0, &ball("right", 0.3, ""))
    } else {
        ball("left", 0.0, "") + &ball("right", 0.3, "")
    };
    let robot = parse(&format!(
        r#"<mujoco><option gravity="0 0 0"/><worldbody><body name="base" pos="0 0 3">{inertial}<joint name="lock"
        type="slide" axis="0 0 1" range="-0.001 0.001"/>{bodies}</body></worldbody>{extra}</mujoco>"#
    ));
    let mut world = World::new(&robot, &SimParams::default()).unwrap();
    // Right stays at its place in the world, left comes towards it.
    let push = |effort: f64| DriveCommand { effort, ..LIMP };
    let held = DriveCommand {
        kp: 5000.0,
        kd: 100.0,
        ..LIMP
    };
    for _ in 0..500 {
        if nested {
            // Right is asked to go back into left.
            world.step(&[held, held, push(-2.0)]);
        } else {
            world.step(&[held, push(2.0), held]);
        }
    }
    let x = |name: &str| world.body(robot.body_index(name).unwrap()).pose.translation.x;
    (x("right") - x("left")).abs()
}

#[test]
fn parts_of_a_robot_touch_unless_they_are_neighbours_or_excluded() {
    let apart = 0.19;
    let touching = rails(false, "", "");
    assert!((apart..0.25).contains(&touching), "{touching}");
    let excluded = r#"<contact><exclude body1="left" body2="right"/></contact>"#;
    assert!(
        rails(false, excluded, "") > 0.5,
        "excluded bodies pass through each other"
    );
    assert!(
        rails(false, "", r#"contype="1" conaffinity="2""#) > 0.5,
        "masks keep them apart"
    );
    let pair = r#"<contact><pair geom1="left" geom2="right"/></contact>"#;
    let paired = rails(false, pair, r#"contype="0" conaffinity="0""#);
    assert!((apart..0.25).contains(&paired), "{paired}");
    assert!(rails(true, "", "") > 0.5, "neighbours pass through each other");
}

#[test]
fn physics_has_the_frames_of_the_description() {
    for path in [
        "../robot/tests/models/features.xml",
        "robots/strider/scene.xml",
        "../robot/tests/models/arm.urdf",
    ] {
        let robot = load(&file(path)).unwrap();
        let mut world = World::new(&robot, &SimParams::default()).unwrap();
        let base = if robot.floating_base {
            Isometry3::from_parts(
                Vector3::new(1.0, 2.0, 3.0).into(),
                UnitQuaternion::from_euler_angles(0.2, -0.3, 1.0),
            )
        } else {
            robot.bodies[0].pose
        };
        let joints: Vec<f64> = robot
            .jointed_bodies()
            .enumerate()
            .map(|(k, body)| {
                let joint = robot.bodies[body].joint.as_ref().unwrap();
                joint.clamp(0.4 - 0.07 * k as f64)
            })
            .collect();
        world.place(&base, &joints);
        for (k, pose) in robot.body_poses(&base, &joints).iter().enumerate() {
            let found = world.body(k).pose;
            let gap = (found.translation.vector - pose.translation.vector).norm();
            assert!(gap < 1e-5, "{path}, {}: {gap}", robot.bodies[k].name);
            assert!(found.rotation.angle_to(&pose.rotation) < 2e-3, "{path}");
        }
    }
}

#[test]
fn several_joints_of_one_body_move_it_together() {
    // Two slides of one body, each pushed: the body accelerates along both.
    let robot = parse(
        r#"<mujoco><option gravity="0 0 0"/><worldbody><body name="cart" pos="0 0 3">
        <joint name="x" type="slide" axis="1 0 0"/><joint name="y" type="slide" axis="0 1 0"/>
        <inertial pos="0 0 0" mass="2" diaginertia="1 1 1"/></body></worldbody></mujoco>"#,
    );
    let mut world = World::new(&robot, &SimParams::default()).unwrap();
    let push = |effort: f64| DriveCommand { effort, ..LIMP };
    steps(&mut world, &[push(1.0), push(-3.0)], 250);
    let velocity = world.body(2).linear_velocity;
    assert!((velocity - Vector3::new(0.5, -1.5, 0.0)).norm() < 1e-3, "{velocity}");
}

#[test]
fn compensated_weight_is_not_felt() {
    let fall = |share: f64| {
        let robot = parse(&format!(
            r#"<mujoco><worldbody><body name="b" pos="0 0 3" gravcomp="{share}"><joint name="z" type="slide" axis="0 0 1"/>
            <inertial pos="0 0 0" mass="2" diaginertia="1 1 1"/></body></worldbody></mujoco>"#
        ));
        let mut world = World::new(&robot, &SimParams::default()).unwrap();
        steps(&mut world, &[LIMP], 250);
        world.joint(0).velocity
    };
    assert!((fall(0.0) + 9.81).abs() < 1e-2);
    assert!((fall(0.25) + 0.75 * 9.81).abs() < 1e-2);
    assert!(fall(1.0).abs() < 1e-6);
}

#[test]
fn pushes_come_with_their_period_and_speed() {
    let params = SimParams {
        push_speed_m_s: 0.7,
        push_period_secs: 0.4,
        friction: Some(0.0),
        ..SimParams::default()
    };
    let mut robot = SimRobot::new(&model("sled.xml"), &params).unwrap();
    let mut state = RobotState::new(1, 0);
    let mut before = Vector3::zeros();
    let mut pushes = Vec::new();
    for tick in 0..500 {
        robot.read(tick * 4_000_000, &mut state).unwrap();
        let velocity = state.truth.unwrap().linear_velocity;
        let change = (velocity - before).xy().norm();
        before = velocity;
        if change > 0.1 {
            assert!((change - 0.7).abs() < 0.02, "{change}");
            pushes.push(tick);
        }
    }
    assert_eq!(pushes, [101, 201, 301, 401]);
}

#[test]
fn drives_damp_after_the_timeout_and_not_before() {
    let params = SimParams {
        command_timeout_secs: 0.06,
        ..SimParams::default()
    };
    let mut robot = SimRobot::new(&model("sled.xml"), &params).unwrap();
    let mut command = JointCommand::zeros(1);
    command.effort[0] = 0.5;
    let mut state = RobotState::new(1, 0);
    robot.read(0, &mut state).unwrap();
    robot.write(&command, &state).unwrap();
    for tick in 1..=15 {
        robot.read(tick * 4_000_000, &mut state).unwrap();
        assert_eq!(state.effort[0], 0.5, "tick {tick}");
    }
    robot.read(16 * 4_000_000, &mut state).unwrap();
    assert!(state.effort[0] < 0.0, "it must brake: {}", state.effort[0]);
    robot.write(&command, &state).unwrap();
    robot.read(17 * 4_000_000, &mut state).unwrap();
    assert_eq!(state.effort[0], 0.5, "a new command counts again");
}

#[test]
fn a_command_that_is_no_command_is_not_sent() {
    let mut robot = SimRobot::new(&model("sled.xml"), &SimParams::default()).unwrap();
    let state = RobotState::new(1, 0);
    assert!(robot.write(&JointCommand::zeros(1), &state).is_ok());
    assert!(robot.write(&JointCommand::zeros(2), &state).is_err());
    for value in [f64::NAN, f64::INFINITY] {
        let mut command = JointCommand::zeros(1);
        command.kd[0] = value;
        assert!(robot.write(&command, &state).is_err());
    }
}

#[test]
fn many_pairs_with_one_floor_need_few_bits() {
    let mut bodies = String::new();
    let mut pairs = String::new();
    for k in 0..60 {
        bodies += &format!(r#"<geom name="g{k}" size="0.1" contype="0" conaffinity="0"/>"#);
        pairs += &format!(r#"<pair geom1="g{k}" geom2="floor"/>"#);
    }
    // The same with a floor of the description, and with that which a world has anyway.
    for floor in [r#"<geom name="floor" type="plane" size="0 0 1"/>"#, ""] {
        let robot = parse(&format!(
            r#"<mujoco><worldbody>{floor}<body name="a" pos="0 0 1"><freejoint/>{bodies}
            <body name="b"><joint name="j"/><geom size="0.05"/></body></body></worldbody><contact>{pairs}</contact></mujoco>"#
        ));
        let mut world = World::new(&robot, &SimParams::default()).unwrap();
        steps(&mut world, &[LIMP], 100);
        assert!((world.body(0).pose.translation.z - 0.1).abs() < 5e-3);
    }
}

/// A URDF of two links, one with this OBJ as its collision mesh.
fn with_collision_mesh(obj: &str) -> RobotModel {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("skin.obj"), obj).unwrap();
    let link = |name: &str, collision: &str| {
        format!(
            r#"<link name="{name}"><inertial><mass value="1"/>
            <inertia ixx="0.01" iyy="0.01" izz="0.01" ixy="0" ixz="0" iyz="0"/></inertial>{collision}</link>"#
        )
    };
    let mesh = r#"<collision name="skin"><geometry><mesh filename="skin.obj"/></geometry></collision>"#;
    let text = format!(
        r#"<robot name="r">{}{}<joint name="j" type="continuous"><parent link="a"/><child link="b"/></joint></robot>"#,
        link("a", mesh),
        link("b", "")
    );
    let file = folder.path().join("r.urdf");
    std::fs::write(&file, text).unwrap();
    load(&file).unwrap()
}

#[test]
fn a_collision_mesh_needs_a_convex_hull() {
    let solid = with_collision_mesh("v 0 0 0\nv 1 0 0\nv 0 1 0\nv 0 0 1\nf 1 3 2\nf 1 2 4\nf 1 4 3\nf 2 3 4\n");
    World::new(&solid, &SimParams::default()).unwrap();
    let line = with_collision_mesh("v 0 0 0\nv 1 0 0\nv 2 0 0\nf 1 2 3\n");
    let error = World::new(&line, &SimParams::default()).unwrap_err().to_string();
    assert!(error.contains("\"skin\"") && error.contains("\"a\""), "{error}");
}
