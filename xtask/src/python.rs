//! Python for the chores that need it: pip to fetch with, and a virtual environment. No package
//! index is named here: pip's own configuration decides.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};

use crate::provision::provision;
use crate::{apt, process, project};

/// The system's Python.
pub(crate) const PYTHON: &str = "python3";
const PIP: [&str; 5] = ["-m", "pip", "--no-input", "--disable-pip-version-check", "--quiet"];

/// What the virtual environment holds: for training, for its tests and for the benches' peers.
const REQUIREMENTS: &str = "models/train/requirements.txt";

/// `python3 -m pip`, unattended. Gets pip where it is missing.
pub(crate) fn pip() -> Result<Command> {
    require(PYTHON, "pip", "python3-pip", "fetching from PyPI")?;
    let mut command = process::command(PYTHON);
    command.args(PIP);
    Ok(command)
}

/// `python3 -c` with `code`.
pub(crate) fn snippet(code: &str) -> Command {
    let mut command = process::command(PYTHON);
    command.args(["-c", code]);
    command
}

/// The Python of a virtual environment that has all of [`REQUIREMENTS`]. Where they are the same as
/// before, nothing is done.
pub(crate) fn environment() -> Result<Command> {
    let folder = project::provisioned().join("venv");
    let recipe = recipe(PYTHON, &[REQUIREMENTS])?;
    provision(&folder, &recipe, "bin/python", || {
        make_environment(PYTHON, &folder, &[REQUIREMENTS])
    })?;
    Ok(process::command(folder.join("bin/python")))
}

/// What a virtual environment of `python` with `requirements` (files relative to the project's root) is
/// made from.
pub(crate) fn recipe(python: &str, requirements: &[&str]) -> Result<String> {
    let mut recipe =
        process::output(process::command(python).args(["-c", "import sys; print(sys.version, sys.base_prefix)"]))?;
    for file in requirements {
        let path = project::root().join(file);
        recipe += &fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
    }
    Ok(recipe)
}

/// Makes a virtual environment of `python` that has all of `requirements`, one file after the other.
pub(crate) fn make_environment(python: &str, folder: &Path, requirements: &[&str]) -> Result<()> {
    require(python, "ensurepip", &format!("{python}-venv"), "a virtual environment")?;
    process::quietly(
        "Making a Python environment",
        process::command(python).args(["-m", "venv", "--clear"]).arg(folder),
    )?;
    let python = folder.join("bin/python");
    requirements.iter().try_for_each(|file| install(&python, file))
}

/// Has pip install what `requirements` lists, and nothing else: each file by its hash, none that it depends
/// on, nothing fetched to build one with.
pub(crate) fn install(python: &Path, requirements: &str) -> Result<()> {
    process::quietly(
        &format!("Installing {requirements} from PyPI"),
        process::command(python)
            .args(PIP)
            .args(["install", "--require-hashes", "--no-deps", "--no-build-isolation"])
            .args(["--requirement", requirements]),
    )
    .map(drop)
}

/// Gets the Debian `package` where `python` lacks `module`.
pub(crate) fn require(python: &str, module: &str, package: &str, purpose: &str) -> Result<()> {
    match process::output(process::command(python).args(["-c", &format!("import {module}")])) {
        Ok(_) => Ok(()),
        Err(_) => apt::install(package, purpose),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// All files of the repository that pip reads.
    const FILES: [&str; 11] = [
        REQUIREMENTS,
        "perception/tests/exports/requirements.txt",
        "xtask/kubernetes-requirements.txt",
        "xtask/lint-requirements.txt",
        "xtask/mujoco.txt",
        "xtask/onnxruntime.txt",
        "xtask/readers-requirements.txt",
        "xtask/release-peers-requirements.txt",
        "xtask/ros-build-requirements.txt",
        "xtask/ros-requirements.txt",
        "xtask/s3-requirements.txt",
    ];

    /// The requirements in a file, each in one line.
    fn requirements(file: &str) -> Vec<String> {
        let text = fs::read_to_string(project::root().join(file)).unwrap();
        let text = text.replace("\\\n", " ");
        let lines = text.lines().map(str::trim);
        lines
            .filter(|line| !line.is_empty() && !line.starts_with('#'))
            .map(str::to_owned)
            .collect()
    }

    #[test]
    fn every_requirement_has_a_version_and_a_hash() {
        for file in FILES {
            let all = requirements(file);
            assert!(!all.is_empty(), "{file}");
            for requirement in all {
                let mut words = requirement.split_whitespace();
                let (name, version) = words.next().unwrap().split_once("==").unwrap_or_default();
                assert!(!name.is_empty() && !version.is_empty(), "{file}: {requirement}");
                let hashes: Vec<_> = words.collect();
                let is_hash = |word: &&str| {
                    let hash = word.strip_prefix("--hash=sha256:").unwrap_or_default();
                    hash.len() == 64 && hash.bytes().all(|byte| byte.is_ascii_hexdigit())
                };
                assert!(
                    !hashes.is_empty() && hashes.iter().all(is_hash),
                    "{file}: {requirement}"
                );
            }
        }
    }

    #[test]
    fn no_requirement_stands_in_a_file_twice() {
        for file in FILES {
            let name = |line: &String| line.split("==").next().unwrap_or_default().to_ascii_lowercase();
            let mut names: Vec<_> = requirements(file).iter().map(name).collect();
            let all = names.len();
            names.sort();
            names.dedup();
            assert_eq!(names.len(), all, "{file}");
        }
    }

    #[test]
    fn there_is_no_other_file_of_requirements() {
        let listed = process::output(process::command("git").args(["ls-files", "*.txt", "*requirements*"])).unwrap();
        let is_other = |file: &&str| file.ends_with("CMakeLists.txt") || file.starts_with("health/tests/trees/");
        for file in listed.lines().filter(|file| !is_other(file)) {
            assert!(FILES.contains(&file), "{file}");
        }
    }
}
