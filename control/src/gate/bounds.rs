//! Command checks: every number that leaves for a drive is brought within that drive's limits.

use crate::state::{JointCommand, RobotState};

use super::limits::JointLimits;
use super::verdict::Check;

/// The first number of `command` that is not finite, with its joint.
pub(super) fn non_finite(command: &JointCommand) -> Option<(usize, f64)> {
    let fields = [
        &command.position,
        &command.velocity,
        &command.effort,
        &command.kp,
        &command.kd,
    ];
    // Summing first keeps the common case to one comparison per field.
    let sum: f64 = fields.iter().map(|field| field.iter().sum::<f64>()).sum();
    if sum.is_finite() {
        return None;
    }
    fields.into_iter().find_map(|field| {
        let bad = field.iter().position(|v| !v.is_finite())?;
        Some((bad, field[bad]))
    })
}

/// Whether [`enforce`] would leave `command` alone: every number is finite and within `limits`. All
/// comparisons are made, without a branch among them, for nearly every command passes them all.
pub(super) fn is_within(
    command: &JointCommand,
    previous: &[f64],
    max_move_rad: f64,
    limits: &[JointLimits],
    state: &RobotState,
) -> bool {
    let n = limits.len();
    let (position, velocity, effort) = (&command.position[..n], &command.velocity[..n], &command.effort[..n]);
    let (kp, kd, previous) = (&command.kp[..n], &command.kd[..n], &previous[..n]);
    let (q, qd) = (&state.position[..n], &state.velocity[..n]);
    let mut ok = true;
    for (j, limit) in limits.iter().enumerate() {
        ok &= (kp[j] >= 0.0) & (kp[j] <= limit.max_kp);
        ok &= (kd[j] >= 0.0) & (kd[j] <= limit.max_kd);
        ok &= velocity[j].abs() <= limit.speed_rad_s;
        ok &= effort[j].abs() <= limit.effort_nm;
        ok &= (position[j] >= limit.lower_rad) & (position[j] <= limit.upper_rad);
        ok &= (position[j] >= previous[j] - max_move_rad) & (position[j] <= previous[j] + max_move_rad);
        // JointCommand::torque_nm, written out over slices whose lengths are known.
        let torque = kp[j] * (position[j] - q[j]) + kd[j] * (velocity[j] - qd[j]) + effort[j];
        ok &= within(torque, limit.effort_nm);
    }
    ok
}

/// Brings a finite `command` within `limits`, calling `report(check, joint, value, limit)` for every
/// change that the drive would feel: without stiffness a target position has no effect, and is
/// bounded without a word. `previous` holds the targets of the last command written,
/// `max_move_rad` how far a target may have moved since.
///
/// The torque bound holds at the measured `state`: where the drive would exceed its limit, kp, kd
/// and feed-forward are scaled by the same factor, which gives exactly the limit now and leaves
/// positions, and so the other bounds, alone. Where numbers are so large that scaling cannot give
/// the limit, the drive goes limp.
pub(super) fn enforce(
    command: &mut JointCommand,
    previous: &[f64],
    max_move_rad: f64,
    limits: &[JointLimits],
    state: &RobotState,
    mut report: impl FnMut(Check, usize, f64, f64),
) {
    for (j, limit) in limits.iter().enumerate() {
        let limp = command.kp[j] <= 0.0;
        let mut bound = |check, value: &mut f64, lo: f64, hi: f64| {
            if *value < lo || *value > hi {
                let nearest = value.clamp(lo, hi);
                let positional = matches!(check, Check::PositionLimit | Check::SlewLimit);
                if !(limp && positional) {
                    report(check, j, *value, nearest);
                }
                *value = nearest;
            }
        };
        bound(Check::GainLimit, &mut command.kp[j], 0.0, limit.max_kp);
        bound(Check::GainLimit, &mut command.kd[j], 0.0, limit.max_kd);
        bound(
            Check::VelocityLimit,
            &mut command.velocity[j],
            -limit.speed_rad_s,
            limit.speed_rad_s,
        );
        bound(
            Check::TorqueLimit,
            &mut command.effort[j],
            -limit.effort_nm,
            limit.effort_nm,
        );
        bound(
            Check::PositionLimit,
            &mut command.position[j],
            limit.lower_rad,
            limit.upper_rad,
        );
        // A joint that starts outside its limits comes back at the allowed speed, too.
        bound(
            Check::SlewLimit,
            &mut command.position[j],
            previous[j] - max_move_rad,
            previous[j] + max_move_rad,
        );
        let (q, qd) = (state.position[j], state.velocity[j]);
        let torque = command.torque_nm(j, q, qd);
        if within(torque, limit.effort_nm) {
            continue;
        }
        report(Check::TorqueLimit, j, torque, limit.effort_nm);
        scale_drive(command, j, limit.effort_nm / torque.abs());
        if !within(command.torque_nm(j, q, qd), limit.effort_nm) {
            scale_drive(command, j, 0.0);
        }
    }
}

/// Whether `torque` is within ±`limit` but for rounding; NaN is not.
fn within(torque: f64, limit: f64) -> bool {
    torque.abs() <= limit * (1.0 + 1e-12)
}

fn scale_drive(command: &mut JointCommand, j: usize, scale: f64) {
    // NaN / NaN and the like: an unknown share of an unknown torque is none.
    let scale = if scale.is_finite() { scale } else { 0.0 };
    command.kp[j] *= scale;
    command.kd[j] *= scale;
    command.effort[j] *= scale;
}
