//! Which crate may name which: the arrows between Sinew's crates, and what a program builds that has only some of them.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use std::process::Command;

use common::root;
use serde_json::Value;

/// A crate names another in its Cargo.toml, of whichever kind the dependency is.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Arrow {
    from: String,
    to: String,
    is_dev: bool,
}

/// A rule, and the arrows that break it.
type Rule = (&'static str, fn(&[Arrow]) -> Vec<&Arrow>);

const RULES: &[Rule] = &[
    ("a node's crate names no other node's", between_nodes),
    ("only `sinew` names more than one node's crate", many_nodes),
    ("nothing below `sinew` names `sinew`", to_the_program),
    (
        "no library but the one for other hosts names the framework of nodes",
        libraries_to_framework,
    ),
    (
        "`control`, `messages` and `files` name nobody of ours",
        up_from_the_ground,
    ),
    ("`recording` names `files` alone of ours", from_recording),
    (
        "`releases` names no node, no runtime and no control loop",
        from_releases,
    ),
    ("`storage` names `files` alone of ours", from_storage),
    ("`health` names `files` alone of ours", from_health),
    ("only `releases` names tough", to_tuf),
    ("only the framework names r2r", to_ros),
    ("only `sinew-sim` names rapier3d and mujoco-rs", to_physics),
    ("only `sinew-models` names ort", to_inference),
];

/// Tests and benches that set Sinew beside the bare library.
const MAY_TEST_WITH_ORT: &[&str] = &["sinew"];

fn is_node(name: &str) -> bool {
    name.starts_with("sinew-node-")
}

fn breaking(arrows: &[Arrow], breaks: impl Fn(&Arrow) -> bool) -> Vec<&Arrow> {
    arrows.iter().filter(|arrow| breaks(arrow)).collect()
}

fn between_nodes(arrows: &[Arrow]) -> Vec<&Arrow> {
    breaking(arrows, |arrow| is_node(&arrow.from) && is_node(&arrow.to))
}

fn many_nodes(arrows: &[Arrow]) -> Vec<&Arrow> {
    let is_another =
        |arrow: &Arrow, other: &Arrow| other.from == arrow.from && is_node(&other.to) && other.to != arrow.to;
    breaking(arrows, |arrow| {
        arrow.from != "sinew" && is_node(&arrow.to) && arrows.iter().any(|other| is_another(arrow, other))
    })
}

fn to_the_program(arrows: &[Arrow]) -> Vec<&Arrow> {
    breaking(arrows, |arrow| arrow.to == "sinew")
}

fn libraries_to_framework(arrows: &[Arrow]) -> Vec<&Arrow> {
    let is_framework = |name: &str| name == "sinew-node" || is_node(name);
    breaking(arrows, |arrow| {
        let may = is_framework(&arrow.from) || ["sinew", "sinew-controller"].contains(&arrow.from.as_str());
        is_framework(&arrow.to) && !may
    })
}

fn up_from_the_ground(arrows: &[Arrow]) -> Vec<&Arrow> {
    breaking(arrows, |arrow| {
        ["sinew-control", "sinew-messages", "sinew-files"].contains(&arrow.from.as_str())
            && arrow.to.starts_with("sinew")
    })
}

fn from_recording(arrows: &[Arrow]) -> Vec<&Arrow> {
    let may =
        |to: &str| to == "sinew-files" || !["sinew", "tokio", "r2r", "ort"].iter().any(|name| to.starts_with(name));
    breaking(arrows, |arrow| arrow.from == "sinew-recording" && !may(&arrow.to))
}

fn from_releases(arrows: &[Arrow]) -> Vec<&Arrow> {
    let may = |to: &str| {
        ["sinew-files", "sinew-recording", "sinew-storage"].contains(&to)
            || !["sinew", "r2r", "ort"].iter().any(|name| to.starts_with(name))
    };
    breaking(arrows, |arrow| arrow.from == "sinew-releases" && !may(&arrow.to))
}

fn from_storage(arrows: &[Arrow]) -> Vec<&Arrow> {
    to_more_than_files(arrows, "sinew-storage")
}

fn from_health(arrows: &[Arrow]) -> Vec<&Arrow> {
    to_more_than_files(arrows, "sinew-health")
}

fn to_more_than_files<'a>(arrows: &'a [Arrow], from: &str) -> Vec<&'a Arrow> {
    breaking(arrows, |arrow| {
        arrow.from == from && arrow.to.starts_with("sinew") && arrow.to != "sinew-files"
    })
}

fn to_tuf(arrows: &[Arrow]) -> Vec<&Arrow> {
    breaking(arrows, |arrow| arrow.to == "tough" && arrow.from != "sinew-releases")
}

fn to_ros(arrows: &[Arrow]) -> Vec<&Arrow> {
    breaking(arrows, |arrow| {
        arrow.to.starts_with("r2r") && arrow.from != "sinew-node"
    })
}

fn to_physics(arrows: &[Arrow]) -> Vec<&Arrow> {
    breaking(arrows, |arrow| {
        let is_physics = arrow.to.starts_with("rapier") || arrow.to == "mujoco-rs";
        is_physics && arrow.from != "sinew-sim"
    })
}

