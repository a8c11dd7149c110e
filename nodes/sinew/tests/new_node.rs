//! What `sinew new node` and `sinew new messages` make is built on the framework alone, passes its own tests, and walks
//! Strider: alone on ROS 2, and with the feature `robot` in one process.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStderr, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use common::root;

/// A test that waits longer than this has failed. Robots walk in real time, on whatever is left of a machine.
const PATIENCE: Duration = Duration::from_secs(120);
const NODE: &str = "stroll";
const STRIDER: &str = "launch/robots/strider.yaml";
/// Far enough that no robot gets there by falling.
const DISTANCE: &str = "stroll:distance_m:=1.2";
const ARRIVED: &str = "stands";
/// Limits for a machine that does other things as well: here a tenth of a second is nothing to stop for.
const PATIENT: &[&str] = &[
    "control:safety.stale_secs:=0.5",
    "control:safety.frozen_secs:=2.0",
    "control:safety.overrun_secs:=2.0",
    "control:safety.inference_budget_secs:=0.2",
    "control:safety.deadman_secs:=5.0",
    "sim:command_timeout_secs:=0.5",
];

/// Sinew's own crates, which are not optimised here: that would take longer than all the rest.
const OWN_CRATES: &[&str] = &[
    "sinew",
    "sinew-control",
    "sinew-files",
    "sinew-messages",
    "sinew-models",
    "sinew-node",
    "sinew-node-camera",
    "sinew-node-control",
    "sinew-node-course",
    "sinew-node-follow",
    "sinew-node-perception",
    "sinew-node-sim",
    "sinew-perception",
    "sinew-robot",
    "sinew-sim",
];
/// What a node of one's own has no use for: physics, inference, command lines, plots.
const HEAVY_CRATES: &[&str] = &["rapier3d", "ort", "clap", "tiny-skia", "sinew"];

/// Goes into the library of the new crate, beside what `sinew new messages` makes.
const USES_MESSAGES: &str = r#"
pub mod hand_msgs;

#[test]
fn own_messages_are_carried() {
    use sinew_node::bus::local::LocalBus;
    let bus = LocalBus::new().node("hand", "/");
    let input = Input::<hand_msgs::msg::Grip>::new(&*bus, "grip", Qos::default()).unwrap();
    let grip = hand_msgs::msg::Grip { force_n: vec![1.0, 2.0], ..Default::default() };
    Publisher::new(&*bus, "grip", Qos::default()).unwrap().publish(grip.clone()).unwrap();
    assert_eq!(input.try_recv().as_deref(), Some(&grip));
}
"#;

fn sinew(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sinew"));
    command.args(args).current_dir(root());
    command
}

fn expect_success(command: &mut Command) {
    let output = command.output().unwrap();
    let told = String::from_utf8_lossy(&output.stderr);
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{command:?}\n{said}\n{told}");
}

/// A new node, in a folder of this name. Always the same, so that what has not changed is not built again.
fn made(scratch: &str) -> PathBuf {
    let scratch = Path::new(env!("CARGO_TARGET_TMPDIR")).join(scratch);
    let _ = fs::remove_dir_all(&scratch);
    expect_success(&mut sinew(&["new", "node", NODE, "--in", scratch.to_str().unwrap()]));
    scratch.join(NODE)
}

/// A new node with messages of its own.
fn made_with_messages() -> PathBuf {
    let folder = made("new_node");
    let at = |path: &Path| path.to_str().unwrap().to_owned();
    let definition = folder.join("Grip.msg");
    fs::write(&definition, "std_msgs/Header header\nfloat64[] force_n\n").unwrap();
    let module = at(&folder.join("src/hand_msgs.rs"));
    expect_success(&mut sinew(&[
        "new",
        "messages",
        "hand_msgs",
        &at(&definition),
        "--out",
        &module,
    ]));
    let library = folder.join("src/lib.rs");
    let text = fs::read_to_string(&library).unwrap();
    fs::write(&library, text + USES_MESSAGES).unwrap();
    folder
}

/// Cargo on the crate with these features, and with `ros2` where this test has it.
fn cargo(folder: &Path, args: &[&str], features: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO"));
    command.args(args).args(["--release", "--offline"]).current_dir(folder);
    for name in OWN_CRATES {
        for setting in ["opt-level=0", "debug=false"] {
            command.args(["--config", &format!("profile.release.package.{name}.{setting}")]);
        }
    }
    let ros: &[&str] = if cfg!(feature = "ros2") { &["ros2"] } else { &[] };
    command.args(["--features", &[features, ros].concat().join(",")]);
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap();
    command.env("CARGO_TARGET_DIR", target);
    command
}

/// The program that cargo has made, started as `cargo run` starts it: with what the crate's settings say.
/// (Cargo itself would wait for any other that builds.)
fn program(folder: &Path) -> Command {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap();
    let mut command = Command::new(target.join("release").join(NODE));
    let settings = fs::read_to_string(folder.join(".cargo/config.toml")).unwrap();
    let runtime = settings.lines().find_map(|line| line.strip_prefix("ORT_DYLIB_PATH = "));
    command.env("ORT_DYLIB_PATH", runtime.unwrap().trim_matches('"'));
    command.current_dir(folder);
    command
}

