//! Bodies beside a robot that floats.

use super::{assert_says, mjcf, read};

const ROBOT: &str = r#"<body name="base" pos="0 0 0.12"><freejoint/><geom type="box" size="0.3 0.3 0.1" mass="10"/>
    <body name="arm" pos="0 0.1 0.15"><joint name="a1" axis="0 1 0"/><geom size="0.05" mass="0.5"/></body></body>"#;

fn scene(beside: &str, more: &str) -> String {
    format!(
        r#"<mujoco model="crate"><compiler angle="radian"/><worldbody><geom type="plane" size="0 0 1"/>
        {beside}{ROBOT}</worldbody><actuator><motor joint="a1"/></actuator>{more}</mujoco>"#
    )
}

const HELPER: &str = r#"<body name="unused" pos="2 0 1"><joint name="uj" axis="0 0 1"/>
    <geom name="ug" type="box" size="0.1 0.1 0.1"/></body>"#;
const BALL: &str = r#"<body name="ball" pos="3 0 1"><freejoint/><geom name="bg" size="0.1"/></body>"#;

#[test]
fn a_helper_with_a_joint_and_a_ball_are_left_out() {
    for (beside, numbers) in [(HELPER, 1), (BALL, 7)] {
        let left = vec!["7.5"; numbers].join(" ");
        let more = format!(
            r#"<contact><exclude body1="base" body2="arm"/></contact>
            <keyframe><key name="home" qpos="{left} 0.1 0.2 0.3 1 0 0 0 0.4"/></keyframe>"#
        );
        let model = mjcf(&scene(beside, &more));
        assert!(model.floating_base);
        let names: Vec<&str> = model.bodies.iter().map(|body| body.name.as_str()).collect();
        assert_eq!(names, ["base", "arm"]);
        assert_eq!(model.world_geoms.len(), 1);
        let home = model.keyframe(None).unwrap();
        assert_eq!(home.base_position.as_slice(), [0.1, 0.2, 0.3]);
        assert_eq!(home.joints, [0.4]);
        assert_eq!(model.excludes, [(0, 1)]);
    }
}

#[test]
fn what_speaks_of_a_left_out_body_is_left_out_too() {
    let more = r#"<contact><exclude body1="base" body2="unused"/><pair geom1="ug" geom2="floor"/></contact>
        <equality><joint joint1="uj"/></equality>"#;
    let model = mjcf(&scene(HELPER, more));
    assert!(model.excludes.is_empty() && model.pairs.is_empty() && model.couplings.is_empty());
}

#[test]
fn a_body_that_only_mocap_would_move_stays_where_it_is() {
    let target = r#"<body name="target" mocap="true" pos="1 0 0.5"><geom size="0.1"/></body>"#;
    let model = mjcf(&scene(target, ""));
    assert_eq!(model.world_geoms.len(), 2);
    assert_eq!(model.world_geoms[1].pose.translation.vector.as_slice(), [1.0, 0.0, 0.5]);
}

#[test]
fn two_robots_are_still_refused() {
    let driven = scene(HELPER, r#"<actuator><motor joint="uj"/></actuator>"#);
    assert_says(
        &read("r.xml", &driven).unwrap_err(),
        &["r.xml", "<body name=\"unused\">", "\"uj\"", "one robot"],
    );
    let twin = ROBOT.replace("\"base\"", "\"base2\"").replace("\"a1\"", "\"a2\"");
    assert_says(&read("r.xml", &scene(&twin, "")).unwrap_err(), &["several free joints"]);
}
