//! What a format has no room for is said.

use sinew_robot::export::{Content, Options, Target, export};
use sinew_robot::{RobotModel, load};

use crate::folder::Folder;
use crate::read_back;

const ODD: &str = r#"<mujoco model="odd one">
  <compiler angle="radian"/>
  <worldbody>
    <geom name="floor" type="plane" size="0 0 1" contype="1" conaffinity="1"/>
    <camera name="outside" pos="1 0 1"/>
    <body name="base" pos="0 0 1" gravcomp="0.5">
      <freejoint/>
      <inertial pos="0 0 0" mass="2" diaginertia="0.1 0.1 0.1"/>
      <geom name="hull" type="ellipsoid" size="0.2 0.1 0.05"/>
      <body name="two/axes">
        <inertial pos="0 0 0" mass="1" diaginertia="0.01 0.01 0.01"/>
        <joint name="one" axis="1 0 0" stiffness="5" springref="0.2"/>
        <joint name="other" axis="0 1 0" pos="0 0 0.1" armature="0.01"/>
        <geom type="sphere" size="0.05"/>
        <body name="slider">
          <inertial pos="0 0 0" mass="0.1" diaginertia="0.001 0.001 0.001"/>
          <joint name="slide" type="slide" axis="0 0 1" armature="0.5"/>
        </body>
      </body>
    </body>
  </worldbody>
  <actuator><motor joint="one"/></actuator>
</mujoco>"#;

fn odd() -> RobotModel {
    load(&Folder::new().put("odd.xml", ODD)).unwrap()
}

#[test]
fn each_thing_that_is_lost_has_a_note_that_names_it() {
    let exported = export(&odd(), Target::Gazebo, "/somewhere".as_ref(), &Options::default()).unwrap();
    for part in [
        "touch the ground alone",
        "gravity compensation is left out: base",
        "slides has no place in a link and is left out: slide",
        "links without a mass that a joint moves have 0.001 kg",
        "two_axes",
        "frames of 1 links",
        "cameras that stand in the world",
        "no torque limit is known, and none holds, for one",
    ] {
        assert!(
            exported.notes.iter().any(|note| note.contains(part)),
            "{part} is not in {:#?}",
            exported.notes
        );
    }
}

#[test]
fn springs_and_ellipsoids_have_a_place_in_gazebo() {
    let exported = export(&odd(), Target::Gazebo, "/somewhere".as_ref(), &Options::default()).unwrap();
    let Content::Text(text) = &exported.files[0].content else {
        panic!("a copy")
    };
    assert!(text.contains("<springStiffness>5</springStiffness>"), "{text}");
    assert!(
        text.contains("filename=\"file:///somewhere/meshes/unit_sphere.stl\" scale=\"0.2 0.1 0.05\""),
        "{text}"
    );
    let plain = export(&odd(), Target::Urdf, "/somewhere".as_ref(), &Options::default()).unwrap();
    assert!(
        plain.notes.iter().any(|note| note.contains("no springs")),
        "{:?}",
        plain.notes
    );
}

#[test]
fn limits_that_are_not_known_stay_unknown() {
    let (read, _) = read_back(&odd(), Target::Urdf, &Options::default());
    let of = |name: &str| {
        let joints = read.bodies.iter().filter_map(|body| body.joint.as_ref());
        joints
            .filter(|joint| joint.name == name)
            .map(|joint| (joint.effort, joint.velocity))
            .next()
    };
    assert_eq!(of("one"), Some((f64::INFINITY, f64::INFINITY)));
}

#[test]
fn a_keyframe_that_is_not_there_is_refused() {
    let options = Options {
        keyframe: Some("sitting".to_owned()),
        ..Options::default()
    };
    let error = export(&odd(), Target::Gazebo, "/somewhere".as_ref(), &options).unwrap_err();
    assert!(error.to_string().contains("found \"sitting\""), "{error}");
}
