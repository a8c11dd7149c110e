//! `cargo xtask train`: Strider's walking policy, from nothing.

use std::path::Path;

use anyhow::Result;

use crate::{onnxruntime, process, project, python};

/// Trains with `args` for `train.py`, then packs what came out into `out/walk.onnx`.
pub(crate) fn run(out: &Path, args: &[String]) -> Result<()> {
    let mut python = python::environment()?;
    python.arg("models/train/train.py").args(args);
    process::hand_over(python.arg("--out").arg(out))?;
    if args.iter().any(|arg| arg == "--help" || arg == "-h") {
        return Ok(());
    }
    eprintln!("{}", onnxruntime::set_up()?);
    process::build_sinew()?;
    process::hand_over(
        process::command(project::sinew())
            .args(["policy", "pack"])
            .arg(out.join("policy.onnx"))
            .arg("--contract")
            .arg(out.join("policy.contract.yaml"))
            .args(["--robot", "sim/robots/strider/scene.xml", "--output"])
            .arg(out.join("walk.onnx")),
    )
}
