//! Masses and inertias that cannot be are refused.

use super::{assert_says, mjcf, read, urdf};

/// A floating base whose inertia is `diagonal` and `products` (xy, xz, yz), with an arm on it.
fn robot(mass: f64, diagonal: [f64; 3], products: [f64; 3], more: &str) -> String {
    let [xx, yy, zz] = diagonal;
    let [xy, xz, yz] = products;
    format!(
        r#"<robot name="r">{more}<link name="base"><inertial><mass value="{mass}"/>
        <inertia ixx="{xx}" iyy="{yy}" izz="{zz}" ixy="{xy}" ixz="{xz}" iyz="{yz}"/></inertial></link>
        <link name="arm"><inertial><origin xyz="0 0 0.1"/><mass value="1"/>
        <inertia ixx="0.01" iyy="0.01" izz="0.001" ixy="0" ixz="0" iyz="0"/></inertial></link>
        <joint name="j" type="continuous"><parent link="base"/><child link="arm"/><axis xyz="0 1 0"/></joint></robot>"#
    )
}

#[test]
fn an_impossible_inertia_is_refused_by_file_and_link() {
    for (diagonal, products, word) in [
        ([0.01, 0.0, 0.01], [0.0; 3], "above 0 about every axis"),
        ([0.0, 0.0, 0.0], [0.0; 3], "above 0 about every axis"),
        ([0.01, -0.01, 0.01], [0.0; 3], "positive definite"),
        ([0.01, 0.01, 0.01], [0.02, 0.0, 0.0], "positive definite"),
        ([0.01, 0.01, 0.03], [0.0; 3], "sum of the other two"),
    ] {
        let error = read("r.urdf", &robot(2.0, diagonal, products, "")).unwrap_err();
        assert_says(&error, &["r.urdf", "\"base\"", word, "boundinertia"]);
    }
    for mass in ["-1", "NaN", "inf", "1e9", "heavy"] {
        let text = robot(2.0, [0.01; 3], [0.0; 3], "").replace("mass value=\"2\"", &format!("mass value=\"{mass}\""));
        assert_says(&read("r.urdf", &text).unwrap_err(), &["r.urdf", "<mass>", "`value`"]);
    }
}

#[test]
fn mujocos_own_settings_mend_a_urdf() {
    let settings = r#"<mujoco><compiler balanceinertia="true" boundinertia="1e-4" boundmass="0.5"/></mujoco>"#;
    let unbalanced = urdf(&robot(2.0, [0.01, 0.01, 0.03], [0.0; 3], settings));
    let moments = unbalanced.bodies[0].inertia.about_com;
    assert!((moments[(0, 0)] - 0.05 / 3.0).abs() < 1e-9 && (moments[(2, 2)] - 0.05 / 3.0).abs() < 1e-9);
    let flat = urdf(&robot(0.1, [0.01, 0.0, 0.01], [0.0; 3], settings));
    assert_eq!(flat.bodies[0].inertia.mass, 0.5);
    assert!((flat.bodies[0].inertia.about_com[(1, 1)] - 1e-4).abs() < 1e-9);
}

#[test]
fn an_mjcf_body_that_moves_needs_an_inertia_too() {
    let text = r#"<mujoco><worldbody><body name="b"><joint name="j"/><inertial pos="0 0 0" mass="1" diaginertia="0.01 0 0.01"/>
        </body></worldbody></mujoco>"#;
    assert_says(&read("r.xml", text).unwrap_err(), &["r.xml", "\"b\"", "above 0"]);
    // Fixed to a body that has one, a point of mass is none the worse.
    let fixed = text.replace(
        "</body></worldbody>",
        r#"<body name="sensor"><inertial pos="0 0 0.1" mass="0.1" diaginertia="0 0 0"/></body></body></worldbody>"#,
    );
    mjcf(&fixed.replacen("0.01 0 0.01", "0.01 0.01 0.01", 1));
}
