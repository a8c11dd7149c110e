//! `sinew policy`

mod table;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, bail};
use clap::{Args, Subcommand};
use sinew::plan::{Plan, Robot};
use sinew_control::contract::{Misfit, PolicyContract};
use sinew_control::io::RobotIo;
use sinew_control::observation::{ObservationBuilder, TermRegistry};
use sinew_control::robot::RobotDescription;
use sinew_models::{ContractGiven, ContractSource, ModelFile, OnnxPolicy, SessionOptions, load_contract, pack};
use sinew_robot::RobotModel;
use sinew_sim::{SimParams, SimRobot};

use super::BAD_INPUT;

/// Looks at a policy's contract, or writes it into the policy.
#[derive(Debug, Args)]
pub(crate) struct PolicyArgs {
    #[command(subcommand)]
    command: PolicyCommand,
}

#[derive(Debug, Subcommand)]
enum PolicyCommand {
    /// Prints the contract and whether the policy fits the robot.
    Check(CheckArgs),
    /// Writes a self-describing ONNX: contract and golden vectors inside.
    Pack(PackArgs),
}

/// The policy and the robot that both commands need.
#[derive(Debug, Args)]
struct PolicyRobotArgs {
    /// The policy: ONNX, or a kinfer archive. Or a parameter file (.yaml), which names everything.
    policy: PathBuf,
    /// MJCF or URDF file of the robot.
    #[arg(long)]
    robot: Option<PathBuf>,
    /// Keyframe of the robot that gives its rest pose.
    #[arg(long)]
    keyframe: Option<String>,
    /// YAML file of the contract, for a policy that does not carry one.
    #[arg(long)]
    contract: Option<PathBuf>,
}

#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    sinew policy check models/strider/walk.onnx --robot sim/robots/strider/strider.xml\n  \
    sinew policy check launch/robots/strider.yaml")]
struct CheckArgs {
    #[command(flatten)]
    subject: PolicyRobotArgs,
}

#[derive(Debug, Args)]
#[command(after_help = "Example:\n  \
    sinew policy pack raw.onnx --contract walk.contract.yaml --robot robot.xml --output walk.onnx")]
struct PackArgs {
    #[command(flatten)]
    subject: PolicyRobotArgs,
    /// Where to write the self-describing ONNX.
    #[arg(long)]
    output: PathBuf,
    /// Number of golden vectors.
    #[arg(long, default_value_t = 4)]
    golden: usize,
}

impl PolicyArgs {
    pub(crate) fn run(self) -> anyhow::Result<ExitCode> {
        match self.command {
            PolicyCommand::Check(args) => args.run(),
            PolicyCommand::Pack(args) => args.run(),
        }
    }
}

/// A contract beside the robot it is meant for.
struct PolicyCase {
    policy: ModelFile,
    robot: RobotDescription,
    contract: PolicyContract,
    observation: Result<ObservationBuilder, Vec<Misfit>>,
    /// A line for each joint that follows another.
    couplings: Vec<String>,
}

impl PolicyRobotArgs {
    fn read(&self) -> anyhow::Result<PolicyCase> {
        let is_parameter_file = self.policy.extension().is_some_and(|end| end == "yaml" || end == "yml");
        match (is_parameter_file, &self.robot) {
            (false, Some(robot)) => self.read_apart(robot),
            (false, None) => bail!(
                "{}: --robot is missing; expected the robot's MJCF or URDF file, or a parameter file (.yaml) \
                 instead of the policy",
                self.policy.display()
            ),
            (true, None) if self.contract.is_none() && self.keyframe.is_none() => {
                let plan = Plan::of_files([&self.policy], Robot::Simulated)?;
                let loaded = plan.loaded();
                PolicyCase::new(
                    loaded.policy_file.clone(),
                    loaded.robot.clone(),
                    loaded.contract.clone(),
                    &loaded.model,
                    plan.source().control.keyframe.clone(),
                )
            }
            (true, _) => bail!(
                "{}: a parameter file names robot, keyframe and contract itself; leave the options out",
                self.policy.display()
            ),
        }
    }

