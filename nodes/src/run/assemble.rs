//! From parameters to a loop that is ready to tick.

use std::collections::BTreeMap;
use std::f64::consts::PI;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};
use sinew_control::clock::{MonotonicClock, VirtualClock};
use sinew_control::contract::{Misfit, PolicyContract};
use sinew_control::gate::joint_limits;
use sinew_control::io::{Clock, Policy, RobotIo};
use sinew_control::mailbox::Operator;
use sinew_control::observation::{ObservationBuilder, TermRegistry};
use sinew_control::robot::RobotDescription;
use sinew_control::tick::{ControlLoop, LoopError, LoopParts};
use sinew_models::onnx::OnnxModel;
use sinew_models::{
    ContractError, ContractGiven, ContractSource, LoadError, MAX_MODEL_FILE, OnnxPolicy, SessionOptions, load_contract,
};
use sinew_sim::description::DescriptionError;
use sinew_sim::world::WorldError;
use sinew_sim::{RobotModel, SimParams, SimRobot};
use thiserror::Error;

use super::lookout::{Lookout, LookoutError};
use super::pilot::Pilot;
use super::summary::PolicySummary;
use crate::params::{Params, PolicyParams};

/// How long the records of ticks are kept for readers, s: several periods of whoever shows or tells them.
const KEPT_SECS: f64 = 0.25;
/// A slow loop keeps this many.
const LEAST_KEPT: usize = 64;

/// How many records a loop at `rate_hz` keeps for the readers of its tap. More would take memory that the tick finds
/// in no cache.
pub fn records_kept(rate_hz: f64) -> usize {
    ((KEPT_SECS * rate_hz) as usize).max(LEAST_KEPT)
}

/// How long the harness holds a robot whose policy has begun, s: a history of zeros, or a recurrent state, has
/// filled by then with what it would hold of a robot that stands.
const FIRST_STEPS_SECS: f64 = 0.5;

