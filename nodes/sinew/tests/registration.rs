//! A node is registered once, in `sinew::app()`: what names all nodes elsewhere follows from that, or is held to it here.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

#[allow(dead_code, reason = "shared with other tests")]
mod command;
mod common;

use std::fs;

use command::sinew;
use common::root;

#[test]
fn every_node_of_sinew_is_known_by_its_name_and_says_what_it_does() {
    let app = sinew::app();
    let names: Vec<_> = app.nodes().map(|node| node.name).collect();
    assert_eq!(names, sinew::NODES);
    for node in app.nodes() {
        assert!(!node.description.is_empty(), "{}", node.name);
    }
}

#[test]
fn the_command_nodes_lists_what_an_installation_links() {
    let listed = sinew(&["nodes"]).stdout;
    let listed = String::from_utf8(listed).unwrap();
    let names: Vec<_> = listed.lines().map(|line| line.split(' ').next().unwrap()).collect();
    assert_eq!(names, sinew::NODES, "{listed}");
}

#[test]
fn every_node_has_a_feature_and_a_crate_of_its_name_and_a_place_in_the_documents() {
    let read = |file: &str| fs::read_to_string(root().join(file)).unwrap();
    let (manifest, documents) = (read("nodes/sinew/Cargo.toml"), read("docs/ros2.md"));
    for node in sinew::NODES {
        let own = read(&format!("nodes/{node}/Cargo.toml"));
        assert!(own.contains(&format!("name = \"sinew-node-{node}\"\n")), "{own}");
        assert!(manifest.contains(&format!("\n{node} = [\"dep:")), "no feature `{node}`");
        assert!(
            documents.contains(&format!("`{node}`")),
            "docs/ros2.md does not know `{node}`"
        );
    }
}
