//! `cargo xtask demo`: Strider walks.

use anyhow::Result;

use crate::{onnxruntime, process, project};

/// What Strider does, as arguments of `sinew`.
const WALK: &[&str] = &[
    "run",
    "launch/robots/strider.yaml",
    "--seconds",
    "20",
    "--pace",
    "realtime",
    "--picture",
    "target/strider-walk.png",
];

/// Sets up, builds and walks. The exit code of `sinew` is kept.
pub(crate) fn run() -> Result<()> {
    eprintln!("{}", onnxruntime::set_up()?);
    process::build_sinew()?;
    process::hand_over(process::command(project::sinew()).args(WALK))
}