    fn read_apart(&self, robot: &Path) -> anyhow::Result<PolicyCase> {
        let model = sinew_robot::load(robot)?;
        let robot = model.description_at(self.keyframe.as_deref());
        let given = match &self.contract {
            Some(file) => ContractGiven::File(file.clone()),
            None => ContractGiven::Nothing,
        };
        let policy = ModelFile::read(&self.policy)?;
        let contract = load_contract(&policy, &given.into(), &robot)?;
        PolicyCase::new(policy, robot, contract, &model, self.keyframe.clone())
    }
}

impl PolicyCase {
    fn new(
        policy: ModelFile,
        robot: RobotDescription,
        contract: PolicyContract,
        model: &RobotModel,
        keyframe: Option<String>,
    ) -> anyhow::Result<Self> {
        let sim = SimParams {
            keyframe,
            base_velocity_truth: true,
            ..SimParams::default()
        };
        let capabilities = SimRobot::new(model, &sim)?.capabilities();
        let observation = ObservationBuilder::new(&contract, &robot, &capabilities, &TermRegistry::builtin());
        Ok(Self {
            policy,
            robot,
            contract,
            observation,
            couplings: model.coupling_notes(),
        })
    }

    fn load(&self) -> anyhow::Result<OnnxPolicy> {
        Ok(OnnxPolicy::load(
            &self.policy,
            &self.contract,
            &SessionOptions::default(),
        )?)
    }

    /// Everything that speaks against the policy.
    fn refusals(&self) -> Vec<String> {
        let misfits = self.contract.misfits(&self.robot);
        let mut refusals: Vec<String> = misfits.iter().map(Misfit::to_string).collect();
        if let Err(misfits) = &self.observation {
            refusals.extend(misfits.iter().map(Misfit::to_string));
        }
        match (self.load(), &self.observation) {
            (Err(error), _) => refusals.push(format!("{error:#}")),
            (Ok(policy), Ok(observation)) => {
                if let Err(misfit) = policy.expect_observation_len(observation.len()) {
                    refusals.push(misfit.to_string());
                }
            }
            (Ok(_), Err(_)) => {}
        }
        refusals
    }
}

impl CheckArgs {
    fn run(self) -> anyhow::Result<ExitCode> {
        let case = self.subject.read()?;
        table::print(&case);
        let refusals = case.refusals();
        for refusal in &refusals {
            println!("  {refusal}");
        }
        let robot = &case.robot.name;
        if refusals.is_empty() {
            println!(
                "verdict: fits {robot}; {} golden vectors match",
                case.contract.golden.len()
            );
            Ok(ExitCode::SUCCESS)
        } else {
            println!("verdict: refused for {robot}; no joint will move");
            Ok(ExitCode::from(BAD_INPUT))
        }
    }
}

impl PackArgs {
    fn run(self) -> anyhow::Result<ExitCode> {
        let mut case = self.subject.read()?;
        let mut misfits = case.contract.misfits(&case.robot);
        if let Err(more) = &mut case.observation {
            misfits.append(more);
        }
        if let Some(first) = misfits.first() {
            bail!("{}: {first}", case.policy.path().display());
        }
        let mut policy = case.load()?;
        if let Ok(observation) = &case.observation {
            policy.expect_observation_len(observation.len())?;
        }
        case.contract.joint_limits = case
            .contract
            .joint_names
            .iter()
            .filter_map(|name| case.robot.joint_index(name))
            .map(|j| [case.robot.joints[j].lower_rad, case.robot.joints[j].upper_rad])
            .collect();
        case.contract.golden = pack::golden_vectors(&mut policy, self.golden)?;
        pack::pack(&case.policy, &case.contract, &self.output)
            .with_context(|| format!("{}: cannot be packed", self.output.display()))?;
        println!(
            "{}: contract and {} golden vectors inside",
            self.output.display(),
            self.golden
        );
        check_written(&self.output, &case.robot)?;
        Ok(ExitCode::SUCCESS)
    }
}

/// What was written must read back as a policy that fits.
fn check_written(file: &Path, robot: &RobotDescription) -> anyhow::Result<()> {
    let written = ModelFile::read(file)?;
    let contract = load_contract(&written, &ContractSource::default(), robot)?;
    OnnxPolicy::load(&written, &contract, &SessionOptions::default())?;
    Ok(())
}
