//! What the parameters mean, to both engines.

use nalgebra::{Isometry3, UnitQuaternion, Vector3};
use sinew_control::io::RobotIo;
use sinew_control::state::{JointCommand, RobotState};
use sinew_robot::load;
use sinew_sim::mujoco::MujocoWorld;
use sinew_sim::{DriveCommand, Engine, Physics, SimParams, SimRobot};

use super::common::{LIMP, model};
use super::{ENGINES, file, hold, on, parse, run, strider};

fn world(name: &str, params: &SimParams) -> MujocoWorld {
    MujocoWorld::new(&model(name), params).unwrap()
}

fn steps(world: &mut MujocoWorld, commands: &[DriveCommand], count: usize) {
    for _ in 0..count {
        world.step(commands);
    }
}

#[test]
fn every_body_is_where_the_description_has_it() {
    for path in ["../robot/tests/models/features.xml", "robots/strider/scene.xml"] {
        let robot = load(&file(path)).unwrap();
        let mut world = MujocoWorld::new(&robot, &on(Engine::Mujoco)).unwrap();
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
            .map(|(k, body)| robot.bodies[body].joint.as_ref().unwrap().clamp(0.4 - 0.07 * k as f64))
            .collect();
        world.place(&base, &joints);
        let mut poses = Vec::new();
        world.body_poses(&mut poses);
        for (k, pose) in robot.body_poses(&base, &joints).iter().enumerate() {
            let found = world.body(k).pose;
            assert_eq!(found, poses[k]);
            let gap = (found.translation.vector - pose.translation.vector).norm();
            assert!(gap < 1e-9, "{path}, {}: {gap}", robot.bodies[k].name);
            // MuJoCo has no links between the joints of one body.
            let is_between = robot.bodies[k].name.contains('/');
            assert!(is_between || found.rotation.angle_to(&pose.rotation) < 1e-6, "{path}");
        }
    }
}

#[test]
fn the_mass_scale_is_that_of_weight_and_inertia() {
    for scale in [0.5, 1.0, 1.5] {
        let params = SimParams {
            mass_scale: scale,
            ..on(Engine::Mujoco)
        };
        let mut world = world("pendulum.xml", &params);
        let held = DriveCommand {
            position: 1.0,
            kp: 2000.0,
            kd: 50.0,
            ..LIMP
        };
        steps(&mut world, &[held], 1000);
        let motion = world.joint(0);
        let weight = motion.effort / motion.position.sin();
        assert!((weight - scale * 9.81 * 0.5).abs() < 0.01, "{weight}");
        let kick = DriveCommand { effort: 10.0, ..LIMP };
        world.place(&Isometry3::identity(), &[0.0]);
        world.step(&[kick]);
        // The rotor of the motor does not change with the body.
        let (found, expected) = (world.joint(0).velocity / 0.004, 10.0 / (scale * 0.27 + 0.01));
        assert!((found - expected).abs() < 1e-3 * expected, "{found} {expected}");
    }
}

#[test]
fn friction_stops_a_sled_after_the_distance_of_coulomb() {
    for friction in [0.3, 0.6, 1.2] {
        let params = SimParams {
            friction: Some(friction),
            ..on(Engine::Mujoco)
        };
        let mut world = world("sled.xml", &params);
        steps(&mut world, &[LIMP], 50);
        let start = world.body(0).pose.translation.x;
        world.push(Vector3::new(2.0, 0.0, 0.0));
        steps(&mut world, &[LIMP], 500);
        let found = world.body(0).pose.translation.x - start;
        let expected = 2.0 * 2.0 / (2.0 * friction * 9.81);
        assert!(
            (found - expected).abs() < 0.1 * expected,
            "{friction}: {found} {expected}"
        );
    }
}

#[test]
fn a_slope_climbs_towards_x_and_a_robot_without_a_floor_gets_one() {
    let params = SimParams {
        slope_rad: 0.3,
        friction: Some(0.0),
        ..on(Engine::Mujoco)
    };
    let mut slope = world("sled.xml", &params);
    let lowest = slope.body(0).pose.translation.z;
    assert!(lowest > 0.05, "it must start on the slope: {lowest}");
    steps(&mut slope, &[LIMP], 250);
    let motion = slope.body(0);
    assert!(motion.pose.translation.x < -0.5, "{motion:?}");
    assert!(
        (motion.linear_velocity.norm() - 9.81 * 0.3_f64.sin()).abs() < 0.3,
        "{motion:?}"
    );

    let mut level = world("sled.xml", &on(Engine::Mujoco));
    steps(&mut level, &[LIMP], 250);
    assert!((level.body(0).pose.translation.z - 0.05).abs() < 2e-3);
    assert!(level.feet().is_empty(), "a base is no foot");
}

