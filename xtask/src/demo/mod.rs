//! `cargo xtask demo`: Strider looks for a ball and walks to it.

mod deploy;
mod evidence;
mod update;

use anyhow::Result;
use clap::ValueEnum;

use crate::{onnxruntime, process, project};

/// Another demo.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum Other {
    /// A run is recorded, told, uploaded, replayed and verified, and nothing is lost
    Evidence,
    /// A package is booted under systemd, an image runs with real-time rights, charts are judged
    Deploy,
    /// Other policies come over the air while Strider walks: one takes charge, two are found out
    Update,
}

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
pub(crate) fn run(other: Option<Other>) -> Result<()> {
    match other {
        Some(Other::Deploy) => return deploy::run(),
        Some(Other::Evidence) => return evidence::run(),
        Some(Other::Update) => return update::run(),
        None => {}
    }
    eprintln!("{}", onnxruntime::set_up()?);
    process::build_sinew()?;
    process::hand_over(process::command(project::sinew()).args(WALK))
}
