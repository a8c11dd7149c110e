//! `cargo xtask train`: the shipped models, from nothing.

use std::path::{Path, PathBuf};

use anyhow::Result;
use clap::ValueEnum;

use crate::{onnxruntime, process, project, python};

/// Where the scenes for the detector are rendered to.
const SCENES: &str = ".sinew/train/scenes";
/// How many frames of each kind: to learn from, to watch the training with, to judge what comes out.
const FRAMES: [(&str, &str); 3] = [("training", "20000"), ("validation", "400"), ("test", "500")];

/// What can be trained.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Subject {
    /// Strider's walking policy
    #[default]
    Walk,
    /// Spotter, the detector of balls, boxes and people
    Detector,
}

/// Trains with `args` for the subject's `train.py`.
pub(crate) fn run(subject: Subject, out: Option<PathBuf>, args: &[String]) -> Result<()> {
    let usual = match subject {
        Subject::Walk => ".sinew/train/run",
        Subject::Detector => ".sinew/train/detector",
    };
    let out = out.unwrap_or_else(|| usual.into());
    match subject {
        Subject::Walk => walk(&out, args),
        Subject::Detector => detector(&out, args),
    }
}

/// Trains the policy, then packs what came out into `out/walk.onnx`.
fn walk(out: &Path, args: &[String]) -> Result<()> {
    let mut python = python::environment()?;
    python.arg("models/train/train.py").args(args);
    process::hand_over(python.arg("--out").arg(out))?;
    if asks_for_help(args) {
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

/// Renders, trains, and says how good `out/detector.onnx` is.
fn detector(out: &Path, args: &[String]) -> Result<()> {
    let module = |name: &str| -> Result<_> {
        let mut python = python::environment()?;
        python.env("PYTHONPATH", "models/train").args(["-m", name]);
        Ok(python)
    };
    if asks_for_help(args) {
        return process::hand_over(module("detector.train")?.args(args));
    }
    // Before the rendering, so that a missing network shows at once.
    let mut training = module("detector.train")?;
    for (split, frames) in FRAMES {
        let mut render = process::cargo();
        render.args(["run", "--release", "--locked", "--package", "sinew-sim"]);
        render.args(["--example", "render_scenes", "--", SCENES, split, frames]);
        process::hand_over(&mut render)?;
    }
    process::hand_over(training.args(["--data", SCENES, "--out"]).arg(out).args(args))?;
    process::hand_over(
        module("detector.evaluate")?
            .arg(out.join("detector.onnx"))
            .args(["--data", SCENES, "--split", "test"]),
    )
}

fn asks_for_help(args: &[String]) -> bool {
    args.iter().any(|arg| arg == "--help" || arg == "-h")
}
