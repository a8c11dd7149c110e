//! State checks: what was read is accepted, or replaced by the last good value.

use nalgebra::{UnitQuaternion, Vector3};

use super::verdict::{NotFinite, Quantity};
use crate::finite::all_finite;
use crate::state::{Imu, RobotState};

/// What was last refused of each sensor, for the reason of the stop that comes of it.
#[derive(Debug)]
pub(super) struct Refused {
    joints: Vec<Option<NotFinite>>,
    imu: Option<NotFinite>,
    base_velocity: Option<NotFinite>,
    any: bool,
}

impl Refused {
    pub(super) fn new(dof: usize) -> Self {
        Self {
            joints: vec![None; dof],
            imu: None,
            base_velocity: None,
            any: false,
        }
    }

    pub(super) fn joint(&self, j: usize) -> Option<NotFinite> {
        self.joints[j]
    }

    pub(super) fn imu(&self) -> Option<NotFinite> {
        self.imu
    }

    pub(super) fn base_velocity(&self) -> Option<NotFinite> {
        self.base_velocity
    }

    /// The first that was refused in the last reading, with the joint that it is of.
    pub(super) fn first(&self) -> Option<(Option<usize>, NotFinite)> {
        if !self.any {
            return None;
        }
        let joints = self.joints.iter().enumerate();
        let joint = joints.filter_map(|(j, bad)| Some((Some(j), (*bad)?)));
        let base = [self.imu, self.base_velocity]
            .into_iter()
            .flatten()
            .map(|bad| (None, bad));
        joint.chain(base).next()
    }

    fn forget(&mut self) {
        if std::mem::take(&mut self.any) {
            self.joints.fill(None);
            self.imu = None;
            self.base_velocity = None;
        }
    }
}

/// Gives every vector of `incoming` back the length that it has in `state`; returns whether all had it. Drives
/// that tell no temperatures leave theirs empty.
pub(super) fn keep_lengths(incoming: &mut RobotState, state: &RobotState) -> bool {
    let dof = state.position.len();
    let feet = state.foot_contact.len();
    let temperatures = incoming.temperature_celsius.len();
    let right = (incoming.position.len() == dof)
        & (incoming.velocity.len() == dof)
        & (incoming.effort.len() == dof)
        & (incoming.joint_stamp_nanos.len() == dof)
        & (incoming.foot_contact.len() == feet)
        & (temperatures == 0 || temperatures == dof);
    if !right {
        incoming.position.resize(dof, f64::NAN);
        incoming.velocity.resize(dof, f64::NAN);
        incoming.effort.resize(dof, f64::NAN);
        incoming.joint_stamp_nanos.resize(dof, 0);
        incoming.foot_contact.resize(feet, false);
        incoming.temperature_celsius.clear();
    }
    right
}

/// Takes from `incoming` into `state` what can be trusted; stamps of what cannot stay old, and so go stale.
/// A torque that a drive does not measure is NaN, and that is no reason to refuse its joint unless
/// `needs_effort`. Both have the same lengths.
pub(super) fn accept(incoming: &RobotState, state: &mut RobotState, needs_effort: bool, refused: &mut Refused) {
    refused.forget();
    let measured = all_finite(&incoming.position) & all_finite(&incoming.velocity);
    let effort = all_finite(&incoming.effort);
    if measured & (effort | !needs_effort) {
        state.position.copy_from_slice(&incoming.position);
        state.velocity.copy_from_slice(&incoming.velocity);
        state.joint_stamp_nanos.copy_from_slice(&incoming.joint_stamp_nanos);
    } else {
        accept_finite_joints(incoming, state, needs_effort, refused);
    }
    state.effort.copy_from_slice(&incoming.effort);
    if !effort {
        forget_infinite(&mut state.effort);
    }
    if incoming.imu.is_finite() && is_rotation(&incoming.imu.orientation) {
        state.imu = incoming.imu;
    } else {
        refused.imu = Some(bad_imu(&incoming.imu));
        refused.any = true;
    }
    match &incoming.base_velocity {
        Some(v) if !is_finite(v) => {
            let bad = v.iter().copied().find(|v| !v.is_finite()).unwrap_or(f64::NAN);
            refused.base_velocity = Some(not_finite(Quantity::BaseVelocity, bad));
            refused.any = true;
        }
        Some(v) => state.base_velocity = Some(*v),
        None => {}
    }
    state.foot_contact.copy_from_slice(&incoming.foot_contact);
    if !(incoming.temperature_celsius.is_empty() & state.temperature_celsius.is_empty()) {
        state.temperature_celsius.clone_from(&incoming.temperature_celsius);
    }
    state.truth = incoming.truth;
}

#[cold]
fn accept_finite_joints(incoming: &RobotState, state: &mut RobotState, needs_effort: bool, refused: &mut Refused) {
    for j in 0..state.position.len() {
        let measured = [
            (Quantity::Position, incoming.position[j]),
            (Quantity::Velocity, incoming.velocity[j]),
            (Quantity::Effort, incoming.effort[j]),
        ];
        let needed = if needs_effort { 3 } else { 2 };
        let bad = measured[..needed].iter().find(|(_, value)| !value.is_finite());
        if let Some(&(quantity, value)) = bad {
            refused.joints[j] = Some(not_finite(quantity, value));
            refused.any = true;
            continue;
        }
        state.position[j] = incoming.position[j];
        state.velocity[j] = incoming.velocity[j];
        state.joint_stamp_nanos[j] = incoming.joint_stamp_nanos[j];
    }
}

/// An infinite torque was not measured either.
fn forget_infinite(effort: &mut [f64]) {
    effort.iter_mut().filter(|v| !v.is_finite()).for_each(|v| *v = f64::NAN);
}

fn not_finite(quantity: Quantity, value: f64) -> NotFinite {
    NotFinite { quantity, value }
}

/// What is wrong with an IMU's reading.
#[cold]
fn bad_imu(imu: &Imu) -> NotFinite {
    let bad = |values: &[f64]| values.iter().copied().find(|v| !v.is_finite());
    let orientation = imu.orientation.coords;
    let fields = [
        (Quantity::Orientation, bad(orientation.as_slice())),
        (Quantity::AngularVelocity, bad(imu.angular_velocity.as_slice())),
        (Quantity::LinearAcceleration, bad(imu.linear_acceleration.as_slice())),
    ];
    let named = fields
        .into_iter()
        .find_map(|(quantity, value)| Some(not_finite(quantity, value?)));
    named.unwrap_or(not_finite(Quantity::Orientation, orientation.norm()))
}

fn is_finite(v: &Vector3<f64>) -> bool {
    v.iter().all(|v| v.is_finite())
}

/// Whether `incoming` holds a base velocity that can be used.
pub(super) fn has_base_velocity(incoming: &RobotState) -> bool {
    incoming.base_velocity.as_ref().is_some_and(is_finite)
}

/// An IMU that was never filled gives a quaternion of zeros, which would look upright.
fn is_rotation(orientation: &UnitQuaternion<f64>) -> bool {
    (orientation.as_ref().norm_squared() - 1.0).abs() < 0.01
}
