//! The simulated robot behind `RobotIo`.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::{Path, PathBuf};

use nalgebra::{Isometry3, Vector3};
use sinew_control::io::RobotIo;
use sinew_control::state::{JointCommand, RobotState};
use sinew_robot::{RobotModel, load};
use sinew_sim::{SimParams, SimRobot};

const TICK_NANOS: u64 = 4_000_000;

fn strider() -> RobotModel {
    load(&Path::new(env!("CARGO_MANIFEST_DIR")).join("robots/strider/scene.xml")).unwrap()
}

fn sled() -> RobotModel {
    load(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/models/sled.xml")).unwrap()
}

fn hold(robot: &SimRobot) -> JointCommand {
    let description = robot.description();
    let mut command = JointCommand::zeros(description.dof());
    for (j, joint) in description.joints.iter().enumerate() {
        command.position[j] = joint.default_rad;
        command.kp[j] = joint.stiffness.unwrap_or(0.0);
        command.kd[j] = joint.damping.unwrap_or(0.0);
    }
    command
}

fn state_of(robot: &SimRobot) -> RobotState {
    RobotState::new(robot.description().dof(), robot.capabilities().feet.len())
}

/// Runs ticks and returns the last state.
fn run(robot: &mut SimRobot, command: &JointCommand, from: u64, ticks: u64) -> RobotState {
    let mut state = state_of(robot);
    for tick in from..from + ticks {
        robot.read(tick * TICK_NANOS, &mut state).unwrap();
        robot.write(command, &state).unwrap();
    }
    state
}

fn stands(model: &RobotModel, params: &SimParams, least_height: f64) {
    let mut robot = SimRobot::new(model, params).unwrap();
    let command = hold(&robot);
    let state = run(&mut robot, &command, 0, 1250);
    let truth = state.truth.unwrap();
    assert!(truth.position.z > least_height, "{truth:?}");
    assert!(state.imu.tilt_rad() < 0.2, "{:?}", state.imu);
    assert!(
        state.foot_contact.iter().all(|&contact| contact),
        "{:?}",
        state.foot_contact
    );
    let gravity = state.imu.linear_acceleration.norm();
    assert!((gravity - 9.81).abs() < 0.5, "{gravity}");
}

#[test]
fn strider_stands_after_it_is_let_down() {
    let params = SimParams {
        harness_secs: 1.0,
        ..SimParams::default()
    };
    stands(&strider(), &params, 0.5);
}

#[test]
fn strider_stands_as_a_urdf_too() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("robots/strider/strider.urdf");
    let model = load(&file).unwrap();
    let params = SimParams {
        harness_secs: 1.0,
        ..SimParams::default()
    };
    let mut robot = SimRobot::new(&model, &params).unwrap();
    let feet = ["left_foot_link", "right_foot_link"];
    assert_eq!(robot.capabilities().feet, feet);
    // A URDF has neither gains nor a rest pose: these are those of its MJCF.
    let mjcf = load(&file.with_extension("xml")).unwrap().description();
    let mut command = JointCommand::zeros(mjcf.dof());
    for (j, joint) in mjcf.joints.iter().enumerate() {
        command.position[j] = joint.default_rad;
        command.kp[j] = joint.stiffness.unwrap();
        command.kd[j] = joint.damping.unwrap();
    }
    let mut state = RobotState::new(command.dof(), 2);
    for tick in 0..1250 {
        robot.read(tick * 4_000_000, &mut state).unwrap();
        robot.write(&command, &state).unwrap();
    }
    assert!(state.truth.unwrap().position.z > 0.6, "{:?}", state.truth);
    assert!(state.imu.tilt_rad() < 0.1);
    assert_eq!(state.foot_contact, [true, true]);
}

#[test]
fn berkeley_humanoid_stands_after_it_is_let_down() {
    let file: PathBuf = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/robots/berkeley_humanoid/scene.xml");
    if !file.exists() {
        println!("skipped: {} is not there", file.display());
        return;
    }
    let model = load(&file).unwrap();
    let mut robot = SimRobot::new(
        &model,
        &SimParams {
            harness_secs: 0.5,
            ..SimParams::default()
        },
    )
    .unwrap();
    // Its ankles are too soft to balance for long, so this looks at the first moments.
    let command = hold(&robot);
    let state = run(&mut robot, &command, 0, 200);
    assert!(state.truth.unwrap().position.z > 0.45);
    assert_eq!(robot.capabilities().feet, ["ll_faa", "lr_faa"]);
    assert!(state.foot_contact.iter().any(|&contact| contact));
}

#[test]
fn no_torque_exceeds_the_strength_of_the_motors_in_a_hard_fall() {
    let params = SimParams {
        motor_strength: 1.1,
        ..SimParams::default()
    };
    let mut robot = SimRobot::new(&strider(), &params).unwrap();
    let mut command = hold(&robot);
    robot.set_state(&Isometry3::translation(0.0, 0.0, 1.2), &vec![0.0; command.dof()]);
    let mut largest = 0.0_f64;
    for second in 0..3 {
        // Each second another pose, left and right swapped in sign.
        for (j, position) in command.position.iter_mut().enumerate() {
            *position = if (j + second) % 2 == 0 { 0.6 } else { -0.6 };
        }
        for tick in 0..250 {
            let state = run(&mut robot, &command, second as u64 * 250 + tick, 1);
            for (effort, joint) in state.effort.iter().zip(&robot.description().joints) {
                largest = largest.max(effort.abs() / joint.effort_nm);
            }
        }
    }
    assert!(largest <= 1.1 + 1e-9, "{largest}");
    assert!(largest > 1.0, "the motors must have been at their limit: {largest}");
}

