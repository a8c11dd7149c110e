//! Who starts the node `metrics`.

use std::fs;
use std::net::TcpListener;
use std::path::Path;
use std::process::{Command, Output};

use crate::common::root;

fn sinew(args: &[&str], file: &Path) -> Output {
    Command::new(env!("CARGO_BIN_EXE_sinew"))
        .args(args)
        .arg(root().join("launch/robots/strider.yaml"))
        .arg(file)
        .output()
        .unwrap()
}

#[test]
fn a_file_with_its_section_starts_it_and_one_without_does_not() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("more.yaml");
    let nodes = |text: &str| {
        fs::write(&file, text).unwrap();
        let plan = sinew(&["plan", "--json"], &file);
        let plan: serde_json::Value = serde_json::from_slice(&plan.stdout).unwrap();
        let names = plan["nodes"].as_array().unwrap().iter();
        names
            .map(|node| node["name"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(nodes("{}"), ["control", "sim", "course"]);
    assert_eq!(
        nodes("metrics: {ros__parameters: {}}"),
        ["control", "sim", "course", "metrics"]
    );
}

#[test]
fn a_run_has_no_nodes_and_listens_nowhere_but_refuses_what_up_would() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("more.yaml");
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap();
    fs::write(&file, format!("metrics: {{ros__parameters: {{address: '{address}'}}}}")).unwrap();
    let ran = sinew(&["run", "--seconds", "1"], &file);
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    fs::write(&file, "metrics: {ros__parameters: {address: '0.0.0.0:9464'}}").unwrap();
    for command in [&["run", "--seconds", "1"][..], &["plan"], &["up", "--seconds", "1"]] {
        let refused = sinew(command, &file);
        let said = String::from_utf8_lossy(&refused.stderr);
        assert_eq!(refused.status.code(), Some(2), "{command:?}: {said}");
        assert!(
            said.contains("`address`") && said.contains("`token_file`"),
            "{command:?}: {said}"
        );
    }
}
