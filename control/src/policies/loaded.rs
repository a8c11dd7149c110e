//! Everything in a loop that belongs to one policy.

use std::fmt;

use crate::action::ActionMap;
use crate::command::VelocityCommand;
use crate::contract::{ActionSpec, CommandRanges, HistoryLayout, HistoryStart, PolicyContract, TermSpec};
use crate::finite::all_finite_f32;
use crate::gate::{SafetyParams, joint_limits};
use crate::io::{Capabilities, Policy, PolicyError};
use crate::observation::{ObservationBuilder, TermInputs, TermRegistry};
use crate::ranges;
use crate::robot::RobotDescription;
use crate::state::{JointCommand, RobotState};
use crate::tick::{LoopError, LoopParams};

/// A policy with what a loop needs of its contract: made outside the tick, for one robot and the parameters of one loop.
pub struct LoadedPolicy {
    pub(crate) number: u32,
    /// Where it goes.
    pub(super) place: u8,
    pub(crate) policy: Box<dyn Policy>,
    pub(crate) observation: ObservationBuilder,
    pub(crate) action: ActionMap,
    pub(crate) command_ranges: CommandRanges,
    /// Robot index of every policy joint.
    pub(crate) joints: Vec<usize>,
    /// Rest pose and gains of every joint, robot order.
    pub(crate) rest: JointCommand,
    /// What each joint damps by itself, robot order: with `drive_damping` the contract's kd, else nothing.
    pub(crate) drive_kd: Vec<f64>,
    /// From where the turns of each joint count while it is limp, rad, robot order.
    pub(crate) turn_rest_rad: Vec<f64>,
    pub(crate) needs_effort: bool,
    /// Ticks per policy step.
    pub(crate) decimation: u64,
    pub(crate) step: u64,
    /// The newest raw network output, which the next observation shows.
    pub(crate) last_action: Vec<f32>,
    /// Where the network writes; becomes `last_action` when it came in time.
    pub(crate) new_action: Vec<f32>,
    pub(crate) last_target: Vec<f64>,
    /// The rate of the loop that it was made for, Hz.
    pub(super) rate_hz: f64,
    basis: ObservationBasis,
}

/// Everything on which the meaning of an observation depends.
#[derive(Debug, PartialEq)]
struct ObservationBasis {
    policy_rate_hz: f64,
    joints: Vec<usize>,
    rest_rad: Vec<f64>,
    action: ActionSpec,
    terms: Vec<TermSpec>,
    layout: HistoryLayout,
    start: HistoryStart,
    clip_after_scale: bool,
}

impl fmt::Debug for LoadedPolicy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LoadedPolicy")
            .field("number", &self.number)
            .field("observation", &self.observation)
            .finish_non_exhaustive()
    }
}

impl LoadedPolicy {
    /// Puts a policy together for `robot`, which can do what `capabilities` say, and a loop with `params`; its number
    /// is 0.
    ///
    /// # Errors
    /// With everything that does not fit.
    pub fn new(
        contract: &PolicyContract,
        policy: Box<dyn Policy>,
        robot: &RobotDescription,
        capabilities: &Capabilities,
        registry: &TermRegistry,
        params: &LoopParams,
    ) -> Result<Self, LoopError> {
        let mut misfits = contract.misfits(robot);
        let observation = ObservationBuilder::new(contract, robot, capabilities, registry)
            .map_err(|mut more| misfits.append(&mut more));
        let Ok(observation) = observation else {
            return Err(LoopError::Contract(misfits));
        };
        if !misfits.is_empty() {
            return Err(LoopError::Contract(misfits));
        }
        ranges::check(params)?;
        let ratio = params.rate_hz / contract.policy_rate_hz;
        if !(ratio >= 1.0 && (ratio - ratio.round()).abs() < 1e-6) {
            return Err(LoopError::Rate {
                rate_hz: params.rate_hz,
                policy_rate_hz: contract.policy_rate_hz,
                ratio,
            });
        }
        let joints: Vec<usize> = (contract.joint_names.iter())
            .filter_map(|name| robot.joint_index(name))
            .collect();
        let (mut rest, turn_rest_rad) = rest_of(contract, robot, &params.safety, &joints);
        let mut drive_kd = vec![0.0; robot.dof()];
        if params.drive_damping {
            // The joints have it, so no command does.
            std::mem::swap(&mut drive_kd, &mut rest.kd);
        }
        let n = contract.action_len();
        Ok(Self {
            number: 0,
            place: 0,
            policy,
            observation,
            action: ActionMap::new(contract),
            command_ranges: contract.command_ranges,
            basis: ObservationBasis {
                policy_rate_hz: contract.policy_rate_hz,
                joints: joints.clone(),
                rest_rad: contract.default_joint_pos.clone(),
                action: contract.action.clone(),
                terms: contract.observations.clone(),
                layout: contract.history_layout,
                start: contract.history_start,
                clip_after_scale: contract.clip_after_scale,
            },
            joints,
            rest,
            drive_kd,
            turn_rest_rad,
            needs_effort: contract.observations.iter().any(|term| term.name == "joint_effort"),
            decimation: ratio.round() as u64,
            step: 0,
            last_action: vec![0.0; n],
            new_action: vec![0.0; n],
            last_target: contract.default_joint_pos.clone(),
            rate_hz: params.rate_hz,
        })
    }

    /// The same with a number of its own among the policies of a loop. 0 is that of the first.
    #[must_use]
    pub fn numbered(self, number: u32) -> Self {
        Self { number, ..self }
    }

