//! URDF files: what they mean, and what is refused.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "common/folder.rs"]
mod folder;

use std::path::Path;

use folder::Folder;
use nalgebra::{Isometry3, Matrix3, Vector3};
use sinew_robot::{JointKind, LoadOptions, RobotModel, Shape, load, load_with};

const INERTIAL: &str = r#"<inertial><mass value="1"/>
    <inertia ixx="0.01" ixy="0" ixz="0" iyy="0.01" iyz="0" izz="0.01"/></inertial>"#;

/// Two links joined by `joint`, which may hold anything.
fn two_links(joint: &str) -> String {
    format!(
        r#"<robot name="r"><link name="a">{INERTIAL}</link><link name="b">{INERTIAL}</link>
        {joint}</robot>"#
    )
}

fn joint(kind: &str, inside: &str) -> String {
    two_links(&format!(
        r#"<joint name="j" type="{kind}"><parent link="a"/><child link="b"/>{inside}</joint>"#
    ))
}

fn parse(text: &str) -> Result<RobotModel, String> {
    let folder = Folder::new();
    load(&folder.put("r.urdf", text)).map_err(|error| error.to_string())
}

fn refusal(text: &str) -> String {
    match parse(text) {
        Ok(_) => panic!("it was accepted: {text}"),
        Err(error) => {
            assert!(error.contains("r.urdf"), "the file is not named: {error}");
            error
        }
    }
}

