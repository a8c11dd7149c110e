//! A checker between the gate and the robot, written from the robot description alone: it shares
//! no code with the gate. It counts from what the drives received, joint by joint.

use std::f64::consts::TAU;

use std::sync::{Arc, Mutex, MutexGuard};

use sinew_control::gate::{SafeAction, SafetyParams};
use sinew_control::io::{Capabilities, IoError, RobotIo};
use sinew_control::robot::RobotDescription;
use sinew_control::state::{JointCommand, RobotState};

/// What the checker knows and has seen.
#[derive(Debug)]
pub(crate) struct Checker {
    robot: RobotDescription,
    params: SafetyParams,
    tick_secs: f64,
    /// What each joint damps by itself, N·m·s/rad; set by a test whose joints do.
    pub(crate) drive_kd: Vec<f64>,
    /// Last reading of each joint whose position and velocity were finite: rad, rad/s.
    trusted: Vec<(f64, f64)>,
    /// Set by a test when a stop is latched: from then on only the safe action may be written.
    pub(crate) must_be_safe: bool,
    /// What that is.
    pub(crate) safe_action: SafeAction,
    /// The last command that was written.
    pub(crate) last: JointCommand,
    /// What each drive may follow, or be.
    follows: Vec<Vec<Follows>>,
    /// Set by a test that cannot know whether the next tick stops.
    pub(crate) may_stop_itself: bool,
    /// Set by a test whose policy observes torques.
    pub(crate) needs_effort: bool,
    /// Set by a test that asks for any stiffness: so little that scaling it gives none.
    pub(crate) wild_gains: bool,
    /// The fastest target that a drive has received, as a share of its limit.
    pub(crate) fastest_share: f64,
    /// Commands seen.
    pub(crate) writes: u64,
    /// Calls of the robot's own stop.
    pub(crate) own_stops: u64,
}

/// What a drive may follow: targets in rad.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Follows {
    /// One that was written with some stiffness.
    Target(f64),
    /// One of which the torque limit left nothing: the drive may as well be limp.
    Nothing(f64),
    /// None: the drive is wherever its joint is.
    Limp,
}

impl Follows {
    /// Where the drive begins its next move, with its joint at `q`, rad.
    fn rad(self, q: f64) -> f64 {
        match self {
            Follows::Target(rad) | Follows::Nothing(rad) => rad,
            Follows::Limp => q,
        }
    }
}

/// Of a drive that has received nothing; with room for what a tick must not allocate.
fn limp_at_first() -> Vec<Follows> {
    let mut follows = Vec::with_capacity(16);
    follows.push(Follows::Limp);
    follows
}

/// A robot with a checker in front of it.
pub(crate) struct CheckedIo<R> {
    inner: R,
    checker: Arc<Mutex<Checker>>,
}

impl<R: RobotIo> CheckedIo<R> {
    pub(crate) fn new(
        inner: R,
        robot: &RobotDescription,
        params: &SafetyParams,
        tick_secs: f64,
    ) -> (Self, Arc<Mutex<Checker>>) {
        let checker = Arc::new(Mutex::new(Checker {
            robot: robot.clone(),
            params: params.clone(),
            tick_secs,
            drive_kd: vec![0.0; robot.dof()],
            trusted: vec![(0.0, 0.0); robot.dof()],
            must_be_safe: false,
            safe_action: params.safe_action,
            last: JointCommand::zeros(robot.dof()),
            follows: (0..robot.dof()).map(|_| limp_at_first()).collect(),
            may_stop_itself: false,
            needs_effort: false,
            wild_gains: false,
            fastest_share: 0.0,
            writes: 0,
            own_stops: 0,
        }));
        let io = Self {
            inner,
            checker: checker.clone(),
        };
        (io, checker)
    }

    fn checker(&self) -> MutexGuard<'_, Checker> {
        self.checker.lock().unwrap()
    }
}

impl<R: RobotIo> RobotIo for CheckedIo<R> {
    fn read(&mut self, now_nanos: u64, state: &mut RobotState) -> Result<(), IoError> {
        let outcome = self.inner.read(now_nanos, state);
        let mut checker = self.checker();
        let dof = checker.robot.dof();
        let joints = [&state.position, &state.velocity, &state.effort];
        let whole = joints.iter().all(|vector| vector.len() == dof)
            && state.joint_stamp_nanos.len() == dof
            && state.foot_contact.len() == self.inner.capabilities().feet.len()
            && [0, dof].contains(&state.temperature_celsius.len());
        if whole {
            let needs_effort = checker.needs_effort;
            for (j, trusted) in checker.trusted.iter_mut().enumerate() {
                let (q, qd) = (state.position[j], state.velocity[j]);
                if q.is_finite() && qd.is_finite() && (!needs_effort || state.effort[j].is_finite()) {
                    *trusted = (q, qd);
                }
            }
        }
        drop(checker);
        outcome
    }

