//! What leaves for the drives: the command within its bounds, or the safe action.

use std::panic::{AssertUnwindSafe, catch_unwind};

use super::bounds::{self, Bounds};
use super::{Check, JointLimits, Motion, SafeAction, SafetyGate, Verdict, error_joint};
use crate::io::IoError;
use crate::state::{JointCommand, RobotState};

/// Failed writes in a row after which the gate stops.
const MAX_WRITE_FAILURES: u64 = 5;

impl SafetyGate {
    /// Writes `wanted` as far as it is safe at `state`, or the safe action after a stop.
    pub fn write(&mut self, wanted: &JointCommand, state: &RobotState) {
        self.write_numbered(wanted, None, state);
    }

    /// The same for a command of which everything but its positions has a `number`: with one that had the same
    /// number it was judged already.
    pub(crate) fn write_numbered(&mut self, wanted: &JointCommand, number: Option<u64>, state: &RobotState) {
        self.received.follow(&state.position);
        let bounds = Bounds {
            limits: &self.limits,
            rows: &self.rows,
            received: &self.received,
            state,
            stays_outside: false,
        };
        let changed = self.fixed.take(wanted, number, &self.rows);
        let within = bounds::is_within(wanted, &self.fixed, &bounds, &mut self.outside);
        let as_asked = self.stop.is_none() && within && self.has_state;
        let mut any_limp = self.fixed.any_limp();
        let had_as_asked = std::mem::replace(&mut self.as_asked, as_asked);
        if as_asked {
            if had_as_asked && !changed {
                self.command.position.copy_from_slice(&wanted.position);
            } else {
                self.command.copy_from(wanted);
            }
            if any_limp || self.received.any_limp() {
                let kp = self.limp.iter_mut().zip(&wanted.kp);
                kp.for_each(|(limp, &kp)| *limp = kp == 0.0);
            }
        } else {
            self.make_safe(wanted, had_as_asked, state);
            any_limp = self.limp.iter().any(|&limp| limp);
        }
        self.send(any_limp, state);
    }

    /// Makes the command from `wanted`, brought within the limits, or from the safe action. `had_as_asked` tells
    /// whether the command before was written as it was asked for.
    fn make_safe(&mut self, wanted: &JointCommand, had_as_asked: bool, state: &RobotState) {
        if let Some((joint, bad)) = bounds::non_finite(wanted, &self.outside) {
            self.find_not_finite(Check::NonFiniteCommand, Some(joint), bad);
            self.latch();
        }
        let Self {
            command,
            limits,
            rows,
            received,
            outside,
            limp,
            hold_kp,
            hold_kd,
            counts,
            last_verdict,
            motion,
            stop,
            has_state,
            tick,
            ..
        } = self;
        if had_as_asked && stop.is_some() {
            hold_kp.copy_from_slice(&command.kp);
            hold_kd.copy_from_slice(&command.kd);
        }
        match stop.map(|stop| stop.action) {
            // Nobody knows where the joints are.
            None if !*has_state => damp(command, limits, &state.position),
            None => {
                command.copy_from(wanted);
                hold_kp.copy_from_slice(&wanted.kp);
                hold_kd.copy_from_slice(&wanted.kd);
            }
            Some(SafeAction::Hold) => {
                hold(command, hold_kp, hold_kd);
                // What may have been limp when the stop came is not made stiff by it.
                for (j, limit) in limits.iter().enumerate().filter(|(j, _)| received.may_be_limp(*j)) {
                    (command.kp[j], command.kd[j]) = (0.0, limit.damp_kd);
                }
            }
            Some(SafeAction::Damp | SafeAction::Own) => damp(command, limits, &state.position),
        }
        let bounds = Bounds {
            limits,
            rows,
            received,
            state,
            stays_outside: stop.is_some() || *motion != Motion::Running,
        };
        if stop.is_some() || !*has_state {
            // Nothing is known of the safe action.
            outside.fill(1);
        }
        bounds::enforce(command, &bounds, outside, limp, &mut |check, joint, value, limit| {
            counts.add(check);
            *last_verdict = Some(Verdict {
                check,
                joint: Some(joint),
                value,
                limit,
                tick: *tick,
                not_finite: None,
            });
        });
    }

    fn send(&mut self, any_limp: bool, state: &RobotState) {
        let own = matches!(self.stop, Some(stop) if stop.action == SafeAction::Own);
        if own {
            let stopped = self.stop_itself();
            self.answers.own_stop = Some(stopped);
            if stopped.is_ok() {
                self.received.forget();
                self.failed_writes.good(1);
                return;
            }
        }
        let written = self.write_out(state);
        self.answers.write = Some(written);
        match written {
            Ok(()) => {
                self.received.arrived(&self.command, &self.limp, any_limp);
                self.failed_writes.good(1);
            }
            Err(error) => {
                self.received.lost(&self.command, &self.limp);
                self.judge_failed_write(error);
            }
        }
    }

    /// The robot's own stop. A panic in it must not keep damping from being written in the same tick.
    fn stop_itself(&mut self) -> Result<(), IoError> {
        let io = &mut self.io;
        catch_unwind(AssertUnwindSafe(|| io.own_stop())).unwrap_or(Err(IoError::Panicked))
    }

    fn write_out(&mut self, state: &RobotState) -> Result<(), IoError> {
        let Self {
            io,
            command,
            outgoing,
            turns,
            ..
        } = self;
        let (command, state) = if turns.differ() {
            outgoing.0.copy_from(command);
            outgoing.1.copy_from(state);
            turns.wrap(&mut outgoing.0, &mut outgoing.1);
            (&outgoing.0, &outgoing.1)
        } else {
            (&*command, state)
        };
        catch_unwind(AssertUnwindSafe(|| io.write(command, state))).unwrap_or(Err(IoError::Panicked))
    }

    #[cold]
    fn judge_failed_write(&mut self, error: IoError) {
        self.failed_writes.bad(1);
        self.find(
            Check::WriteFailed,
            error_joint(error),
            self.failed_writes.level(),
            MAX_WRITE_FAILURES as f64,
        );
        // A link may come up after the loop.
        if self.failed_writes.is_full(MAX_WRITE_FAILURES) && self.has_state {
            self.latch();
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
    for (j, (limit, &q)) in limits.iter().zip(position).enumerate() {
        bounds::damp_drive(command, j, limit, q);
    }
}
