//! What a joint has of its own — damping, dry friction, rotor inertia — stays, whatever its drive does.
//!
//! A lift of 3 kg sinks at the speed at which its damping carries its weight of 29.43 N.

use sinew_robot::RobotModel;
use sinew_sim::world::World;
use sinew_sim::{DriveCommand, Physics, SimParams};

use super::{LIMP, mjcf, urdf};

const WEIGHT_N: f64 = 3.0 * 9.81;

fn lift(joint: &str, actuator: &str) -> RobotModel {
    mjcf(&format!(
        r#"<mujoco model="lift"><worldbody><body name="b" pos="0 0 3"><joint name="s" type="slide" axis="0 0 1" {joint}/>
        <geom type="box" size="0.1 0.1 0.1" mass="3"/></body></worldbody><actuator>{actuator}</actuator></mujoco>"#
    ))
}

/// Speed at which the lift sinks in the end, m/s, with this kd.
fn sinking(model: &RobotModel, kd: f64, settings: &SimParams) -> f64 {
    let mut world = World::new(model, settings).unwrap();
    for _ in 0..250 {
        world.step(&[DriveCommand { kd, ..LIMP }]);
    }
    -world.joint(0).velocity
}

fn assert_sinks(model: &RobotModel, kd: f64, expected: f64) {
    let speed = sinking(model, kd, &SimParams::default());
    assert!(
        (speed - expected).abs() < 0.002 * expected,
        "kd {kd}: {speed} m/s, expected {expected}"
    );
}

#[test]
fn a_joints_damping_stays_with_every_actuator_and_without_kd() {
    let damped = r#"damping="100""#;
    for actuator in [
        r#"<motor joint="s"/>"#,
        r#"<position joint="s" kp="50" forcerange="-500 500"/>"#,
        r#"<position joint="s" kp="50" kv="3"/>"#,
        r#"<general joint="s" biastype="affine" gainprm="50" biasprm="0 -50 0"/>"#,
        r#"<velocity joint="s" kv="5"/>"#,
    ] {
        assert_sinks(&lift(damped, actuator), 0.0, WEIGHT_N / 100.0);
    }
}

#[test]
fn a_kd_adds_to_the_joints_damping() {
    let damped = r#"damping="100""#;
    for actuator in [
        r#"<motor joint="s"/>"#,
        r#"<position joint="s" kp="50" kv="3"/>"#,
        r#"<general joint="s"/>"#,
    ] {
        assert_sinks(&lift(damped, actuator), 50.0, WEIGHT_N / 150.0);
    }
}

#[test]
fn a_position_actuator_without_kv_shares_the_joints_damping_unless_told_otherwise() {
    let model = lift(r#"damping="100""#, r#"<position joint="s" kp="50"/>"#);
    // The description gives the joint's damping as the drive's kd: commanded back, it counts once.
    assert_eq!(model.description().joints[0].damping, Some(100.0));
    assert_sinks(&model, 100.0, WEIGHT_N / 100.0);
    assert_sinks(&model, 150.0, WEIGHT_N / 150.0);
    let apart = SimParams {
        kd_includes_joint_damping: false,
        ..SimParams::default()
    };
    let speed = sinking(&model, 50.0, &apart);
    assert!((speed - WEIGHT_N / 150.0).abs() < 0.001, "{speed}");
}

#[test]
fn a_speed_that_is_asked_for_is_reached_with_shared_damping_too() {
    let model = lift(r#"damping="100""#, r#"<position joint="s" kp="50"/>"#);
    let mut world = World::new(&model, &SimParams::default()).unwrap();
    let rise = DriveCommand {
        velocity: 0.5,
        kd: 100.0,
        effort: WEIGHT_N,
        ..LIMP
    };
    for _ in 0..250 {
        world.step(&[rise]);
    }
    assert!((world.joint(0).velocity - 0.5).abs() < 1e-3, "{:?}", world.joint(0));
}

#[test]
fn dry_friction_and_rotor_inertia_stay_too() {
    for actuator in [r#"<motor joint="s"/>"#, r#"<position joint="s" kp="50"/>"#] {
        let model = lift(r#"damping="100" frictionloss="10""#, actuator);
        assert_sinks(&model, 0.0, (WEIGHT_N - 10.0) / 100.0);
        let mut world = World::new(&lift(r#"armature="3""#, actuator), &SimParams::default()).unwrap();
        for _ in 0..10 {
            world.step(&[LIMP]);
        }
        // Twice the inertia, the same weight.
        let speed = -world.joint(0).velocity;
        assert!((speed - 0.04 * 9.81 / 2.0).abs() < 1e-3, "{speed}");
    }
}

#[test]
fn the_dynamics_of_a_urdf_stay() {
    let text = r#"<robot name="lift"><link name="world"/><link name="b"><inertial><mass value="3"/>
        <inertia ixx="0.02" iyy="0.02" izz="0.02" ixy="0" ixz="0" iyz="0"/></inertial></link>
        <joint name="s" type="prismatic"><parent link="world"/><child link="b"/><origin xyz="0 0 3"/><axis xyz="0 0 1"/>
        <limit lower="-2" upper="2" effort="500" velocity="5"/><dynamics damping="100" friction="10"/></joint></robot>"#;
    let model = urdf(text);
    assert_sinks(&model, 0.0, (WEIGHT_N - 10.0) / 100.0);
    assert_sinks(&model, 50.0, (WEIGHT_N - 10.0) / 150.0);
}