    fn write(&mut self, command: &JointCommand, accepted: &RobotState) -> Result<(), IoError> {
        self.checker().check(command, accepted);
        // A driver that panics may have sent it before.
        self.checker().sent(command, false);
        let outcome = self.inner.write(command, accepted);
        if outcome.is_ok() {
            self.checker().sent(command, true);
        }
        outcome
    }

    fn capabilities(&self) -> Capabilities {
        self.inner.capabilities()
    }

    fn own_stop(&mut self) -> Result<(), IoError> {
        {
            let mut checker = self.checker();
            assert!(
                (checker.must_be_safe || checker.may_stop_itself) && checker.safe_action == SafeAction::Own,
                "the robot's own stop was called without a reason"
            );
            checker.own_stops += 1;
        }
        let outcome = self.inner.own_stop();
        if outcome.is_ok() {
            // The robot moves as it likes now: the next command starts anew.
            for follows in &mut self.checker().follows {
                follows.clear();
                follows.push(Follows::Limp);
            }
        }
        outcome
    }
}

impl Checker {
    fn check(&mut self, command: &JointCommand, accepted: &RobotState) {
        for j in 0..self.robot.dof() {
            if self.is_endless(j) {
                // Which readings tell its turns is the gate's business; what it trusts is what counts.
                self.trusted[j] = (accepted.position[j], accepted.velocity[j]);
            }
            let (q, qd) = (accepted.position[j], accepted.velocity[j]);
            assert_eq!((q, qd), self.trusted[j], "what was measured of joint {j} was changed");
            self.check_bounds(j, command);
            self.check_torque(j, command);
            self.check_slew(j, command);
            if self.must_be_safe {
                self.check_safe(j, command);
            }
        }
        self.last.copy_from(command);
        self.writes += 1;
    }

    /// What the drives may follow from now on: a command that was lost may have come through to some.
    fn sent(&mut self, command: &JointCommand, arrived: bool) {
        for (j, follows) in self.follows.iter_mut().enumerate() {
            // The torque limit has left nothing of a command, whatever it was.
            let unclear = command.kp[j] == 0.0 && (command.kd[j] == 0.0 || self.wild_gains);
            if arrived {
                follows.clear();
            }
            follows.push(match command.position[j] {
                target if unclear => Follows::Nothing(target),
                target if command.kp[j] > 0.0 => Follows::Target(target),
                _ => Follows::Limp,
            });
        }
    }

    fn is_endless(&self, j: usize) -> bool {
        self.robot.joints[j].upper_rad.is_infinite()
    }

    /// How far two positions are apart; turns of a joint without limits do not count.
    fn distance(&self, j: usize, a: f64, b: f64) -> f64 {
        let turns = if self.is_endless(j) {
            ((a - b) / TAU).round()
        } else {
            0.0
        };
        (a - b - TAU * turns).abs()
    }

    /// Torque that may be used, N·m. A description without one is taken for 1 kN·m.
    fn effort_nm(&self, j: usize) -> f64 {
        self.robot.joints[j].effort_nm.min(1000.0) * self.params.torque_share
    }

