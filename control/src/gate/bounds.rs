//! Command checks: every number that leaves for a drive is brought within that drive's limits.

use crate::state::{JointCommand, RobotState};

use super::fixed::Fixed;
use super::limits::JointLimits;
use super::received::Received;
use super::verdict::{Check, NotFinite, Quantity};

/// The first number of `command` that is not finite, with its joint, which is one of those that are `outside`.
pub(super) fn non_finite(command: &JointCommand, outside: &[u64]) -> Option<(usize, NotFinite)> {
    let fields = [
        (Quantity::Position, &command.position),
        (Quantity::Velocity, &command.velocity),
        (Quantity::Effort, &command.effort),
        (Quantity::Kp, &command.kp),
        (Quantity::Kd, &command.kd),
    ];
    let joints = outside.iter().enumerate().filter(|(_, outside)| **outside != 0);
    if joints
        .into_iter()
        .all(|(j, _)| fields.iter().all(|(_, field)| field[j].is_finite()))
    {
        return None;
    }
    fields.into_iter().find_map(|(quantity, field)| {
        let bad = field.iter().position(|v| !v.is_finite())?;
        let value = field[bad];
        Some((bad, NotFinite { quantity, value }))
    })
}

/// The limits of all joints once more, each kind side by side, so that a tick reads few lines of memory and compares
/// several joints at a time.
#[derive(Debug)]
pub(super) struct LimitRows {
    dof: usize,
    values: Vec<f64>,
}

impl LimitRows {
    /// Of joints whose targets may move by `max_move_rad` in a tick.
    pub(super) fn new(limits: &[JointLimits], max_move_rad: impl Fn(&JointLimits) -> f64) -> Self {
        let kinds: [&dyn Fn(&JointLimits) -> f64; 8] = [
            &|limit| limit.max_kp,
            &|limit| limit.max_kd,
            &|limit| limit.speed_rad_s,
            &|limit| limit.effort_nm,
            &|limit| limit.lower_rad,
            &|limit| limit.upper_rad,
            &max_move_rad,
            &|limit| limit.drive_kd,
        ];
        Self {
            dof: limits.len(),
            values: kinds.iter().flat_map(|kind| limits.iter().map(kind)).collect(),
        }
    }

    pub(super) fn max_kp(&self) -> &[f64] {
        self.row(0)
    }

    pub(super) fn max_kd(&self) -> &[f64] {
        self.row(1)
    }

    pub(super) fn speed_rad_s(&self) -> &[f64] {
        self.row(2)
    }

    pub(super) fn effort_nm(&self) -> &[f64] {
        self.row(3)
    }

    fn row(&self, kind: usize) -> &[f64] {
        &self.values[kind * self.dof..(kind + 1) * self.dof]
    }

    /// How far a target of joint `j` may move in a tick, rad.
    fn max_move_rad(&self, j: usize) -> f64 {
        self.row(6)[j]
    }
}

/// What a command is judged by.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bounds<'a> {
    pub(super) limits: &'a [JointLimits],
    pub(super) rows: &'a LimitRows,
    pub(super) received: &'a Received,
    /// What was measured.
    pub(super) state: &'a RobotState,
    /// Whether a joint that is outside its limits may stay where it is: while it is brought back, or held.
    pub(super) stays_outside: bool,
}

/// Whether [`enforce`] would leave `command` alone: every number is finite and within the bounds, as those that are
/// `fixed` were found to be or not. Where not, the joints whose `outside` is not 0 are those that it might change. All
/// comparisons are made, without a branch among them, for nearly every command passes them all; their results are as
/// wide as what is compared, so that several joints are compared at a time.
pub(super) fn is_within(command: &JointCommand, fixed: &Fixed, bounds: &Bounds<'_>, outside: &mut [u64]) -> bool {
    let rows = bounds.rows;
    let n = rows.dof;
    let [most, lower, upper, moves, drive_kd] = [3, 4, 5, 6, 7].map(|kind| &rows.row(kind)[..n]);
    let (position, velocity, effort) = (&command.position[..n], &command.velocity[..n], &command.effort[..n]);
    let (kp, kd) = (&command.kp[..n], &command.kd[..n]);
    let (low, high) = (&bounds.received.low()[..n], &bounds.received.high()[..n]);
    let (q, qd) = (&bounds.state.position[..n], &bounds.state.velocity[..n]);
    let (fixed, outside) = (&fixed.outside()[..n], &mut outside[..n]);
    let mut any = 0;
    for j in 0..n {
        let mut bad = fixed[j];
        bad |= u64::from(!(position[j] >= lower[j])) | u64::from(!(position[j] <= upper[j]));
        bad |= u64::from(!(position[j] >= high[j] - moves[j])) | u64::from(!(position[j] <= low[j] + moves[j]));
        // JointCommand::torque_nm, written out over slices whose lengths are known.
        let torque = kp[j] * (position[j] - q[j]) + kd[j] * (velocity[j] - qd[j]) + effort[j];
        bad |= u64::from(!within(torque, most[j]));
        // What `room_nm` says, likewise.
        let damping = -drive_kd[j] * qd[j];
        bad |= u64::from(torque * damping > 0.0) & u64::from(!within(torque + damping, most[j]));
        outside[j] = bad;
        any |= bad;
    }
    any == 0
}

