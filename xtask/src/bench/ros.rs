//! Messages between two processes over DDS: Sinew's bus beside r2r's raw bytes and rclpy, and what a
//! node costs that nobody speaks to.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};

use super::figures::{Figures, figure, interleaved, measure as run};
use super::report::{Goal, Peer, Report};
use crate::{process, project, ros};

const ROUNDS: u64 = 7;
const EXAMPLE: &str = "bench_ros";
const PYTHON_PEER: &str = "nodes/framework/examples/bench_ros/peer.py";

/// What is measured, as the example calls it, and how many times faster than rclpy it should be.
const KINDS: [(&str, &str, f64); 2] = [
    ("trip", "round trip of a JointState", 2.0),
    ("image", "one way of a 640x480 image", 3.0),
];

/// The whole of it, or a word on why not.
pub(crate) fn measure(report: &mut Report) -> Result<()> {
    let environment = match ros::environment() {
        Ok(environment) => environment,
        Err(reason) => {
            report.skip("the bus over DDS", reason);
            return Ok(());
        }
    };
    build(&environment)?;
    let rust = |what: &str| -> Result<Command> {
        let program = project::target().join("release/examples").join(EXAMPLE);
        alone(&environment, &program, &[what])
    };
    let (mut bus, mut r2r) = (rust("bus")?, rust("r2r")?);
    let mut python = alone(&environment, rclpy(&environment)?, &[PYTHON_PEER])?;
    let mut idle = rust("idle")?;
    let [bus, r2r, python, idle] = interleaved(
        "over DDS",
        ROUNDS,
        [
            &mut || run(&mut bus),
            &mut || run(&mut r2r),
            &mut || run(&mut python),
            &mut || run(&mut idle),
        ],
    )?;
    for (key, name, times) in KINDS {
        compare(report, &bus, &r2r, &python, key, name, times)?;
    }
    let percent = figure(&idle, "idle_percent")?;
    report.add("CPU of an idle node", percent, "%", None, Goal::ValueAtMost(5.0));
    Ok(())
}

fn compare(
    report: &mut Report,
    bus: &Figures,
    r2r: &Figures,
    python: &Figures,
    key: &str,
    name: &str,
    times: f64,
) -> Result<()> {
    for (percentile, most) in [("p50", Goal::RatioAtMost(1.05)), ("p99", Goal::None)] {
        let us = |figures| figure(figures, &format!("{key}_{percentile}_us"));
        let peer = Peer {
            name: "r2r raw",
            value: us(r2r)?,
        };
        report.add(format!("{name} {percentile}"), us(bus)?, "us", Some(peer), most);
    }
    // How many times less it takes: Python's rate is the peer of ours.
    let per_sec = |figures| figure(figures, &format!("{key}_p50_us")).map(|us| 1e6 / us);
    let peer = Peer {
        name: "rclpy",
        value: per_sec(python)?,
    };
    let goal = Goal::RatioAtLeast(times);
    report.add(format!("{name}, rate"), per_sec(bus)?, "1/s", Some(peer), goal);
    Ok(())
}

fn build(environment: &ros::Environment) -> Result<()> {
    let mut cargo = process::cargo();
    cargo.args(["build", "--release", "--locked", "--package", "sinew-node"]);
    cargo.args(["--features", "ros2", "--example", EXAMPLE]);
    process::hand_over(environment.apply(&mut cargo)?)
}

fn rclpy(environment: &ros::Environment) -> Result<&Path> {
    environment.python().map(Path::new).context("ROS 2 without a Python")
}

/// In a DDS domain that no robot near by is in, and on the first CPU: the far end takes the second.
fn alone(environment: &ros::Environment, program: &Path, arguments: &[&str]) -> Result<Command> {
    let mut command = process::command("taskset");
    environment.apply(&mut command)?;
    command.args(["--cpu-list", "0"]).arg(program).args(arguments);
    command.env("ROS_AUTOMATIC_DISCOVERY_RANGE", "LOCALHOST");
    command.env("ROS_DOMAIN_ID", (1 + std::process::id() % 101).to_string());
    Ok(command)
}
