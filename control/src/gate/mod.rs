//! The safety gate owns the robot: nothing else can write to it.
//!
//! It checks every reading, every command, every tick and the operator. A stop latches, keeps the
//! verdict that caused it, and turns every later command into the safe action until
//! [`SafetyGate::clear_stop`].

mod bounds;
mod bucket;
mod find;
mod fixed;
mod frozen;
mod imagined;
mod judge;
mod limits;
mod motion;
mod received;
mod refusal;
mod sensors;
mod turns;
mod verdict;
mod write;

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};

pub(crate) use imagined::ImaginedGate;
use limits::damped_limits;
pub use limits::{JointLimits, SafeAction, SafetyParams, joint_limits};
pub use refusal::GateError;
pub use verdict::{Check, NotFinite, Quantity, Verdict, VerdictCounts};

use serde::{Deserialize, Serialize};

use crate::io::{Capabilities, IoError, RobotIo};
use crate::ranges;
use crate::robot::RobotDescription;
use crate::state::{JointCommand, RobotState};
use bounds::LimitRows;
use bucket::Bucket;
use fixed::Fixed;
use frozen::FrozenWatch;
use motion::Joints;
use received::Received;
use sensors::Refused;
use turns::Turns;

/// A latched stop: why, and what is done.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Stop {
    /// The verdict that caused it.
    pub verdict: Verdict,
    /// What the robot does since.
    pub action: SafeAction,
}

impl Stop {
    /// A sentence for people, with the joint's name.
    pub fn reason(&self, robot: &RobotDescription) -> String {
        self.verdict.reason(robot)
    }
}

/// What the robot answered in one tick.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Answers {
    /// To being read.
    pub read: Result<(), IoError>,
    /// To a command; `None` where none was written to it.
    pub write: Option<Result<(), IoError>>,
    /// To being asked for its own stop; `None` where it was not.
    pub own_stop: Option<Result<(), IoError>>,
}

impl Default for Answers {
    fn default() -> Self {
        Self {
            read: Ok(()),
            write: None,
            own_stop: None,
        }
    }
}

/// Whether the policy moves the robot: some checks only make sense then.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Motion {
    /// Limp or damping: it may lie on the ground.
    Limp,
    /// On its way to the rest pose: sensors may rightly stand still, and no operator is needed.
    Standing,
    /// A policy is in charge.
    Running,
}

/// The only owner of a robot's [`RobotIo`].
pub struct SafetyGate {
    io: Box<dyn RobotIo>,
    params: SafetyParams,
    limits: Vec<JointLimits>,
    rows: LimitRows,
    tick_nanos: u64,
    /// Parameters as the checks of every tick need them.
    stale_nanos: u64,
    frozen_nanos: u64,
    overrun_nanos: u64,
    /// A base whose z axis points up by less may lean too much: the cosine of that, with room for rounding.
    least_up: f64,
    tick: u64,
    now_nanos: u64,
    motion: Motion,
    incoming: RobotState,
    command: JointCommand,
    /// Whether that is what was asked for.
    as_asked: bool,
    received: Received,
    /// What was asked for besides positions.
    fixed: Fixed,
    /// Not 0 for the drives that the command asks for more than their bounds allow, or may.
    outside: Vec<u64>,
    /// The drives that the command leaves without stiffness.
    limp: Vec<bool>,
    /// What drives are told where they count turns in another way.
    outgoing: (JointCommand, RobotState),
    turns: Turns,
    /// Gains that the last command asked for that was no safe action: what holding takes. Where the command was
    /// written as it was asked for, they are still its own.
    hold_kp: Vec<f64>,
    hold_kd: Vec<f64>,
    refused: Refused,
    needs_effort: bool,
    watch: FrozenWatch,
    joints: Joints,
    base_velocity_expected: bool,
    base_velocity_nanos: u64,
    first_read_nanos: Option<u64>,
    has_state: bool,
    late: Bucket,
    failed_writes: Bucket,
    failed_inferences: Bucket,
    operator_nanos: u64,
    counts: VerdictCounts,
    last_verdict: Option<Verdict>,
    stop: Option<Stop>,
    answers: Answers,
}

impl fmt::Debug for SafetyGate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SafetyGate")
            .field("tick", &self.tick)
            .field("stop", &self.stop)
            .field("counts", &self.counts)
            .finish_non_exhaustive()
    }
}

