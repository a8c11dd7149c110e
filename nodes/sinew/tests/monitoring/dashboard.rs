//! The dashboard that is shipped, as far as Grafana's form can be held without Grafana.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::rules::folder;

fn dashboard() -> Value {
    let text = std::fs::read_to_string(folder().join("grafana.json")).unwrap();
    serde_json::from_str(&text).unwrap()
}

/// Every expression, with what Grafana puts in the place of its variables.
pub(crate) fn expressions(job: &str) -> Vec<String> {
    let dashboard = dashboard();
    let panels = dashboard["panels"].as_array().unwrap();
    let targets = panels.iter().filter_map(|panel| panel["targets"].as_array()).flatten();
    let expressions = targets.map(|target| {
        let expression = target["expr"].as_str().unwrap();
        let with_job = expression.replace("$job", job).replace("$instance", ".*");
        with_job.replace("$__rate_interval", "10s")
    });
    expressions.collect()
}

#[test]
fn every_panel_has_an_id_a_place_of_its_own_and_the_chosen_prometheus() {
    let dashboard = dashboard();
    let mut ids = BTreeSet::new();
    let mut cells = BTreeSet::new();
    for panel in dashboard["panels"].as_array().unwrap() {
        assert!(ids.insert(panel["id"].as_u64().unwrap()), "{panel}");
        let place = |key: &str| panel["gridPos"][key].as_u64().unwrap();
        assert!(place("x") + place("w") <= 24, "{panel}");
        for x in place("x")..place("x") + place("w") {
            for y in place("y")..place("y") + place("h") {
                assert!(cells.insert((x, y)), "it lies over another: {panel}");
            }
        }
        for target in panel["targets"].as_array().into_iter().flatten() {
            assert_eq!(target["datasource"]["uid"], "${datasource}", "{panel}");
        }
    }
    assert!(expressions("sinew").len() > 25);
    assert!(
        !expressions("sinew").concat().contains('$'),
        "a variable that nobody sets"
    );
}
