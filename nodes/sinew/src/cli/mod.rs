//! The command line: one module per command.

#[macro_use]
mod say;

mod doctor;
#[cfg(feature = "run")]
mod eval;
#[cfg(feature = "export")]
mod export;
#[cfg(feature = "perception")]
mod file_name;
#[cfg(feature = "release")]
mod fleet;
mod identity;
#[cfg(feature = "run")]
mod inspect;
#[cfg(feature = "run")]
mod latency;
#[cfg(feature = "perception")]
mod model;
mod new;
mod nodes;
mod output;
mod params;
#[cfg(feature = "perception")]
mod perceive;
#[cfg(feature = "control")]
mod plan;
#[cfg(feature = "run")]
mod policy;
#[cfg(feature = "perception")]
mod providers;
mod record;
#[cfg(feature = "release")]
mod release;
#[cfg(feature = "run")]
mod replay;
#[cfg(feature = "control")]
mod robot;
#[cfg(feature = "run")]
mod robot_files;
#[cfg(feature = "run")]
mod run;
mod security;
mod shell;
#[cfg(feature = "telemetry")]
mod telemetry;
mod up;
#[cfg(feature = "uploader")]
mod upload;
#[cfg(feature = "run")]
mod velocity;
#[cfg(feature = "perception")]
mod vision;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use sinew::log::LogFormat;
use sinew::node::{App, RosArgs};

/// Exit code for bad input: files, parameters, contracts.
pub(crate) const BAD_INPUT: u8 = 2;
/// Exit code for a fall or a stop of the safety gate.
#[cfg(feature = "run")]
pub(crate) const FELL_OR_STOPPED: u8 = 3;
/// Exit code for a recording that does not do the same again, or is not as it was signed.
pub(crate) const NOT_AS_RECORDED: u8 = 4;

/// The commands that come with a feature, and whether this program has it.
const OPTIONAL: &[(&str, &str, bool)] = &[
    ("run", "run", cfg!(feature = "run")),
    ("plan", "control", cfg!(feature = "control")),
    ("eval", "run", cfg!(feature = "run")),
    ("inspect", "run", cfg!(feature = "run")),
    ("replay", "run", cfg!(feature = "run")),
    ("policy", "run", cfg!(feature = "run")),
    ("robot", "control", cfg!(feature = "control")),
    ("export", "export", cfg!(feature = "export")),
    ("perceive", "perception", cfg!(feature = "perception")),
    ("model", "perception", cfg!(feature = "perception")),
    ("telemetry", "telemetry", cfg!(feature = "telemetry")),
    ("release", "release", cfg!(feature = "release")),
    ("fleet", "release", cfg!(feature = "release")),
    ("upload", "uploader", cfg!(feature = "uploader")),
];

/// Runs the command line; what goes wrong is said on standard error.
pub(crate) fn main(app: &App) -> ExitCode {
    let args: Vec<OsString> = std::env::args_os().collect();
    LogFormat::choose_early(&args);
    let outcome = RosArgs::split(args).and_then(|(line, ros)| {
        expect_built(line.get(1))?;
        let cli = Cli::try_parse_from(line).or_else(refused)?;
        LogFormat::choose(cli.log_format).map_err(anyhow::Error::msg)?;
        // What runs nodes logs where they do.
        if !matches!(cli.command, Command::Up(_)) {
            sinew::log::to_stderr("warn");
        }
        let code = cli.run(app, &ros)?;
        say::finish()?;
        Ok(code)
    });
    outcome.unwrap_or_else(|error| {
        sinew::log::complain(&error);
        ExitCode::from(BAD_INPUT)
    })
}

/// Ends the program with what clap says to people: what is wrong with the line, help, or the version. Where errors are
/// objects, this one is an error like others.
fn refused(error: clap::Error) -> anyhow::Result<Cli> {
    if error.use_stderr() && LogFormat::chosen() == LogFormat::Json {
        let text = error.render().to_string();
        anyhow::bail!("{}", text.strip_prefix("error: ").unwrap_or(&text).trim_end());
    }
    error.exit()
}

/// Refuses a command that this program was built without, and says what would bring it.
fn expect_built(command: Option<&OsString>) -> anyhow::Result<()> {
    let left_out = |&&(name, _, built): &&(&str, &str, bool)| !built && command.is_some_and(|found| found == name);
    match OPTIONAL.iter().find(left_out) {
        None => Ok(()),
        Some((name, feature, _)) => {
            anyhow::bail!("`sinew {name}` is not part of this program, which was built without the feature `{feature}`")
        }
    }
}

