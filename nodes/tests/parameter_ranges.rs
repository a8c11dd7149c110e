//! The ranges that ROS 2 tools are told, and the checks that nodes make: they agree to the last bit.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::Path;

use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_yaml_ng::Value as Yaml;
use sinew::declared::{Declared, NoCommon, NodeParams, Range};
use sinew_control::StartParams;
use sinew_control::gate::SafetyParams;
use sinew_sim::{SimParams, SimRobot, load};

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
        tree[name] = value;
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
    assert_agrees::<Part<SafetyParams>>(17, |params| params.0.validate().is_ok());
}

#[test]
fn start_parameters_are_checked_as_they_are_declared() {
    assert_agrees::<Part<StartParams>>(3, |params| params.0.validate().is_ok());
}

#[test]
fn simulation_parameters_are_checked_as_they_are_declared() {
    let scene = Path::new(env!("CARGO_MANIFEST_DIR")).join("../sim/robots/strider/scene.xml");
    let model = load(&scene).unwrap();
    // 21 with a unit, and the seed.
    assert_agrees::<SimParams>(22, |params| SimRobot::new(&model, params).is_ok());
}