    /// Its number.
    pub fn number(&self) -> u32 {
        self.number
    }

    /// The place that it was handed over for.
    pub(crate) fn place(&self) -> u8 {
        self.place
    }

    /// Numbers in its observation, histories included.
    pub fn observation_len(&self) -> usize {
        self.observation.len()
    }

    /// Numbers in its action: the joints that it drives.
    pub fn action_len(&self) -> usize {
        self.joints.len()
    }

    /// Whether what `other` observes means the same to this one, to the last number.
    pub fn observes_as(&self, other: &Self) -> bool {
        self.basis == other.basis
    }

    /// Observes the robot under a command and asks the network, which writes its answer to `new_action`; a tick takes
    /// `period_nanos`.
    pub(crate) fn infer(
        &mut self,
        state: &RobotState,
        command: VelocityCommand,
        period_nanos: u64,
    ) -> Result<(), PolicyError> {
        let inputs = TermInputs {
            state,
            command,
            joints: &self.joints,
            default_position: self.action.rest(),
            last_action: &self.last_action,
            last_target: &self.last_target,
            step: self.step,
            step_secs: (self.decimation * period_nanos) as f64 * 1e-9,
        };
        let input = self.observation.observe(&inputs);
        // A network may well make a finite action of it.
        if !all_finite_f32(input) {
            return Err(PolicyError::Observation);
        }
        self.policy.infer(input, &mut self.new_action)
    }

    /// The same with an observation that was made already.
    pub(crate) fn infer_from(&mut self, observation: &[f32]) -> Result<(), PolicyError> {
        self.policy.infer(observation, &mut self.new_action)
    }

    /// What the network has written is its last action, and its targets are in force.
    pub(crate) fn take_new_action(&mut self) {
        std::mem::swap(&mut self.last_action, &mut self.new_action);
        self.aim(1.0);
    }

    /// Sets the targets to `share` of the way from the rest pose to where the last action points.
    pub(crate) fn aim(&mut self, share: f64) {
        self.action.targets(&self.last_action, share, &mut self.last_target);
    }

    /// Begins without a past, and at rest.
    pub(crate) fn begin_at_rest(&mut self) {
        self.forget();
        self.last_action.fill(0.0);
        self.last_target.copy_from_slice(self.action.rest());
    }

    /// Begins in the middle of a movement whose last targets, robot order, are `target_rad`: as if they were its own.
    pub(crate) fn begin_at(&mut self, target_rad: &[f64]) {
        self.forget();
        self.was_asked_for(target_rad);
    }

    /// Takes the last targets of the robot's joints, rad, for its own: `last_action` is what makes them.
    pub(crate) fn was_asked_for(&mut self, target_rad: &[f64]) {
        for (target, &j) in self.last_target.iter_mut().zip(&self.joints) {
            *target = target_rad[j];
        }
        self.action.action_of(&self.last_target, &mut self.last_action);
    }

    /// Begins with the observation, and the past, of `before`, which observes the same; that gets this one's for it.
    pub(crate) fn take_over_from(&mut self, before: &mut Self) {
        self.policy.reset();
        std::mem::swap(&mut self.observation, &mut before.observation);
        self.last_action.copy_from_slice(&before.last_action);
        self.last_target.copy_from_slice(&before.last_target);
        self.step = before.step;
    }

    fn forget(&mut self) {
        self.observation.reset();
        self.policy.reset();
        self.step = 0;
    }
}

/// Rest pose and gains of every joint of `robot` under a policy, robot order: the contract's for the joints that it
/// names, for others what holds them.
pub fn rest_command(contract: &PolicyContract, robot: &RobotDescription, safety: &SafetyParams) -> JointCommand {
    let joints: Vec<usize> = (contract.joint_names.iter())
        .filter_map(|name| robot.joint_index(name))
        .collect();
    rest_of(contract, robot, safety, &joints).0
}

/// The same, and from where the turns of each joint count; `joints` are the policy's.
fn rest_of(
    contract: &PolicyContract,
    robot: &RobotDescription,
    safety: &SafetyParams,
    joints: &[usize],
) -> (JointCommand, Vec<f64>) {
    let limits = joint_limits(robot, safety);
    let mut rest = JointCommand::zeros(robot.dof());
    for (j, (joint, limit)) in robot.joints.iter().zip(&limits).enumerate() {
        rest.position[j] = joint.default_rad;
        (rest.kp[j], rest.kd[j]) = joint.holding_gains(limit.effort_nm);
    }
    let finite = |rad: &f64| if rad.is_finite() { *rad } else { 0.0 };
    let mut turn_rest_rad: Vec<f64> = rest.position.iter().map(finite).collect();
    for (i, &j) in joints.iter().enumerate() {
        turn_rest_rad[j] = contract.default_joint_pos[i];
        rest.position[j] = contract.default_joint_pos[i];
        rest.kp[j] = contract.joint_stiffness[i];
        rest.kd[j] = contract.joint_damping[i];
    }
    for held in &contract.other_joints {
        if let Some(j) = robot.joint_index(&held.name) {
            let joint = &robot.joints[j];
            let (kp, kd) = joint.holding_gains(limits[j].effort_nm);
            rest.position[j] = held.position.unwrap_or(joint.default_rad);
            rest.kp[j] = held.stiffness.unwrap_or(kp);
            rest.kd[j] = held.damping.unwrap_or(kd);
        }
    }
    (rest, turn_rest_rad)
}