impl SafetyGate {
    /// Takes the robot. `tick_secs` is the control period.
    ///
    /// # Errors
    /// [`GateError`] for a parameter out of range, and for a safe action that the robot cannot carry out.
    pub fn new(
        io: Box<dyn RobotIo>,
        robot: &RobotDescription,
        params: SafetyParams,
        tick_secs: f64,
    ) -> Result<Self, GateError> {
        Self::with_drive_damping(io, robot, params, tick_secs, &vec![0.0; robot.dof()])
    }

    /// The same for joints that damp by themselves with `drive_kd`, N·m·s/rad, robot order; 0 for those that do not.
    ///
    /// # Errors
    /// As [`new`](Self::new).
    pub fn with_drive_damping(
        mut io: Box<dyn RobotIo>,
        robot: &RobotDescription,
        params: SafetyParams,
        tick_secs: f64,
        drive_kd: &[f64],
    ) -> Result<Self, GateError> {
        ranges::check(&params).map_err(|outside| outside.within("safety"))?;
        let dof = robot.dof();
        let capabilities = io.capabilities();
        params.safe_action.check(&capabilities)?;
        let limits = damped_limits(robot, &params, drive_kd);
        io.bound_by(&limits, &params);
        let state = RobotState::new(dof, capabilities.feet.len());
        Ok(Self {
            rows: LimitRows::new(&limits, |limit| limit.target_speed_rad_s * tick_secs),
            tick_nanos: (tick_secs * 1e9) as u64,
            stale_nanos: nanos(params.stale_secs),
            frozen_nanos: nanos(params.frozen_secs),
            overrun_nanos: nanos(params.overrun_secs),
            least_up: params.max_tilt_rad.cos() + 1e-6,
            tick: 0,
            now_nanos: 0,
            motion: Motion::Limp,
            incoming: state.clone(),
            command: JointCommand::zeros(dof),
            as_asked: false,
            received: Received::new(dof),
            fixed: Fixed::new(dof),
            outside: vec![0; dof],
            limp: vec![true; dof],
            outgoing: (JointCommand::zeros(dof), state),
            turns: Turns::new(robot),
            hold_kp: vec![0.0; dof],
            hold_kd: limits.iter().map(|limit| limit.damp_kd).collect(),
            refused: Refused::new(dof),
            needs_effort: false,
            watch: FrozenWatch::new(dof),
            joints: Joints::new(robot, &limits, &params),
            base_velocity_expected: capabilities.base_velocity.is_some(),
            base_velocity_nanos: 0,
            first_read_nanos: None,
            has_state: false,
            late: Bucket::default(),
            failed_writes: Bucket::default(),
            failed_inferences: Bucket::default(),
            operator_nanos: 0,
            counts: VerdictCounts::default(),
            last_verdict: None,
            stop: None,
            answers: Answers::default(),
            limits,
            params,
            io,
        })
    }

    /// Says where the pose of joint `j` is at rest, rad: from there the turns of a joint without limits count.
    pub fn set_rest(&mut self, j: usize, rest_rad: f64) {
        self.turns.set_rest(j, rest_rad);
    }

    /// Says whether the torque of every joint is needed: a joint without one is then refused as one without a position
    /// is.
    pub fn need_effort(&mut self, needed: bool) {
        self.needs_effort = needed;
    }

    /// What the robot can measure.
    pub fn capabilities(&self) -> Capabilities {
        self.io.capabilities()
    }

    /// Why the robot will never answer again, where it says so.
    pub fn failure(&self) -> Option<String> {
        self.io.failure()
    }

    /// The limits in force, robot order.
    pub fn limits(&self) -> &[JointLimits] {
        &self.limits
    }

    /// Largest torque of every joint, N·m, robot order.
    pub(crate) fn most_effort_nm(&self) -> &[f64] {
        self.rows.effort_nm()
    }

    /// Number of the tick that is being judged, or was last.
    pub fn tick(&self) -> u64 {
        self.tick
    }

    /// How often each check has spoken.
    pub fn counts(&self) -> &VerdictCounts {
        &self.counts
    }

    /// The newest verdict of all.
    pub fn last_verdict(&self) -> Option<Verdict> {
        self.last_verdict
    }

    /// The stop that is latched.
    pub fn stop(&self) -> Option<Stop> {
        self.stop
    }

    /// The last command that was written.
    pub fn written(&self) -> &JointCommand {
        &self.command
    }

    /// What was read last, before anything of it was judged.
    pub(crate) fn incoming(&self) -> &RobotState {
        &self.incoming
    }

