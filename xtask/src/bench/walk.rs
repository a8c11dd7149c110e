//! The walking humanoid: how much the control loop adds, and how fast its world is.

use std::process::Command;

use anyhow::Result;

use super::report::Report;
use super::{jitter, steps, tap, tick};
use crate::{mujoco, onnxruntime, process, project, python};

/// Measures all of it.
pub(crate) fn measure(report: &mut Report) -> Result<()> {
    eprintln!("{}", onnxruntime::set_up()?);
    python::environment()?;
    let mujoco = mujoco::WHEEL.set_up();
    let mut build = process::cargo();
    build.args([
        "build",
        "--release",
        "--locked",
        "--package",
        "sinew",
        "--example",
        EXAMPLE,
    ]);
    match &mujoco {
        Ok(found) => {
            eprintln!("{found}");
            build.args(["--features", mujoco::FEATURE]);
        }
        Err(reason) => report.skip("simulator steps in MuJoCo", format!("{reason:#}")),
    }
    process::hand_over(&mut build)?;
    tick::measure(report)?;
    tap::measure(report)?;
    jitter::measure(report)?;
    steps::measure(report, mujoco.is_ok())
}

/// The Rust side, an example of the crate `sinew`: one process per round, one JSON object out.
const EXAMPLE: &str = "bench_walk";

/// Strider's parameter file.
pub(crate) const STRIDER: &str = "launch/robots/strider.yaml";

/// The Rust side, measuring `what`.
pub(crate) fn sinew(what: &str) -> Command {
    let mut command = process::command(project::target().join("release/examples").join(EXAMPLE));
    command.arg(what);
    command
}

/// The Python peer in `xtask/bench/`.
pub(crate) fn python_peer(script: &str) -> Result<Command> {
    let mut command = python::environment()?;
    command.arg(format!("xtask/bench/{script}"));
    Ok(command)
}
