//! The alerts that are shipped, by Prometheus' own tool.

use std::path::PathBuf;
use std::process::Command;

use serde_yaml_ng::Value;

use crate::common::root;

pub(crate) fn folder() -> PathBuf {
    root().join("launch/monitoring")
}

/// Name and expression of each alert.
pub(crate) fn alerts() -> Vec<(String, String)> {
    let text = std::fs::read_to_string(folder().join("sinew.rules.yml")).unwrap();
    let rules: Value = serde_yaml_ng::from_str(&text).unwrap();
    let groups = rules["groups"].as_sequence().unwrap();
    let rules = groups.iter().flat_map(|group| group["rules"].as_sequence().unwrap());
    let text = |rule: &Value, key: &str| rule[key].as_str().unwrap().to_owned();
    rules.map(|rule| (text(rule, "alert"), text(rule, "expr"))).collect()
}

/// Runs promtool; where there is none, says which package has it.
pub(crate) fn promtool(args: &[&str]) -> Option<String> {
    let run = Command::new("promtool").args(args).current_dir(folder()).output();
    let Ok(output) = run else {
        eprintln!("skipped: needs promtool (Debian package prometheus)");
        return None;
    };
    let said = format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    assert!(output.status.success(), "{args:?}: {said}");
    Some(said)
}

#[test]
fn every_alert_fires_when_it_should_and_not_before() {
    promtool(&["check", "rules", "sinew.rules.yml"]);
    promtool(&["test", "rules", "sinew.rules.test.yml"]);
    let tests = std::fs::read_to_string(folder().join("sinew.rules.test.yml")).unwrap();
    for (alert, _) in alerts() {
        let (quiet, fires) = (
            format!("alertname: {alert}, exp_alerts: []"),
            format!("alertname: {alert}\n        exp_alerts:\n          - exp_labels"),
        );
        assert!(tests.contains(&quiet) && tests.contains(&fires), "{alert} has no test");
    }
}