fn model(name: &str) -> RobotModel {
    load(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/models").join(name)).unwrap()
}

#[test]
fn frames_and_inertias_are_those_of_mujoco() {
    // As MuJoCo 3.17.0 computes them from the same file.
    let arm = model("arm.urdf");
    let poses = arm.body_poses(&Isometry3::identity(), &[0.7, 0.2, -1.1]);
    let expected = [
        ("base", [0.0; 3], [0.0; 3]),
        (
            "upper",
            [0.1, 0.2, 0.3],
            [0.184424041969, 0.224806664728, 0.352509147038],
        ),
        (
            "mount",
            [0.272723619628, 0.256711523235, 0.471611055457],
            [0.273590316189, 0.255554382074, 0.4815059966595],
        ),
        (
            "slider",
            [0.455875633276, 0.165912006416, 0.444950454522],
            [0.493503719082, 0.133751031533, 0.437893624275],
        ),
        (
            "wheel",
            [0.480883915165, 0.031648096296, 0.481662690577],
            [0.480883915165, 0.031648096296, 0.481662690577],
        ),
    ];
    for (k, (name, origin, com)) in expected.into_iter().enumerate() {
        assert_eq!(arm.bodies[k].name, name);
        assert!(
            (poses[k].translation.vector - Vector3::from(origin)).norm() < 1e-9,
            "{name}"
        );
        let found = poses[k] * arm.bodies[k].inertia.com;
        assert!((found.coords - Vector3::from(com)).norm() < 1e-9, "{name}");
    }
    let about_com = |k: usize| {
        let rotation = poses[k].rotation.to_rotation_matrix();
        rotation * arm.bodies[k].inertia.about_com * rotation.transpose()
    };
    let upper = Matrix3::new(
        0.005124037959171,
        0.000723345963579,
        -0.002348251425252,
        0.000723345963579,
        0.012339717331242,
        0.000080960353319,
        -0.002348251425252,
        0.000080960353319,
        0.008536244709588,
    );
    assert!((about_com(1) - upper).norm() < 1e-10, "{}", about_com(1));
    let slider = Matrix3::new(
        0.002303491246960,
        0.000475944351398,
        -0.000033636673,
        0.000475944351398,
        0.002337264960732,
        -0.000441463704161,
        -0.000033636673,
        -0.000441463704161,
        0.002359243792308,
    );
    assert!((about_com(3) - slider).norm() < 1e-10, "{}", about_com(3));
}

#[test]
fn every_kind_of_joint_is_what_it_says() {
    let arm = model("arm.urdf");
    let joints: Vec<_> = arm.bodies.iter().map(|body| body.joint.as_ref()).collect();
    assert!(joints[0].is_none() && joints[2].is_none(), "base and fixed joint");
    let shoulder = joints[1].unwrap();
    assert_eq!((shoulder.kind, shoulder.range), (JointKind::Hinge, Some([-1.5, 2.0])));
    assert_eq!((shoulder.effort, shoulder.velocity), (30.0, 6.0));
    assert_eq!((shoulder.damping, shoulder.friction), (0.4, 0.1));
    assert!((shoulder.axis - Vector3::new(0.0, 0.8944271909999159, 0.4472135954999579)).norm() < 1e-12);
    let rail = joints[3].unwrap();
    assert_eq!((rail.kind, rail.range), (JointKind::Slide, Some([-0.1, 0.3])));
    let spin = joints[4].unwrap();
    assert_eq!((spin.kind, spin.range), (JointKind::Hinge, None));
    assert!(spin.effort.is_infinite() && spin.velocity.is_infinite());
    let robot = arm.description();
    assert_eq!(robot.dof(), 3);
    assert!(robot.joints[2].lower_rad.is_infinite());
    assert_eq!(arm.bodies[1].geoms[0].rgba, [0.1, 0.2, 0.3, 1.0]);
}

#[test]
fn the_root_floats_unless_it_is_the_world_or_bolted() {
    let text = joint("continuous", "");
    let folder = Folder::new();
    let file = folder.put("r.urdf", &text);
    assert!(load(&file).unwrap().floating_base);
    assert!(
        !load_with(&file, &LoadOptions { fixed_base: true })
            .unwrap()
            .floating_base
    );
    let bolted = text.replace("\"a\"", "\"world\"");
    assert!(!parse(&bolted).unwrap().floating_base);
}

#[test]
fn a_limit_of_zero_means_that_it_is_not_known() {
    let limit = r#"<limit lower="-1" upper="1" effort="0" velocity="0"/>"#;
    let robot = parse(&joint("revolute", limit)).unwrap().description();
    assert!(robot.joints[0].effort_nm.is_infinite());
    assert!(robot.joints[0].velocity_rad_s.is_infinite());
}

#[test]
fn joints_that_cannot_be_simulated_are_refused_by_name() {
    let limit = r#"<limit lower="-1" upper="1" effort="5" velocity="5"/>"#;
    for (text, words) in [
        (joint("planar", ""), vec!["\"j\"", "type", "planar"]),
        (joint("floating", ""), vec!["\"j\"", "type", "floating"]),
        (joint("", ""), vec!["\"j\"", "type", "revolute"]),
        (joint("revolute", ""), vec!["\"j\"", "<limit>"]),
        (joint("prismatic", ""), vec!["\"j\"", "<limit>"]),
        (
            joint("revolute", &format!("{limit}<mimic joint=\"x\"/>")),
            vec!["\"j\"", "mimic"],
        ),
        (
            joint("revolute", r#"<limit lower="1" upper="-1" effort="5" velocity="5"/>"#),
            vec!["lower", "upper", "\"1\""],
        ),
        (
            joint("revolute", r#"<limit lower="-1" upper="1" effort="-5" velocity="5"/>"#),
            vec!["effort", "at least 0", "-5"],
        ),
        (
            joint(
                "revolute",
                r#"<limit lower="-1" upper="many" effort="5" velocity="5"/>"#,
            ),
            vec!["upper", "many"],
        ),
        (
            joint("continuous", "<axis xyz=\"0 0 0\"/>"),
            vec!["\"j\"", "<axis>", "zero"],
        ),
        (
            joint("continuous", "<axis xyz=\"0 1\"/>"),
            vec!["xyz", "3 finite numbers"],
        ),
        (
            joint("continuous", "<dynamics damping=\"-1\"/>"),
            vec!["damping", "at least 0"],
        ),
        (
            joint("continuous", "<origin rpy=\"0 NaN 0\"/>"),
            vec!["rpy", "finite", "NaN"],
        ),
        (
            joint("continuous", "").replace("child link=\"b\"", "child link=\"c\""),
            vec!["link", "\"c\""],
        ),
        (
            joint("continuous", "").replace("<parent link=\"a\"/>", ""),
            vec!["\"j\"", "<parent"],
        ),
        (two_links(""), vec!["two root links", "\"a\"", "\"b\""]),
        (
            joint("continuous", "").replace("name=\"b\"", "name=\"a\""),
            vec!["\"a\"", "same name"],
        ),
        (
            joint("continuous", "").replace("mass value=\"1\"", "mass value=\"-1\""),
            vec!["value", "mass", "-1"],
        ),
        (
            joint("continuous", "").replace("ixx=\"0.01\"", "ixx=\"-0.01\""),
            vec!["ixx", "positive definite"],
        ),
    ] {
        let error = refusal(&text);
        for word in words {
            assert!(error.contains(word), "\"{word}\" is not in: {error}");
        }
    }
}

#[test]
fn a_loop_of_links_is_refused() {
    let text = two_links(
        r#"<joint name="j" type="continuous"><parent link="a"/><child link="b"/></joint>
        <joint name="k" type="continuous"><parent link="b"/><child link="a"/></joint>"#,
    );
    assert!(refusal(&text).contains("circle"));
}

/// A tetrahedron as a binary STL, a text STL and an OBJ.
fn tetrahedron() -> (Vec<u8>, String, String) {
    let corners = [[0.0_f32; 3], [0.1, 0.0, 0.0], [0.0, 0.2, 0.0], [0.0, 0.0, 0.3]];
    let faces = [[0, 2, 1], [0, 1, 3], [0, 3, 2], [1, 2, 3]];
    let mut binary = vec![0_u8; 80];
    binary.extend(4_u32.to_le_bytes());
    let mut text = "solid t\n".to_owned();
    let mut obj = String::new();
    for corner in corners {
        obj += &format!("v {} {} {}\n", corner[0], corner[1], corner[2]);
    }
    for face in faces {
        binary.extend([0; 12]);
        text += "facet normal 0 0 0\nouter loop\n";
        for index in face {
            let corner: [f32; 3] = corners[index];
            binary.extend(corner.iter().flat_map(|x| x.to_le_bytes()));
            text += &format!("vertex {} {} {}\n", corner[0], corner[1], corner[2]);
        }
        binary.extend([0; 2]);
        text += "endloop\nendfacet\n";
        obj += &format!("f {}/1 {}/1/1 {}//1\n", face[0] + 1, face[1] + 1, face[2] + 1);
    }
    (binary, text + "endsolid t\n", obj)
}

#[test]
fn meshes_are_found_by_package_by_path_and_beside_the_file() {
    let (binary, text, obj) = tetrahedron();
    let folder = Folder::new();
    folder.put("my_robot/meshes/binary.STL", binary);
    folder.put("my_robot/meshes/text.stl", text);
    let wavefront = folder.put("my_robot/meshes/wavefront.obj", obj);
    let absolute = format!("file://{}", wavefront.display());
    for name in [
        "package://my_robot/meshes/binary.STL",
        "../meshes/text.stl",
        "package://my_robot/meshes/wavefront.obj",
        &absolute,
    ] {
        let mesh =
            format!(r#"<collision><geometry><mesh filename="{name}" scale="2 1 1"/></geometry></collision></link>"#);
        let robot = joint("continuous", "").replacen("</link>", &mesh, 1);
        let model = load(&folder.put("my_robot/urdf/r.urdf", robot)).unwrap();
        let Shape::Mesh(shape) = &model.bodies[0].geoms[0].shape else {
            panic!("{:?}", model.bodies[0].geoms);
        };
        let triangles = shape.triangles.as_ref().unwrap();
        assert_eq!(triangles.len(), 4, "{name}");
        let far = triangles.iter().flatten().map(|p| p.x).fold(0.0, f64::max);
        assert!((far - 0.2).abs() < 1e-6, "{name}: {far}");
    }
}

#[test]
fn a_missing_mesh_stops_only_where_it_collides() {
    let shape = r#"<geometry><mesh filename="package://none/nothing.dae"/></geometry>"#;
    let visual = joint("continuous", "").replacen("</link>", &format!("<visual>{shape}</visual></link>"), 1);
    assert_eq!(parse(&visual).unwrap().bodies[0].geoms.len(), 1);
    let folder = Folder::new();
    let collision = visual.replace("visual>", "collision>");
    let error = load(&folder.put("r.urdf", collision)).unwrap_err().to_string();
    assert!(error.contains("nothing.dae"), "{error}");
}

#[test]
fn a_mesh_of_another_kind_or_a_broken_one_is_refused() {
    let folder = Folder::new();
    let mut cut = tetrahedron().0;
    cut.truncate(120);
    folder.put("cut.stl", cut);
    folder.put("wrong.obj", "v 0 0 0\nf 1 2 3\n");
    folder.put("empty.obj", "");
    folder.put("huge.obj", "v 1e30 0 0\nv 0 1 0\nv 0 0 1\nf 1 2 3\n");
    folder.put("scene.dae", "<COLLADA/>");
    for (name, word) in [
        ("cut.stl", "length"),
        ("wrong.obj", "line 2"),
        ("empty.obj", "no triangle"),
        ("huge.obj", "finite"),
        ("scene.dae", ".stl and .obj"),
    ] {
        let mesh = format!(r#"<collision><geometry><mesh filename="{name}"/></geometry></collision></link>"#);
        let robot = joint("continuous", "").replacen("</link>", &mesh, 1);
        let error = load(&folder.put("r.urdf", robot)).unwrap_err().to_string();
        assert!(error.contains(name) && error.contains(word), "{error}");
    }
}
