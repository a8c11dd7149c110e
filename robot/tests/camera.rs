//! Where cameras sit, and how points become pixels.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::Path;

use nalgebra::{Isometry3, Point3, Vector3};
use sinew_robot::camera::{CameraParams, CameraPose, CameraPoseError, Intrinsics, Mount};
use sinew_robot::{RobotModel, load};

fn file(name: &str) -> RobotModel {
    load(&Path::new(env!("CARGO_MANIFEST_DIR")).join(name)).unwrap()
}

#[test]
fn points_project_as_a_pinhole_does() {
    let lens = Intrinsics::from_fovy(320, 240, std::f64::consts::FRAC_PI_2);
    assert!((lens.fx - 120.0).abs() < 1e-9 && lens.fx == lens.fy);
    assert_eq!(lens.project(&Point3::new(0.0, 0.0, 2.0)), Some([159.5, 119.5]));
    let [column, row] = lens.project(&Point3::new(1.0, -0.5, 2.0)).unwrap();
    assert!((column - 219.5).abs() < 1e-9 && (row - 89.5).abs() < 1e-9);
    assert_eq!(lens.project(&Point3::new(0.0, 0.0, -1.0)), None);
    let ray = lens.ray(column, row);
    assert!((ray - Vector3::new(0.5, -0.25, 1.0)).norm() < 1e-9);
}

#[test]
fn cameras_of_a_description_see_points_where_those_of_mujoco_do() {
    // Camera, field of view in degrees, and points of the world with column, row and depth by MuJoCo 4.0.0.
    type Seen = ([f64; 3], [f64; 3]);
    let scene: [(&str, f64, &[Seen]); 3] = [
        (
            "door",
            60.0,
            &[
                ([2.0, 0.3, 0.4], [535.8471, 459.14, 1.84038]),
                ([-2.0, -1.0, 0.5], [200.0396, 203.1753, 4.999492]),
            ],
        ),
        (
            "framed",
            110.0,
            &[
                ([0.0, 3.0, 1.0], [358.0537, 264.8224, 3.166761]),
                ([1.0, 2.0, 3.0], [555.1044, 190.3914, 1.762599]),
            ],
        ),
        (
            "hand",
            45.0,
            &[
                ([2.0, 0.3, 0.4], [426.0015, 675.6579, 1.371554]),
                ([4.0, 1.5, 1.7], [316.6222, 281.6911, 3.920731]),
            ],
        ),
    ];
    let head: [(&str, f64, &[Seen]); 1] = [(
        "head",
        78.0,
        &[
            ([2.0, 0.3, 0.4], [274.7841, 169.8331, 1.988388]),
            ([4.0, 1.5, 1.7], [166.4676, -32.8588, 2.905024]),
        ],
    )];
    for (robot, cameras) in [
        ("tests/models/cameras.xml", &scene[..]),
        ("../sim/robots/strider/strider.xml", &head[..]),
    ] {
        let model = file(robot);
        let key = model.keyframe(None).unwrap();
        let poses = model.body_poses(&key.base_pose(), &key.joints);
        for (name, fovy, points) in cameras {
            let params = CameraParams {
                mount: Some((*name).to_owned()),
                width: 640,
                height: 480,
                ..CameraParams::default()
            };
            let mount = Mount::find(&model, &params).unwrap();
            let lens = Intrinsics::from_fovy(params.width, params.height, mount.fovy_rad);
            assert!((mount.fovy_rad.to_degrees() - fovy).abs() < 1e-9, "{name}");
            let carrier = mount.body.map_or_else(Isometry3::identity, |body| poses[body]);
            let optical_from_world = (carrier * mount.pose).inverse();
            for (point, [column, row, depth]) in *points {
                let seen = optical_from_world * Point3::from(*point);
                let pixel = lens.project(&seen).unwrap();
                let errors = [pixel[0] - column, pixel[1] - row, seen.z - depth];
                assert!(errors.iter().all(|e| e.abs() < 2e-3), "{name}: {pixel:?}, {}", seen.z);
            }
        }
    }
}

