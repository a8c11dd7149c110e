//! Running other programs: either quietly behind a spinner, or with our screen handed over.

use std::ffi::OsStr;
use std::fmt;
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use indicatif::{ProgressBar, ProgressStyle};

use crate::project;

/// A program that had the screen and ended with a code other than 0. It has reported why itself.
#[derive(Debug)]
pub(crate) struct Unsuccessful {
    /// Its exit code; 1 where a signal ended it.
    pub(crate) code: u8,
}

impl fmt::Display for Unsuccessful {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ended with code {}", self.code)
    }
}

impl std::error::Error for Unsuccessful {}

/// A command that runs in the project's root.
pub(crate) fn command(program: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new(program);
    command.current_dir(project::root());
    command
}

/// The cargo that runs us.
pub(crate) fn cargo() -> Command {
    command(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
}

/// Builds the `sinew` binary, with cargo's own progress on the screen.
pub(crate) fn build_sinew() -> Result<()> {
    hand_over(&mut sinew_build(&[]))
}

/// What builds `sinew` with these features besides the default ones.
pub(crate) fn sinew_build(features: &[&str]) -> Command {
    let mut build = cargo();
    build.args(["build", "--release", "--locked", "--package", "sinew"]);
    if !features.is_empty() {
        build.args(["--features", &features.join(",")]);
    }
    build
}

/// Runs with our terminal as its own. Any exit code but 0 is [`Unsuccessful`].
pub(crate) fn hand_over(command: &mut Command) -> Result<()> {
    let status = command
        .status()
        .with_context(|| format!("cannot start {}", shown(command)))?;
    if status.success() {
        return Ok(());
    }
    let code = status.code().and_then(|code| u8::try_from(code).ok());
    Err(Unsuccessful {
        code: code.unwrap_or(1),
    }
    .into())
}

/// Runs behind a spinner that says `doing`. Gives its standard output; an error ends with the last
/// lines it printed on standard error.
pub(crate) fn quietly(doing: &str, command: &mut Command) -> Result<String> {
    spinning(doing, || output(command))?
}

/// Does `work` behind a spinner that says `doing`.
pub(crate) fn spinning<T>(doing: &str, work: impl FnOnce() -> T) -> Result<T> {
    let spinner = ProgressBar::new_spinner().with_message(doing.to_owned());
    spinner.set_style(ProgressStyle::with_template("{spinner:.cyan} {msg} {elapsed:.dim}")?);
    if spinner.is_hidden() {
        eprintln!("{doing}");
    }
    spinner.enable_steady_tick(Duration::from_millis(100));
    let done = work();
    spinner.finish_and_clear();
    Ok(done)
}

/// Runs without a word on the screen. Gives its standard output, or an error as [`quietly`] does.
pub(crate) fn output(command: &mut Command) -> Result<String> {
    let output = command
        .stdin(Stdio::null())
        .output()
        .with_context(|| format!("cannot start {}", shown(command)))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        bail!("{} failed:\n  {}", shown(command), last_lines(&said, 12));
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

fn last_lines(text: &str, count: usize) -> String {
    let lines: Vec<_> = text.trim().lines().collect();
    lines[lines.len().saturating_sub(count)..].join("\n  ")
}

fn shown(command: &Command) -> String {
    std::iter::once(command.get_program())
        .chain(command.get_args())
        .map(|part| part.to_string_lossy())
        .collect::<Vec<_>>()
        .join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_tells_what_the_program_said_last() {
        let error = output(command("sh").args(["-c", "echo one >&2; echo two >&2; exit 7"]))
            .unwrap_err()
            .to_string();
        assert!(error.ends_with("failed:\n  one\n  two"), "{error}");
    }

    #[test]
    fn the_exit_code_of_a_program_that_had_the_screen_is_kept() {
        let error = hand_over(command("sh").args(["-c", "exit 3"])).unwrap_err();
        assert_eq!(error.downcast_ref::<Unsuccessful>().map(|child| child.code), Some(3));
    }

    #[test]
    fn a_missing_program_is_named() {
        let error = hand_over(&mut command("no-such-program")).unwrap_err();
        assert_eq!(error.to_string(), "cannot start no-such-program");
    }
}