/// Why a run could not begin. No command was written to a robot.
#[derive(Debug, Error)]
pub enum RunError {
    /// The robot's description cannot be used.
    #[error(transparent)]
    Description(#[from] DescriptionError),
    /// The policy's contract cannot be read.
    #[error(transparent)]
    Contract(#[from] ContractError),
    /// The policy cannot be loaded.
    #[error(transparent)]
    Policy(#[from] LoadError),
    /// The simulator refuses its parameters.
    #[error(transparent)]
    Sim(#[from] WorldError),
    /// The loop cannot be put together.
    #[error("{}: {source}", .file.display())]
    Loop {
        /// The policy, or the parameter file where it is that which does not fit.
        file: PathBuf,
        /// What does not fit.
        source: LoopError,
    },
    /// The network does not have the input that the contract's terms make.
    #[error("{}: {misfit}", .file.display())]
    Observation {
        /// The policy.
        file: PathBuf,
        /// What does not fit.
        misfit: Misfit,
    },
    /// The robot cannot follow what it sees.
    #[error(transparent)]
    Lookout(#[from] LookoutError),
    /// The system gives no thread.
    #[error("no thread for the lookout: {0}")]
    Thread(std::io::Error),
    /// The policy file cannot be read.
    #[error("{}: cannot be read: {source}", .file.display())]
    Read {
        /// The policy.
        file: PathBuf,
        /// Why.
        source: std::io::Error,
    },
}

/// What is read once and used by every run: robot, contract, policy file.
#[derive(Debug)]
pub struct Loaded {
    /// The robot's bodies and joints.
    pub model: RobotModel,
    /// The same as the control loop sees it.
    pub robot: RobotDescription,
    /// The policy's contract.
    pub contract: PolicyContract,
    /// The policy file.
    pub policy_file: PathBuf,
    registry: TermRegistry,
    sha256: String,
    weights_sha256: BTreeMap<String, String>,
}

impl Loaded {
    /// Reads everything that `params` names.
    pub fn new(params: &Params) -> Result<Self, RunError> {
        Self::with_terms(params, TermRegistry::builtin())
    }

    /// The same for policies that observe terms of your own.
    pub fn with_terms(params: &Params, registry: TermRegistry) -> Result<Self, RunError> {
        let common = &params.common;
        let model = sinew_sim::load(&common.robot_description)?;
        let robot = model.description_at(common.keyframe.as_deref());
        let policy_file = params.control.policy.path.clone();
        let contract = load_contract(&contract_source(&params.control.policy, &params.file), &robot)?;
        let bytes = sinew_files::read(&policy_file, MAX_MODEL_FILE).map_err(|source| RunError::Read {
            file: policy_file.clone(),
            source,
        })?;
        let weights_sha256 = weights_sha256(&policy_file, &bytes)?;
        Ok(Self {
            model,
            robot,
            contract,
            policy_file,
            registry,
            sha256: sha256(&bytes),
            weights_sha256,
        })
    }

    /// Loads the policy and checks it against its contract.
    pub fn policy(&self) -> Result<OnnxPolicy, RunError> {
        Ok(OnnxPolicy::load(
            &self.policy_file,
            &self.contract,
            &SessionOptions::default(),
        )?)
    }

    /// The loop over the embedded simulator, ready for its first tick, and its pilot: what the robot sees, where
    /// the parameters have `follow`, else their course. `records` is how many of its newest ticks are kept for the readers of its tap.
    pub fn piloted_loop(
        &self,
        params: &Params,
        realtime: bool,
        records: usize,
    ) -> Result<(ControlLoop, Operator, Pilot), RunError> {
        let mut sim = self.simulator(params)?;
        let lookout = Lookout::new(params, &self.model, &mut sim)?;
        let (control, operator) = self.loop_over(sim, params, realtime, records)?;
        let pilot = match lookout {
            Some(lookout) => Pilot::lookout(lookout, realtime).map_err(RunError::Thread)?,
            None => Pilot::Course(params.course.clone()),
        };
        Ok((control, operator, pilot))
    }

    /// The loop over the embedded simulator, for a pilot of your own.
    pub fn simulated_loop(
        &self,
        params: &Params,
        realtime: bool,
        records: usize,
    ) -> Result<(ControlLoop, Operator), RunError> {
        self.loop_over(self.simulator(params)?, params, realtime, records)
    }

    fn loop_over(
        &self,
        sim: SimRobot,
        params: &Params,
        realtime: bool,
        records: usize,
    ) -> Result<(ControlLoop, Operator), RunError> {
        let clock: Box<dyn Clock> = match realtime {
            true => Box::new(MonotonicClock),
            false => Box::new(VirtualClock::default()),
        };
        self.checked_loop(params, Box::new(sim), clock, records)
    }

    /// The loop over any robot, once the policy is loaded and fits it.
    pub fn checked_loop(
        &self,
        params: &Params,
        io: Box<dyn RobotIo>,
        clock: Box<dyn Clock>,
        records: usize,
    ) -> Result<(ControlLoop, Operator), RunError> {
        let policy = self.policy()?;
        self.expect_observation(&policy, &*io)?;
        self.control_loop(params, io, Box::new(policy), clock, records)
    }

    /// The simulator that `params` asks for. Unless they say otherwise the robot hangs in its harness
    /// until the policy has been in charge for half a second, and gives its true base velocity where the
    /// contract asks for one.
    pub fn simulator(&self, params: &Params) -> Result<SimRobot, RunError> {
        let harness_secs = match params.sim.harness_secs {
            0.0 => self.start_secs(params) + FIRST_STEPS_SECS,
            secs => secs,
        };
        let sim = SimParams {
            keyframe: params.common.keyframe.clone(),
            harness_secs,
            base_velocity_truth: params.sim.base_velocity_truth || self.asks_for_base_velocity(),
            ..params.sim.clone()
        };
        Ok(SimRobot::new(&self.model, &sim)?)
    }

    /// How long a robot that begins in its description's pose takes until the policy takes over, s.
    fn start_secs(&self, params: &Params) -> f64 {
        let (start, from) = (&params.control.start, self.robot.default_positions());
        let mut rest = from.clone();
        for (name, &rad) in self.contract.joint_names.iter().zip(&self.contract.default_joint_pos) {
            if let Some(j) = self.robot.joint_index(name) {
                rest[j] = rad;
            }
        }
        let limits = joint_limits(&self.robot, &params.control.safety);
        start.damp_secs + start.stand_secs_between(&from, &rest, &limits) + start.settle_secs
    }

    /// Whether the policy observes the base velocity.
    pub(crate) fn asks_for_base_velocity(&self) -> bool {
        self.contract
            .observations
            .iter()
            .any(|term| term.name == "base_lin_vel")
    }

    /// A loop over any robot, policy and clock.
    pub fn control_loop(
        &self,
        params: &Params,
        io: Box<dyn RobotIo>,
        policy: Box<dyn Policy>,
        clock: Box<dyn Clock>,
        records: usize,
    ) -> Result<(ControlLoop, Operator), RunError> {
        let parts = LoopParts {
            robot: &self.robot,
            contract: &self.contract,
            io,
            policy,
            clock,
            registry: &self.registry,
            records,
        };
        let mut loop_params = params.control.loop_params();
        if !self.model.floating_base {
            // What is bolted down cannot lean, and a mount may be turned any way.
            loop_params.safety.max_tilt_rad = PI;
        }
        match ControlLoop::new(parts, &loop_params) {
            Ok(control) => {
                let operator = control.operator();
                Ok((control, operator))
            }
            Err(source) => {
                let by_parameters = !matches!(source, LoopError::Contract(_)) && !params.file.as_os_str().is_empty();
                let file = if by_parameters { &params.file } else { &self.policy_file };
                Err(RunError::Loop {
                    file: file.clone(),
                    source,
                })
            }
        }
    }

    /// Checks that the network's input has the length of the contract's terms. A contract that does
    /// not fit in another way is left to [`ControlLoop::new`], which lists all misfits.
    fn expect_observation(&self, policy: &OnnxPolicy, io: &dyn RobotIo) -> Result<(), RunError> {
        let capabilities = io.capabilities();
        let Ok(builder) = ObservationBuilder::new(&self.contract, &self.robot, &capabilities, &self.registry) else {
            return Ok(());
        };
        policy
            .expect_observation_len(builder.len())
            .map_err(|misfit| RunError::Observation {
                file: self.policy_file.clone(),
                misfit,
            })
    }

    /// The policy, for a summary.
    pub fn policy_summary(&self) -> PolicySummary {
        PolicySummary {
            path: self.policy_file.display().to_string(),
            sha256: self.sha256.clone(),
            weights_sha256: self.weights_sha256.clone(),
            contract: format!("{} ({})", self.contract.name, self.contract.dialect),
        }
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

fn sha256(bytes: &[u8]) -> String {
    let digest = Sha256::digest(bytes);
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Of the files beside a policy that hold its weights.
fn weights_sha256(policy_file: &Path, bytes: &[u8]) -> Result<BTreeMap<String, String>, RunError> {
    // What is no ONNX file is for the loading of the policy to say.
    let files = OnnxModel::parse(bytes)
        .map(|model| model.external_files)
        .unwrap_or_default();
    let folder = policy_file.parent().unwrap_or(Path::new(""));
    let hashed = files.into_iter().map(|name| {
        let file = folder.join(&name);
        let bytes = sinew_files::read(&file, sinew_models::MAX_MODEL_FILE);
        match bytes {
            Ok(bytes) => Ok((name, sha256(&bytes))),
            Err(source) => Err(RunError::Read { file, source }),
        }
    });
    hashed.collect()
}

/// Where the contract is read from: inline, a file, or the policy itself.
fn contract_source(policy: &PolicyParams, parameter_file: &Path) -> ContractSource {
    let beside = |file: &str| parameter_file.parent().unwrap_or(Path::new("")).join(file);
    let given = match &policy.contract {
        serde_yaml_ng::Value::Null => ContractGiven::Nothing,
        serde_yaml_ng::Value::String(file) => ContractGiven::File(beside(file)),
        inline => ContractGiven::Inline(inline.clone()),
    };
    ContractSource {
        given,
        overrides: (!policy.overrides.is_null()).then(|| policy.overrides.clone()),
        parameter_file: Some(parameter_file.to_owned()),
        ..ContractSource::of_model(&policy.path)
    }
}
