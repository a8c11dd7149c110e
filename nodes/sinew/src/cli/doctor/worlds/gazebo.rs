//! Gazebo, with ros2_control in it or without.

use std::path::Path;

use sinew::control::CommandForm;
use sinew_robot::export::{Options, Target, export};

use super::installed::{Packages, has_program};
use super::ros2_control::expect_safe_action;
use super::{Files, World};

/// What commands and broadcasters of the exported robot need, with its apt package.
const PACKAGES: [(&str, &str); 8] = [
    ("ros_gz_sim", "ros-gz"),
    ("ros_gz_bridge", "ros-gz"),
    ("gz_ros2_control", "gz-ros2-control"),
    ("controller_manager", "ros2-control"),
    ("joint_state_broadcaster", "ros2-controllers"),
    ("imu_sensor_broadcaster", "ros2-controllers"),
    ("effort_controllers", "ros2-controllers"),
    ("joint_trajectory_controller", "ros2-controllers"),
];

/// By the launch file, which exports the robot and starts everything.
pub(super) fn with_ros2_control(files: &Files<'_>, packages: &Packages) -> World {
    let command = format!(
        "ros2 launch sinew strider.launch.py sim:=gazebo params:={}",
        files.listed()
    );
    let mut world = World::new("Gazebo", command);
    packages.expect_ros(&mut world);
    packages.expect_gazebo(&mut world);
    packages.expect(&mut world, &PACKAGES);
    if !packages.has("sinew") && !has_program("sinew") {
        world.lacks_until(
            "the package sinew is not sourced",
            "cargo xtask install --prefix ~/sinew, then `source ~/sinew/share/sinew/local_setup.bash`",
        );
    }
    files.expect_one(&mut world);
    expect_robot(&mut world, files);
    world
}

/// With Gazebo's own controller of trajectories.
pub(super) fn alone(files: &Files<'_>, packages: &Packages) -> World {
    let command = format!(
        "ros2 launch sinew strider.launch.py sim:=none use_sim_time:=true params:={}",
        files.listed()
    );
    let mut world = World::new("Gazebo alone", command);
    packages.expect_ros(&mut world);
    packages.expect_gazebo(&mut world);
    packages.expect(&mut world, &PACKAGES[1..2]);
    files.expect_one(&mut world);
    let control = &files.on_topics.source().control;
    let form = control.topics.command;
    if form != CommandForm::JointTrajectory {
        world.lacks_until(
            format!(
                "`control: topics.command`: expected `joint_trajectory`, to which Gazebo's JointTrajectoryController \
                 listens, found `{}`",
                form.name()
            ),
            "set `topics.command: joint_trajectory` and `safety.safe_action: hold` under `control`",
        );
    } else {
        expect_safe_action(&mut world, control);
    }
    expect_robot(&mut world, files);
    world.cautions.push(
        "a model by hand: the URDF of `sinew robot export --for gazebo` with gz-sim's JointTrajectoryController, \
         JointStatePublisher and Imu systems in the place of gz_ros2_control, and a bridge for their topics"
            .to_owned(),
    );
    world
}

/// Expects a robot that can be written for Gazebo, and a policy that observes only what Gazebo measures.
fn expect_robot(world: &mut World, files: &Files<'_>) {
    let (loaded, control) = (files.on_topics.loaded(), &files.on_topics.source().control);
    let options = Options {
        keyframe: control.keyframe.clone(),
        ..Options::default()
    };
    if let Err(error) = export(&loaded.model, Target::Gazebo, Path::new("."), &options) {
        world.lacks(error.to_string());
    }
    let observes = |name: &str| loaded.contract.observations.iter().any(|term| term.name == name);
    if observes("joint_effort") {
        world.lacks("the policy observes `joint_effort`, which is always 0 in Gazebo");
    }
    if loaded.asks_for_base_velocity() && !control.topics.base_velocity {
        world.lacks_until(
            "the policy observes the velocity of its base, which `control` does not listen to",
            "set `topics.base_velocity: true` under `control`: Gazebo's odometry has it",
        );
    }
}
