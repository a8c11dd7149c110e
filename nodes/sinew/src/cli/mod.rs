//! The command line: one module per command.

#[macro_use]
mod say;

mod doctor;
mod eval;
mod file_name;
mod model;
mod new;
mod output;
mod perceive;
mod plan;
mod policy;
mod providers;
mod robot_files;
mod run;
mod security;
mod up;
mod vision;

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use sinew::node::{App, RosArgs};

/// Exit code for bad input: files, parameters, contracts.
pub(crate) const BAD_INPUT: u8 = 2;
/// Exit code for a fall or a stop of the safety gate.
pub(crate) const FELL_OR_STOPPED: u8 = 3;

/// Runs the command line; what goes wrong is said on standard error.
pub(crate) fn main(app: &App) -> ExitCode {
    let outcome = RosArgs::split(std::env::args_os()).and_then(|(line, ros)| {
        let cli = Cli::parse_from(line);
        // What runs nodes logs where they do.
        if !matches!(cli.command, Command::Up(_)) {
            sinew::log::to_stderr("warn");
        }
        cli.run(app, &ros)
    });
    outcome.unwrap_or_else(|error| {
        sinew::log::complain(&error);
        ExitCode::from(BAD_INPUT)
    })
}

/// Puts learned models to work on robots: a control loop, a safety gate, a simulator.
#[derive(Debug, Parser)]
#[command(
    name = "sinew",
    version,
    after_help = "Exit codes: 0 all went well; 1 a node did not end when it was asked to; 2 bad input; 3 the robot fell \
                  or the safety gate stopped it.\n\n\
                  Start here:\n  \
                  sinew doctor                                   what this machine can do\n  \
                  sinew run launch/robots/strider.yaml           a humanoid walks for 20 s\n  \
                  sinew up launch/robots/strider.yaml            the same as nodes on topics\n  \
                  sinew plan launch/robots/strider.yaml          which nodes that is, and who commands whom\n  \
                  sinew new node go_to_goal                      a node of your own\n  \
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
    /// Runs a robot's nodes in one process, on the local bus or on ROS 2.
    Up(up::UpArgs),
    /// Says what a robot's parameter files mean: which nodes there are, who commands the robot, what follows from what.
    Plan(plan::PlanArgs),
    /// Runs many randomised episodes side by side and reports how many were survived.
    Eval(eval::EvalArgs),
    /// Looks at a policy's contract, or writes it into the policy.
    Policy(policy::PolicyArgs),
    /// Shows what a vision model sees in images.
    Perceive(perceive::PerceiveArgs),
    /// Looks at a model, or builds its engines ahead of time.
    Model(model::ModelArgs),
    /// Begins something of your own: a node, or message types.
    New(new::NewArgs),
    /// Keys and permissions for ROS 2 security: who may command the robot.
    Security(security::SecurityArgs),
    /// Says what this machine can do, what is missing, and how to get it.
    Doctor(doctor::DoctorArgs),
}

impl Cli {
    fn run(self, app: &App, ros: &RosArgs) -> anyhow::Result<ExitCode> {
        anyhow::ensure!(
            matches!(self.command, Command::Up(_)) || *ros == RosArgs::default(),
            "--ros-args: `sinew up` alone takes ROS arguments; set parameters in the file"
        );
        match self.command {
            Command::Run(args) => args.run(),
            Command::Up(args) => args.run(app, ros),
            Command::Plan(args) => args.run(app),
            Command::Eval(args) => args.run(),
            Command::Policy(args) => args.run(),
            Command::Perceive(args) => args.run(),
            Command::Model(args) => args.run(),
            Command::New(args) => args.run(),
            Command::Security(args) => args.run(),
            Command::Doctor(args) => args.run(),
        }
    }
}
