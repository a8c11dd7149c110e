//! `cargo xtask ros demo`: Strider walks on ROS 2, in three processes.

use anyhow::Result;

use super::build;
use super::environment::Environment;
use crate::{onnxruntime, process, project};

/// Starts the nodes, watches and steers them, ends them: a plain script, to be read as an example.
const SCRIPT: &str = "launch/demo/walk.sh";

/// Sets up, builds and walks. The exit code of the script is kept.
pub(super) fn run(environment: &Environment) -> Result<()> {
    eprintln!("{}\n{}", onnxruntime::set_up()?, environment.description());
    build(environment, &[])?;
    let mut script = process::command("bash");
    script.arg(SCRIPT).env("SINEW", project::sinew());
    process::hand_over(environment.apply(&mut script)?)
}
