//! The safety gate owns the robot: nothing else can write to it.
//!
//! It checks every reading, every command, every tick and the operator. A stop latches, keeps the
//! verdict that caused it, and turns every later command into the safe action until
//! [`SafetyGate::clear_stop`].

mod bounds;
mod judge;
mod limits;
mod sensors;
mod verdict;

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};

pub use limits::{JointLimits, SafeAction, SafetyParams, SafetyParamsError, joint_limits};
pub use verdict::{Check, Verdict, VerdictCounts};

use crate::io::{Capabilities, IoError, RobotIo};
use crate::robot::RobotDescription;
use crate::state::{JointCommand, RobotState};
use sensors::FrozenWatch;

/// A latched stop: why, and what is done.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Stop {
    /// The verdict that caused it.
    pub verdict: Verdict,
    /// What the robot does since.
    pub action: SafeAction,
}

impl Stop {
    /// A sentence for people, with the joint's name.
    pub fn reason(&self, robot: &RobotDescription) -> String {
        let Verdict {
            check,
            joint,
            value,
            limit,
            tick,
        } = self.verdict;
        let joint = joint
            .and_then(|j| robot.joints.get(j))
            .map_or(String::new(), |joint| format!(" of {}", joint.name));
        let values = check.unit().map_or(String::new(), |unit| {
            format!(", {value:.3} {unit} where {limit:.3} {unit} is allowed")
        });
        format!("{}{joint}{values}, in tick {tick}", check.name())
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
    tick_secs: f64,
    tick: u64,
    now_nanos: u64,
    motion: Motion,
    incoming: RobotState,
    command: JointCommand,
    /// Targets of the command before, from which the slew limit counts.
    previous_position: Vec<f64>,
    /// Gains of the last command that was no safe action: what holding takes.
    hold_kp: Vec<f64>,
    hold_kd: Vec<f64>,
    watch: FrozenWatch,
    fast_since_nanos: Vec<Option<u64>>,
    base_velocity_expected: bool,
    base_velocity_nanos: u64,
    write_failures: u32,
    targets_begun: bool,
    first_read_nanos: Option<u64>,
    has_state: bool,
    missed_in_a_row: u64,
    operator_nanos: u64,
    counts: VerdictCounts,
    last_verdict: Option<Verdict>,
    stop: Option<Stop>,
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

/// Failed writes in a row after which the gate stops.
const MAX_WRITE_FAILURES: u32 = 5;

impl SafetyGate {
    /// Takes the robot. `tick_secs` is the control period.
    pub fn new(
        io: Box<dyn RobotIo>,
        robot: &RobotDescription,
        params: SafetyParams,
        tick_secs: f64,
    ) -> Result<Self, SafetyParamsError> {
        params.validate()?;
        let dof = robot.dof();
        let capabilities = io.capabilities();
        let limits = joint_limits(robot, &params);
        let mut gate = Self {
            params,
            tick_secs,
            tick: 0,
            now_nanos: 0,
            motion: Motion::Limp,
            incoming: RobotState::new(dof, capabilities.feet.len()),
            command: JointCommand::zeros(dof),
            previous_position: vec![0.0; dof],
            hold_kp: vec![0.0; dof],
            hold_kd: limits.iter().map(|limit| limit.damp_kd).collect(),
            limits,
            base_velocity_expected: capabilities.base_velocity.is_some(),
            base_velocity_nanos: 0,
            watch: FrozenWatch::new(dof),
            fast_since_nanos: vec![None; dof],
            write_failures: 0,
            targets_begun: false,
            first_read_nanos: None,
            has_state: false,
            missed_in_a_row: 0,
            operator_nanos: 0,
            counts: VerdictCounts::default(),
            last_verdict: None,
            stop: None,
            io,
        };
        gate.begin_at(&vec![0.0; dof]);
        Ok(gate)
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

    /// Unlatches a stop. The caller starts the robot again from damping.
    pub fn clear_stop(&mut self) {
        self.stop = None;
        self.write_failures = 0;
    }

    /// Tells which checks apply from now on; returns whether that is a change.
    pub fn set_motion(&mut self, motion: Motion) -> bool {
        let change = motion != self.motion;
        if change {
            self.motion = motion;
            self.watch.reset(&self.command.position);
            self.operator_nanos = self.now_nanos;
        }
        change
    }

    /// Starts tick number `tick`, scheduled at `now_nanos`: reads the robot into `state` and judges
    /// what came. Values that cannot be trusted keep their last good value in `state`.
    pub fn read(&mut self, tick: u64, now_nanos: u64, state: &mut RobotState) {
        self.tick = tick;
        self.now_nanos = now_nanos;
        let Self { io, incoming, .. } = self;
        // A driver's panic must not end the thread that keeps the robot safe.
        let outcome = catch_unwind(AssertUnwindSafe(|| io.read(now_nanos, incoming)));
        match outcome.unwrap_or(Err(IoError::Panicked)) {
            Ok(()) if sensors::has_base_velocity(&self.incoming) => {
                self.base_velocity_nanos = now_nanos;
            }
            Ok(()) => {}
            Err(error) => self.find(Check::ReadFailed, error_joint(error), 1.0, 0.0),
        }
        if !sensors::accept(&self.incoming, state) {
            self.find(Check::NonFiniteSensor, None, f64::NAN, 0.0);
        }
        if !self.targets_begun {
            self.targets_begun = true;
            self.begin_at(&state.position);
        }
        self.has_state = self.has_state || sensors::all_heard(state);
        let waited = now_nanos - *self.first_read_nanos.get_or_insert(now_nanos);
        if self.has_state || secs(waited) > self.params.first_reading_secs {
            self.judge_age(state);
        }
        self.judge_motion(state);
    }

    /// Whether every joint and the IMU were heard at least once.
    pub fn has_state(&self) -> bool {
        self.has_state
    }

    /// Writes `wanted` as far as it is safe at `state`, or the safe action after a stop.
    pub fn write(&mut self, wanted: &JointCommand, state: &RobotState) {
        self.targets_begun = true;
        let max_move_rad = self.params.max_target_speed_rad_s * self.tick_secs;
        let previous = &self.command.position;
        if self.stop.is_none() && bounds::is_within(wanted, previous, max_move_rad, &self.limits, state) {
            self.command.copy_from(wanted);
            self.hold_kp.copy_from_slice(&wanted.kp);
            self.hold_kd.copy_from_slice(&wanted.kd);
        } else {
            self.make_safe(wanted, max_move_rad, state);
        }
        self.send(state);
    }

    /// Makes the command from `wanted`, brought within the limits, or from the safe action.
    fn make_safe(&mut self, wanted: &JointCommand, max_move_rad: f64, state: &RobotState) {
        if let Some((joint, value)) = bounds::non_finite(wanted) {
            self.stop_for(Check::NonFiniteCommand, Some(joint), value, 0.0);
        }
        let Self {
            command,
            limits,
            previous_position,
            hold_kp,
            hold_kd,
            counts,
            last_verdict,
            ..
        } = self;
        previous_position.copy_from_slice(&command.position);
        match self.stop.map(|stop| stop.action) {
            None => {
                command.copy_from(wanted);
                hold_kp.copy_from_slice(&wanted.kp);
                hold_kd.copy_from_slice(&wanted.kd);
            }
            Some(SafeAction::Hold) => hold(command, hold_kp, hold_kd),
            Some(SafeAction::Damp | SafeAction::Own) => damp(command, limits, &state.position),
        }
        let tick = self.tick;
        bounds::enforce(
            command,
            previous_position,
            max_move_rad,
            limits,
            state,
            |check, joint, value, limit| {
                counts.add(check);
                *last_verdict = Some(Verdict {
                    check,
                    joint: Some(joint),
                    value,
                    limit,
                    tick,
                });
            },
        );
    }

    fn send(&mut self, state: &RobotState) {
        let own = matches!(self.stop, Some(stop) if stop.action == SafeAction::Own);
        let Self { io, command, .. } = self;
        let written = catch_unwind(AssertUnwindSafe(|| match own {
            true => io.own_stop().or_else(|_| io.write(command, state)),
            false => io.write(command, state),
        }));
        match written.unwrap_or(Err(IoError::Panicked)) {
            Ok(()) => self.write_failures = 0,
            Err(error) => {
                self.write_failures += 1;
                self.find(
                    Check::WriteFailed,
                    error_joint(error),
                    f64::from(self.write_failures),
                    f64::from(MAX_WRITE_FAILURES),
                );
                if self.write_failures >= MAX_WRITE_FAILURES {
                    self.latch();
                }
            }
        }
    }

    /// Targets start where the robot is, so that the first command is no jump.
    fn begin_at(&mut self, position: &[f64]) {
        for ((target, &q), limit) in self.command.position.iter_mut().zip(position).zip(&self.limits) {
            *target = q.clamp(limit.lower_rad, limit.upper_rad);
        }
        self.watch.reset(&self.command.position);
    }

    fn find(&mut self, check: Check, joint: Option<usize>, value: f64, limit: f64) {
        self.counts.add(check);
        self.last_verdict = Some(Verdict {
            check,
            joint,
            value,
            limit,
            tick: self.tick,
        });
    }

    fn stop_for(&mut self, check: Check, joint: Option<usize>, value: f64, limit: f64) {
        self.find(check, joint, value, limit);
        self.latch();
    }

    /// Stops for the newest verdict; the first stop keeps its reason.
    fn latch(&mut self) {
        if let (None, Some(verdict)) = (self.stop, self.last_verdict) {
            self.stop = Some(Stop {
                verdict,
                action: self.params.safe_action,
            });
        }
    }
}

/// The targets of the last command stay, with the gains that it asked for: the torque bound, which
/// scales gains for one tick, must not wear them down.
fn hold(command: &mut JointCommand, kp: &[f64], kd: &[f64]) {
    command.velocity.fill(0.0);
    command.effort.fill(0.0);
    command.kp.copy_from_slice(kp);
    command.kd.copy_from_slice(kd);
}

/// No stiffness, and a target that follows the joint.
fn damp(command: &mut JointCommand, limits: &[JointLimits], position: &[f64]) {
    command.position.copy_from_slice(position);
    command.velocity.fill(0.0);
    command.effort.fill(0.0);
    command.kp.fill(0.0);
    for (kd, limit) in command.kd.iter_mut().zip(limits) {
        *kd = limit.damp_kd;
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
