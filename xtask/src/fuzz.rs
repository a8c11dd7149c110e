//! `cargo xtask fuzz`: the fuzz targets of `fuzz/`, each for a while.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use anyhow::{Context, Result, bail};

use crate::provision::provision;
use crate::{process, project};

const VERSION: &str = "0.13.2";

/// Runs all targets, or the one given, each for so many seconds or until it crashes, and prints a line for each.
pub(crate) fn run(only: Option<&str>, seconds: u32) -> Result<()> {
    let targets = targets(only)?;
    let tool = set_up()?;
    let mut build = command(&tool, "build");
    process::hand_over(build.args(only))?;
    let mut crashed = Vec::new();
    for target in &targets {
        let mut fuzz = command(&tool, "run");
        fuzz.arg(target).args(["--", "-print_final_stats=1", "-timeout=30"]);
        // A picture of the largest size that is believed takes 1 GiB while it is turned.
        fuzz.args(["-rss_limit_mb=6144", "-max_len=8192"]);
        fuzz.arg(format!("-max_total_time={seconds}"));
        let output = process::spinning(&format!("Fuzzing {target} for {seconds} s"), || fuzz.output())?
            .with_context(|| format!("cannot start {}", tool.display()))?;
        println!("{target:<14} {}", Outcome::of(&output).told());
        if !output.status.success() {
            eprintln!("{}", String::from_utf8_lossy(&output.stderr));
            crashed.push(target.as_str());
        }
    }
    if !crashed.is_empty() {
        bail!(
            "{} failed: the inputs that did it are in fuzz/artifacts/",
            crashed.join(", ")
        );
    }
    Ok(())
}

/// The names of all targets, or the one given if it is one of them.
fn targets(only: Option<&str>) -> Result<Vec<String>> {
    let folder = project::root().join("fuzz/targets");
    let mut names = Vec::new();
    for entry in fs::read_dir(&folder).with_context(|| format!("cannot read {}", folder.display()))? {
        let path = entry?.path();
        if path.extension() == Some(OsStr::new("rs")) {
            names.extend(path.file_stem().map(|name| name.to_string_lossy().into_owned()));
        }
    }
    names.sort();
    match only {
        None => Ok(names),
        Some(name) if names.iter().any(|known| known == name) => Ok(vec![name.to_owned()]),
        Some(name) => bail!("expected one of the fuzz targets {}, found {name}", names.join(", ")),
    }
}

/// cargo-fuzz, at the version that is pinned.
fn set_up() -> Result<PathBuf> {
    let folder = project::provisioned().join("cargo-fuzz");
    let tool = folder.join("bin/cargo-fuzz");
    provision(&folder, &format!("cargo-fuzz {VERSION}\n"), "bin/cargo-fuzz", || {
        let mut install = process::cargo();
        install
            .args(["install", "--quiet", "--locked", "--force", "--root"])
            .arg(&folder);
        install.args(["--version", VERSION, "cargo-fuzz"]);
        process::quietly(&format!("Installing cargo-fuzz {VERSION} from crates.io"), &mut install).map(drop)
    })?;
    Ok(tool)
}

fn command(tool: &Path, subcommand: &str) -> Command {
    let mut command = process::command(tool);
    command.args(["fuzz", subcommand]);
    // Coverage and sanitizers are options that a stable compiler has, but hides.
    command.env("RUSTC_BOOTSTRAP", "1");
    command
}

/// What libFuzzer reports at its end.
#[derive(Debug, Default, PartialEq, Eq)]
struct Outcome {
    executions: u64,
    /// Edges of the program's control flow that were taken.
    edges: u64,
    /// Inputs that were kept, for each took an edge, or took it as often, as none before.
    inputs: u64,
    ended_well: bool,
}

impl Outcome {
    fn of(output: &Output) -> Self {
        let said = String::from_utf8_lossy(&output.stderr);
        let mut outcome = Self {
            ended_well: output.status.success(),
            ..Self::default()
        };
        for line in said.lines() {
            if let Some(executions) = number_after(line, "stat::number_of_executed_units:") {
                outcome.executions = executions;
            }
            if let Some(edges) = number_after(line, " cov: ") {
                outcome.edges = edges;
                outcome.inputs = number_after(line, " corp: ").unwrap_or(outcome.inputs);
            }
        }
        outcome
    }

    fn told(&self) -> String {
        let Self {
            executions,
            edges,
            inputs,
            ..
        } = self;
        let end = if self.ended_well { "no crash" } else { "FAILED" };
        format!("{executions:>10} executions, {edges:>6} edges taken, {inputs:>6} inputs kept: {end}")
    }
}

fn number_after(line: &str, words: &str) -> Option<u64> {
    let (_, rest) = line.split_once(words)?;
    let rest = rest.trim_start();
    let end = rest.find(|sign: char| !sign.is_ascii_digit()).unwrap_or(rest.len());
    rest[..end].parse().ok()
}

#[cfg(test)]
mod tests {
    use std::os::unix::process::ExitStatusExt;
    use std::process::ExitStatus;

    use super::*;

    #[test]
    fn what_libfuzzer_reports_is_understood() {
        let said = "#2\tINITED cov: 120 ft: 121 corp: 1/9b exec/s: 0 rss: 40Mb\n\
                    #524288\tpulse  cov: 310 ft: 900 corp: 88/7200b lim: 4096 exec/s: 26214 rss: 51Mb\n\
                    stat::number_of_executed_units: 812345\n";
        let output = Output {
            status: ExitStatus::from_raw(0),
            stdout: Vec::new(),
            stderr: said.into(),
        };
        let expected = Outcome {
            executions: 812_345,
            edges: 310,
            inputs: 88,
            ended_well: true,
        };
        assert_eq!(Outcome::of(&output), expected);
    }

    #[test]
    fn a_target_that_there_is_not_is_refused_with_those_that_there_are() {
        let error = targets(Some("nothing")).unwrap_err().to_string();
        assert!(error.contains("picture") && error.contains("found nothing"), "{error}");
        assert_eq!(targets(Some("heads")).unwrap(), ["heads"]);
    }
}
