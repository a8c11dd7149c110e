//! However a process of nodes is asked to end, and whatever its nodes are busy with, the robot gets its last safe
//! action first. Each test starts this program again as one that has a walking robot and nodes of its own.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod rogue;
mod service_manager;

use std::io::Read;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use signal_hook::consts::{SIGHUP, SIGINT, SIGQUIT, SIGTERM};
use tempfile::TempDir;

/// Far more than a process takes on a loaded machine.
const PATIENCE: Duration = Duration::from_secs(60);
/// A machine under load may be late by more than a robot should bear.
const LENIENT: &str = "--ros-args -p control:safety.stale_secs:=2.0 -p control:safety.overrun_secs:=10.0 \
                       -p control:safety.deadman_secs:=0.0 -p control:safety.inference_budget_secs:=1.0 \
                       -p control:safety.frozen_secs:=5.0 -p sim:harness_secs:=1000000.0";

/// Not a test: the program that the tests start.
#[test]
fn program() {
    if let Ok(line) = std::env::var(rogue::LINE) {
        std::process::exit(rogue::program(&line));
    }
}

struct Robot {
    folder: TempDir,
    child: Child,
}

impl Robot {
    /// A walking robot, and two nodes that do what is said once it stands.
    fn with_rogues(does: &str) -> Self {
        let folder = TempDir::new().unwrap();
        let said = std::fs::File::create(folder.path().join("said")).unwrap();
        Self::start(folder, does, Stdio::null(), said.into())
    }

    /// The same, what it says in pipes.
    fn piped(does: &str) -> Self {
        let folder = TempDir::new().unwrap();
        std::fs::write(folder.path().join("said"), "in a pipe").unwrap();
        Self::start(folder, does, Stdio::piped(), Stdio::piped())
    }

    fn start(folder: TempDir, does: &str, stdout: Stdio, stderr: Stdio) -> Self {
        Self::start_with(folder, does, stdout, stderr, &[])
    }

    fn start_with(folder: TempDir, does: &str, stdout: Stdio, stderr: Stdio, environment: &[(&str, &str)]) -> Self {
        let strider = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../launch/robots/strider.yaml");
        let nodes = "control,sim,course,witness,rogue,rogue_too";
        let child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "program", "--nocapture"])
            .env(
                rogue::LINE,
                format!("robot {} --nodes {nodes} --bus local {LENIENT}", strider.display()),
            )
            .env(rogue::DOES, does)
            .env(rogue::WITNESS, folder.path().join("told"))
            .envs(environment.iter().copied())
            .stdin(Stdio::null())
            .stdout(stdout)
            .stderr(stderr)
            .spawn()
            .unwrap();
        Self { folder, child }
    }

    /// What it was told so far, as `limp` and `stiff`.
    fn told(&self) -> Vec<String> {
        let told = std::fs::read_to_string(self.folder.path().join("told")).unwrap_or_default();
        told.lines().map(str::to_owned).collect()
    }

    fn said(&self) -> String {
        let mut said = String::new();
        let mut file = std::fs::File::open(self.folder.path().join("said")).unwrap();
        file.read_to_string(&mut said).unwrap();
        said
    }

    fn until(&mut self, what: &str, reached: impl Fn(&Self) -> bool) {
        let began = Instant::now();
        while !reached(self) {
            let ended = self.child.try_wait().unwrap();
            assert!(
                ended.is_none() && began.elapsed() < PATIENCE,
                "{what}: not reached, {ended:?}\n{}",
                self.said()
            );
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    fn until_stiff(&mut self) {
        self.until("stiff", |robot| robot.told().contains(&"stiff".to_owned()));
    }

    fn until_misbehaving(&mut self) {
        self.until("misbehaves", |robot| {
            robot.said().matches("misbehaves now").count() == 2
        });
        std::thread::sleep(Duration::from_millis(300));
    }

    fn send(&self, signal: i32) {
        let kill = Command::new("kill")
            .args([format!("-{signal}"), self.child.id().to_string()])
            .status();
        assert!(kill.unwrap().success());
    }

    fn ends(&mut self) -> Option<i32> {
        let began = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status.code();
            }
            assert!(began.elapsed() < PATIENCE, "it does not end:\n{}", self.said());
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    #[track_caller]
    fn assert_safe_at_the_end(&self) {
        let told = self.told();
        assert!(told.contains(&"stiff".to_owned()), "{told:?}\n{}", self.said());
        assert_eq!(told.last().map(String::as_str), Some("limp"), "{}", self.said());
    }
}

impl Drop for Robot {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn every_signal_that_asks_for_an_end_leaves_the_robot_in_its_safe_action() {
    for signal in [SIGINT, SIGTERM, SIGHUP, SIGQUIT] {
        let mut robot = Robot::with_rogues("behave");
        robot.until_misbehaving();
        robot.send(signal);
        assert_eq!(robot.ends(), Some(0), "signal {signal}: {}", robot.said());
        robot.assert_safe_at_the_end();
    }
}

#[test]
fn nodes_that_never_yield_keep_neither_the_robot_from_its_safe_action_nor_the_process_from_ending() {
    for does in ["sleep", "spin"] {
        let mut robot = Robot::with_rogues(does);
        robot.until_misbehaving();
        robot.send(SIGTERM);
        assert_eq!(robot.ends(), Some(1), "{does}: {}", robot.said());
        robot.assert_safe_at_the_end();
        let said = robot.said();
        assert!(said.contains("rogue") && said.contains("rogue_too"), "{said}");
        assert!(said.contains("did not end within"), "{said}");
    }
}

#[test]
fn who_asks_twice_gets_the_last_safe_action_and_the_signals_exit_code() {
    let mut robot = Robot::with_rogues("sleep");
    robot.until_misbehaving();
    robot.send(SIGINT);
    std::thread::sleep(Duration::from_millis(1200));
    robot.send(SIGINT);
    assert_eq!(robot.ends(), Some(128 + SIGINT), "{}", robot.said());
    robot.assert_safe_at_the_end();
}

#[test]
fn a_callback_that_blocks_or_panics_keeps_no_command_from_the_robot() {
    for does in ["block in a callback", "panic in a callback"] {
        let mut robot = Robot::with_rogues(does);
        robot.until_misbehaving();
        let told = robot.told();
        assert_eq!(told.last().map(String::as_str), Some("stiff"), "{}", robot.said());
        assert!(!robot.said().contains("stopped"), "{}", robot.said());
        robot.send(SIGTERM);
        assert_eq!(robot.ends(), Some(0), "{}", robot.said());
        robot.assert_safe_at_the_end();
    }
}

#[test]
fn a_sender_that_is_stuck_is_a_failed_write_for_which_the_gate_stops() {
    let mut robot = Robot::with_rogues("block in the sender");
    robot.until_misbehaving();
    robot.until("a stop", |robot| robot.said().contains("stopped: write_failed"));
}

#[test]
fn a_parent_that_dies_with_the_pipes_it_held_does_not_end_it() {
    let mut robot = Robot::piped("behave");
    robot.until_stiff();
    // Nobody reads what it says from here on.
    drop(robot.child.stdout.take());
    drop(robot.child.stderr.take());
    std::thread::sleep(Duration::from_secs(3));
    assert!(robot.child.try_wait().unwrap().is_none());
    assert_eq!(robot.told().last().map(String::as_str), Some("stiff"));
    robot.send(SIGTERM);
    assert_eq!(robot.ends(), Some(0));
    robot.assert_safe_at_the_end();
}
