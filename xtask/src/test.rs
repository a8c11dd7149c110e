//! `cargo xtask test`: every test there is.

use anyhow::Result;

use crate::{onnxruntime, process, python};

/// Sets up, then runs the Rust tests and the Python tests, each with the screen to itself, and says
/// nothing after them.
pub(crate) fn run() -> Result<()> {
    eprintln!("{}", onnxruntime::set_up()?);
    // Before the long run, so that a missing network shows at once.
    let mut pytest = python::environment()?;
    process::hand_over(process::cargo().args(["test", "--release", "--locked", "--workspace"]))?;
    process::hand_over(pytest.args(["-m", "pytest", "models/train"]))
}