#[test]
fn the_ground_of_a_scene_climbs_with_all_that_stands_on_it() {
    // A box is let fall on a bench beside the robot, which the slope lifts.
    let (_folder, robot) = parse(
        r#"<mujoco><worldbody><geom type="plane" size="0 0 1"/><geom type="box" size="1 1 0.1" pos="2 0 0.1"/>
        <body name="fixed" pos="-2 0 0"><geom type="box" size="1 1 0.1" pos="0 0 0.1"/></body>
        <body name="b" pos="0 0 1"><freejoint/><geom size="0.1"/><geom size="0.1" pos="0.1 0 0"/>
        <body name="a"><joint name="j"/><geom size="0.05"/></body></body></worldbody></mujoco>"#,
    );
    for (engine, x) in ENGINES.into_iter().flat_map(|engine| [(engine, 2.0), (engine, -2.0)]) {
        let params = SimParams {
            slope_rad: 0.2,
            friction: Some(2.0),
            ..on(engine)
        };
        let mut sim = SimRobot::new(&robot, &params).unwrap();
        let uphill = UnitQuaternion::from_axis_angle(&Vector3::y_axis(), -0.2);
        let on_bench = uphill * Vector3::new(x, 0.0, 0.3);
        sim.set_state(&Isometry3::from_parts(on_bench.into(), uphill), &[0.0]);
        run(&mut sim, &JointCommand::zeros(1), 0, 5);
        let found = sim.world().body(0).pose.translation.vector;
        assert!((found - on_bench).norm() < 0.01, "{engine} at {x}: {found} {on_bench}");
    }
}

#[test]
fn strength_delay_and_limit_of_the_drives_are_the_same() {
    let efforts = |engine: Engine, motor_strength: f64, position: f64| {
        let params = SimParams {
            motor_strength,
            command_delay_secs: 0.008,
            command_timeout_secs: 10.0,
            ..on(engine)
        };
        let mut robot = SimRobot::new(&model("pendulum.xml"), &params).unwrap();
        let mut command = JointCommand::zeros(1);
        command.position[0] = position;
        command.kp[0] = 100.0;
        let mut state = RobotState::new(1, 0);
        robot.read(0, &mut state).unwrap();
        robot.write(&command, &state).unwrap();
        [1, 2, 3].map(|tick| {
            robot.read(tick * 4_000_000, &mut state).unwrap();
            state.effort[0]
        })
    };
    for engine in ENGINES {
        for (strength, expected) in [(1.0, 20.0), (0.8, 16.0), (1.1, 22.0), (0.0, 0.0)] {
            let [first, second, third] = efforts(engine, strength, 2.0);
            assert!(
                first.abs() < 1e-9 && second.abs() < 1e-9,
                "{engine}: the command comes two steps late"
            );
            assert!((third - expected).abs() < 0.5, "{engine}, {strength}: {third}");
        }
        let ratio = efforts(engine, 0.8, 0.1)[2] / efforts(engine, 1.0, 0.1)[2];
        assert!((ratio - 0.8).abs() < 0.01, "{engine}: {ratio}");
    }
}

#[test]
fn a_stiff_drive_on_a_light_link_is_stable_and_keeps_its_damping() {
    // Explicit damping would diverge: kd of 40 at 4 ms on 0.001 kg·m².
    let world = |engine: Engine| SimRobot::new(&model("sled.xml"), &on(engine)).unwrap();
    for engine in ENGINES {
        let mut robot = world(engine);
        let mut command = JointCommand::zeros(1);
        (command.position[0], command.kp[0], command.kd[0]) = (0.5, 40.0, 40.0);
        let state = run(&mut robot, &command, 0, 250);
        // After a second a first-order lag of kd/kp has come 63 % of the way.
        assert!(
            (state.position[0] - 0.5 * 0.632).abs() < 0.02,
            "{engine}: {}",
            state.position[0]
        );
    }
}

