//! `sinew up` of some robot, with the node `metrics`.

use std::fs;
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::common::root;
use crate::http::{free_address, get};

/// A loaded machine takes its time to load a robot.
pub(crate) const COMES_UP: Duration = Duration::from_secs(60);

/// The robot; ended with this.
pub(crate) struct Up {
    pub(crate) process: Child,
    pub(crate) address: SocketAddr,
    pub(crate) folder: TempDir,
}

impl Up {
    /// Of a shipped robot's file, with more of a file, in which `ADDRESS` is where the node `metrics` is to listen and
    /// `FOLDER` a folder of its own, and further arguments.
    pub(crate) fn start(robot: &str, more: &str, args: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let address = free_address();
        let file = folder.path().join("more.yaml");
        let more = more.replace("ADDRESS", &address.to_string());
        fs::write(&file, more.replace("FOLDER", &folder.path().display().to_string())).unwrap();
        // What the updater trusts at first; nothing signed by it is there.
        fs::write(folder.path().join("root.json"), "{}").unwrap();
        let process = Command::new(env!("CARGO_BIN_EXE_sinew"))
            .arg("up")
            .args((!robot.is_empty()).then(|| root().join("launch/robots").join(robot)))
            .arg(&file)
            .args(["--bus", "local"])
            .args(args)
            .env_remove("RUST_LOG")
            .stderr(Stdio::from(fs::File::create(folder.path().join("log")).unwrap()))
            .spawn()
            .unwrap();
        Self {
            process,
            address,
            folder,
        }
    }

    pub(crate) fn log(&self) -> String {
        fs::read_to_string(self.folder.path().join("log")).unwrap()
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// What is answered on a path, once it is as expected.
    pub(crate) fn wait_for(&mut self, path: &str, is_expected: impl Fn(u16, &str) -> bool) -> (u16, String) {
        let begun = Instant::now();
        let mut last = None;
        while begun.elapsed() < COMES_UP {
            assert!(
                self.process.try_wait().unwrap().is_none(),
                "it has ended: {}",
                self.log()
            );
            last = get(self.address, path).or(last);
            if let Some((status, body)) = &last
                && is_expected(*status, body)
            {
                return (*status, body.clone());
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        panic!("{path}: {last:?}, {}", self.log());
    }
}

impl Drop for Up {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

pub(crate) const METRICS: &str = "metrics: {ros__parameters: {address: 'ADDRESS'}}\n";

#[test]
fn a_robot_that_walks_is_ready_and_tells_what_its_loop_does() {
    let mut up = Up::start("strider.yaml", METRICS, &[]);
    let (_, told) = up.wait_for("/metrics", |_, body| body.contains("value=\"run\"} 1"));
    for expected in [
        "sinew_loop_ticks_total{node=\"/control\",part=\"loop\",hardware_id=\"strider\"} ",
        "sinew_loop_jitter_seconds_bucket{node=\"/control\"",
        "sinew_safety_gate_verdicts_total{",
        "sinew_inference_seconds_count{node=\"/control\",model=\"",
        "provider=\"cpu\"}",
        "sinew_node_active{node=\"/sim\"} 1",
        "sinew_build_info{version=\"",
        "process_cpu_seconds_total ",
        "sinew_metrics_left_out 0",
    ] {
        assert!(told.contains(expected), "{expected}\n{told}");
    }
    up.wait_for("/readyz", |status, body| status == 200 && body == "ready\n");
}

#[test]
fn a_robot_that_the_gate_has_stopped_is_alive_and_not_ready_and_says_why() {
    // It falls: nobody holds it, and it may not lean.
    let tilted = format!(
        "{METRICS}control: {{ros__parameters: {{safety: {{max_tilt_rad: 0.02}}}}}}\n\
         sim: {{ros__parameters: {{harness_secs: 0.0}}}}\n"
    );
    let mut up = Up::start("strider.yaml", &tilted, &[]);
    let (_, body) = up.wait_for("/readyz", |status, body| status == 503 && body.contains("stopped"));
    assert!(body.contains("/control is stopped: "), "{body}");
    assert_eq!(get(up.address, "/healthz").unwrap(), (200, "alive\n".to_owned()));
    up.wait_for("/metrics", |_, body| body.contains("value=\"stopped\"} 1"));
}