/// Brings the joints of a finite `command` that are `outside` within the bounds, calling
/// `report(check, joint, value, limit)` for every change that the drive would feel: without stiffness a target
/// position has no effect, and is bounded without a word. Fills `limp` with the drives that the command leaves without stiffness, before the torque bound scales them.
///
/// The torque bound holds at the measured state: where the drive would exceed its limit, kp, kd and feed-forward
/// are scaled by the same factor, which gives exactly the limit now and leaves positions, and so the other
/// bounds, alone. Where numbers are so large that scaling cannot give the limit, the drive goes limp. A joint that
/// damps by itself is a part of its drive that no factor scales: what is asked for has to leave it the room it takes.
pub(super) fn enforce(
    command: &mut JointCommand,
    bounds: &Bounds<'_>,
    outside: &[u64],
    limp: &mut [bool],
    report: &mut dyn FnMut(Check, usize, f64, f64),
) {
    for (limp, &kp) in limp.iter_mut().zip(&command.kp) {
        *limp = kp <= 0.0;
    }
    for (j, limit) in bounds.limits.iter().enumerate() {
        if outside[j] == 0 {
            continue;
        }
        let mut is_limp = false;
        let mut bound = |check, value: &mut f64, lo: f64, hi: f64, is_limp: bool| {
            if *value < lo || *value > hi {
                let nearest = value.max(lo).min(hi);
                if !is_limp {
                    report(check, j, *value, nearest);
                }
                *value = nearest;
            }
        };
        bound(Check::GainLimit, &mut command.kp[j], 0.0, limit.max_kp, is_limp);
        bound(Check::GainLimit, &mut command.kd[j], 0.0, limit.max_kd, is_limp);
        bound(
            Check::VelocityLimit,
            &mut command.velocity[j],
            -limit.speed_rad_s,
            limit.speed_rad_s,
            is_limp,
        );
        bound(
            Check::TorqueLimit,
            &mut command.effort[j],
            -limit.effort_nm,
            limit.effort_nm,
            is_limp,
        );
        is_limp = command.kp[j] <= 0.0;
        limp[j] = is_limp;
        let (low, high) = (bounds.received.low()[j], bounds.received.high()[j]);
        let stays = bounds.stays_outside || bounds.received.is_limp(j);
        let (lower, upper) = if stays {
            (limit.lower_rad.min(low), limit.upper_rad.max(high))
        } else {
            (limit.lower_rad, limit.upper_rad)
        };
        bound(Check::PositionLimit, &mut command.position[j], lower, upper, is_limp);
        // A joint that is outside its limits comes back at the allowed speed, too.
        let max_move_rad = bounds.rows.max_move_rad(j);
        let (first, last) = (high - max_move_rad, low + max_move_rad);
        if first <= last {
            bound(Check::SlewLimit, &mut command.position[j], first, last, is_limp);
        } else if !is_limp {
            // A drive that may be limp is too far from what else it may follow: no target is near to both.
            report(Check::SlewLimit, j, first, last);
            damp_drive(command, j, limit, bounds.state.position[j]);
            limp[j] = true;
        }
        let (q, qd) = (bounds.state.position[j], bounds.state.velocity[j]);
        let torque = command.torque_nm(j, q, qd);
        let room = room_nm(torque, -limit.drive_kd * qd, limit.effort_nm);
        if within_room(torque, room, limit.effort_nm) {
            continue;
        }
        report(Check::TorqueLimit, j, torque, room);
        scale_drive(command, j, room / torque.abs());
        if !within_room(command.torque_nm(j, q, qd), room, limit.effort_nm) {
            scale_drive(command, j, 0.0);
        }
    }
}

/// Whether `torque` is within ±`limit` but for rounding; NaN is not.
fn within(torque: f64, limit: f64) -> bool {
    torque.abs() <= limit * (1.0 + 1e-12)
}

/// How much of a drive's `limit` there is for the `torque` that is asked of it, where its joint adds `damping` by itself.
/// Against the damping that is all of it, for the damping ends with the motion and the torque does not. With the damping,
/// as where a joint is braked, it is what the damping leaves.
fn room_nm(torque: f64, damping: f64, limit: f64) -> f64 {
    if torque * damping > 0.0 {
        (limit - damping.abs()).max(0.0)
    } else {
        limit
    }
}

/// Whether `torque` is within ±`room`, but for the rounding of the `limit` that it is a part of.
fn within_room(torque: f64, room: f64, limit: f64) -> bool {
    torque.abs() <= room + limit * 1e-12
}

/// No stiffness for drive `j`, and a target that follows its joint at `q` rad.
pub(super) fn damp_drive(command: &mut JointCommand, j: usize, limit: &JointLimits, q: f64) {
    command.position[j] = q;
    command.velocity[j] = 0.0;
    command.effort[j] = 0.0;
    command.kp[j] = 0.0;
    command.kd[j] = limit.damp_kd;
}

fn scale_drive(command: &mut JointCommand, j: usize, scale: f64) {
    // NaN / NaN and the like: an unknown share of an unknown torque is none.
    let scale = if scale.is_finite() { scale } else { 0.0 };
    command.kp[j] *= scale;
    command.kd[j] *= scale;
    command.effort[j] *= scale;
}
