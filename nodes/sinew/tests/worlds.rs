//! In which worlds a robot can be run: what `sinew doctor` finds for a robot's files, and what a program says that was
//! built without an engine.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use common::root;
use serde_json::Value;
use tempfile::TempDir;

const STRIDER: &str = "launch/robots/strider.yaml";

/// A machine of the tests' own: programs on its PATH, ROS 2 packages that are sourced, and a robot's file.
struct Machine {
    folder: TempDir,
    ros: bool,
}

impl Machine {
    fn without_ros() -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir_all(folder.path().join("bin")).unwrap();
        Self { folder, ros: false }
    }

    fn with_ros(programs: &[&str], packages: &[&str]) -> Self {
        let machine = Self {
            ros: true,
            ..Self::without_ros()
        };
        for program in programs {
            let file = machine.path("bin").join(program);
            fs::write(&file, "#!/bin/sh\n").unwrap();
            fs::set_permissions(&file, fs::Permissions::from_mode(0o755)).unwrap();
        }
        let index = machine.path("ros/share/ament_index/resource_index/packages");
        fs::create_dir_all(&index).unwrap();
        for package in packages {
            fs::write(index.join(package), "").unwrap();
        }
        machine
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Strider's file with more for `control`.
    fn strider_with(&self, control: &str) -> PathBuf {
        let file = self.path("robot.yaml");
        let strider = root().join(STRIDER).canonicalize().unwrap();
        let text = format!(
            "/**:\n  ros__parameters:\n    extends: {}\ncontrol:\n  ros__parameters: {control}\n",
            strider.display()
        );
        fs::write(&file, text).unwrap();
        file
    }

    fn sinew(&self, args: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_sinew"));
        command.args(args).current_dir(root()).env("PATH", self.path("bin"));
        command.env_remove("AMENT_PREFIX_PATH").env_remove("ROS_DISTRO");
        if self.ros {
            command
                .env("AMENT_PREFIX_PATH", self.path("ros"))
                .env("ROS_DISTRO", "jazzy");
        }
        command.output().unwrap()
    }

    /// The findings about a robot's worlds, and the lines for people.
    fn worlds(&self, file: &Path) -> (Vec<Value>, String) {
        let output = self.sinew(&["doctor", file.to_str().unwrap(), "--json", "-"]);
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(0), "{told}");
        let all: Vec<Value> = serde_json::from_slice(&output.stdout).unwrap();
        let worlds = all.into_iter().filter(|finding| finding.get("missing").is_some());
        (worlds.collect(), told)
    }
}

/// What has `text` in one of the lists of `key`.
fn says(world: &Value, key: &str, text: &str) -> bool {
    let list = world[key].as_array().unwrap();
    list.iter().any(|line| line.as_str().unwrap().contains(text))
}

fn of<'a>(worlds: &'a [Value], subject: &str) -> &'a Value {
    worlds.iter().find(|world| world["subject"] == subject).unwrap()
}

#[test]
fn a_machine_with_nothing_has_the_embedded_world_and_says_how_to_get_the_others() {
    let (worlds, told) = Machine::without_ros().worlds(Path::new(STRIDER));
    let subjects: Vec<&str> = worlds.iter().map(|world| world["subject"].as_str().unwrap()).collect();
    assert_eq!(
        subjects,
        [
            "embedded",
            "MuJoCo",
            "Gazebo",
            "Gazebo alone",
            "ros2_control",
            "sinew_controller"
        ]
    );
    assert_eq!(of(&worlds, "embedded")["good"], true, "{told}");
    let gazebo = of(&worlds, "Gazebo");
    assert_eq!(gazebo["good"], false);
    assert!(says(gazebo, "missing", "`ros2` is not on PATH") && says(gazebo, "missing", "`gz` is not on PATH"));
    assert!(says(
        gazebo,
        "missing",
        "no package ros_gz_sim, ros_gz_bridge, gz_ros2_control"
    ));
    assert!(says(
        gazebo,
        "to_do",
        "sudo apt-get install ros-jazzy-gz-ros2-control ros-jazzy-ros-base ros-jazzy-ros-gz ros-jazzy-ros2-control ros-jazzy-ros2-controllers"
    ));
    assert!(says(of(&worlds, "sinew_controller"), "to_do", "colcon build"), "{told}");
    for line in [
        "Where launch/robots/strider.yaml can be run:",
        "ok   embedded         sinew run launch/robots/strider.yaml",
        "MISS Gazebo           ",
    ] {
        assert!(told.lines().any(|told| told.starts_with(line)), "{line}: {told}");
    }
}