#[test]
fn the_feet_just_touch_the_ground_at_the_start() {
    let robot = SimRobot::new(&strider(), &SimParams::default()).unwrap();
    let base = robot.world().body(0).pose;
    // Strider's home keyframe has its feet on the ground.
    let keyframe = strider().keyframe(Some("home")).unwrap().base_position;
    assert!((base.translation.z - keyframe.z).abs() < 1e-4, "{}", base.translation.z);
}

#[test]
fn two_runs_with_one_seed_are_the_same_bit_by_bit_and_another_seed_is_not() {
    let run_seed = |seed: u64| {
        let params = SimParams {
            seed,
            push_speed_m_s: 0.3,
            push_period_secs: 0.5,
            gyro_noise_rad_s: 0.05,
            joint_position_noise_rad: 0.01,
            command_delay_secs: 0.012,
            ..SimParams::default()
        };
        let mut robot = SimRobot::new(&strider(), &params).unwrap();
        let command = hold(&robot);
        let state = run(&mut robot, &command, 0, 500);
        (robot.world().fingerprint(), state)
    };
    let (one, state) = run_seed(7);
    assert_eq!((one.clone(), state), run_seed(7));
    assert_ne!(one, run_seed(8).0);
}

#[test]
fn the_imu_feels_gravity_at_rest_and_nothing_in_free_fall() {
    let params = SimParams {
        gyro_noise_rad_s: 0.0,
        accel_noise_m_s2: 0.0,
        ..SimParams::default()
    };
    let mut robot = SimRobot::new(&sled(), &params).unwrap();
    let command = JointCommand::zeros(1);
    let state = run(&mut robot, &command, 0, 250);
    let felt = state.imu.linear_acceleration;
    assert!((felt - Vector3::new(0.0, 0.0, 9.81)).norm() < 0.05, "{felt}");
    robot.set_state(&Isometry3::translation(0.0, 0.0, 20.0), &[0.0]);
    let falling = run(&mut robot, &command, 250, 100);
    assert!(falling.imu.linear_acceleration.norm() < 0.02);
}

#[test]
fn an_imu_on_a_part_fixed_to_the_base_reads_in_the_axes_of_the_base() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("r.xml");
    let text = r#"<mujoco><worldbody><body name="base"><freejoint/><geom size="0.1"/>
        <body name="shell" euler="90 0 90"><site name="imu"/><geom size="0.05"/>
        <body name="arm"><joint name="j"/><geom size="0.02" pos="0.3 0 0"/></body></body></body></worldbody>
        <sensor><gyro site="imu"/></sensor></mujoco>"#;
    std::fs::write(&file, text).unwrap();
    let model = load(&file).unwrap();
    let up_for = |imu: Option<&str>| {
        let params = SimParams {
            harness_secs: 10.0,
            tilt_noise_rad: 0.0,
            imu: imu.map(str::to_owned),
            ..SimParams::default()
        };
        let mut robot = SimRobot::new(&model, &params).unwrap();
        run(&mut robot, &JointCommand::zeros(1), 0, 1).imu.tilt_rad()
    };
    assert!(up_for(None) < 1e-3);
    assert!(up_for(Some("shell")) > 1.0, "asked for by name, its axes count");
}

#[test]
fn the_imu_of_a_robot_at_rest_never_reads_the_same_twice() {
    let mut robot = SimRobot::new(&sled(), &SimParams::default()).unwrap();
    let command = JointCommand::zeros(1);
    run(&mut robot, &command, 0, 1000);
    let readings: Vec<_> = (1000..1100)
        .map(|tick| run(&mut robot, &command, tick, 1).imu)
        .collect();
    for pair in readings.windows(2) {
        assert_ne!(pair[0].angular_velocity, pair[1].angular_velocity);
        assert_ne!(pair[0].linear_acceleration, pair[1].linear_acceleration);
    }
    let deviation = |value: &dyn Fn(usize) -> f64| {
        let square: f64 = (0..readings.len()).map(|k| value(k).powi(2)).sum();
        (square / readings.len() as f64).sqrt()
    };
    let gyro = deviation(&|k| readings[k].angular_velocity.x);
    assert!((0.0015..0.0025).contains(&gyro), "{gyro}");
    let accelerometer = deviation(&|k| readings[k].linear_acceleration.x);
    assert!((0.0075..0.0125).contains(&accelerometer), "{accelerometer}");
}

