//! Whatever a file holds, reading it ends soon, with a robot or with an error, and every robot
//! that loads can be simulated or is refused.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use sinew_control::io::RobotIo;
use sinew_control::state::RobotState;
use sinew_sim::{SimParams, SimRobot, load};

fn own(path: &str) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap()
}

/// The robots that are broken here.
fn originals() -> Vec<String> {
    [
        "robots/strider/strider.xml",
        "robots/strider/strider.urdf",
        "tests/models/inertia.xml",
        "tests/models/sled.xml",
        "tests/models/pendulum.xml",
        "tests/models/features.xml",
        "tests/models/arm.urdf",
    ]
    .map(own)
    .to_vec()
}

/// Reads a text and, where it is a robot, simulates it for a moment.
fn survive(text: &[u8]) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("robot.xml");
    std::fs::write(&file, text).unwrap();
    let begin = Instant::now();
    match load(&file) {
        // The file itself, or one that it includes.
        Err(error) => assert!(error.to_string().contains(&*folder.path().to_string_lossy()), "{error}"),
        Ok(model) => {
            if let Ok(mut robot) = SimRobot::new(&model, &SimParams::default()) {
                let mut state = RobotState::new(robot.description().dof(), robot.capabilities().feet.len());
                for tick in 0..3 {
                    robot.read(tick * 4_000_000, &mut state).unwrap();
                }
            }
        }
    }
    // Far more than it takes, so that a busy machine passes too.
    assert!(begin.elapsed() < Duration::from_secs(5), "{:?}", begin.elapsed());
}

/// What a number or a name might be replaced with.
fn odd_value() -> impl Strategy<Value = String> {
    prop_oneof![
        prop::sample::select(vec![
            "",
            " ",
            "0",
            "-1",
            "1e-30",
            "1e8",
            "1e9",
            "1e30",
            "-1e300",
            "NaN",
            "inf",
            "-inf",
            "0 0 0",
            "0 0 0 0",
            "1 0 0",
            "1e9 1e9 1e9",
            "1 2 3 4 5 6 7 8 9",
            "true",
            "false",
            "auto",
            "free",
            "ball",
            "slide",
            "hinge",
            "mesh",
            "plane",
            "world",
            "left_foot",
            "./robot.xml",
            "é",
            "\u{0}",
        ])
        .prop_map(str::to_owned),
        any::<f64>().prop_map(|value| value.to_string()),
        (-10.0..10.0_f64).prop_map(|value| value.to_string()),
        "[ -~]{0,12}".prop_map(|text| text.replace(['"', '<', '&'], "")),
    ]
}

/// Positions of attribute values in a text, without their quotes.
fn values(text: &str) -> Vec<std::ops::Range<usize>> {
    let mut found = Vec::new();
    let mut rest = 0;
    while let Some(begin) = text[rest..].find("=\"").map(|at| rest + at + 2) {
        let Some(length) = text[begin..].find('"') else { break };
        found.push(begin..begin + length);
        rest = begin + length + 1;
    }
    found
}

