//! From camera frames to detections: the library's own work beside other image libraries, beside the bare network
//! and beside the same in Python. One thread each, all on the same CPU.

use std::path::PathBuf;
use std::process::Command;

use anyhow::Result;

use super::figures::{Figures, figure, interleaved, measure as run};
use super::peer_program;
use super::report::{Goal, Peer, Report};
use super::walk::python_peer;
use crate::{onnxruntime, process, project, python};

const EXAMPLE: &str = "bench_perception";
/// Sides of the networks' inputs, how many rounds, and frames in each: a frame through the larger takes long.
const SIDES: [(&str, u64, &str); 2] = [("320", 9, "15"), ("640", 7, "6")];

const PREPROCESS_ROUNDS: u64 = 11;
const PREPROCESS_FRAMES: &str = "100";
/// A workspace of its own, so that nothing of other image libraries becomes a dependency of Sinew.
const IMAGES: &str = "xtask/peers/images/Cargo.toml";
const IMAGES_BINARY: &str = "bench-images";

const OPENCV: &str = "OpenCV + numpy";

/// All of it.
pub(crate) fn measure(report: &mut Report) -> Result<()> {
    eprintln!("{}", onnxruntime::set_up()?);
    python::environment()?;
    let example = ["--package", "sinew", "--example", EXAMPLE];
    process::hand_over(process::cargo().args(["build", "--release", "--locked"]).args(example))?;
    let sides = SIDES.map(|(side, ..)| side);
    let mut inputs = python_peer("perception_inputs.py")?;
    process::quietly("making a frame and models", inputs.arg(inputs_folder()).args(sides))?;
    preprocess(report, &sides)?;
    for (side, rounds, frames) in SIDES {
        frame(report, side, rounds, frames)?;
    }
    Ok(())
}

/// From frames to the network's input: letterbox, 0 to 1, channels first.
fn preprocess(report: &mut Report, sides: &[&str]) -> Result<()> {
    let arguments = |command: &mut Command| -> Result<Figures> {
        let command = command.arg("preprocess").arg(inputs_folder()).args(sides);
        run(command.args(["--frames", PREPROCESS_FRAMES]))
    };
    let mut ours = || arguments(&mut rust());
    let mut opencv = || arguments(&mut python()?);
    let [ours, opencv, images] = match images() {
        Ok(binary) => {
            let mut images = || {
                let mut command = alone();
                // kornia-imgproc takes all cores otherwise.
                command.env("RAYON_NUM_THREADS", "1").arg(&binary);
                run(command
                    .arg(inputs_folder().join("frame.rgb"))
                    .arg(PREPROCESS_FRAMES)
                    .args(sides))
            };
            let sides: [super::figures::Side<'_>; 3] = [&mut ours, &mut opencv, &mut images];
            interleaved("preprocessing", PREPROCESS_ROUNDS, sides)?
        }
        Err(reason) => {
            report.skip("fast_image_resize and kornia-imgproc", reason);
            let [ours, opencv] = interleaved("preprocessing", PREPROCESS_ROUNDS, [&mut ours, &mut opencv])?;
            [ours, opencv, Figures::new()]
        }
    };
    for side in sides {
        let us = |figures: &Figures, name: &str| figure(figures, &format!("{name}_{side}_us"));
        let mut add = |what: &str, own: &str, peer: &'static str, value: f64, goal: Goal| -> Result<()> {
            let peer = Peer { name: peer, value };
            report.add(
                format!("{what} 1280x720 to {side}"),
                us(&ours, own)?,
                "us",
                Some(peer),
                goal,
            );
            Ok(())
        };
        // 1.4 times as fast.
        let goal = Goal::RatioAtMost(0.71);
        add("rgb8", "rgb8", OPENCV, us(&opencv, "rgb8")?, goal)?;
        if !images.is_empty() {
            add(
                "rgb8",
                "rgb8",
                "fast_image_resize + loop",
                us(&images, "fast_image_resize")?,
                Goal::None,
            )?;
            add("rgb8", "rgb8", "kornia-imgproc", us(&images, "kornia")?, Goal::None)?;
        }
        add("nv12", "nv12", OPENCV, us(&opencv, "nv12")?, Goal::None)?;
        add("yuv422_yuy2", "yuv422_yuy2", OPENCV, us(&opencv, "yuyv")?, Goal::None)?;
        add(
            "rgb8 without vector code",
            "portable",
            OPENCV,
            us(&opencv, "rgb8")?,
            Goal::None,
        )?;
    }
    Ok(())
}

/// From a JPEG to detections, and what that adds to the bare network.
fn frame(report: &mut Report, side: &str, rounds: u64, frames: &str) -> Result<()> {
    let arguments = |command: &mut Command| -> Result<Figures> {
        run(command
            .arg("frame")
            .arg(inputs_folder())
            .arg(side)
            .args(["--frames", frames]))
    };
    let mut ours = || arguments(&mut rust());
    let mut theirs = || arguments(&mut python()?);
    let what = format!("a frame at {side}");
    let [ours, theirs] = interleaved(&what, rounds, [&mut ours, &mut theirs])?;
    let bare = |value| Peer {
        name: "bare ORT C API call",
        value,
    };
    let python = |value| Peer {
        name: "OpenCV, onnxruntime, numpy",
        value,
    };
    let ours = |name: &str| figure(&ours, name);
    let theirs = |name: &str| figure(&theirs, name).map(python);
    let network = bare(ours("bare_us")?);
    let mut add = |what: &str, value: f64, unit: &'static str, peer: Option<Peer>, goal: Goal| {
        report.add(format!("{what} at {side}"), value, unit, peer, goal);
    };
    let (pixels, whole) = (ours("perceive_us")?, ours("whole_us")?);
    add(
        "pixels to detections",
        pixels,
        "us",
        Some(network),
        Goal::RatioAtMost(1.05),
    );
    add(
        "  of it before the network",
        ours("preprocess_us")?,
        "us",
        None,
        Goal::None,
    );
    add("  of it after the network", ours("read_us")?, "us", None, Goal::None);
    add(
        "pixels to detections",
        pixels,
        "us",
        Some(theirs("perceive_us")?),
        Goal::None,
    );
    add(
        "JPEG to pixels",
        ours("decode_us")?,
        "us",
        Some(theirs("decode_us")?),
        Goal::None,
    );
    add("JPEG to detections", whole, "us", Some(network), Goal::None);
    add("JPEG to detections", whole, "us", Some(theirs("whole_us")?), Goal::None);
    add(
        "detections",
        ours("things")?,
        "count",
        Some(theirs("things")?),
        Goal::None,
    );
    let allocations = ours("rust_allocations")?;
    add(
        "Rust allocations, pixels to detections",
        allocations,
        "count",
        None,
        Goal::ValueAtMost(0.0),
    );
    Ok(())
}

/// Where frame and models are.
fn inputs_folder() -> PathBuf {
    project::target().join("bench_perception")
}

/// On one CPU: who has more threads than one gains nothing by it.
fn alone() -> Command {
    let mut command = process::command("taskset");
    command.args(["--cpu-list", "0"]);
    command
}

/// The Rust side, an example of the crate `sinew`.
fn rust() -> Command {
    let mut command = alone();
    command.arg(project::target().join("release/examples").join(EXAMPLE));
    command
}

/// The Python side.
fn python() -> Result<Command> {
    let python = python_peer("perception.py")?;
    let mut command = alone();
    command.arg(python.get_program()).args(python.get_args());
    Ok(command)
}

fn images() -> Result<PathBuf> {
    peer_program("fast_image_resize and kornia-imgproc", IMAGES, IMAGES_BINARY)
}