#[test]
fn strider_has_the_same_head_camera_in_both_descriptions() {
    let place = |robot: &str, mount: Option<&str>| {
        let model = file(robot);
        let params = CameraParams {
            mount: mount.map(str::to_owned),
            ..CameraParams::default()
        };
        let mount = Mount::find(&model, &params).unwrap();
        let poses = model.body_poses(&Isometry3::identity(), &[]);
        poses[mount.body.unwrap()] * mount.pose
    };
    let mjcf = place("../sim/robots/strider/scene.xml", None);
    for link in ["head_camera_link", "head_camera_optical_frame"] {
        let urdf = place("../sim/robots/strider/strider.urdf", Some(link));
        assert!(
            (mjcf.translation.vector - urdf.translation.vector).norm() < 1e-6,
            "{link}"
        );
        assert!(mjcf.rotation.angle_to(&urdf.rotation) < 1e-5, "{link}");
    }
    let forward = mjcf.rotation * Vector3::z();
    assert!((forward - Vector3::new(0.6_f64.cos(), 0.0, -0.6_f64.sin())).norm() < 1e-6);
}

#[test]
fn strider_stands_with_its_camera_where_its_description_says() {
    let model = file("../sim/robots/strider/scene.xml");
    let pose = CameraPose::find(&model, None, &CameraParams::default()).unwrap();
    let above = pose.base_height_m + pose.base_from_optical.translation.z;
    assert!((above - 1.14).abs() < 0.01, "{above} m above the floor");
    let forwards = pose.base_from_optical.rotation * Vector3::z();
    assert!((forwards.z + 0.6_f64.sin()).abs() < 0.01, "looks along {forwards}");
}

#[test]
fn a_camera_that_does_not_move_with_the_robot_has_no_pose_on_it() {
    let model = file("../sim/robots/strider/scene.xml");
    let params = CameraParams {
        mount: Some("world".to_owned()),
        ..CameraParams::default()
    };
    let found = CameraPose::find(&model, None, &params);
    assert_eq!(found, Err(CameraPoseError::NotOnRobot));
}

#[test]
fn an_unknown_keyframe_is_refused_with_those_that_there_are() {
    let model = file("../sim/robots/strider/scene.xml");
    let error = CameraPose::find(&model, Some("upside_down"), &CameraParams::default()).unwrap_err();
    let text = error.to_string();
    assert!(
        text.contains("`keyframe`") && text.contains("(home)") && text.contains("\"upside_down\""),
        "{text}"
    );
}

#[test]
fn a_camera_that_cannot_be_is_refused_by_the_name_of_its_parameter() {
    let model = file("../sim/robots/strider/scene.xml");
    let refused = |params: CameraParams| Mount::find(&model, &params).unwrap_err().to_string();
    let usual = CameraParams::default;
    assert!(
        refused(CameraParams { width: 0, ..usual() }).contains("`width`: expected integer from 1 to 4096, found 0")
    );
    assert!(
        refused(CameraParams {
            height: 5000,
            ..usual()
        })
        .contains("`height`")
    );
    let blind = CameraParams {
        fovy_rad: Some(f64::NAN),
        ..usual()
    };
    assert!(refused(blind).contains("`fovy_rad`"));
    assert!(refused(CameraParams { near_m: 0.0, ..usual() }).contains("`near_m`"));
    let lost = CameraParams {
        position_m: [0.0, f64::INFINITY, 0.0],
        ..usual()
    };
    assert!(refused(lost).contains("`position_m`"));
    let nowhere = CameraParams {
        mount: Some("tail".to_owned()),
        ..usual()
    };
    let text = refused(nowhere);
    assert!(
        text.contains("`mount`") && text.contains("head") && text.contains("\"tail\""),
        "{text}"
    );
}

#[test]
fn a_camera_without_a_field_of_view_is_refused_by_its_line() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("robot.xml");
    let text = r#"<mujoco><worldbody><body name="b"><joint name="j"/><camera name="eye" fovy="180"/></body></worldbody></mujoco>"#;
    std::fs::write(&path, text).unwrap();
    let error = load(&path).unwrap_err().to_string();
    assert!(
        error.contains("eye") && error.contains("`fovy`") && error.contains("180"),
        "{error}"
    );
}
