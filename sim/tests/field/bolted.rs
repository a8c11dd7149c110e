//! Robots whose base is bolted to the world stand where their mount is.

use nalgebra::Vector3;
use sinew_control::io::RobotIo;
use sinew_control::state::{JointCommand, RobotState};
use sinew_sim::world::World;
use sinew_sim::{DriveCommand, Physics, SimParams, SimRobot};

use super::{LIMP, mjcf, urdf};

/// An arm of 0.3 m that hangs from a mount, over a floor.
fn arm(mount: &str, floor: f64) -> String {
    format!(
        r#"<mujoco model="arm"><compiler angle="radian"/><worldbody><geom type="plane" size="0 0 1" pos="0 0 {floor}"/>
        <body name="mount" {mount}><geom type="box" size="0.1 0.1 0.05" mass="5" contype="0" conaffinity="0"/>
        <site name="imu"/>
        <body name="l1"><joint name="a1" axis="0 1 0" range="-2 2"/>
        <geom type="capsule" fromto="0 0 0 0 0 -0.3" size="0.02" mass="1"/></body></body></worldbody>
        <actuator><motor joint="a1" ctrlrange="-50 50" ctrllimited="true"/></actuator></mujoco>"#
    )
}

#[test]
fn an_arm_hangs_from_its_mount_and_never_feels_the_floor() {
    let hold = DriveCommand {
        position: 1.0,
        kp: 3.0,
        kd: 1.0,
        ..LIMP
    };
    let run = |floor: f64| {
        let model = mjcf(&arm(r#"pos="0.2 -0.1 0.8""#, floor));
        let mut world = World::new(&model, &SimParams::default()).unwrap();
        for name in ["mount", "l1"] {
            let place = world.body(model.body_index(name).unwrap()).pose.translation.vector;
            assert!((place - Vector3::new(0.2, -0.1, 0.8)).norm() < 1e-6, "{name}: {place}");
        }
        for _ in 0..1500 {
            world.step(&[hold]);
        }
        // The drive carries the weight of 1 kg at 0.15 m.
        let angle = world.joint(0).position;
        assert!(
            (3.0 * (1.0 - angle) - 9.81 * 0.15 * angle.sin()).abs() < 0.01,
            "{angle}"
        );
        world.fingerprint()
    };
    assert_eq!(run(0.0), run(-1.0));
}

#[test]
fn a_mass_of_the_base_does_not_move_a_bolted_urdf() {
    let text = r#"<robot name="r"><link name="world"/>
        <link name="base"><inertial><origin xyz="0.3 0 0.4"/><mass value="8"/>
        <inertia ixx="0.1" iyy="0.1" izz="0.1" ixy="0" ixz="0" iyz="0"/></inertial></link>
        <link name="tip"><inertial><mass value="1"/>
        <inertia ixx="0.01" iyy="0.01" izz="0.01" ixy="0" ixz="0" iyz="0"/></inertial></link>
        <joint name="bolt" type="fixed"><parent link="world"/><child link="base"/><origin xyz="0 0 1.5" rpy="0 0 1"/></joint>
        <joint name="j" type="continuous"><parent link="base"/><child link="tip"/><origin xyz="0.1 0 0"/></joint></robot>"#;
    let model = urdf(text);
    let mut world = World::new(&model, &SimParams::default()).unwrap();
    world.step(&[LIMP]);
    let tip = world.body(model.body_index("tip").unwrap()).pose.translation.vector;
    let expected = Vector3::new(0.1 * 1f64.cos(), 0.1 * 1f64.sin(), 1.5);
    assert!((tip - expected).norm() < 1e-5, "{tip}");
}

/// What the sensors and the truth say of an arm on this mount.
fn at_rest(mount: &str) -> RobotState {
    let model = mjcf(&arm(mount, 0.0));
    let params = SimParams {
        gyro_noise_rad_s: 0.0,
        accel_noise_m_s2: 0.0,
        ..SimParams::default()
    };
    let mut robot = SimRobot::new(&model, &params).unwrap();
    let mut state = RobotState::new(1, robot.capabilities().feet.len());
    for tick in 0..10 {
        robot.read(tick * 4_000_000, &mut state).unwrap();
        robot.write(&JointCommand::zeros(1), &state).unwrap();
    }
    state
}

#[test]
fn the_imu_of_a_bolted_base_reads_in_the_axes_of_the_mount() {
    let upright = at_rest(r#"pos="0 0 0.8""#);
    assert!(upright.imu.tilt_rad() < 1e-6);
    // Turned by a quarter about x, the mount's y points up.
    let on_wall = at_rest(r#"pos="0 0 0.8" quat="0.70710678 0.70710678 0 0""#);
    let force = on_wall.imu.linear_acceleration;
    assert!((force - Vector3::new(0.0, 9.81, 0.0)).norm() < 1e-3, "{force}");
    let truth = on_wall.truth.unwrap();
    assert!((truth.position - Vector3::new(0.0, 0.0, 0.8)).norm() < 1e-6);
}
