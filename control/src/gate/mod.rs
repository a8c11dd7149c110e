//! The safety gate owns the robot: nothing else can write to it.
//!
//! It checks every reading, every command, every tick and the operator. A stop latches, keeps the
//! verdict that caused it, and turns every later command into the safe action until
//! [`SafetyGate::clear_stop`].

mod bounds;
mod limits;
mod sensors;
mod verdict;

use std::fmt;

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
        format!("{}{joint}: {value:.4}, limit {limit:.4}, at tick {tick}", check.name())
    }
}

/// Whether the policy moves the robot: some checks only make sense then.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Motion {
    /// Limp, damping or standing up: sensors may rightly stand still, and no operator is needed.
    Starting,
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
            motion: Motion::Starting,
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
            self.watch.reset(self.now_nanos, &self.command.position);
            self.operator_nanos = self.now_nanos;
        }
        change
    }

    /// Starts tick number `tick`, scheduled at `now_nanos`: reads the robot into `state` and judges
    /// what came. Values that cannot be trusted keep their last good value in `state`.
    pub fn read(&mut self, tick: u64, now_nanos: u64, state: &mut RobotState) {
        self.tick = tick;
        self.now_nanos = now_nanos;
        match self.io.read(now_nanos, &mut self.incoming) {
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
        self.judge_age(state);
        self.judge_motion(state);
    }

    /// Judges that the last tick ended `missed` deadlines late.
    pub fn judge_overrun(&mut self, missed: u64) {
        if missed == 0 {
            return;
        }
        let late_secs = missed as f64 * self.tick_secs;
        self.find(Check::Overrun, None, late_secs, self.params.overrun_secs);
        if late_secs >= self.params.overrun_secs {
            self.latch();
        }
    }

    /// Judges a policy step that gave no action in time, the `in_a_row`-th one, which took
    /// `took_secs` of the `budget_secs` it had. `failed` tells an error from lateness.
    pub fn judge_inference(&mut self, failed: bool, in_a_row: u32, took_secs: f64, budget_secs: f64) {
        let check = if failed {
            Check::FailedInference
        } else {
            Check::LateInference
        };
        self.find(check, None, took_secs, budget_secs);
        if in_a_row > self.params.late_hold_steps + self.params.late_decay_steps {
            self.latch();
        }
    }

    /// Records that the operator was heard, with `valid` telling whether the command was usable.
    pub fn judge_operator_command(&mut self, valid: bool) {
        if valid {
            self.operator_nanos = self.now_nanos;
        } else {
            self.find(Check::BadOperatorCommand, None, f64::NAN, 0.0);
        }
    }

    /// Judges how long the operator has been silent.
    pub fn judge_deadman(&mut self) {
        let silent = secs(self.now_nanos.saturating_sub(self.operator_nanos));
        let limit = self.params.deadman_secs;
        if limit > 0.0 && self.motion == Motion::Running && silent > limit {
            self.stop_for(Check::Deadman, None, silent, limit);
        }
    }

    /// Stops because somebody asked for it.
    pub fn operator_stop(&mut self) {
        self.stop_for(Check::OperatorStop, None, 1.0, 0.0);
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
        self.send();
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

    fn send(&mut self) {
        let own = matches!(self.stop, Some(stop) if stop.action == SafeAction::Own);
        let written = match own {
            true => self.io.own_stop().or_else(|_| self.io.write(&self.command)),
            false => self.io.write(&self.command),
        };
        match written {
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
        self.watch.reset(self.now_nanos, &self.command.position);
    }

    fn judge_age(&mut self, state: &RobotState) {
        let limit = self.params.stale_secs;
        let age = |stamp: u64| secs(self.now_nanos.saturating_sub(stamp));
        let stamps = &state.joint_stamp_nanos;
        let joint = stamps.iter().min().map_or(0.0, |&oldest| age(oldest));
        let imu = age(state.imu.stamp_nanos);
        if joint > limit {
            let oldest = (0..stamps.len()).min_by_key(|&j| stamps[j]);
            self.stop_for(Check::StaleJoint, oldest, joint, limit);
        }
        if imu > limit {
            self.stop_for(Check::StaleImu, None, imu, limit);
        }
    }

    fn judge_motion(&mut self, state: &RobotState) {
        for (j, limit) in self.limits.iter().enumerate() {
            let speed = state.velocity[j].abs();
            if speed <= limit.speed_rad_s {
                self.fast_since_nanos[j] = None;
                continue;
            }
            let since = *self.fast_since_nanos[j].get_or_insert(self.now_nanos);
            let lasted = secs(self.now_nanos.saturating_sub(since)) >= self.params.joint_speed_secs;
            let verdict = Verdict {
                check: Check::JointSpeed,
                joint: Some(j),
                value: speed,
                limit: limit.speed_rad_s,
                tick: self.tick,
            };
            self.counts.add(verdict.check);
            self.last_verdict = Some(verdict);
            if lasted && self.stop.is_none() {
                self.stop = Some(Stop {
                    verdict,
                    action: self.params.safe_action,
                });
            }
        }
        let hot = self.params.max_temperature_celsius;
        if let Some(j) = state.temperature_celsius.iter().position(|&t| t > hot) {
            self.stop_for(Check::Temperature, Some(j), state.temperature_celsius[j], hot);
        }
        if self.motion == Motion::Starting {
            return;
        }
        let tilt = state.imu.tilt_rad();
        if tilt > self.params.max_tilt_rad {
            self.stop_for(Check::Tilt, None, tilt, self.params.max_tilt_rad);
        }
        let silent = secs(self.now_nanos.saturating_sub(self.base_velocity_nanos));
        if self.base_velocity_expected && silent > self.params.stale_secs {
            self.stop_for(Check::StaleBaseVelocity, None, silent, self.params.stale_secs);
        }
        let frozen_nanos = nanos(self.params.frozen_secs);
        if frozen_nanos == 0 {
            return;
        }
        let travel_limit = self.params.frozen_travel_rad;
        let frozen = self.watch.frozen_joint(
            self.now_nanos,
            state,
            &self.command.position,
            frozen_nanos,
            travel_limit,
        );
        if let Some((joint, travel)) = frozen {
            self.stop_for(Check::FrozenJoint, Some(joint), travel, travel_limit);
        }
        let same = self.watch.imu_same_for(self.now_nanos, &state.imu);
        if same >= frozen_nanos {
            self.stop_for(Check::FrozenImu, None, secs(same), self.params.frozen_secs);
        }
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

fn nanos(secs: f64) -> u64 {
    (secs * 1e9) as u64
}
