//! Why MuJoCo cannot move a robot.

use std::path::PathBuf;

use sinew_files::NotFound;
use thiserror::Error;

use super::ffi::VERSION;

/// Why MuJoCo cannot move a robot.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum MujocoError {
    /// There is no library.
    #[error(
        "MuJoCo's library is not there ({reason}): run `cargo xtask mujoco`, or set MUJOCO_DYLIB_PATH to \
         libmujoco.so.{VERSION} of `pip install mujoco=={VERSION}`"
    )]
    NotFound {
        /// Where it was looked for.
        reason: NotFound,
    },
    /// The file is not a library that this process can load.
    #[error("{} cannot be loaded as MuJoCo: {reason}; run `cargo xtask mujoco`, or set MUJOCO_DYLIB_PATH", .path.display())]
    Unloadable {
        /// The file.
        path: PathBuf,
        /// What the system says.
        reason: String,
    },
    /// The library is of another version, whose data lie elsewhere.
    #[error(
        "{} is MuJoCo {found}, expected {VERSION} and no other: run `cargo xtask mujoco`, or set MUJOCO_DYLIB_PATH",
        .path.display()
    )]
    OtherVersion {
        /// The file.
        path: PathBuf,
        /// The version it reports.
        found: String,
    },
    /// MuJoCo refuses the description.
    #[error("{}: MuJoCo refuses it: {reason}", .file.display())]
    Refused {
        /// The description.
        file: PathBuf,
        /// What MuJoCo says.
        reason: String,
    },
    /// The description is a URDF, in which MuJoCo knows neither ground nor free base nor drives.
    #[error("{}: MuJoCo's engine reads MJCF, found a URDF: give `robot_description` an MJCF file", .file.display())]
    Urdf {
        /// The description.
        file: PathBuf,
    },
    /// MuJoCo has not what Sinew reads in the same description.
    #[error("{}: MuJoCo has no {part} named \"{name}\": give it that name in the file", .file.display())]
    Missing {
        /// The description.
        file: PathBuf,
        /// What it is.
        part: &'static str,
        /// The name that Sinew knows it by.
        name: String,
    },
}