#[test]
fn a_joint_with_damping_and_a_servo_without_has_the_larger_of_both() {
    let settled = |engine: Engine, kd: f64, kd_includes_joint_damping: bool| {
        let (_folder, robot) = parse(
            r#"<mujoco><option gravity="0 0 0"/><worldbody><body name="b" pos="0 0 3"><joint name="z" type="slide"
            axis="0 0 1" damping="3"/><inertial pos="0 0 0" mass="0.1" diaginertia="1 1 1"/></body></worldbody>
            <actuator><position joint="z" kp="1"/></actuator></mujoco>"#,
        );
        let params = SimParams {
            kd_includes_joint_damping,
            command_timeout_secs: 10.0,
            ..on(engine)
        };
        let mut sim = SimRobot::new(&robot, &params).unwrap();
        let mut command = JointCommand::zeros(1);
        (command.effort[0], command.kd[0]) = (6.0, kd);
        run(&mut sim, &command, 0, 250).velocity[0]
    };
    for engine in ENGINES {
        for (kd, together, apart) in [(0.0, 2.0, 2.0), (3.0, 2.0, 1.0), (6.0, 1.0, 2.0 / 3.0)] {
            let found = settled(engine, kd, true);
            assert!((found - together).abs() < 0.01, "{engine}, {kd}: {found}");
            let found = settled(engine, kd, false);
            assert!((found - apart).abs() < 0.01, "{engine}, {kd}: {found}");
        }
    }
}

#[test]
fn strider_stands_on_both_feet_and_its_imu_feels_gravity() {
    let mut robot = SimRobot::new(&strider(), &on(Engine::Mujoco)).unwrap();
    assert_eq!(
        robot.capabilities(),
        SimRobot::new(&strider(), &on(Engine::Embedded)).unwrap().capabilities()
    );
    let command = hold(&robot);
    let state = run(&mut robot, &command, 0, 1250);
    assert!(state.truth.unwrap().position.z > 0.6, "{:?}", state.truth);
    assert!(state.imu.tilt_rad() < 0.1, "{:?}", state.imu);
    assert!(state.foot_contact.iter().all(|&contact| contact));
    let gravity = state.imu.linear_acceleration.norm();
    assert!((gravity - 9.81).abs() < 0.3, "{gravity}");

    robot.set_state(&Isometry3::translation(0.0, 0.0, 20.0), &[0.0; 19]);
    let state = run(&mut robot, &JointCommand::zeros(19), 1250, 50);
    assert!(state.foot_contact.iter().all(|&contact| !contact));
    assert!(state.imu.linear_acceleration.norm() < 1.0, "{:?}", state.imu);
}

#[test]
fn the_harness_holds_the_base_and_lets_it_go_at_rest() {
    let params = SimParams {
        harness_secs: 0.5,
        push_speed_m_s: 1.0,
        push_period_secs: 0.3,
        ..on(Engine::Mujoco)
    };
    let mut robot = SimRobot::new(&strider(), &params).unwrap();
    let start = robot.world().body(0).pose;
    // Legs that swing do not move it, a push neither.
    let mut command = hold(&robot);
    command.position[0] = -1.0;
    run(&mut robot, &command, 0, 124);
    assert_eq!(robot.world().body(0).pose, start);
    assert_eq!(robot.world().body(0).linear_velocity, Vector3::zeros());
    run(&mut robot, &command, 124, 20);
    assert_ne!(robot.world().body(0).pose, start, "it is let go");
}

#[test]
fn one_seed_gives_one_run_bit_by_bit_and_another_another() {
    let run_seed = |seed: u64| {
        let params = SimParams {
            seed,
            push_speed_m_s: 0.3,
            push_period_secs: 0.5,
            gyro_noise_rad_s: 0.05,
            joint_position_noise_rad: 0.01,
            command_delay_secs: 0.012,
            mass_scale: 1.1,
            friction: Some(0.6),
            ..on(Engine::Mujoco)
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
fn a_world_that_is_put_back_is_a_fresh_one() {
    let robot = strider();
    let mut world = MujocoWorld::new(&robot, &on(Engine::Mujoco)).unwrap();
    let start = world.body(0).pose;
    let joints = robot.default_joints(None);
    let command = [LIMP; 19];
    steps(&mut world, &command, 100);
    let first = world.fingerprint();
    world.place(&start, &joints);
    steps(&mut world, &command, 100);
    assert_eq!(world.fingerprint(), first);
}
