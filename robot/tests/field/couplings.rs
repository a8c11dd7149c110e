//! Joints that follow others: URDF's `<mimic>`, MJCF's `<equality><joint>`.

use super::{assert_says, mjcf, read, urdf};

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

#[test]
fn an_equality_that_is_no_line_or_names_no_joint_is_refused() {
    let text = r#"<mujoco><compiler angle="radian"/><worldbody>
        <body name="one"><joint name="j1"/><inertial pos="0 0 0" mass="1" diaginertia="1 1 1"/></body>
        <body name="two"><joint name="j2"/><inertial pos="0 0 0" mass="1" diaginertia="1 1 1"/></body>
        </worldbody><actuator><motor joint="j1"/></actuator>
        <equality><joint joint1="j2" joint2="j1" polycoef="0.5 -2 0 0 0"/></equality></mujoco>"#;
    let coupling = mjcf(text).couplings[0];
    assert_eq!((coupling.multiplier, coupling.offset), (-2.0, 0.5));
    let curved = text.replace("0.5 -2 0 0 0", "0.5 -2 0.1 0 0");
    assert_says(
        &read("r.xml", &curved).unwrap_err(),
        &["r.xml", "<joint>", "`polycoef`", "0.5 -2 0.1"],
    );
    let lost = text.replace("joint2=\"j1\"", "joint2=\"j9\"");
    assert_says(&read("r.xml", &lost).unwrap_err(), &["`joint2`", "\"j9\""]);
}