#[cfg(not(feature = "mujoco"))]
#[test]
fn a_program_without_mujoco_says_so_wherever_it_is_asked_for() {
    let machine = Machine::without_ros();
    let (worlds, told) = machine.worlds(Path::new(STRIDER));
    let mujoco = of(&worlds, "MuJoCo");
    assert_eq!(mujoco["good"], false, "{told}");
    assert!(says(mujoco, "missing", "without the feature `mujoco`") && says(mujoco, "to_do", "cargo xtask mujoco"));
    let file = machine.path("mujoco.yaml");
    let strider = root().join(STRIDER).canonicalize().unwrap();
    let text = format!(
        "/**:\n  ros__parameters:\n    extends: {}\nsim:\n  ros__parameters: {{engine: mujoco}}\n",
        strider.display()
    );
    fs::write(&file, text).unwrap();
    let file = file.to_str().unwrap();
    for args in [
        &["run", file][..],
        &["eval", file],
        &["plan", file],
        &["up", file],
        &["eval", STRIDER, "--engine", "both"],
        &["eval", STRIDER, "--engine", "mujoco"],
    ] {
        let output = machine.sinew(args);
        let message = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{args:?}: {message}");
        for part in [
            "engine",
            "`embedded`",
            "without MuJoCo",
            "`cargo xtask mujoco`",
            "found `mujoco`",
        ] {
            assert!(message.contains(part), "{args:?}: {part}: {message}");
        }
    }
    // The robot itself needs no simulator: its file counts for the other worlds.
    let (worlds, told) = machine.worlds(Path::new(file));
    assert_eq!(of(&worlds, "embedded")["good"], true, "{told}");
}

#[test]
fn with_all_packages_only_what_does_not_fit_is_missing() {
    let packages = [
        "ros_gz_sim",
        "ros_gz_bridge",
        "gz_ros2_control",
        "controller_manager",
        "joint_state_broadcaster",
        "imu_sensor_broadcaster",
        "effort_controllers",
        "joint_trajectory_controller",
        "sinew",
        "sinew_controller",
    ];
    let machine = Machine::with_ros(&["gz", "ros2"], &packages);
    let speaks_ros = |world: &Value| !says(world, "missing", "without the feature `ros2`");
    let missing = |world: &Value| world["missing"].as_array().unwrap().len() - usize::from(!speaks_ros(world));

    let (worlds, told) = machine.worlds(Path::new(STRIDER));
    assert_eq!(missing(of(&worlds, "Gazebo")), 0, "{told}");
    assert_eq!(of(&worlds, "sinew_controller")["good"], true, "{told}");
    for world in ["Gazebo alone", "ros2_control"] {
        assert!(says(of(&worlds, world), "missing", "topics.command"), "{told}");
        assert!(says(of(&worlds, world), "missing", "found `impedance`"), "{told}");
    }
    assert!(says(
        of(&worlds, "ros2_control"),
        "to_do",
        "`forward_effort` for drives that take torques"
    ));

    // A torque that is held for five milliseconds does not damp in time.
    let (worlds, told) = machine.worlds(&machine.strider_with("{topics: {command: forward_effort}}"));
    let world = of(&worlds, "ros2_control");
    assert!(
        says(world, "missing", "is held for") && says(world, "missing", "drive_damping"),
        "{told}"
    );

    let damped = "{topics: {command: forward_effort}, drive_damping: true}";
    let (worlds, told) = machine.worlds(&machine.strider_with(damped));
    let world = of(&worlds, "ros2_control");
    assert_eq!(missing(world), 0, "{told}");
    assert!(says(world, "cautions", "switch_controller"), "{told}");

    // A controller with gains of its own stays stiff.
    let (worlds, told) = machine.worlds(&machine.strider_with("{topics: {command: joint_trajectory}}"));
    for world in ["Gazebo alone", "ros2_control"] {
        assert!(says(of(&worlds, world), "missing", "stay stiff"), "{told}");
    }
    let held = "{topics: {command: joint_trajectory}, safety: {safe_action: hold}}";
    let (worlds, told) = machine.worlds(&machine.strider_with(held));
    for world in ["Gazebo alone", "ros2_control"] {
        assert_eq!(missing(of(&worlds, world)), 0, "{told}");
    }
}

#[test]
fn files_add_up_and_a_launch_takes_one() {
    let machine = Machine::without_ros();
    let more = machine.path("more.yaml");
    fs::write(
        &more,
        "control:\n  ros__parameters: {topics: {command: forward_effort}}\n",
    )
    .unwrap();
    let output = machine.sinew(&["doctor", STRIDER, more.to_str().unwrap(), "--json", "-"]);
    let findings: Vec<Value> = serde_json::from_slice(&output.stdout).unwrap();
    for world in ["Gazebo", "Gazebo alone", "ros2_control"] {
        assert!(
            says(of(&findings, world), "missing", "takes one parameter file"),
            "{findings:?}"
        );
    }
    assert!(
        says(of(&findings, "ros2_control"), "cautions", "forward_effort"),
        "{findings:?}"
    );
    assert_eq!(of(&findings, "embedded")["good"], true);
}

#[test]
fn a_file_that_is_no_robot_is_refused() {
    let machine = Machine::without_ros();
    for (file, expected) in [("gone.yaml", "gone.yaml"), ("README.md", "README.md")] {
        let output = machine.sinew(&["doctor", file]);
        let message = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(2), "{message}");
        assert!(message.lines().last().unwrap().contains(expected), "{message}");
    }
}
