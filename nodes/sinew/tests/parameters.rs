//! What ROS 2 tools are told of the nodes' parameters, and what the nodes make of them: they agree, the
//! ranges to the last bit.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::Path;

use nalgebra::Isometry3;
use serde_yaml_ng::Value as Yaml;
use sinew::camera::CameraParams;
use sinew::control::ControlParams;
use sinew::course::CourseParams;
use sinew::declared::{Declared, Layer, NoCommon, NodeParams, Range, Spec, Type};
use sinew::follow::{FollowParams, Ranger};
use sinew::health::HealthParams;
use sinew::metrics::MetricsParams;
use sinew::node::Common;
use sinew::params::Params;
use sinew::perception::{Detector, DetectorError, PerceptionParams};
use sinew::recorder::RecorderParams;
use sinew::sim::SimNodeParams;
use sinew::telemetry::TelemetryParams;
use sinew::updater::UpdaterParams;
use sinew::uploader::UploaderParams;
use sinew_control::ranges;
use sinew_robot::camera::CameraPose;
use sinew_robot::load;
use sinew_sim::SimRobot;

/// Sets each number of `base` that has a range to the ends of it, and just beyond them, past the declaration; gives how
/// many there are. `is_taken` says whether what is made of the parameters takes them.
fn assert_agrees<P: NodeParams>(base: &P, is_taken: impl Fn(&P) -> bool) -> usize {
    let declared = Declared::new(base.clone(), NoCommon {}).unwrap();
    let with = |spec: &Spec, value: Yaml| {
        let mut tree = serde_yaml_ng::to_value(base).unwrap();
        let leaf = spec.name.split('.').fold(&mut tree, |branch, part| &mut branch[part]);
        match (spec.kind, leaf) {
            (Type::DoubleArray | Type::IntegerArray, Yaml::Sequence(numbers)) => {
                numbers.pop();
                numbers.push(value);
            }
            (_, leaf) => *leaf = value,
        }
        serde_yaml_ng::from_value::<P>(tree).ok()
    };
    let accepted = |spec: &Spec, value: Yaml| with(spec, value).is_some_and(|params| is_taken(&params));
    let mut seen = 0;
    for (spec, _) in declared.iter() {
        let name = spec.name.as_str();
        let ends: Vec<(Yaml, Yaml)> = match spec.range {
            None => continue,
            Some(Range::Double(from, to)) => {
                let tells = |a: f64, b: f64| {
                    let [a, b] = [a, b].map(|value| serde_yaml_ng::to_value(with(spec, value.into())).unwrap());
                    a != b
                };
                // The next number that the field can tell from the end.
                let beyond = |end: f64, double: f64, single: f32| {
                    if tells(end, double) { double } else { single.into() }
                };
                vec![
                    (
                        from.into(),
                        beyond(from, from.next_down(), (from as f32).next_down()).into(),
                    ),
                    (to.into(), beyond(to, to.next_up(), (to as f32).next_up()).into()),
                ]
            }
            Some(Range::Integer(from, to)) => {
                let beyond = to.checked_add(1).map(|beyond| (to.into(), beyond.into()));
                std::iter::once((from.into(), (from - 1).into()))
                    .chain(beyond)
                    .collect()
            }
        };
        for (inside, outside) in ends {
            assert!(
                accepted(spec, inside.clone()),
                "{name}: {inside:?} is declared, and refused"
            );
            assert!(
                !accepted(spec, outside.clone()),
                "{name}: {outside:?} is beyond, and taken"
            );
        }
        assert!(!accepted(spec, f64::NAN.into()), "{name}: NaN is taken");
        seen += 1;
    }
    seen
}

fn read<P: NodeParams>(yaml: &str) -> P {
    serde_yaml_ng::from_str(yaml).unwrap()
}

