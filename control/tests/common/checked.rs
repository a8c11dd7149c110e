//! A checker between the gate and the robot, written from the robot description alone: it shares
//! no code with the gate.

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
    /// Last reading of each joint in which everything was finite: rad, rad/s.
    trusted: Vec<(f64, f64)>,
    /// Set by a test when a stop is latched: from then on only the safe action may be written.
    pub(crate) must_be_safe: bool,
    /// The last command that was written.
    pub(crate) last: JointCommand,
    /// Whether `last` is what the drives still follow.
    last_counts: bool,
    /// Commands seen.
    pub(crate) writes: u64,
    /// Calls of the robot's own stop.
    pub(crate) own_stops: u64,
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
            trusted: vec![(0.0, 0.0); robot.dof()],
            must_be_safe: false,
            last: JointCommand::zeros(robot.dof()),
            last_counts: false,
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
        for (j, trusted) in self.checker().trusted.iter_mut().enumerate() {
            let (q, qd) = (state.position[j], state.velocity[j]);
            if q.is_finite() && qd.is_finite() && state.effort[j].is_finite() {
                *trusted = (q, qd);
            }
        }
        outcome
    }

    fn write(&mut self, command: &JointCommand, accepted: &RobotState) -> Result<(), IoError> {
        self.checker().check(command);
        self.inner.write(command, accepted)
    }

    fn capabilities(&self) -> Capabilities {
        self.inner.capabilities()
    }

    fn own_stop(&mut self) -> Result<(), IoError> {
        let outcome = self.inner.own_stop();
        let mut checker = self.checker();
        assert!(
            checker.must_be_safe && checker.params.safe_action == SafeAction::Own,
            "the robot's own stop was called without a reason"
        );
        checker.own_stops += 1;
        // The robot moves as it likes now: the next command starts anew.
        checker.last_counts &= outcome.is_err();
        outcome
    }
}

impl Checker {
    fn check(&mut self, command: &JointCommand) {
        for j in 0..self.robot.dof() {
            self.check_bounds(j, command);
            self.check_torque(j, command);
            if self.last_counts {
                self.check_slew(j, command);
            }
            if self.must_be_safe {
                self.check_safe(j, command);
            }
        }
        self.last.copy_from(command);
        self.last_counts = true;
        self.writes += 1;
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
        assert!(
            position >= joint.lower_rad + margin && position <= joint.upper_rad - margin,
            "{} was sent to {position} rad",
            joint.name
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
        assert!(
            torque.abs() <= self.effort_nm(j) * (1.0 + 1e-9),
            "{} would give {torque} N·m at {q} rad, {qd} rad/s: {command:?}",
            self.robot.joints[j].name
        );
    }

    fn check_slew(&self, j: usize, command: &JointCommand) {
        let (before, now) = (self.last.position[j], command.position[j]);
        let limit = self.params.max_target_speed_rad_s * self.tick_secs;
        // Far from zero, doubles are coarse.
        let slack = limit * 1e-9 + 4.0 * f64::EPSILON * before.abs().max(now.abs());
        assert!(
            (now - before).abs() <= limit + slack,
            "{} was moved from {before} to {now} rad in one tick",
            self.robot.joints[j].name
        );
    }

    fn check_safe(&self, j: usize, command: &JointCommand) {
        let joint = &self.robot.joints[j];
        let name = &joint.name;
        assert!(
            command.velocity[j] == 0.0 && command.effort[j] == 0.0,
            "{name} was driven after a stop: {command:?}"
        );
        if self.params.safe_action == SafeAction::Hold {
            assert!(
                !self.last_counts || command.position[j] == self.last.position[j],
                "{name} was moved after a stop"
            );
            return;
        }
        assert!(command.kp[j] == 0.0, "{name} is stiff after a stop");
        let own = joint.damping.filter(|kd| *kd > 0.0);
        let kd = match self.params.damp_kd {
            0.0 => own.unwrap_or(0.02 * self.effort_nm(j)),
            kd => kd,
        };
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
