//! MJCF files: what they mean, and what is refused.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "../common/folder.rs"]
mod folder;
mod inclusion;
mod refusals;

use std::path::Path;

use folder::Folder;
use nalgebra::{Isometry3, Translation3, Vector3};
use sinew_robot::{Drive, JointKind, RobotModel, Shape, load};

fn parse(text: &str) -> Result<RobotModel, String> {
    load(&Folder::new().put("r.xml", text)).map_err(|error| error.to_string())
}

fn model(name: &str) -> RobotModel {
    load(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/models").join(name)).unwrap()
}

/// A robot with a base and one joint; `inside` goes into the jointed body, `after` behind the
/// world.
fn robot(inside: &str, after: &str) -> String {
    format!(
        r#"<mujoco><worldbody><body name="a"><freejoint/><geom name="ga" size="0.1"/>
        <body name="b"><joint name="j" range="-10 10"/><geom name="gb" size="0.1"/>{inside}</body></body></worldbody>
        {after}</mujoco>"#
    )
}

fn near(found: &[f64], expected: &[f64]) {
    assert_eq!(found.len(), expected.len());
    for (a, b) in found.iter().zip(expected) {
        assert!((a - b).abs() < 1e-9, "{found:?} is not {expected:?}");
    }
}

#[test]
fn a_robot_with_something_of_everything_is_that_of_mujoco() {
    // As MuJoCo 3.17.0 computes it from the same file (with a sphere for the missing mesh).
    let robot = model("features.xml");
    let names: Vec<&str> = robot.bodies.iter().map(|body| body.name.as_str()).collect();
    assert_eq!(names, ["trunk", "thigh/roll", "thigh", "shank"]);
    let world_geoms: Vec<&str> = robot.world_geoms.iter().map(|geom| geom.name.as_str()).collect();
    assert_eq!(world_geoms, ["floor", "step"]);
    near(
        robot.world_geoms[1].pose.translation.vector.as_slice(),
        &[3.0, 0.0, 0.0],
    );
    assert_eq!(robot.gravity, Vector3::new(0.0, 0.0, -9.8));

    let key = robot.keyframe(Some("crouch")).unwrap();
    assert_eq!(key.joints, [0.0, -0.3, 0.6]);
    let base = Isometry3::from_parts(Translation3::from(key.base_position), key.base_orientation);
    let poses = robot.body_poses(&base, &[0.3, -0.4, 0.9]);
    let masses: Vec<f64> = robot.bodies.iter().map(|body| body.inertia.mass).collect();
    near(&masses, &[5.0, 0.0, 0.819955682586936, 0.5]);
    near(poses[2].translation.vector.as_slice(), &[0.0, 0.1, 0.5]);
    near(
        poses[3].translation.vector.as_slice(),
        &[0.06337526562674616, 0.22767045097679686, 0.236023047115623],
    );
    let q = poses[3].rotation;
    near(
        &[q.w, q.i, q.j, q.k],
        &[
            0.919102750150477,
            0.07976980468803416,
            0.27284328187245344,
            0.2728432818724535,
        ],
    );
    near(
        (poses[3] * robot.bodies[3].inertia.com).coords.as_slice(),
        &[-0.04563900078703852, 0.22721972713871988, 0.06834571839678236],
    );
}

#[test]
fn classes_give_what_an_element_does_not_say() {
    let robot = model("features.xml");
    let joint = |k: usize| robot.bodies[k].joint.as_ref().unwrap();
    let (roll, pitch, knee) = (joint(1), joint(2), joint(3));
    assert_eq!((roll.damping, pitch.damping, knee.damping), (0.1, 0.5, 0.5));
    assert_eq!((roll.armature, knee.armature), (0.02, 0.02));
    assert_eq!((roll.axis, pitch.axis), (Vector3::x(), Vector3::y()));
    assert_eq!((roll.range, knee.range), (Some([-1.0, 1.0]), None));
    assert_eq!((knee.effort, knee.friction, knee.spring), (20.0, 0.1, (3.0, 0.2)));
    assert_eq!(robot.bodies[3].gravity_compensation, 0.5);
    // A position from a class stays when the element turns itself.
    let shell = &robot.bodies[0].geoms[0];
    near(shell.pose.translation.vector.as_slice(), &[0.0, 0.0, 0.01]);
    near(&[shell.pose.rotation.i], &[1.0]);
    assert_eq!(shell.rgba, [1.0, 0.0, 0.0, 1.0]);
    let Shape::Mesh(mesh) = &shell.shape else {
        panic!("{shell:?}");
    };
    assert!(mesh.triangles.is_none() && mesh.file.ends_with("not_there.stl"));
    assert_eq!(mesh.scale, Vector3::repeat(0.001));
    let Shape::Capsule { radius, half_length } = robot.bodies[2].geoms[0].shape else {
        panic!("{:?}", robot.bodies[2].geoms);
    };
    near(&[radius, half_length], &[0.03, 0.125]);
}

#[test]
fn actuators_keep_their_order_gains_and_limits() {
    let robot = model("features.xml");
    let seen = robot.description();
    let names: Vec<&str> = seen.joints.iter().map(|joint| joint.name.as_str()).collect();
    assert_eq!(names, ["knee", "pitch", "roll"]);
    let gains = |j: usize| (seen.joints[j].stiffness, seen.joints[j].damping);
    assert_eq!(gains(0), (Some(30.0), Some(2.0)));
    assert_eq!(gains(1), (Some(25.0), Some(1.5)));
    assert_eq!(gains(2), (None, None));
    let efforts: Vec<f64> = seen.joints.iter().map(|joint| joint.effort_nm).collect();
    assert_eq!(efforts, [8.0, 8.0, 20.0]);
    let rest: Vec<f64> = seen.joints.iter().map(|joint| joint.default_rad).collect();
    assert_eq!(rest, [0.2, 0.1, 0.0]);
}

#[test]
fn contacts_and_sensors_are_read() {
    let robot = model("features.xml");
    assert_eq!(robot.gyro_sites, ["mark"]);
    let (body, site) = robot.site("imu").unwrap();
    assert_eq!(body, 0);
    near(site.pose.translation.vector.as_slice(), &[0.0, 0.0, -0.1]);
    assert_eq!(robot.excludes, [(0, 3)]);
    assert_eq!(robot.pairs.len(), 1);
    assert_eq!((robot.pairs[0].geom2.as_str(), robot.pairs[0].friction), ("toe", 0.9));
    assert_eq!(robot.world_geoms[0].contact.affinity, 4);
}

#[test]
fn several_actuators_on_one_joint_become_one() {
    let both = robot(
        "",
        r#"<actuator><position joint="j" kp="20"/><velocity joint="j" kv="3"/></actuator>"#,
    );
    let model = parse(&both).unwrap();
    assert_eq!(model.actuators.len(), 1);
    assert_eq!(model.actuators[0].drive, Drive::Position { kp: 20.0, kv: 3.0 });
}

#[test]
fn limits_count_as_autolimits_and_flags_say() {
    let range = |compiler: &str, joint: &str| {
        let text = robot("", compiler).replace("range=\"-10 10\"", joint);
        parse(&text).unwrap().bodies[1].joint.as_ref().unwrap().range
    };
    let radian = r#"<compiler angle="radian"/>"#;
    let manual = r#"<compiler angle="radian" autolimits="false"/>"#;
    assert_eq!(range(radian, r#"range="-1 2""#), Some([-1.0, 2.0]));
    assert_eq!(range(radian, r#"range="-1 2" limited="false""#), None);
    assert_eq!(range(manual, r#"range="-1 2""#), None);
    assert_eq!(range(manual, r#"range="-1 2" limited="true""#), Some([-1.0, 2.0]));
}

#[test]
fn joints_without_a_name_are_called_after_their_body() {
    let model = parse(&robot("", "").replace("name=\"j\"", "type=\"slide\"")).unwrap();
    let joint = model.bodies[1].joint.as_ref().unwrap();
    assert_eq!((joint.name.as_str(), joint.kind), ("b_joint", JointKind::Slide));
}

#[test]
fn a_tendon_that_only_limits_is_left_out() {
    let limited = robot(
        "",
        r#"<tendon><fixed limited="true" range="-1 0.1" solreflimit="0.003 1"><joint joint="j" coef="1"/></fixed></tendon>"#,
    );
    assert_eq!(parse(&limited).unwrap().bodies.len(), 2);
}

#[test]
fn a_pair_may_name_the_floor_of_the_scenes_that_include_the_robot() {
    let pair = r#"<contact><pair geom1="ga" geom2="floor" friction="0.7"/></contact>"#;
    let pairs = parse(&robot("", pair)).unwrap().pairs;
    assert_eq!((pairs[0].geom2.as_str(), pairs[0].friction), ("floor", 0.7));
    // With a ground of its own, another name is a mistake.
    let ground = r#"<mujoco><worldbody><geom name="ground" type="plane" size="0 0 1"/></worldbody></mujoco>"#;
    let folder = Folder::new();
    folder.put("ground.xml", ground);
    let with_ground = robot("", pair).replacen("<mujoco>", r#"<mujoco><include file="ground.xml"/>"#, 1);
    let error = load(&folder.put("r.xml", &with_ground)).unwrap_err().to_string();
    assert!(error.contains("`geom2`") && error.contains("\"floor\""), "{error}");
}