/// Lines hold one element or tag each in the originals.
fn without_line(text: &str, line: usize) -> String {
    let lines = text.lines().enumerate().filter(|(k, _)| *k != line);
    lines.map(|(_, line)| line).collect::<Vec<_>>().join("\n")
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 250, failure_persistence: None, rng_seed: RngSeed::Fixed(1), ..ProptestConfig::default() })]

    #[test]
    fn a_robot_with_other_values_is_read_or_refused(
        which in any::<prop::sample::Index>(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), odd_value()), 1..4),
    ) {
        let originals = originals();
        let mut text = which.get(&originals).clone();
        for (place, value) in changes {
            let range = place.get(&values(&text)).clone();
            text.replace_range(range, &value);
        }
        survive(text.as_bytes());
    }

    #[test]
    fn a_robot_without_some_lines_is_read_or_refused(
        which in any::<prop::sample::Index>(),
        lines in prop::collection::vec(any::<prop::sample::Index>(), 1..3),
    ) {
        let originals = originals();
        let mut text = which.get(&originals).clone();
        for line in lines {
            text = without_line(&text, line.index(text.lines().count()));
        }
        survive(text.as_bytes());
    }

    #[test]
    fn a_robot_that_is_cut_or_damaged_is_read_or_refused(
        which in any::<prop::sample::Index>(),
        cut in any::<prop::sample::Index>(),
        damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..4),
    ) {
        let originals = originals();
        let mut bytes = which.get(&originals).clone().into_bytes();
        for (place, byte) in &damage {
            *place.get_mut(&mut bytes) = *byte;
        }
        if damage.is_empty() {
            bytes.truncate(cut.index(bytes.len()));
        }
        survive(&bytes);
    }

    #[test]
    fn random_elements_are_read_or_refused(
        words in prop::collection::vec((
            prop::sample::select(vec![
                "body", "joint", "geom", "frame", "inertial", "site", "freejoint", "default", "compiler", "asset",
                "mesh", "actuator", "motor", "position", "general", "contact", "pair", "exclude", "keyframe", "key",
                "worldbody", "equality", "tendon", "include", "option", "flag", "link", "collision", "geometry", "box",
                "origin", "limit", "axis", "parent", "child", "mass", "inertia", "",
            ]),
            prop::sample::select(vec![
                "name", "class", "childclass", "type", "size", "pos", "quat", "range", "joint", "file", "mass",
                "diaginertia", "geom1", "geom2", "body1", "qpos", "fromto", "link", "xyz", "value", "mesh", "kp",
            ]),
            odd_value(),
        ), 0..40),
        urdf in any::<bool>(),
    ) {
        let root = if urdf { "robot" } else { "mujoco" };
        let mut text = format!("<{root}>");
        let mut open = vec![root];
        for (tag, attribute, value) in words {
            if tag.is_empty() {
                if open.len() > 1 {
                    text += &format!("</{}>", open.pop().unwrap());
                }
            } else {
                text += &format!("<{tag} {attribute}=\"{value}\">");
                open.push(tag);
            }
        }
        while let Some(tag) = open.pop() {
            text += &format!("</{tag}>");
        }
        survive(text.as_bytes());
    }

    #[test]
    fn parameters_make_a_robot_or_are_refused_by_name(
        key in prop::sample::select(vec![
            "timestep_secs", "friction", "slope_rad", "gravity_m_s2", "mass_scale", "motor_strength",
            "command_delay_secs", "command_timeout_secs", "gyro_noise_rad_s", "gyro_bias_rad_s", "accel_noise_m_s2",
            "accel_bias_m_s2", "tilt_noise_rad", "tilt_bias_rad", "joint_position_noise_rad",
            "joint_position_bias_rad", "joint_velocity_noise_rad_s", "push_speed_m_s", "push_period_secs",
            "harness_secs",
        ]),
        value in prop_oneof![
            any::<f64>(),
            prop::sample::select(vec![0.0, -1.0, 1e-12, 1e12, f64::NAN, f64::INFINITY, f64::NEG_INFINITY]),
            0.0..2.0_f64,
        ],
    ) {
        let mut params = SimParams::default();
        match key {
            "timestep_secs" => params.timestep_secs = value,
            "friction" => params.friction = Some(value),
            "slope_rad" => params.slope_rad = value,
            "gravity_m_s2" => params.gravity_m_s2 = Some(value),
            "mass_scale" => params.mass_scale = value,
            "motor_strength" => params.motor_strength = value,
            "command_delay_secs" => params.command_delay_secs = value,
            "command_timeout_secs" => params.command_timeout_secs = value,
            "gyro_noise_rad_s" => params.gyro_noise_rad_s = value,
            "gyro_bias_rad_s" => params.gyro_bias_rad_s = value,
            "accel_noise_m_s2" => params.accel_noise_m_s2 = value,
            "accel_bias_m_s2" => params.accel_bias_m_s2 = value,
            "tilt_noise_rad" => params.tilt_noise_rad = value,
            "tilt_bias_rad" => params.tilt_bias_rad = value,
            "joint_position_noise_rad" => params.joint_position_noise_rad = value,
            "joint_position_bias_rad" => params.joint_position_bias_rad = value,
            "joint_velocity_noise_rad_s" => params.joint_velocity_noise_rad_s = value,
            "push_speed_m_s" => params.push_speed_m_s = value,
            "push_period_secs" => params.push_period_secs = value,
            _ => params.harness_secs = value,
        }
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/models/sled.xml");
        match SimRobot::new(&load(&file).unwrap(), &params) {
            Err(error) => {
                let error = error.to_string();
                prop_assert!(error.contains(key) && error.contains("from"), "{}", error);
            }
            Ok(mut robot) => {
                prop_assert!(value.is_finite());
                let mut state = RobotState::new(1, robot.capabilities().feet.len());
                for tick in 0..20 {
                    robot.read(tick * 4_000_000, &mut state).unwrap();
                }
                prop_assert!(state.imu.is_finite());
            }
        }
    }
}

fn refusal(text: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    let file: PathBuf = folder.path().join("robot.xml");
    std::fs::write(&file, text).unwrap();
    load(&file).unwrap_err().to_string()
}

#[test]
fn a_file_that_nests_too_deep_is_refused() {
    for depth in [300, 100_000] {
        for tag in ["body", "default"] {
            let text = format!(
                "<mujoco>{}{}</mujoco>",
                format!("<{tag}>").repeat(depth),
                format!("</{tag}>").repeat(depth)
            );
            let error = refusal(&text);
            assert!(error.contains("nested") || error.contains("well-formed"), "{error}");
        }
    }
}

#[test]
fn entities_do_not_grow_without_end() {
    let mut text = "<!DOCTYPE mujoco [<!ENTITY a0 \"aaaaaaaaaa\">".to_owned();
    for k in 1..20 {
        let of = format!("&a{};", k - 1).repeat(10);
        text += &format!("<!ENTITY a{k} \"{of}\">");
    }
    text += "]><mujoco model=\"&a19;\"/>";
    let begin = Instant::now();
    assert!(refusal(&text).contains("well-formed"));
    assert!(begin.elapsed() < Duration::from_secs(5));
}

/// A URDF of links in a row, joined by joints of this kind.
fn chain(links: usize, kind: &str) -> String {
    let inertial =
        r#"<inertial><mass value="1"/><inertia ixx="1" ixy="0" ixz="0" iyy="1" iyz="0" izz="1"/></inertial>"#;
    let mut text = "<robot name=\"chain\">".to_owned();
    for k in 0..links {
        text += &format!("<link name=\"l{k}\">{inertial}</link>");
        if k > 0 {
            text += &format!(
                "<joint name=\"j{k}\" type=\"{kind}\"><parent link=\"l{}\"/><child link=\"l{k}\"/></joint>",
                k - 1
            );
        }
    }
    text + "</robot>"
}

#[test]
fn a_chain_of_a_thousand_links_is_read_in_time() {
    survive(chain(1000, "fixed").as_bytes());
    survive(chain(100, "continuous").as_bytes());
    let error = refusal(&chain(1000, "continuous"));
    assert!(error.contains("joints exceed the limit of 256"), "{error}");
}
