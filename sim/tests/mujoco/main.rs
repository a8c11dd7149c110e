//! MuJoCo as the engine: the parameters mean what they mean in the embedded one, and what cannot is refused by name.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod allocations;
#[path = "../common/mod.rs"]
mod common;
mod refusals;
mod same_meaning;

use std::path::{Path, PathBuf};

use sinew_control::io::RobotIo;
use sinew_control::state::{JointCommand, RobotState};
use sinew_robot::{RobotModel, load};
use sinew_sim::{Engine, SimParams, SimRobot};

/// Both engines, for what has to hold for either.
const ENGINES: [Engine; 2] = [Engine::Embedded, Engine::Mujoco];

fn file(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

fn strider() -> RobotModel {
    load(&file("robots/strider/scene.xml")).unwrap()
}

fn on(engine: Engine) -> SimParams {
    SimParams {
        engine,
        ..SimParams::default()
    }
}

/// A robot out of this text, read from a file that is there as long as the folder.
fn parse(text: &str) -> (tempfile::TempDir, RobotModel) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("r.xml");
    std::fs::write(&file, text).unwrap();
    let model = load(&file).unwrap();
    (folder, model)
}

/// The default pose, held by the drives of the description.
fn hold(robot: &SimRobot) -> JointCommand {
    let description = robot.description();
    let mut command = JointCommand::zeros(description.dof());
    for (j, joint) in description.joints.iter().enumerate() {
        command.position[j] = joint.default_rad;
        command.kp[j] = joint.stiffness.unwrap_or(0.0);
        command.kd[j] = joint.damping.unwrap_or(0.0);
    }
    command
}

/// Runs ticks of 4 ms and returns the last state.
fn run(robot: &mut SimRobot, command: &JointCommand, from: u64, ticks: u64) -> RobotState {
    let mut state = RobotState::new(robot.description().dof(), robot.capabilities().feet.len());
    for tick in from..from + ticks {
        robot.read(tick * 4_000_000, &mut state).unwrap();
        robot.write(command, &state).unwrap();
    }
    state
}
