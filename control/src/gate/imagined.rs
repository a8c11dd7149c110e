//! The command checks without a robot: what the gate would have made of commands that nobody gave.

use super::bounds::{self, Bounds, LimitRows};
use super::fixed::Fixed;
use super::limits::{JointLimits, SafetyParams, damped_limits};
use super::received::Received;
use super::{Check, VerdictCounts};
use crate::robot::RobotDescription;
use crate::state::{JointCommand, RobotState};

/// A gate that writes to nobody: it brings commands within their bounds as [`SafetyGate`](super::SafetyGate) does, from
/// what it has let through before, and counts what it had to say.
#[derive(Debug)]
pub(crate) struct ImaginedGate {
    limits: Vec<JointLimits>,
    rows: LimitRows,
    received: Received,
    fixed: Fixed,
    outside: Vec<u64>,
    limp: Vec<bool>,
    command: JointCommand,
    counts: VerdictCounts,
}

impl ImaginedGate {
    /// For joints that damp by themselves with `drive_kd`.
    pub(crate) fn new(robot: &RobotDescription, params: &SafetyParams, tick_secs: f64, drive_kd: &[f64]) -> Self {
        let limits = damped_limits(robot, params, drive_kd);
        let dof = robot.dof();
        Self {
            rows: LimitRows::new(&limits, |limit| limit.target_speed_rad_s * tick_secs),
            received: Received::new(dof),
            fixed: Fixed::new(dof),
            outside: vec![0; dof],
            limp: vec![false; dof],
            command: JointCommand::zeros(dof),
            counts: VerdictCounts::default(),
            limits,
        }
    }

    /// Takes up where another gate is: its drives have received `written`.
    pub(crate) fn follow(&mut self, written: &JointCommand) {
        self.limp.fill(false);
        self.received.arrived(written, &self.limp, true);
    }

    /// Judges `wanted` in the `state` of one tick; gives what it would have written, and counts. `None` for a command that
    /// is not finite, for which it would have stopped.
    pub(crate) fn judge(&mut self, wanted: &JointCommand, state: &RobotState) -> Option<&JointCommand> {
        self.fixed.take(wanted, None, &self.rows);
        let bounds = Bounds {
            limits: &self.limits,
            rows: &self.rows,
            received: &self.received,
            state,
            stays_outside: false,
        };
        let within = bounds::is_within(wanted, &self.fixed, &bounds, &mut self.outside);
        if !within && bounds::non_finite(wanted, &self.outside).is_some() {
            self.counts.add(Check::NonFiniteCommand);
            return None;
        }
        self.command.copy_from(wanted);
        let counts = &mut self.counts;
        bounds::enforce(
            &mut self.command,
            &bounds,
            &self.outside,
            &mut self.limp,
            &mut |check, _, _, _| counts.add(check),
        );
        self.received.arrived(&self.command, &self.limp, true);
        Some(&self.command)
    }

    /// How often each check would have spoken.
    pub(crate) fn counts(&self) -> &VerdictCounts {
        &self.counts
    }
}