    /// What the robot answered in this tick.
    pub(crate) fn answers(&self) -> &Answers {
        &self.answers
    }

    /// Whether the last command was written as it was asked for.
    pub(crate) fn wrote_as_asked(&self) -> bool {
        self.as_asked
    }

    /// Latches a stop of before, with its reason: of a loop that this one replaces. The action is this gate's
    /// own; a stop that is latched already stays.
    pub fn latch_stop(&mut self, before: Stop) {
        self.stop.get_or_insert(Stop {
            verdict: before.verdict,
            action: self.params.safe_action,
        });
    }

    /// Unlatches a stop. The caller starts the robot again from damping.
    pub fn clear_stop(&mut self) {
        self.stop = None;
        self.empty_buckets();
    }

    /// The operator asks for damping: a robot that was stopped and holds damps from now on. The stop stays.
    pub fn damp(&mut self) {
        if let Some(stop) = &mut self.stop
            && stop.action == SafeAction::Hold
        {
            stop.action = SafeAction::Damp;
        }
    }

    /// Tells which checks apply from now on; returns whether that is a change.
    pub fn set_motion(&mut self, motion: Motion) -> bool {
        let change = motion != self.motion;
        if change {
            self.motion = motion;
            self.watch.reset();
            self.operator_nanos = self.now_nanos;
        }
        change
    }

    /// Starts tick number `tick`, scheduled at `scheduled_nanos` and begun at `now_nanos`: reads the robot into
    /// `state` and judges what came. Values that cannot be trusted keep their last good value in `state`.
    pub fn read(&mut self, tick: u64, scheduled_nanos: u64, now_nanos: u64, state: &mut RobotState) {
        let passed_nanos = scheduled_nanos.saturating_sub(self.now_nanos);
        self.tick = tick;
        self.now_nanos = scheduled_nanos;
        let Self { io, incoming, .. } = self;
        // A driver's panic must not end the thread that keeps the robot safe.
        let outcome = catch_unwind(AssertUnwindSafe(|| io.read(scheduled_nanos, incoming)));
        let mut outcome = outcome.unwrap_or(Err(IoError::Panicked));
        let usable = sensors::keep_lengths(&mut self.incoming, state);
        if !usable {
            outcome = Err(IoError::WrongLength);
        }
        self.answers = Answers {
            read: outcome,
            ..Answers::default()
        };
        match outcome {
            Ok(()) if sensors::has_base_velocity(&self.incoming) => {
                self.base_velocity_nanos = scheduled_nanos;
            }
            Ok(()) => {}
            Err(error) => self.find(Check::ReadFailed, error_joint(error), 1.0, 0.0),
        }
        if usable {
            self.accept(state);
        }
        self.judge_age(now_nanos, state);
        if self.has_state {
            self.judge_motion(passed_nanos, state);
        }
    }

    fn accept(&mut self, state: &mut RobotState) {
        sensors::accept(&self.incoming, state, self.needs_effort, &mut self.refused);
        if let Some((joint, bad)) = self.refused.first() {
            self.find_not_finite(Check::NonFiniteSensor, joint, bad);
        }
        let Self {
            turns,
            received,
            motion,
            counts,
            last_verdict,
            tick,
            ..
        } = self;
        let is_free = |j: usize| *motion == Motion::Limp && received.is_limp(j);
        turns.unwrap(state, is_free, |joint, rad| {
            counts.add(Check::UnknownTurn);
            *last_verdict = Some(Verdict {
                check: Check::UnknownTurn,
                joint: Some(joint),
                value: rad,
                limit: turns::FARTHEST_TURN_RAD,
                tick: *tick,
                not_finite: None,
            });
        });
    }

    /// Whether every joint and the IMU were heard, and in time, at least once.
    pub fn has_state(&self) -> bool {
        self.has_state
    }

    /// Whether every joint is where a start can bring it to its rest pose from.
    pub fn can_stand(&self) -> bool {
        !self.joints.any_lost()
    }

    fn empty_buckets(&mut self) {
        self.late = Bucket::default();
        self.failed_writes = Bucket::default();
        self.failed_inferences = Bucket::default();
        self.joints.empty_buckets();
    }
}

fn error_joint(error: IoError) -> Option<usize> {
    match error {
        IoError::JointMissing { joint } => Some(joint),
        _ => None,
    }
}

fn secs(nanos: u64) -> f64 {
    nanos as f64 * 1e-9
}

fn nanos(secs: f64) -> u64 {
    (secs * 1e9).round() as u64
}