/// Puts learned models to work on robots: a control loop, a safety gate, a simulator.
#[derive(Debug, Parser)]
#[command(
    name = "sinew",
    version,
    after_help = "Exit codes: 0 all went well; 1 a node did not end when it was asked to; 2 bad input; 3 the robot fell \
                  or the safety gate stopped it; 4 a recording does not do the same again, or is not \
                  as it was signed.\n\n\
                  Start here:\n  \
                  sinew doctor                                   what this machine can do\n  \
                  sinew run launch/robots/strider.yaml           a humanoid walks for 20 s\n  \
                  sinew up launch/robots/strider.yaml            the same as nodes on topics\n  \
                  sinew plan launch/robots/strider.yaml          which nodes that is, and who commands whom\n  \
                  sinew new node go_to_goal                      a node of your own\n  \
                  sinew policy check walk.onnx --robot robot.xml does this policy fit that robot?"
)]
pub(crate) struct Cli {
    /// What is logged to standard error: `text`, lines for people, or `json`, one object a line; by default as
    /// SINEW_LOG_FORMAT says, else text.
    #[arg(long, global = true, value_name = "FORMAT")]
    log_format: Option<LogFormat>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Runs a robot in the embedded simulator: policy, control loop and safety gate.
    #[cfg(feature = "run")]
    Run(run::RunArgs),
    /// Runs a robot's nodes in one process, on the local bus or on ROS 2.
    Up(up::UpArgs),
    /// Says what a robot's parameter files mean: which nodes there are, who commands the robot, what follows from what.
    #[cfg(feature = "control")]
    Plan(plan::PlanArgs),
    /// Runs many randomised episodes side by side and reports how many were survived.
    #[cfg(feature = "run")]
    Eval(eval::EvalArgs),
    /// Says what a recording has: what ran, how long it took, why it stopped.
    #[cfg(feature = "run")]
    Inspect(inspect::InspectArgs),
    /// Runs a recorded control loop again: the same to the bit, or with another policy or other limits.
    #[cfg(feature = "run")]
    Replay(replay::ReplayArgs),
    /// Looks at a policy's contract, or writes it into the policy.
    #[cfg(feature = "run")]
    Policy(policy::PolicyArgs),
    /// Writes a robot's description for another simulator: Gazebo, MuJoCo.
    #[cfg(feature = "control")]
    Robot(robot::RobotArgs),
    /// Makes data sets for training out of recordings: LeRobot, Parquet.
    #[cfg(feature = "export")]
    Export(export::ExportArgs),
    /// Shows what a vision model sees in images.
    #[cfg(feature = "perception")]
    Perceive(perceive::PerceiveArgs),
    /// Looks at a model, or builds its engines ahead of time.
    #[cfg(feature = "perception")]
    Model(model::ModelArgs),
    /// Verifies recordings, and repairs those that lost their end.
    Record(record::RecordArgs),
    /// Models as signed releases: published, rolled out, verified.
    #[cfg(feature = "release")]
    Release(Box<release::ReleaseArgs>),
    /// Many robots: which releases they have, and whether a rollout goes on.
    #[cfg(feature = "release")]
    Fleet(fleet::FleetArgs),
    /// The robot's key: what its recordings are signed with.
    Identity(identity::IdentityArgs),
    /// Begins something of your own: a node, or message types.
    New(new::NewArgs),
    /// Uploads recordings to a folder or an object store, or goes on where that was interrupted.
    #[cfg(feature = "uploader")]
    Upload(upload::UploadArgs),
    /// Looks at what waits to be told to the cloud.
    #[cfg(feature = "telemetry")]
    Telemetry(telemetry::TelemetryArgs),
    /// Says what parameters the nodes have.
    Params(params::ParamsArgs),
    /// Lists the nodes that this program has.
    Nodes(nodes::NodesArgs),
    /// Keys and permissions for ROS 2 security: who may command the robot.
    Security(security::SecurityArgs),
    /// Says what this machine can do, what is missing, and how to get it.
    Doctor(doctor::DoctorArgs),
    /// Lets a shell complete `sinew`.
    Completions(shell::CompletionsArgs),
    /// Writes the manual pages of all commands.
    Manual(shell::ManualArgs),
}

impl Cli {
    fn run(self, app: &App, ros: &RosArgs) -> anyhow::Result<ExitCode> {
        anyhow::ensure!(
            matches!(self.command, Command::Up(_)) || *ros == RosArgs::default(),
            "--ros-args: `sinew up` alone takes ROS arguments; set parameters in the file"
        );
        match self.command {
            #[cfg(feature = "run")]
            Command::Run(args) => args.run(),
            Command::Up(args) => args.run(app, ros),
            #[cfg(feature = "control")]
            Command::Plan(args) => args.run(app),
            #[cfg(feature = "run")]
            Command::Eval(args) => args.run(),
            #[cfg(feature = "run")]
            Command::Inspect(args) => args.run(),
            #[cfg(feature = "run")]
            Command::Replay(args) => args.run(),
            #[cfg(feature = "run")]
            Command::Policy(args) => args.run(),
            #[cfg(feature = "control")]
            Command::Robot(args) => args.run(),
            #[cfg(feature = "export")]
            Command::Export(args) => args.run(),
            #[cfg(feature = "perception")]
            Command::Perceive(args) => args.run(),
            #[cfg(feature = "perception")]
            Command::Model(args) => args.run(),
            Command::Record(args) => args.run(),
            #[cfg(feature = "release")]
            Command::Release(args) => args.run(),
            #[cfg(feature = "release")]
            Command::Fleet(args) => args.run(),
            Command::Identity(args) => args.run(),
            Command::New(args) => args.run(),
            #[cfg(feature = "uploader")]
            Command::Upload(args) => args.run(),
            #[cfg(feature = "telemetry")]
            Command::Telemetry(args) => args.run(),
            Command::Nodes(args) => args.run(app),
            Command::Params(args) => args.run(app),
            Command::Security(args) => args.run(),
            Command::Doctor(args) => args.run(),
            Command::Completions(args) => args.run(),
            Command::Manual(args) => args.run(),
        }
    }
}
