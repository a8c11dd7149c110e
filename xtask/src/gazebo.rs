//! What the tests of exported robots in Gazebo's physics need: the libraries of Gazebo Fortress, which Debian 12 has
//! ready-made, without its server. Releases of Ubuntu that have other generations have none of these names.

use anyhow::Result;

use crate::{apt, process};

/// Why they are installed.
const PURPOSE: &str = "the tests in Gazebo's physics";
/// Libraries with their headers, and `ign sdf`.
const PACKAGES: [&str; 7] = [
    "libignition-physics-dev",
    "libignition-physics-sdf-dev",
    "libignition-physics5-dartsim-plugin5",
    "libsdformat-dev",
    "libignition-plugin-dev",
    "ignition-tools",
    "sdformat-sdf",
];

/// Installs what is missing.
///
/// # Errors
/// Without the rights to, or where there are no such packages: with their names.
pub(crate) fn set_up() -> Result<()> {
    for (program, package) in [("c++", "g++"), ("pkg-config", "pkg-config")] {
        if !apt::has(program) {
            apt::install(package, PURPOSE)?;
        }
    }
    let libraries = [
        "--exists",
        "ignition-physics5-sdf",
        "sdformat12",
        "ignition-plugin1-loader",
    ];
    let has_libraries = process::output(process::command("pkg-config").args(libraries)).is_ok();
    if has_libraries && apt::has("ign") {
        return Ok(());
    }
    PACKAGES.iter().try_for_each(|package| apt::install(package, PURPOSE))
}
