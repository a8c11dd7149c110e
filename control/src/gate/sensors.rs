//! State checks: what was read is accepted, replaced by the last good value, or is a reason to stop.

use nalgebra::{UnitQuaternion, Vector3};

use crate::state::{Imu, RobotState};

/// Watches readings for values that never change.
#[derive(Debug)]
pub(super) struct FrozenWatch {
    joints: Vec<FrozenJoint>,
    imu: Option<Imu>,
    imu_since_nanos: u64,
}

#[derive(Debug, Clone, Copy, Default)]
struct FrozenJoint {
    position: f64,
    velocity: f64,
    since_nanos: u64,
    target_low: f64,
    target_high: f64,
}

impl FrozenWatch {
    pub(super) fn new(dof: usize) -> Self {
        Self {
            joints: vec![FrozenJoint::default(); dof],
            imu: None,
            imu_since_nanos: 0,
        }
    }

    /// Starts over: nothing was seen yet.
    pub(super) fn reset(&mut self, targets: &[f64]) {
        self.imu = None;
        for (joint, &target) in self.joints.iter_mut().zip(targets) {
            // NaN equals nothing, so that the next reading counts as a change.
            *joint = FrozenJoint {
                position: f64::NAN,
                velocity: f64::NAN,
                since_nanos: 0,
                target_low: target,
                target_high: target,
            };
        }
    }

    /// The first joint whose readings stood still for `frozen_nanos` while its target travelled
    /// more than `travel_rad`; with how far it travelled. A joint that is not read at all is stale, which
    /// is for others to judge: time counts between readings.
    pub(super) fn frozen_joint(
        &mut self,
        state: &RobotState,
        targets: &[f64],
        frozen_nanos: u64,
        travel_rad: f64,
    ) -> Option<(usize, f64)> {
        let mut frozen = None;
        for (j, joint) in self.joints.iter_mut().enumerate() {
            let (position, velocity) = (state.position[j], state.velocity[j]);
            let stamp_nanos = state.joint_stamp_nanos[j];
            if joint.position == position && joint.velocity == velocity {
                joint.target_low = joint.target_low.min(targets[j]);
                joint.target_high = joint.target_high.max(targets[j]);
                let travel = joint.target_high - joint.target_low;
                let lasted = stamp_nanos.saturating_sub(joint.since_nanos);
                if lasted >= frozen_nanos && travel > travel_rad && frozen.is_none() {
                    frozen = Some((j, travel));
                }
            } else {
                *joint = FrozenJoint {
                    position,
                    velocity,
                    since_nanos: stamp_nanos,
                    target_low: targets[j],
                    target_high: targets[j],
                };
            }
        }
        frozen
    }

    /// For how long the IMU has given the same numbers, from reading to reading, ns.
    pub(super) fn imu_same_for(&mut self, imu: &Imu) -> u64 {
        let same = self.imu.is_some_and(|last| {
            last.orientation == imu.orientation
                && last.angular_velocity == imu.angular_velocity
                && last.linear_acceleration == imu.linear_acceleration
        });
        if !same {
            self.imu = Some(*imu);
            self.imu_since_nanos = imu.stamp_nanos;
        }
        imu.stamp_nanos.saturating_sub(self.imu_since_nanos)
    }
}

/// Takes from `incoming` into `state` what can be trusted; stamps of what cannot stay old, and so
/// go stale. Returns whether everything could.
pub(super) fn accept(incoming: &RobotState, state: &mut RobotState) -> bool {
    let mut finite = all_finite(&incoming.position) & all_finite(&incoming.velocity) & all_finite(&incoming.effort);
    if finite {
        state.position.copy_from_slice(&incoming.position);
        state.velocity.copy_from_slice(&incoming.velocity);
        state.effort.copy_from_slice(&incoming.effort);
        state.joint_stamp_nanos.copy_from_slice(&incoming.joint_stamp_nanos);
    } else {
        accept_finite_joints(incoming, state);
    }
    if incoming.imu.is_finite() && is_rotation(&incoming.imu.orientation) {
        state.imu = incoming.imu;
    } else {
        finite = false;
    }
    if has_base_velocity(incoming) {
        state.base_velocity = incoming.base_velocity;
    } else {
        finite &= incoming.base_velocity.is_none();
    }
    state.foot_contact.copy_from_slice(&incoming.foot_contact);
    state.temperature_celsius.clear();
    state
        .temperature_celsius
        .extend_from_slice(&incoming.temperature_celsius);
    state.truth = incoming.truth;
    finite
}

fn accept_finite_joints(incoming: &RobotState, state: &mut RobotState) {
    for j in 0..state.position.len() {
        let measured = [incoming.position[j], incoming.velocity[j], incoming.effort[j]];
        if all_finite(&measured) {
            state.position[j] = incoming.position[j];
            state.velocity[j] = incoming.velocity[j];
            state.effort[j] = incoming.effort[j];
            state.joint_stamp_nanos[j] = incoming.joint_stamp_nanos[j];
        }
    }
}

/// Without a branch per value, for they nearly always are.
fn all_finite(values: &[f64]) -> bool {
    values.iter().fold(true, |finite, value| finite & value.is_finite())
}

/// Whether `incoming` holds a base velocity that can be used.
pub(super) fn has_base_velocity(incoming: &RobotState) -> bool {
    let finite = |v: &Vector3<f64>| v.iter().all(|v| v.is_finite());
    incoming.base_velocity.as_ref().is_some_and(finite)
}

/// An IMU that was never filled gives a quaternion of zeros, which would look upright.
fn is_rotation(orientation: &UnitQuaternion<f64>) -> bool {
    (orientation.as_ref().norm_squared() - 1.0).abs() < 0.01
}

/// Whether every joint and the IMU have been measured: stamps are 0 before.
pub(super) fn all_heard(state: &RobotState) -> bool {
    state.imu.stamp_nanos > 0 && state.joint_stamp_nanos.iter().all(|&stamp| stamp > 0)
}