fn to_inference(arrows: &[Arrow]) -> Vec<&Arrow> {
    breaking(arrows, |arrow| {
        let is_bench = arrow.is_dev && MAY_TEST_WITH_ORT.contains(&arrow.from.as_str());
        arrow.to == "ort" && arrow.from != "sinew-models" && !is_bench
    })
}

/// What cargo says of the workspace.
fn arrows() -> Vec<Arrow> {
    let text = cargo(&["metadata", "--no-deps", "--offline", "--format-version", "1"]);
    let metadata: Value = serde_json::from_str(&text).unwrap();
    let packages = metadata["packages"].as_array().unwrap();
    let of = |package: &Value| {
        let from = package["name"].as_str().unwrap().to_owned();
        let dependencies = package["dependencies"].as_array().unwrap().clone();
        dependencies.into_iter().map(move |dependency| Arrow {
            from: from.clone(),
            to: dependency["name"].as_str().unwrap().to_owned(),
            is_dev: dependency["kind"] == "dev",
        })
    };
    packages.iter().flat_map(of).collect()
}

fn cargo(args: &[&str]) -> String {
    let output = Command::new(env!("CARGO"))
        .args(args)
        .current_dir(root())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn every_crate_names_only_what_lies_below_it() {
    let arrows = arrows();
    assert!(
        arrows.iter().any(|arrow| arrow.from == "sinew" && is_node(&arrow.to)),
        "cargo says what is there: {arrows:?}"
    );
    for (rule, broken_by) in RULES {
        let broken = broken_by(&arrows);
        assert!(broken.is_empty(), "{rule}: {broken:?}");
    }
}

#[test]
fn each_rule_finds_what_breaks_it_and_nothing_else() {
    let arrow = |from: &str, to: &str, is_dev| Arrow {
        from: from.to_owned(),
        to: to.to_owned(),
        is_dev,
    };
    let good = [
        arrow("sinew", "sinew-node-control", false),
        arrow("sinew", "sinew-node-sim", false),
        arrow("sinew", "ort", true),
        arrow("sinew-node-control", "sinew-node", false),
        arrow("sinew-node", "r2r", false),
        arrow("sinew-models", "ort", false),
        arrow("sinew-sim", "rapier3d", false),
        arrow("sinew-sim", "mujoco-rs", false),
        arrow("sinew-node", "sinew-control", false),
        arrow("sinew-recording", "sinew-files", false),
        arrow("sinew-releases", "sinew-recording", false),
        arrow("sinew-releases", "sinew-storage", false),
        arrow("sinew-releases", "tough", false),
        arrow("sinew-storage", "sinew-files", false),
        arrow("sinew-health", "sinew-files", false),
    ];
    // What breaks each rule, in their order.
    let bad = [
        vec![arrow("sinew-node-follow", "sinew-node-perception", true)],
        vec![
            arrow("xtask", "sinew-node-follow", false),
            arrow("xtask", "sinew-node-course", true),
        ],
        vec![arrow("sinew-node-sim", "sinew", true)],
        vec![arrow("sinew-perception", "sinew-node", false)],
        vec![arrow("sinew-control", "sinew-files", false)],
        vec![
            arrow("sinew-recording", "sinew-messages", true),
            arrow("sinew-recording", "tokio", false),
        ],
        vec![
            arrow("sinew-releases", "sinew-control", false),
            arrow("sinew-releases", "ort", true),
        ],
        vec![arrow("sinew-storage", "sinew-control", false)],
        vec![arrow("sinew-health", "sinew-node", false)],
        vec![arrow("sinew", "tough", true)],
        vec![arrow("sinew-node-camera", "r2r", false)],
        vec![
            arrow("sinew-node-follow", "rapier3d", true),
            arrow("sinew", "mujoco-rs", false),
        ],
        vec![arrow("sinew", "ort", false)],
    ];
    assert_eq!(bad.len(), RULES.len());
    for ((rule, broken_by), made_up) in RULES.iter().zip(bad) {
        assert!(broken_by(&good).is_empty(), "{rule}");
        let all = [&good[..], &made_up].concat();
        assert_eq!(broken_by(&all), made_up.iter().collect::<Vec<_>>(), "{rule}");
    }
}

#[test]
fn a_program_builds_what_it_runs_and_nothing_heavy_besides() {
    let heavy = ["rapier3d", "ort", "clap", "tiny-skia", "tough"];
    let robot = "control,camera,perception,ros2";
    for (package, features, built) in [
        ("sinew-node", "ros2", &[] as &[&str]),
        ("sinew-node-course", "", &[]),
        ("sinew-node-control", "", &["ort"]),
        ("sinew-node-sim", "", &["rapier3d"]),
        ("sinew-node-uploader", "", &[]),
        ("sinew", robot, &["ort", "clap", "tiny-skia"]),
        ("sinew", "run", &["rapier3d", "ort", "clap", "tiny-skia"]),
    ] {
        let tree = cargo(&[
            "tree",
            "--offline",
            "--package",
            package,
            "--no-default-features",
            "--features",
            features,
            "--edges",
            "normal,build",
            "--prefix",
            "none",
        ]);
        let has = |name: &&str| tree.lines().any(|line| line.split(' ').next() == Some(*name));
        let found: Vec<_> = heavy.into_iter().filter(has).collect();
        assert_eq!(found, built, "{package} with the features `{features}`");
    }
}
