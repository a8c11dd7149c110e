//! `cargo xtask mujoco`: MuJoCo's shared library, and `sinew` with it.

use anyhow::Result;

use crate::wheel::Wheel;
use crate::{onnxruntime, process};

/// MuJoCo, as PyPI has it; the version is the one that the crate mujoco-rs is for.
pub(crate) const WHEEL: Wheel = Wheel {
    title: "MuJoCo",
    package: "mujoco",
    pin: "xtask/mujoco.txt",
    folder: "mujoco",
    library: "libmujoco.so",
    library_folder: "mujoco",
    licences: &[
        "mujoco-VERSION.dist-info/licenses/LICENSE",
        "mujoco-VERSION.dist-info/licenses/LICENSES_THIRD_PARTY.md",
    ],
    variable: "MUJOCO_DYLIB_PATH",
    symbol: "mj_version",
    size: "27 MB",
};

/// The feature of `sinew` that needs it.
pub(crate) const FEATURE: &str = "sinew/mujoco";

/// Gets MuJoCo and builds `sinew` with it.
pub(crate) fn run() -> Result<()> {
    eprintln!("{}\n{}", onnxruntime::set_up()?, WHEEL.set_up()?);
    process::hand_over(&mut process::sinew_build(&[FEATURE]))
}
