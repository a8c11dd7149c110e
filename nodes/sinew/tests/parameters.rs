//! What ROS 2 tools are told of the nodes' parameters, and what the nodes make of them: they agree, the
//! ranges to the last bit.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::Path;

use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_yaml_ng::Value as Yaml;
use sinew::control::ControlParams;
use sinew::course::CourseParams;
use sinew::declared::{Declared, Layer, NoCommon, NodeParams, Range};
use sinew::node::Common;
use sinew::params::Params;
use sinew::sim::SimNodeParams;
use sinew_control::StartParams;
use sinew_control::gate::SafetyParams;
use sinew_robot::load;
use sinew_sim::SimRobot;

/// A struct of parameters that is part of another node's.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
struct Part<T>(T);

impl<T> NodeParams for Part<T> where
    T: std::fmt::Debug + Clone + Serialize + DeserializeOwned + JsonSchema + Send + Sync + 'static
{
}

/// Sets each parameter to the ends of its range, and just beyond them, past the declaration.
fn assert_agrees<P: NodeParams + Default>(ranges: usize, check: impl Fn(&P) -> bool) {
    let declared = Declared::new(P::default(), NoCommon {}).unwrap();
    let accepted = |name: &str, value: Yaml| {
        let mut tree = serde_yaml_ng::to_value(P::default()).unwrap();
        let leaf = name.split('.').fold(&mut tree, |branch, part| &mut branch[part]);
        *leaf = value;
        serde_yaml_ng::from_value::<P>(tree).is_ok_and(|params| check(&params))
    };
    let mut seen = 0;
    for (spec, _) in declared.iter() {
        let name = spec.name.as_str();
        let ends: Vec<(Yaml, Yaml)> = match spec.range {
            None => continue,
            Some(Range::Double(from, to)) => {
                vec![(from.into(), from.next_down().into()), (to.into(), to.next_up().into())]
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
                accepted(name, inside.clone()),
                "{name}: {inside:?} is declared, and refused"
            );
            assert!(
                !accepted(name, outside.clone()),
                "{name}: {outside:?} is beyond, and taken"
            );
        }
        assert!(!accepted(name, f64::NAN.into()), "{name}: NaN is taken");
        seen += 1;
    }
    assert_eq!(seen, ranges, "parameters with a range");
}

#[test]
fn safety_parameters_are_checked_as_they_are_declared() {
    assert_agrees::<Part<SafetyParams>>(20, |params| params.0.validate().is_ok());
}

#[test]
fn start_parameters_are_checked_as_they_are_declared() {
    assert_agrees::<Part<StartParams>>(3, |params| params.0.validate().is_ok());
}

#[test]
fn simulation_parameters_are_checked_as_they_are_declared() {
    let scene = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../sim/robots/strider/scene.xml");
    let model = load(&scene).unwrap();
    // 21 with a unit, and the seed.
    assert_agrees::<SimNodeParams>(29, |params| {
        params.0.check().is_ok() && SimRobot::new(&model, &params.0).is_ok()
    });
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
