//! From parameters to a loop that is ready to tick.

use std::f64::consts::PI;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard};
use std::time::Duration;

use sinew_control::contract::{Misfit, PolicyContract};
use sinew_control::gate::joint_limits;
use sinew_control::io::{Clock, Policy, RobotIo};
use sinew_control::mailbox::Operator;
use sinew_control::observation::{ObservationBuilder, TermRegistry};
use sinew_control::policies::rest_command;
use sinew_control::robot::RobotDescription;
use sinew_control::state::JointCommand;
use sinew_control::tick::{ControlLoop, LoopError, LoopParams, LoopParts};
use sinew_models::{
    ContractError, ContractGiven, ContractSource, LoadError, ModelFile, ModelFileError, OnnxPolicy, ProviderOptions,
    Provision, SessionOptions, load_contract,
};
use sinew_releases::store::StoreError;
use sinew_robot::{DescriptionError, RobotModel};
use thiserror::Error;

use sinew_node::declared::ParameterError;

use super::updates::{self, LoopOfUpdates, PolicyChoice, ReleasedPolicy};
use super::{ControlParams, PolicyParams};
use sinew_node::sync::lock;

/// How long the records of ticks are kept for readers, s: a recorder that begins with the loop, or was held up, finds
/// all of them.
const KEPT_SECS: f64 = 2.0;
/// A slow loop keeps this many, and a fast one no more than that: a record of a humanoid has about 2 KB.
const KEPT: RangeInclusive<usize> = 64..=4000;

/// How many records a loop at `rate_hz` keeps for the readers of its tap.
pub fn records_kept(rate_hz: f64) -> usize {
    ((KEPT_SECS * rate_hz) as usize).clamp(*KEPT.start(), *KEPT.end())
}

