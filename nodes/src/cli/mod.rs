//! The command line: one module per command.

mod doctor;
mod eval;
mod output;
mod policy;
mod run;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Exit code for bad input: files, parameters, contracts.
pub(crate) const BAD_INPUT: u8 = 2;
/// Exit code for a fall or a stop of the safety gate.
pub(crate) const FELL_OR_STOPPED: u8 = 3;

/// An error with its causes, each said once: many of our messages end in their cause already.
pub(crate) fn spelled(error: &anyhow::Error) -> String {
    let mut text = String::new();
    for cause in error.chain().map(ToString::to_string) {
        match text.ends_with(&cause) {
            true => {}
            false if text.is_empty() => text = cause,
            false => text = format!("{text}: {cause}"),
        }
    }
    text
}

/// Puts learned models to work on robots: a control loop, a safety gate, a simulator.
#[derive(Debug, Parser)]
#[command(
    name = "sinew",
    version,
    after_help = "Exit codes: 0 all went well; 2 bad input; 3 the robot fell or the safety gate stopped it.\n\n\
                  Start here:\n  \
                  sinew doctor                                   what this machine can do\n  \
                  sinew run launch/robots/strider.yaml           a humanoid walks for 20 s\n  \
                  sinew policy check walk.onnx --robot robot.xml does this policy fit that robot?"
)]
pub(crate) struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Runs a robot in the embedded simulator: policy, control loop and safety gate.
    Run(run::RunArgs),
    /// Runs many randomised episodes side by side and reports how many were survived.
    Eval(eval::EvalArgs),
    /// Looks at a policy's contract, or writes it into the policy.
    Policy(policy::PolicyArgs),
    /// Says what this machine can do, what is missing, and how to get it.
    Doctor(doctor::DoctorArgs),
}

impl Cli {
    pub(crate) fn run(self) -> anyhow::Result<ExitCode> {
        match self.command {
            Command::Run(args) => args.run(),
            Command::Eval(args) => args.run(),
            Command::Policy(args) => args.run(),
            Command::Doctor(args) => args.run(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::spelled;

    #[test]
    fn a_cause_is_said_once() {
        let io = || std::io::Error::other("no such file");
        let says_it = anyhow::Error::new(sinew_sim::description::DescriptionError::Read {
            file: "robot.xml".into(),
            source: io(),
        });
        assert_eq!(spelled(&says_it), "robot.xml: cannot be read: no such file");
        let silent = anyhow::Error::new(io()).context("cannot start");
        assert_eq!(spelled(&silent), "cannot start: no such file");
    }
}
