//! Strider, written and read back.

use nalgebra::Matrix3;
use sinew_robot::export::armature::rotor_inertia;
use sinew_robot::export::{Content, JointDrive, Options, Target, export};
use sinew_robot::{Drive, Joint, RobotModel};

use crate::{read_back, strider};

const TOLERANCE: f64 = 1e-9;

fn joints(model: &RobotModel) -> Vec<(&str, &Joint)> {
    let bodies = model.bodies.iter();
    bodies
        .filter_map(|body| Some((body.name.as_str(), body.joint.as_ref()?)))
        .collect()
}

/// Whether both have the same joints on the same bodies with the same masses, but for what a rotor adds.
fn assert_same(original: &RobotModel, read: &RobotModel, folded: bool) {
    assert_eq!(read.floating_base, original.floating_base);
    assert!((original.total_mass() - read.total_mass()).abs() < TOLERANCE);
    let (ours, theirs) = (joints(original), joints(read));
    assert_eq!(ours.len(), theirs.len());
    for ((body, one), (other_body, other)) in ours.iter().zip(&theirs) {
        assert_eq!((body, &one.name, one.kind), (other_body, &other.name, other.kind));
        assert!((one.axis - other.axis).norm() < TOLERANCE, "{}", one.name);
        assert_eq!((one.range, one.friction), (other.range, other.friction), "{}", one.name);
        assert_eq!(one.effort, other.effort, "{}", one.name);
    }
    for body in &original.bodies {
        let other = &read.bodies[read.body_index(&body.name).unwrap()];
        assert!(
            (body.inertia.com - other.inertia.com).norm() < TOLERANCE,
            "{}",
            body.name
        );
        let rotor = match &body.joint {
            Some(joint) if folded => rotor_inertia(joint.armature, &joint.axis),
            _ => Matrix3::zeros(),
        };
        let difference = body.inertia.about_com + rotor - other.inertia.about_com;
        assert!(difference.amax() < TOLERANCE, "{}: {difference}", body.name);
    }
}

#[test]
fn a_gazebo_model_is_the_same_robot_with_its_rotors_in_its_links() {
    let model = strider("scene.xml");
    let (read, exported) = read_back(&model, Target::Gazebo, &Options::default());
    assert_same(&model, &read, true);
    assert!(
        exported
            .notes
            .iter()
            .any(|note| note.contains("armature) of 19 joints")),
        "{:?}",
        exported.notes
    );
    // Bodies are where they were, in any pose.
    let positions: Vec<f64> = (0..19).map(|k| 0.03 * f64::from(k) - 0.2).collect();
    let base = model.bodies[0].pose;
    for (body, pose) in model.bodies.iter().zip(model.body_poses(&base, &positions)) {
        let other = read.body_poses(&base, &positions)[read.body_index(&body.name).unwrap()];
        assert!(
            (pose.to_homogeneous() - other.to_homogeneous()).amax() < TOLERANCE,
            "{}",
            body.name
        );
    }
}

#[test]
fn joints_carry_the_damping_of_their_drives_where_that_is_asked_for() {
    let model = strider("scene.xml");
    for drive_damping in [false, true] {
        let options = Options {
            drive_damping,
            drives: vec![JointDrive {
                joint: "left_knee_joint".to_owned(),
                kp: 300.0,
                kd: 9.0,
            }],
            ..Options::default()
        };
        let (read, _) = read_back(&model, Target::Urdf, &options);
        for (body, joint) in model.bodies.iter().zip(&read.bodies) {
            let (Some(own), Some(other)) = (&body.joint, &joint.joint) else {
                continue;
            };
            let index = model.body_index(&body.name).unwrap();
            let Some(Drive::Position { kv, .. }) = model.actuator_of(index).map(|actuator| actuator.drive) else {
                panic!("{} has no drive", own.name)
            };
            let kd = if own.name == "left_knee_joint" { 9.0 } else { kv };
            let expected = own.damping + if drive_damping { kd } else { 0.0 };
            assert!(
                (other.damping - expected).abs() < TOLERANCE,
                "{}: {}",
                own.name,
                other.damping
            );
        }
    }
}

#[test]
fn urdf_becomes_mjcf_with_the_same_masses_and_joints() {
    let model = strider("strider.urdf");
    let options = Options {
        drives: model
            .driven_bodies()
            .into_iter()
            .map(|body| JointDrive {
                joint: model.bodies[body].joint.as_ref().unwrap().name.clone(),
                kp: 100.0,
                kd: 3.0,
            })
            .collect(),
        ..Options::default()
    };
    let (read, exported) = read_back(&model, Target::Mujoco, &options);
    assert_same(&model, &read, false);
    assert!(
        read.actuators
            .iter()
            .all(|own| own.drive == Drive::Position { kp: 100.0, kv: 3.0 })
    );
    let names = |model: &RobotModel| -> Vec<String> {
        let description = model.description();
        description.joints.into_iter().map(|joint| joint.name).collect()
    };
    assert_eq!(names(&read), names(&model));
    assert!(read.keyframe(Some("home")).is_some());
    assert!(
        exported.notes.iter().any(|note| note.contains("no rotor inertia")),
        "{:?}",
        exported.notes
    );
}

#[test]
fn mjcf_is_not_written_as_mjcf() {
    let error = export(&strider("scene.xml"), Target::Mujoco, ".".as_ref(), &Options::default()).unwrap_err();
    assert!(
        error
            .to_string()
            .ends_with("scene.xml: it is MJCF already: MuJoCo reads it as it is"),
        "{error}"
    );
}

#[test]
fn a_gazebo_model_begins_at_rest_measures_against_the_world_and_has_friction() {
    let exported = export(
        &strider("scene.xml"),
        Target::Gazebo,
        "/somewhere".as_ref(),
        &Options::default(),
    )
    .unwrap();
    let text = |name: &str| {
        let file = exported
            .files
            .iter()
            .find(|file| file.name.to_str() == Some(name))
            .unwrap();
        match &file.content {
            Content::Text(text) => text.clone(),
            Content::CopyOf(_) => panic!("{name} is a copy"),
        }
    };
    let urdf = text("strider.urdf");
    for part in [
        "<localization>ENU</localization>",
        "<gazebo reference=\"left_foot_link\">\n    <mu1>0.8</mu1>\n    <mu2>0.8</mu2>",
        "<plugin>gz_ros2_control/GazeboSimSystem</plugin>",
        "<parameters>/somewhere/controllers.yaml</parameters>",
        "<param name=\"initial_value\">-0.25</param>",
        "<param name=\"max\">120</param>",
        "<link name=\"head_camera_optical_frame\"/>",
    ] {
        assert!(urdf.contains(part), "{part} is missing");
    }
    let controllers = text("controllers.yaml");
    assert!(controllers.contains("sensor_name: imu_sensor\n"), "{controllers}");
    // A controller that is called like a sensor cannot be activated.
    assert!(
        !controllers.contains("\nimu_sensor:") && !controllers.contains("    imu_sensor:"),
        "{controllers}"
    );
    // The joints damp by themselves.
    assert!(
        controllers.contains("\"left_knee_joint\": {p: 250.0, i: 0.0, d: 0.0,"),
        "{controllers}"
    );
    assert!(text("world.sdf").contains("gz-sim-imu-system"));
}