    fn check_bounds(&self, j: usize, command: &JointCommand) {
        let joint = &self.robot.joints[j];
        let numbers = [
            command.position[j],
            command.velocity[j],
            command.effort[j],
            command.kp[j],
            command.kd[j],
        ];
        assert!(
            numbers.iter().all(|v| v.is_finite()),
            "{} got a number that is not finite: {numbers:?}",
            joint.name
        );
        let [position, velocity, effort, kp, kd] = numbers;
        let margin = (self.params.position_margin_rad).min(0.5 * (joint.upper_rad - joint.lower_rad)) - 1e-12;
        // A joint that is outside, or a drive that was sent there before, comes back from where it is.
        let from = self.follows[j]
            .iter()
            .map(|follows| follows.rad(self.trusted[j].0))
            .chain([self.trusted[j].0]);
        let (low, high) = from.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), v| {
            (low.min(v), high.max(v))
        });
        let (lower, upper) = (joint.lower_rad + margin, joint.upper_rad - margin);
        assert!(
            position >= lower.min(low) && position <= upper.max(high),
            "{} was sent to {position} rad, at {} rad, from {:?}",
            joint.name,
            self.trusted[j].0,
            self.follows[j]
        );
        let fastest = joint.velocity_rad_s.min(self.params.max_joint_speed_rad_s);
        assert!(velocity.abs() <= fastest, "{} was sent at {velocity} rad/s", joint.name);
        let limit = self.effort_nm(j);
        assert!(effort.abs() <= limit, "{}: {effort} N·m", joint.name);
        // Full torque no nearer than 0.01 rad and 0.1 rad/s.
        let slack = 1.0 + 1e-9;
        assert!((0.0..=100.0 * limit * slack).contains(&kp), "{}: kp {kp}", joint.name);
        assert!((0.0..=10.0 * limit * slack).contains(&kd), "{}: kd {kd}", joint.name);
    }

    fn check_torque(&self, j: usize, command: &JointCommand) {
        let (q, qd) = self.trusted[j];
        // A gain of zero is a term that is not there, however large the error.
        let term = |gain: f64, error: f64| if gain == 0.0 { 0.0 } else { gain * error };
        let torque = term(command.kp[j], command.position[j] - q)
            + term(command.kd[j], command.velocity[j] - qd)
            + command.effort[j];
        // Far from zero, doubles are coarse: turns are added to these and taken away again.
        let coarse = if self.is_endless(j) {
            command.kp[j] * 4.0 * f64::EPSILON * q.abs()
        } else {
            0.0
        };
        assert!(
            torque.abs() <= self.effort_nm(j) * (1.0 + 1e-9) + coarse,
            "{} would give {torque} N·m at {q} rad, {qd} rad/s: {command:?}",
            self.robot.joints[j].name
        );
        // What the joint adds by itself is a part of what its motor gives. A torque with it has what it leaves.
        let damping = -self.drive_kd[j] * qd;
        let all = torque.abs() + damping.abs();
        assert!(
            torque * damping <= 0.0
                || torque.abs() <= coarse + 1e-9
                || all <= self.effort_nm(j) * (1.0 + 1e-9) + coarse,
            "{} would give {torque} N·m besides the {damping} N·m of its own damping",
            self.robot.joints[j].name
        );
    }

    /// However many of the last writes have come through, the drive's target moves no faster than allowed. A
    /// drive that was limp begins where its joint is.
    fn check_slew(&mut self, j: usize, command: &JointCommand) {
        if command.kp[j] == 0.0 {
            return;
        }
        let joint = &self.robot.joints[j];
        let speed = (self.params.max_target_speed_rad_s)
            .min(self.params.max_joint_speed_rad_s)
            .min(joint.velocity_rad_s);
        let limit = speed * self.tick_secs;
        let now = command.position[j];
        let q = self.trusted[j].0;
        // Nobody knows whether a drive follows a command that left nothing, or is limp by it.
        let follows = &self.follows[j];
        let is_open = |f: &Follows| matches!(f, Follows::Nothing(_));
        let open = follows.iter().filter(|f| is_open(f)).count().min(16);
        // Far from zero, doubles are coarse.
        let slack = |from: f64| limit * 1e-9 + 8.0 * f64::EPSILON * from.abs().max(now.abs());
        let share = |from: f64| self.distance(j, now, from) / (limit + slack(from));
        let shares = (0..1_u32 << open).map(|choice| {
            let mut bit = 0;
            let mut most: Option<f64> = None;
            for one in follows {
                let counts = !is_open(one) || choice >> bit & 1 == 0;
                bit += u32::from(is_open(one));
                if counts {
                    most = Some(share(one.rad(q)).max(most.unwrap_or(0.0)));
                }
            }
            most.unwrap_or_else(|| share(q))
        });
        let share = shares.fold(f64::INFINITY, f64::min);
        assert!(
            share <= 1.0,
            "{} was moved to {now} rad in one tick, at {q} rad, from {:?}",
            joint.name,
            self.follows[j]
        );
        self.fastest_share = self.fastest_share.max(share);
    }

    fn check_safe(&self, j: usize, command: &JointCommand) {
        let joint = &self.robot.joints[j];
        let name = &joint.name;
        assert!(
            command.velocity[j] == 0.0 && command.effort[j] == 0.0,
            "{name} was driven after a stop: {command:?}"
        );
        if self.safe_action == SafeAction::Hold {
            let moved = self.distance(j, command.position[j], self.last.position[j]);
            let coarse = command.position[j].abs().max(self.last.position[j].abs());
            let coarse = if self.is_endless(j) {
                8.0 * f64::EPSILON * coarse
            } else {
                0.0
            };
            assert!(
                command.kp[j] == 0.0 || self.last.kp[j] == 0.0 || moved <= coarse,
                "{name} was moved by {moved} rad after a stop"
            );
            return;
        }
        assert!(command.kp[j] == 0.0, "{name} is stiff after a stop");
        let own = joint.damping.filter(|kd| *kd > 0.0);
        let kd = match self.params.damp_kd {
            0.0 => own.unwrap_or(0.02 * self.effort_nm(j)),
            kd => kd,
        };
        if self.drive_kd[j] > 0.0 {
            assert!(command.kd[j] == 0.0, "{name} damps by itself, and by a command too");
            return;
        }
        let kd = kd.min(10.0 * self.effort_nm(j));
        let speed = self.trusted[j].1.abs();
        // As much damping as asked for, or as the motor has torque for at this speed.
        let expected = kd.min(self.effort_nm(j) / speed);
        assert!(
            (command.kd[j] - expected).abs() <= 1e-6 * expected + 1e-300,
            "{name} damps with {} instead of {expected}",
            command.kd[j]
        );
    }
}
