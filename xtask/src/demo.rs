//! `cargo xtask demo`: Strider looks for a ball and walks to it.

use anyhow::Result;

use crate::{onnxruntime, process, project};

/// What Strider does, as arguments of `sinew`.
const WALK: &[&str] = &[
    "run",
    "launch/robots/strider_ball.yaml",
    "--seconds",
    "20",
    "--pace",
    "realtime",
    "--picture",
    "target/strider-ball.png",
];

/// Sets up, builds, looks and walks. The exit code of `sinew` is kept.
pub(crate) fn run() -> Result<()> {
    eprintln!("{}", onnxruntime::set_up()?);
    process::build_sinew()?;
    process::hand_over(process::command(project::sinew()).args(WALK))
}