/// Why a control loop could not be put together. No command was written to a robot.
#[derive(Debug, Error)]
pub enum LoopAssemblyError {
    /// The robot's description cannot be used.
    #[error(transparent)]
    Description(#[from] DescriptionError),
    /// The policy's contract cannot be read.
    #[error(transparent)]
    Contract(#[from] ContractError),
    /// The policy cannot be loaded.
    #[error(transparent)]
    Policy(#[from] LoadError),
    /// None of the providers that the parameters allow runs the policy.
    #[error(transparent)]
    Inference(ParameterError),
    /// The loop cannot be put together.
    #[error("{}: {misfit}", .file.display())]
    Loop {
        /// The policy, or the parameter file where it is that which does not fit.
        file: PathBuf,
        /// What does not fit.
        misfit: LoopError,
    },
    /// The network does not have the input that the contract's terms make.
    #[error("{}: {misfit}", .file.display())]
    Observation {
        /// The policy.
        file: PathBuf,
        /// What does not fit.
        misfit: Misfit,
    },
    /// The policy file cannot be read.
    #[error(transparent)]
    File(#[from] ModelFileError),
    /// The robot's store of releases gives no policy.
    #[error("parameter `policy.updates.store`, {}", .folder.display())]
    Store {
        /// The store.
        folder: PathBuf,
        /// Why not.
        #[source]
        cause: StoreError,
    },
    /// A release is none of a policy for this robot.
    #[error("{}: {reason}", .folder.display())]
    Release {
        /// The release's folder.
        folder: PathBuf,
        /// Why not.
        reason: String,
    },
}

/// What a control loop is made from, as parameters name it. All paths are those of files, not relative to one.
#[derive(Debug, Clone)]
pub struct LoopSource {
    /// The parameter file that errors name; empty where there is none.
    pub params_file: PathBuf,
    /// MJCF or URDF file of the robot.
    pub robot_description: PathBuf,
    /// Parameters of the loop and its policy.
    pub control: ControlParams,
}

/// What is read once and used by every loop: robot, contract, policy file.
#[derive(Debug)]
pub struct PolicyOnRobot {
    /// The robot's bodies and joints.
    pub model: RobotModel,
    /// The same as the control loop sees it.
    pub robot: RobotDescription,
    /// The policy's contract.
    pub contract: PolicyContract,
    /// The policy file.
    pub policy_file: ModelFile,
    /// Name and version of the release that it is of, where it is of one.
    release: Option<String>,
    params_file: PathBuf,
    registry: TermRegistry,
    inference: ProviderOptions,
    run_limit: Option<Duration>,
    /// On what the policy ran that was loaded last.
    provision: Mutex<Option<Provision>>,
}

impl PolicyOnRobot {
    /// Reads everything that `source` names.
    ///
    /// # Errors
    /// For a description or policy that cannot be read, or a contract that does not fit the robot.
    pub fn new(source: &LoopSource) -> Result<Self, LoopAssemblyError> {
        Self::with_terms(source, TermRegistry::builtin())
    }

    /// The same for policies that observe terms of your own.
    ///
    /// # Errors
    /// As [`new`](Self::new).
    pub fn with_terms(source: &LoopSource, registry: TermRegistry) -> Result<Self, LoopAssemblyError> {
        Self::chosen_with_terms(source, &PolicyChoice::Path, registry)
    }

    /// The policy of a robot's files that is meant, which may be another than that of `policy.path`.
    ///
    /// # Errors
    /// As [`new`](Self::new), and where there is no such policy.
    pub fn chosen(source: &LoopSource, choice: &PolicyChoice) -> Result<Self, LoopAssemblyError> {
        Self::chosen_with_terms(source, choice, TermRegistry::builtin())
    }

    fn chosen_with_terms(
        source: &LoopSource,
        choice: &PolicyChoice,
        registry: TermRegistry,
    ) -> Result<Self, LoopAssemblyError> {
        let LoopSource {
            params_file,
            robot_description,
            control,
        } = source;
        let model = sinew_robot::load(robot_description)?;
        let robot = model.description_at(control.keyframe.as_deref());
        let contract_source = contract_source(&control.policy, params_file);
        let (policy_file, contract, release) =
            match choice.release(source, &robot, contract_source.overrides.as_ref())? {
                Some(release) => (release.file, release.contract, Some(release.version)),
                None => {
                    let file = ModelFile::read(&control.policy.path)?;
                    let contract = load_contract(&file, &contract_source, &robot)?;
                    (file, contract, None)
                }
            };
        Ok(Self {
            model,
            robot,
            contract,
            policy_file,
            release,
            params_file: params_file.clone(),
            registry,
            inference: control.policy.inference.clone(),
            run_limit: None,
            provision: Mutex::new(None),
        })
    }

    /// The same with a policy that is loaded so that an inference which takes longer is ended, and fails, as does each after
    /// it: the loop goes on without it, into the safe action.
    #[must_use]
    pub fn with_run_limit(self, limit: Duration) -> Self {
        Self {
            run_limit: Some(limit),
            ..self
        }
    }

    /// The same robot with the policy of a release.
    pub(crate) fn with_release(self, release: &ReleasedPolicy) -> Self {
        Self {
            policy_file: release.file.clone(),
            contract: release.contract.clone(),
            release: Some(release.version.clone()),
            ..self
        }
    }

    /// Name and version of the release that the policy is of; `None` where it is the file that a parameter names.
    pub fn release(&self) -> Option<&str> {
        self.release.as_deref()
    }

    /// What policies are loaded for that come later into `control`, a loop of this one.
    pub fn loop_of_updates(&self, params: &ControlParams, control: &ControlLoop) -> LoopOfUpdates {
        LoopOfUpdates {
            robot: self.robot.clone(),
            capabilities: control.gate().capabilities(),
            registry: self.registry.clone(),
            params: self.loop_params(params),
            session: self.session_options(),
            overrides: contract_source(&params.policy, &self.params_file).overrides,
        }
    }

    fn session_options(&self) -> SessionOptions {
        SessionOptions {
            providers: self.inference.clone(),
            run_limit: self.run_limit,
            ..SessionOptions::default()
        }
    }

    /// Makes a session of the policy on the first provider of `policy.inference` that runs it, and checks it against
    /// its contract.
    ///
    /// # Errors
    /// Where no provider runs it that may, or the network is not the contract's.
    pub fn policy(&self) -> Result<OnnxPolicy, LoopAssemblyError> {
        let policy =
            OnnxPolicy::load(&self.policy_file, &self.contract, &self.session_options()).map_err(
                |error| match error {
                    LoadError::Providers { file, cause } => {
                        let by_file = !self.params_file.as_os_str().is_empty();
                        let file = if by_file { &self.params_file } else { &file };
                        let message = format!("`policy.inference`: {cause}");
                        LoopAssemblyError::Inference(ParameterError::value(file, "control", message))
                    }
                    error => error.into(),
                },
            )?;
        *self.lock_provision() = Some(policy.provision().clone());
        Ok(policy)
    }

    /// On what the policy runs, and what did not work before; `None` until it was loaded.
    pub fn provision(&self) -> Option<Provision> {
        self.lock_provision().clone()
    }

    fn lock_provision(&self) -> MutexGuard<'_, Option<Provision>> {
        lock(&self.provision)
    }

    /// A line for each provider that was asked for and does not run the policy.
    pub fn fallbacks(&self) -> Vec<String> {
        let file = self.policy_file.path().display();
        let provision = self.provision();
        let lines = provision.iter().flat_map(Provision::fallbacks);
        lines.map(|line| format!("{file}: {line}")).collect()
    }

    /// The loop over any robot, once the policy is loaded and fits it.
    ///
    /// # Errors
    /// Where the policy does not load, or does not fit the robot or the parameters.
    pub fn checked_loop(
        &self,
        params: &ControlParams,
        io: Box<dyn RobotIo>,
        clock: Box<dyn Clock>,
        records: usize,
    ) -> Result<(ControlLoop, Operator), LoopAssemblyError> {
        let policy = self.checked_policy(&*io)?;
        self.control_loop(params, io, Box::new(policy), clock, records)
    }

    /// The policy, which has the input that its contract's terms make of what this robot measures.
    ///
    /// # Errors
    /// Where it does not load or has not.
    pub fn checked_policy(&self, io: &dyn RobotIo) -> Result<OnnxPolicy, LoopAssemblyError> {
        let policy = self.policy()?;
        self.expect_observation(&policy, io)?;
        Ok(policy)
    }

    /// How long a robot that begins in its description's pose takes until the policy takes over, s.
    pub fn start_secs(&self, params: &ControlParams) -> f64 {
        let (start, from) = (&params.start, self.robot.default_positions());
        let mut rest = from.clone();
        for (name, &rad) in self.contract.joint_names.iter().zip(&self.contract.default_joint_pos) {
            if let Some(j) = self.robot.joint_index(name) {
                rest[j] = rad;
            }
        }
        let limits = joint_limits(&self.robot, &params.safety);
        start.damp_secs + start.stand_secs_between(&from, &rest, &limits) + start.settle_secs
    }

    /// Rest pose and gains of every joint under the policy, robot order.
    pub fn drive_gains(&self, params: &ControlParams) -> JointCommand {
        rest_command(&self.contract, &self.robot, &params.safety)
    }

    /// Whether the policy observes the base velocity.
    pub fn asks_for_base_velocity(&self) -> bool {
        self.contract
            .observations
            .iter()
            .any(|term| term.name == "base_lin_vel")
    }

    /// A loop over any robot, policy and clock.
    ///
    /// # Errors
    /// With what does not fit.
    pub fn control_loop(
        &self,
        params: &ControlParams,
        io: Box<dyn RobotIo>,
        policy: Box<dyn Policy>,
        clock: Box<dyn Clock>,
        records: usize,
    ) -> Result<(ControlLoop, Operator), LoopAssemblyError> {
        let parts = LoopParts {
            robot: &self.robot,
            contract: &self.contract,
            io,
            policy,
            clock,
            registry: &self.registry,
            records,
            room: updates::room(&params.policy.updates, self.robot.dof()),
        };
        match ControlLoop::new(parts, &self.loop_params(params)) {
            Ok(control) => {
                let operator = control.operator();
                Ok((control, operator))
            }
            Err(misfit) => {
                let by_parameters =
                    !matches!(misfit, LoopError::Contract(_)) && !self.params_file.as_os_str().is_empty();
                let file = if by_parameters {
                    &self.params_file
                } else {
                    self.policy_file.path()
                };
                Err(LoopAssemblyError::Loop {
                    file: file.to_owned(),
                    misfit,
                })
            }
        }
    }

    /// The parameters of a loop over this robot.
    pub(crate) fn loop_params(&self, params: &ControlParams) -> LoopParams {
        let mut loop_params = params.loop_params();
        if !self.model.floating_base {
            // What is bolted down cannot lean, and a mount may be turned any way.
            loop_params.safety.max_tilt_rad = PI;
        }
        loop_params
    }

    /// Checks that the network's input has the length of the contract's terms. A contract that does
    /// not fit in another way is left to [`ControlLoop::new`], which lists all misfits.
    fn expect_observation(&self, policy: &OnnxPolicy, io: &dyn RobotIo) -> Result<(), LoopAssemblyError> {
        let capabilities = io.capabilities();
        let Ok(builder) = ObservationBuilder::new(&self.contract, &self.robot, &capabilities, &self.registry) else {
            return Ok(());
        };
        policy
            .expect_observation_len(builder.len())
            .map_err(|misfit| LoopAssemblyError::Observation {
                file: self.policy_file.path().to_owned(),
                misfit,
            })
    }

    /// Where the base velocity comes from, when the contract asks for one.
    pub fn base_velocity_source(&self, control: &ControlLoop) -> Option<&'static str> {
        let source = control.gate().capabilities().base_velocity;
        source.filter(|_| self.asks_for_base_velocity())
    }

    /// Joints whose description gives no torque limit: there the gate's own, very large one applies.
    pub fn joints_without_torque_limit(&self) -> Vec<&str> {
        let unlimited = self.robot.joints.iter().filter(|joint| joint.effort_nm.is_infinite());
        unlimited.map(|joint| joint.name.as_str()).collect()
    }

    /// What to tell of those joints, where there are any, with the file of the description.
    pub fn unbounded_torque(&self, description: &Path) -> Option<String> {
        let unlimited = self.joints_without_torque_limit();
        (!unlimited.is_empty()).then(|| {
            format!(
                "{}: no torque limit for {}; the gate cannot protect these motors (MJCF: `actuatorfrcrange`, \
                 URDF: `effort`)",
                description.display(),
                unlimited.join(", ")
            )
        })
    }

    /// A line for each joint that follows another one.
    pub fn couplings(&self) -> impl Iterator<Item = String> {
        self.model.coupling_notes().into_iter()
    }

    /// A line where the simulator counts a kd of the contract and a joint's own damping as one, and the two
    /// differ.
    fn shared_damping(&self) -> Option<String> {
        let joints = self.contract.joint_names.iter().zip(&self.contract.joint_damping);
        let shared = joints.filter(|(name, kd)| {
            let of_joint = |body: &usize| {
                self.model.bodies[*body]
                    .joint
                    .as_ref()
                    .is_some_and(|j| j.name == **name)
            };
            let damping = self
                .model
                .jointed_bodies()
                .find(of_joint)
                .map(|body| self.model.damping_in_kd(body));
            damping.is_some_and(|damping| damping > 0.0 && damping != **kd)
        });
        let names: Vec<&str> = shared.map(|(name, _)| name.as_str()).collect();
        names.first().map(|first| {
            format!(
                "simulated damping of {} joints ({first} and so on): the larger of the policy's kd and the joint's own (position actuators without \
                 kv); `sim: kd_includes_joint_damping: false` adds the two up",
                names.len()
            )
        })
    }

    /// A few lines that say what is about to run.
    pub fn introduction(&self, control: &ControlLoop) -> String {
        let mut text = format!(
            "{}: {} joints, {} driven by {} ({}) at {} Hz",
            self.robot.name,
            self.robot.dof(),
            self.contract.action_len(),
            self.contract.name,
            self.contract.dialect,
            self.contract.policy_rate_hz
        );
        if let Some(release) = self.release() {
            text += &format!("\n  the policy is that of the release {release}");
        }
        if let Some(provision) = self.provision() {
            text += &format!("\n  the policy runs on {provision}");
        }
        if !self.model.floating_base {
            text += "\n  its base is bolted down: neither its lean nor a fall is judged";
        }
        for line in self.couplings().chain(self.shared_damping()) {
            text += &format!("\n  {line}");
        }
        if let Some(source) = self.base_velocity_source(control) {
            text += &format!("\n  the policy asks for the base velocity; it gets {source}");
        }
        text
    }
}

/// Where the contract is read from: inline, a file, or the policy itself.
pub(crate) fn contract_source(policy: &PolicyParams, parameter_file: &Path) -> ContractSource {
    let given = match &policy.contract {
        serde_yaml_ng::Value::Null => ContractGiven::Nothing,
        serde_yaml_ng::Value::String(file) => ContractGiven::File(PathBuf::from(file)),
        inline => ContractGiven::Inline(inline.clone()),
    };
    ContractSource {
        given,
        overrides: (!policy.overrides.is_null()).then(|| policy.overrides.clone()),
        parameter_file: Some(parameter_file.to_owned()),
    }
}