#[test]
fn a_push_changes_the_velocity_of_the_base() {
    let params = SimParams {
        base_velocity_truth: true,
        friction: Some(0.0),
        ..SimParams::default()
    };
    let mut robot = SimRobot::new(&sled(), &params).unwrap();
    let command = JointCommand::zeros(1);
    run(&mut robot, &command, 0, 100);
    robot.push(Vector3::new(0.4, -0.2, 0.0));
    let state = run(&mut robot, &command, 100, 2);
    let velocity = state.base_velocity.unwrap();
    assert!((velocity - Vector3::new(0.4, -0.2, 0.0)).norm() < 0.02, "{velocity}");
}

#[test]
fn a_delayed_command_arrives_that_much_later() {
    let first_motion = |delay: f64| {
        let params = SimParams {
            command_delay_secs: delay,
            command_timeout_secs: 10.0,
            ..SimParams::default()
        };
        let mut robot = SimRobot::new(&sled(), &params).unwrap();
        let mut command = JointCommand::zeros(1);
        command.effort[0] = 0.5;
        let mut state = state_of(&robot);
        for tick in 0..100 {
            robot.read(tick * TICK_NANOS, &mut state).unwrap();
            if state.effort[0] > 0.25 {
                return tick;
            }
            robot.write(&command, &state).unwrap();
        }
        panic!("the command never arrived");
    };
    assert_eq!(first_motion(0.0), 1);
    assert_eq!(first_motion(0.02), 6);
}

#[test]
fn a_command_that_is_waited_for_finds_the_robot_where_the_last_one_brought_it() {
    let moved = |wait: bool| {
        let mut robot = SimRobot::new(&strider(), &SimParams::default()).unwrap();
        let first = hold(&robot);
        let mut second = first.clone();
        second.position.iter_mut().for_each(|position| *position += 0.1);
        let mut state = run(&mut robot, &first, 0, 10);
        if wait {
            // Two steps, and less than half of one.
            robot.wait(2 * TICK_NANOS + TICK_NANOS / 4);
            robot.write(&second, &state).unwrap();
        } else {
            robot.read(11 * TICK_NANOS, &mut state).unwrap();
            robot.write(&second, &state).unwrap();
        }
        robot.read(20 * TICK_NANOS, &mut state).unwrap();
        (state.position, state.joint_stamp_nanos)
    };
    assert_eq!(moved(true), moved(false));

    let mut robot = SimRobot::new(&strider(), &SimParams::default()).unwrap();
    let command = hold(&robot);
    let mut state = run(&mut robot, &command, 0, 10);
    // Half a step and more is a whole one: the robot is ahead of the controller, and its stamps are not.
    robot.wait(TICK_NANOS / 2);
    for (now, stamp) in [
        (38_000_000, 38_000_000),
        (40_000_000, 40_000_000),
        (44_500_000, 44_000_000),
    ] {
        robot.read(now, &mut state).unwrap();
        assert_eq!((state.joint_stamp_nanos[0], state.imu.stamp_nanos), (stamp, stamp));
    }
}

#[test]
fn drives_damp_when_commands_stop_coming() {
    let mut robot = SimRobot::new(&sled(), &SimParams::default()).unwrap();
    let mut command = JointCommand::zeros(1);
    command.effort[0] = 0.5;
    let mut state = run(&mut robot, &command, 0, 50);
    assert_eq!(state.effort[0], 0.5);
    for tick in 50..150 {
        robot.read(tick * TICK_NANOS, &mut state).unwrap();
    }
    assert!(state.velocity[0].abs() < 0.01, "{}", state.velocity[0]);
}

#[test]
fn the_robot_s_own_stop_damps_at_once() {
    let mut robot = SimRobot::new(&sled(), &SimParams::default()).unwrap();
    let mut command = JointCommand::zeros(1);
    command.effort[0] = 0.5;
    let mut state = run(&mut robot, &command, 0, 50);
    assert!(state.velocity[0] > 0.0 && robot.capabilities().own_stop);
    for tick in 50..52 {
        robot.own_stop().unwrap();
        robot.read(tick * TICK_NANOS, &mut state).unwrap();
    }
    assert!(
        state.effort[0] < 0.0,
        "{} N·m at {} rad/s",
        state.effort[0],
        state.velocity[0]
    );
}

#[test]
fn parameters_that_cannot_be_are_named() {
    for (params, key) in [
        (
            SimParams {
                timestep_secs: 0.5,
                ..SimParams::default()
            },
            "timestep_secs",
        ),
        (
            SimParams {
                mass_scale: f64::NAN,
                ..SimParams::default()
            },
            "mass_scale",
        ),
        (
            SimParams {
                command_delay_secs: 2.0,
                ..SimParams::default()
            },
            "command_delay_secs",
        ),
        (
            SimParams {
                imu: Some("nothing".to_owned()),
                ..SimParams::default()
            },
            "imu",
        ),
        (
            SimParams {
                keyframe: Some("nothing".to_owned()),
                ..SimParams::default()
            },
            "keyframe",
        ),
        (
            SimParams {
                feet: vec!["nothing".to_owned()],
                ..SimParams::default()
            },
            "feet",
        ),
    ] {
        let error = SimRobot::new(&strider(), &params).unwrap_err().to_string();
        assert!(error.contains(key), "{error}");
    }
}