/// Parameters on a command line.
fn set(command: &mut Command, parameters: &[&str]) {
    command.arg("--ros-args");
    for parameter in parameters {
        command.args(["-p", parameter]);
    }
}

/// A program that runs, ended at the latest when this is dropped.
struct Program {
    name: String,
    child: Child,
    lines: Receiver<String>,
    said: String,
}

impl Program {
    fn start(name: &str, command: &mut Command) -> Self {
        let mut child = command.stdin(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let lines = lines_of(child.stderr.take().unwrap());
        Self {
            name: name.to_owned(),
            child,
            lines,
            said: String::new(),
        }
    }

    /// Waits until it says `text`; false when it does not in time, or has ended.
    fn says(&mut self, text: &str) -> bool {
        let deadline = Instant::now() + PATIENCE;
        while !self.said.contains(text) {
            match self
                .lines
                .recv_timeout(deadline.saturating_duration_since(Instant::now()))
            {
                Ok(line) => self.said += &line,
                Err(_) => return false,
            }
        }
        true
    }

    /// All that it has said so far.
    fn report(&mut self) -> String {
        self.said.extend(self.lines.try_iter());
        format!("{}:\n{}", self.name, self.said)
    }

    /// Asks it to end, which has to be a clean end.
    fn ends_well(mut self) {
        let pid = self.child.id() as libc::pid_t;
        // SAFETY: the process is our child, not waited for yet, so the number is its own.
        unsafe { libc::kill(pid, libc::SIGTERM) };
        let status: ExitStatus = self.child.wait().unwrap();
        self.said.extend(self.lines.iter());
        assert!(status.success(), "{}: {status}\n{}", self.name, self.said);
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn lines_of(stderr: ChildStderr) -> Receiver<String> {
    let (sender, lines) = channel();
    std::thread::spawn(move || {
        for line in BufReader::new(stderr).lines().map_while(Result::ok) {
            let _ = sender.send(line + "\n");
        }
    });
    lines
}

// One test, for all of it is done with one crate.
#[test]
fn a_new_node_passes_its_tests_and_walks_strider() {
    let folder = made_with_messages();
    // Documentation has nothing to be tested.
    expect_success(&mut cargo(&folder, &["test", "--lib", "--bins", "--tests"], &[]));
    #[cfg(feature = "ros2")]
    walks_on_ros_2(&folder);
    expect_success(&mut cargo(&folder, &["build"], &["robot"]));
    walks_composed(&folder);
}

#[test]
fn a_new_node_builds_neither_physics_nor_inference_nor_a_command_line() {
    let folder = made("new_node_tree");
    let tree = |features: &[&str]| {
        let mut command = Command::new(env!("CARGO"));
        command.args(["tree", "--offline", "--edges", "normal,build", "--prefix", "none"]);
        command.args(features).current_dir(&folder);
        let output = command.output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    };
    let names = |tree: &str, name: &str| tree.lines().any(|line| line.split(' ').next() == Some(name));
    let (alone, robot) = (tree(&[]), tree(&["--features", "robot"]));
    assert!(names(&alone, "sinew-node"), "{alone}");
    for heavy in HEAVY_CRATES {
        assert!(!names(&alone, heavy), "{heavy}:\n{alone}");
        assert!(names(&robot, heavy), "{heavy} is what a robot needs:\n{robot}");
    }
}

fn walks_composed(folder: &Path) {
    let mut run = program(folder);
    run.arg(root().join(STRIDER)).args(["--nodes", "control,sim,stroll"]);
    set(&mut run, &[PATIENT, &[DISTANCE]].concat());
    run.args(["--params-file", "stroll.yaml"]);
    let mut robot = Program::start("stroll with a robot", &mut run);
    assert!(robot.says(ARRIVED), "no arrival: {}", robot.report());
    robot.ends_well();
}

#[cfg(feature = "ros2")]
fn walks_on_ros_2(folder: &Path) {
    if std::env::var_os("SINEW_ROS").is_none() {
        eprintln!("skipped on ROS 2: run by `cargo xtask test`, or in the environment of `cargo xtask ros env`");
        return;
    }
    // Up to 101 the ports of a domain are none that the system gives to others.
    let domain = std::env::var("ROS_DOMAIN_ID").unwrap_or_else(|_| (1 + std::process::id() % 101).to_string());
    let start = |name: &str, command: &mut Command| Program::start(name, command.env("ROS_DOMAIN_ID", &domain));
    let up = |name: &str| {
        let mut up = sinew(&["up", STRIDER, "--bus", "ros2", "--nodes", name]);
        set(&mut up, &[PATIENT, &["control:use_sim_time:=true"]].concat());
        start(name, &mut up)
    };
    let (mut sim, mut control) = (up("sim"), up("control"));
    let mut alone = program(folder);
    set(alone.arg("stroll.yaml"), &[DISTANCE]);
    let mut stroll = start("stroll", &mut alone);
    if !stroll.says(ARRIVED) {
        let reports = [&mut stroll, &mut control, &mut sim].map(Program::report);
        panic!("no arrival: {}", reports.join("\n"));
    }
    for program in [stroll, control, sim] {
        program.ends_well();
    }
}
