//! The tests of the nodes as `rclpy` sees them: each node a process, on domains of their own.

use anyhow::Result;

use super::Environment;
use crate::{process, project, python};

const TESTS: &str = "nodes/sinew/tests/ros";
/// What they import.
const NEEDS: &str = "import pytest, rclpy";

/// Runs the tests against the `sinew` that the Rust tests have built with ROS 2. Where their Python lacks
/// what they need, says so.
pub(crate) fn run(environment: &Environment) -> Result<()> {
    let python = environment.python().unwrap_or(python::PYTHON);
    if process::output(environment.apply(process::command(python).args(["-c", NEEDS]))?).is_err() {
        eprintln!("The tests in {TESTS} are skipped: {python} lacks rclpy or pytest (apt: python3-pytest)");
        return Ok(());
    }
    let mut pytest = process::command(python);
    pytest.args(["-m", "pytest", TESTS]).env("SINEW", project::sinew());
    process::hand_over(environment.apply(&mut pytest)?)
}
