//! Joints that follow others: URDF's `<mimic>`, MJCF's `<equality><joint>`.

use sinew_sim::RobotModel;
use sinew_sim::world::{DriveCommand, World, WorldSettings};

use super::{LIMP, assert_says, mjcf, read, urdf};

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
    let mut world = World::new(model, &WorldSettings::default()).unwrap();
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
    let curved = text.replace("0.5 -2 0 0 0", "0.5 -2 0.1 0 0");
    assert_says(
        &read("r.xml", &curved).unwrap_err(),
        &["r.xml", "<joint>", "`polycoef`", "0.5 -2 0.1"],
    );
    let lost = text.replace("joint2=\"j1\"", "joint2=\"j9\"");
    assert_says(&read("r.xml", &lost).unwrap_err(), &["`joint2`", "\"j9\""]);
}

#[test]
fn a_mimic_without_numbers_is_the_same_and_one_of_a_mimic_goes_through() {
    let plain = urdf(&wheels(r#"<mimic joint="j1"/>"#));
    let coupling = plain.couplings[0];
    assert_eq!((coupling.multiplier, coupling.offset), (1.0, 0.0));
    let chain = wheels(r#"<mimic joint="j1" multiplier="2" offset="0.25"/>"#).replace(
        "</robot>",
        r#"<link name="three"><inertial><mass value="1"/>
        <inertia ixx="0.02" iyy="0.02" izz="0.02" ixy="0" ixz="0" iyz="0"/></inertial></link>
        <joint name="j3" type="continuous"><parent link="world"/><child link="three"/>
        <mimic joint="j2" multiplier="3" offset="0.5"/></joint></robot>"#,
    );
    let model = urdf(&chain);
    assert_eq!(model.driven_bodies().len(), 1);
    assert_eq!(model.default_joints(None), [0.0, 0.25, 1.25]);
}

#[test]
fn a_mimic_of_nothing_or_in_a_circle_is_refused() {
    for (mimic, words) in [
        (
            r#"<mimic joint="j9"/>"#,
            vec!["\"j2\"", "mimics \"j9\"", "another joint"],
        ),
        (r#"<mimic joint="j2"/>"#, vec!["mimics \"j2\"", "another joint"]),
        ("<mimic/>", vec!["`joint`"]),
        (r#"<mimic joint="j1" multiplier="two"/>"#, vec!["`multiplier`", "two"]),
    ] {
        let error = read("r.urdf", &wheels(mimic)).unwrap_err();
        assert_says(&error, &["r.urdf"]);
        assert_says(&error, &words);
    }
    let circle = wheels(r#"<mimic joint="j1"/>"#).replacen("</joint>", r#"<mimic joint="j2"/></joint>"#, 1);
    assert_says(
        &read("r.urdf", &circle).unwrap_err(),
        &["\"j2\"", "mimics \"j1\"", "follows it"],
    );
}
