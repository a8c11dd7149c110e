//! `cargo xtask train`: Strider's walking policy, from nothing.

use anyhow::Result;

use crate::{process, python};

/// The Python environment for training, its tests and the benches' peers.
pub(crate) const ENVIRONMENT: &str = "models";
/// What is in it.
pub(crate) const REQUIREMENTS: &[&str] = &["models/train/requirements.txt", "xtask/pytest.txt"];

/// Trains with `args` for `train.py`.
pub(crate) fn run(args: &[String]) -> Result<()> {
    let mut python = python::environment(ENVIRONMENT, REQUIREMENTS)?;
    process::hand_over(python.arg("models/train/train.py").args(args))
}