#[test]
fn every_range_of_every_node_holds_for_parameters_built_in_code() {
    let scene = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../sim/robots/strider/scene.xml");
    let model = load(&scene).unwrap();
    let pose = CameraPose {
        base_from_optical: Isometry3::identity(),
        base_height_m: 1.0,
    };
    let control = read::<ControlParams>("policy: {path: walk.onnx}");
    let course = read("{at_secs: [0.0], lin_vel_x: [0.0], lin_vel_y: [0.0], ang_vel_z: [0.0]}");
    let follow = read("{image_width: 640, image_height: 480}");
    let perception = read("{model: none.onnx, strides: [8], size: [640, 640], cores: [0]}");
    // Room for two files of each size that a file may have.
    let recorder = read::<RecorderParams>("{roll_mb: 1, quota_mb: 131072}");
    let telemetry = read::<TelemetryParams>("{robot_id: r, broker: {host: h, min_pause_secs: 0.01}}");
    let camera = read::<CameraParams>("{width: 640, height: 480}");
    let mut sim = SimNodeParams::default();
    sim.0.drive_damping = vec![1.0; model.description().dof()];
    let ranges = [
        ("control", assert_agrees(&control, |params| params.check().is_ok())),
        (
            "sim",
            assert_agrees(&sim, |params| {
                params.0.scene.check().is_ok() && SimRobot::new(&model, &params.0).is_ok()
            }),
        ),
        // The greatest time begins no course: only the ranges are looked at here.
        (
            "course",
            assert_agrees::<CourseParams>(&course, |params| ranges::check(params).is_ok()),
        ),
        (
            "perception",
            assert_agrees::<PerceptionParams>(&perception, |params| {
                let loaded = Detector::load(params, Path::to_owned);
                !matches!(loaded, Err(DetectorError::Params(_)))
            }),
        ),
        (
            "follow",
            assert_agrees::<FollowParams>(&follow, |params| Ranger::new(pose, params).is_ok()),
        ),
        ("camera", assert_agrees(&camera, |params| params.check().is_ok())),
        ("recorder", assert_agrees(&recorder, |params| params.check().is_ok())),
        ("telemetry", assert_agrees(&telemetry, |params| params.check().is_ok())),
        (
            "uploader",
            assert_agrees(&UploaderParams::default(), |params| params.check().is_ok()),
        ),
        (
            "updater",
            assert_agrees(&UpdaterParams::default(), |params| params.check().is_ok()),
        ),
        (
            "metrics",
            assert_agrees(&MetricsParams::default(), |params| params.check().is_ok()),
        ),
        (
            "health",
            assert_agrees(&HealthParams::default(), |params| params.check().is_ok()),
        ),
    ];
    assert_eq!(
        ranges,
        [
            ("control", 49),
            // 21 with a unit, the camera's place, and seeds.
            ("sim", 32),
            ("course", 4),
            ("perception", 21),
            ("follow", 22),
            ("camera", 4),
            ("recorder", 7),
            ("telemetry", 16),
            ("uploader", 7),
            ("updater", 2),
            ("metrics", 4),
            ("health", 7),
        ]
    );
    assert_eq!(ranges.map(|(node, _)| node), sinew::NODES);
}

const STRIDER: &str = include_str!("../../../launch/robots/strider.yaml");

/// The parameters of a node as the file gives them.
fn strider<P: NodeParams>(node: &str) -> Declared<P, Common> {
    let file: Yaml = serde_yaml_ng::from_str(STRIDER).unwrap();
    let section = |name: &str| file[name]["ros__parameters"].as_mapping().cloned().unwrap();
    let layers = [
        Layer::shared("strider.yaml", "/**", section("/**")),
        Layer::section("strider.yaml", node, section(node)),
    ];
    Declared::from_layers(node, &layers).unwrap()
}

#[test]
fn a_node_has_the_parameters_that_sinew_run_has() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../launch/robots/strider.yaml");
    let run = Params::load(&path).unwrap();
    let control = strider::<ControlParams>("control");
    assert_eq!(control.value().safety, run.control.safety);
    assert_eq!(control.value().start, run.control.start);
    assert_eq!(control.value().rate_hz, run.control.rate_hz);
    assert!(run.control.policy.path.ends_with("models/strider/walk.onnx"));
    assert!(control.value().policy.path.ends_with("models/strider/walk.onnx"));
    assert_eq!(strider::<SimNodeParams>("sim").value().0, run.sim);
    let course = strider::<CourseParams>("course");
    assert_eq!(sinew::course::Course::new(course.value()).unwrap(), run.course);
}

#[test]
fn every_parameter_says_what_it_does() {
    fn silent<P: NodeParams>(node: &str) -> Vec<String> {
        let declared = strider::<P>(node);
        let silent = declared.iter().filter(|(spec, _)| spec.description.is_empty());
        silent.map(|(spec, _)| format!("{node}: {}", spec.name)).collect()
    }
    let none: [String; 0] = [];
    assert_eq!(silent::<ControlParams>("control"), none);
    assert_eq!(silent::<SimNodeParams>("sim"), none);
    assert_eq!(silent::<CourseParams>("course"), none);
}

#[test]
fn a_course_changes_while_its_node_is_active_and_nothing_else_does() {
    let live = |declared: &[(String, bool)]| declared.iter().filter(|(_, live)| *live).count();
    fn flags<P: NodeParams>(node: &str) -> Vec<(String, bool)> {
        let declared = strider::<P>(node);
        declared
            .iter()
            .map(|(spec, _)| (spec.name.clone(), spec.live))
            .collect()
    }
    assert_eq!(live(&flags::<CourseParams>("course")), 4);
    assert_eq!(live(&flags::<ControlParams>("control")), 0);
    assert_eq!(live(&flags::<SimNodeParams>("sim")), 0);
}

#[test]
fn the_page_of_parameters_is_that_of_the_declarations() {
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_sinew"))
        .args(["params", "--markdown"])
        .output()
        .unwrap();
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/parameters.md");
    let written = std::fs::read_to_string(page).unwrap_or_default();
    assert!(
        String::from_utf8_lossy(&output.stdout) == written,
        "docs/parameters.md is not what the code declares: `sinew params --markdown > docs/parameters.md`"
    );
}
