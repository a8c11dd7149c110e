//! Whether a process of several nodes is ready.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use anyhow::bail;
use sinew_node::declared::{NodeParams, ParameterFiles};
use sinew_node::node::{App, Node, NodesOptions, RosArgs, Setup};
use sinew_node_metrics::Metrics;

use crate::http::{free_address, get};

/// Parameters of the nodes of these tests.
#[derive(Debug, Clone, Default, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields, default)]
struct NoParams {}

impl NodeParams for NoParams {}

/// A node that works for a second, and then fails.
struct Failing;

impl Node for Failing {
    const NAME: &'static str = "failing";
    type Params = NoParams;

    fn configure(_: &Setup<NoParams>) -> anyhow::Result<Self> {
        Ok(Self)
    }

    async fn run(&mut self) -> anyhow::Result<()> {
        tokio::time::sleep(Duration::from_secs(1)).await;
        bail!("its device is gone")
    }
}

/// Runs the node `failing` and the node `metrics` in one process, with what a file says of them.
fn process(file: &str) -> (std::thread::JoinHandle<()>, SocketAddr) {
    let free = free_address();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("nodes.yaml");
    let text = format!("metrics: {{ros__parameters: {{address: '{free}'}}}}\n{file}");
    std::fs::write(&path, text).unwrap();
    let options = NodesOptions {
        files: vec![path],
        nodes: Some(vec!["failing".to_owned(), "metrics".to_owned()]),
        seconds: Some(3.0),
        ..NodesOptions::default()
    };
    let app = App::new().node::<Failing>().node::<Metrics>();
    let thread = std::thread::spawn(move || {
        let _folder = folder;
        let files = ParameterFiles::read(&options.files).unwrap();
        let names: Vec<_> = options.nodes.iter().flatten().map(String::as_str).collect();
        app.run_nodes(&names, &files, &options, &RosArgs::default()).unwrap();
    });
    (thread, free)
}

/// All different answers on `/readyz` until the process ends: status and body.
fn answers(address: SocketAddr, process: &std::thread::JoinHandle<()>) -> Vec<(u16, String)> {
    let mut answers: Vec<(u16, String)> = Vec::new();
    let begun = Instant::now();
    while !process.is_finished() && begun.elapsed() < Duration::from_secs(30) {
        if let Some(answer) = get(address, "/readyz")
            && answers.last() != Some(&answer)
        {
            answers.push(answer);
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    answers
}

#[test]
fn a_node_that_failed_makes_the_process_unready_and_is_named() {
    let (process, address) = process("");
    let answers = answers(address, &process);
    process.join().unwrap();
    let is_ready = |(status, body): &(u16, String)| *status == 200 && body == "ready\n";
    let names_it = |(status, body): &(u16, String)| *status == 503 && body.contains("/failing is unconfigured");
    let ready = answers.iter().position(is_ready);
    let unready = answers.iter().rposition(names_it);
    assert!(ready.is_some() && ready < unready, "{answers:?}");
}

#[test]
fn a_node_that_waits_to_be_told_is_no_obstacle() {
    let (process, address) = process("failing: {ros__parameters: {autostart: false}}\n");
    let answers = answers(address, &process);
    process.join().unwrap();
    assert!(answers.iter().any(|(status, _)| *status == 200), "{answers:?}");
    assert!(!answers.iter().any(|(_, body)| body.contains("failing")), "{answers:?}");
}
