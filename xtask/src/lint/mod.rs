//! `cargo xtask lint`: every check that is not a test.

mod links;
mod rust;
mod tools;

use std::process::Command;
use std::time::Instant;

use anyhow::{Error, Result, bail};

use crate::process;

/// Runs all checks, whatever each of them finds, the quick ones first.
pub(crate) fn run() -> Result<()> {
    let mut checks = Checks::default();
    links::check(&mut checks);
    tools::check(&mut checks);
    rust::check(&mut checks);
    checks.end()
}

/// The checks that were made.
#[derive(Debug, Default)]
struct Checks {
    failed: Vec<String>,
    skipped: Vec<String>,
}

impl Checks {
    /// Makes a check by a program, which has the screen to itself.
    fn command(&mut self, name: &str, command: &mut Command) {
        self.make(name, || process::hand_over(command));
    }

    /// Makes a check. An error is its finding.
    fn make(&mut self, name: &str, check: impl FnOnce() -> Result<()>) {
        eprintln!("{name} …");
        let started = Instant::now();
        let outcome = check();
        let secs = started.elapsed().as_secs_f64();
        match outcome {
            Ok(()) => eprintln!("{name}: good ({secs:.1} s)"),
            Err(error) => {
                // A program that had the screen has said why itself.
                if error.downcast_ref::<process::Unsuccessful>().is_none() {
                    eprintln!("{error:#}");
                }
                eprintln!("{name}: FAILED ({secs:.1} s)");
                self.failed.push(name.to_owned());
            }
        }
    }

    /// Says that a check was not made.
    fn skip(&mut self, name: &str, reason: &Error) {
        eprintln!("{name}: skipped: {reason:#}");
        self.skipped.push(name.to_owned());
    }

    /// An error that names the checks that found something.
    fn end(self) -> Result<()> {
        if !self.skipped.is_empty() {
            eprintln!("Skipped, for the reasons above: {}", self.skipped.join(", "));
        }
        if !self.failed.is_empty() {
            bail!("failed, see above: {}", self.failed.join(", "));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use anyhow::anyhow;

    use super::*;

    #[test]
    fn a_check_that_fails_stops_no_other_and_is_named_at_the_end() {
        let mut checks = Checks::default();
        checks.command("one", &mut process::command("false"));
        checks.make("two", || Err(anyhow!("found something")));
        checks.command("three", &mut process::command("true"));
        let error = checks.end().unwrap_err().to_string();
        assert_eq!(error, "failed, see above: one, two");
    }

    #[test]
    fn a_check_that_was_skipped_is_no_failure() {
        let mut checks = Checks::default();
        checks.skip("advisories", &anyhow!("no network"));
        checks.end().unwrap();
    }
}
