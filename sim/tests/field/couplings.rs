//! Joints that follow others: URDF's `<mimic>`, MJCF's `<equality><joint>`.

use sinew_robot::RobotModel;
use sinew_sim::world::World;
use sinew_sim::{DriveCommand, Physics, SimParams};

use super::{LIMP, mjcf, urdf};

/// Two wheels on a wall, of 0.01 and 0.02 kg·m² about their axes; `mimic` goes into the second joint.
fn wheels(mimic: &str) -> String {
    let link = |name: &str, inertia: f64| {
        format!(
            r#"<link name="{name}"><inertial><mass value="1"/>
            <inertia ixx="{inertia}" iyy="{inertia}" izz="{inertia}" ixy="0" ixz="0" iyz="0"/></inertial></link>"#
        )
    };
    let joint = |name: &str, child: &str, inside: &str| {
        format!(
            r#"<joint name="{name}" type="continuous"><parent link="world"/><child link="{child}"/>
            <origin xyz="0 0 1"/><axis xyz="0 1 0"/>{inside}</joint>"#
        )
    };
    format!(
        r#"<robot name="wheels"><link name="world"/>{}{}{}{}</robot>"#,
        link("one", 0.01),
        link("two", 0.02),
        joint("j1", "one", ""),
        joint("j2", "two", mimic)
    )
}

/// Turns the first wheel with 1 N·m for 0.2 s: with the second at −2 times its speed it carries
/// 0.01 + 2² × 0.02 kg·m².
fn assert_follows(model: &RobotModel) {
    let seen = model.description();
    let names: Vec<&str> = seen.joints.iter().map(|joint| joint.name.as_str()).collect();
    assert_eq!(names, ["j1"], "a joint that follows is not driven");
    assert_eq!(model.default_joints(None), [0.0, 0.5]);
    let mut world = World::new(model, &SimParams::default()).unwrap();
    let two = model.body_index("two").unwrap();
    for _ in 0..50 {
        world.step(&[DriveCommand { effort: 1.0, ..LIMP }]);
        let angle = |axis: f64| axis.rem_euclid(std::f64::consts::TAU);
        let (_, turned, _) = world.body(two).pose.rotation.euler_angles();
        let rotation = world.body(two).pose.rotation;
        let found = rotation.scaled_axis().y;
        let expected = -2.0 * world.joint(0).position + 0.5;
        let off = angle(found - expected + 1.0) - 1.0;
        assert!(off.abs() < 0.01, "{found} {expected} {turned}");
        let speed = world.body(two).angular_velocity.y;
        assert!((speed + 2.0 * world.joint(0).velocity).abs() < 0.02, "{speed}");
    }
    let expected = 0.2 / 0.09;
    let speed = world.joint(0).velocity;
    assert!((speed - expected).abs() < 0.01 * expected, "{speed} {expected}");
}

#[test]
fn a_mimic_moves_with_its_leader_and_weighs_on_it() {
    assert_follows(&urdf(&wheels(r#"<mimic joint="j1" multiplier="-2" offset="0.5"/>"#)));
}

#[test]
fn an_equality_of_two_joints_does_the_same() {
    let text = r#"<mujoco><compiler angle="radian"/><worldbody>
        <body name="one" pos="0 0 1"><joint name="j1" axis="0 1 0"/><inertial pos="0 0 0" mass="1" diaginertia="0.01 0.01 0.01"/></body>
        <body name="two" pos="0 0 1"><joint name="j2" axis="0 1 0"/><inertial pos="0 0 0" mass="1" diaginertia="0.02 0.02 0.02"/></body>
        </worldbody><actuator><motor joint="j1"/></actuator>
        <equality><joint joint1="j2" joint2="j1" polycoef="0.5 -2 0 0 0"/></equality></mujoco>"#;
    assert_follows(&mjcf(text));
}
