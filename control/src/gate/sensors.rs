//! State checks: what was read is accepted, replaced by the last good value, or is a reason to stop.

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
    pub(super) fn reset(&mut self, now_nanos: u64, targets: &[f64]) {
        self.imu = None;
        for (joint, &target) in self.joints.iter_mut().zip(targets) {
            // NaN equals nothing, so that the next reading counts as a change.
            *joint = FrozenJoint {
                position: f64::NAN,
                velocity: f64::NAN,
                since_nanos: now_nanos,
                target_low: target,
                target_high: target,
            };
        }
    }

    /// The first joint whose reading stood still for `frozen_nanos` while its target travelled
    /// more than `travel_rad`; with how far it travelled.
    pub(super) fn frozen_joint(
        &mut self,
        now_nanos: u64,
        state: &RobotState,
        targets: &[f64],
        frozen_nanos: u64,
        travel_rad: f64,
    ) -> Option<(usize, f64)> {
        let mut frozen = None;
        for (j, joint) in self.joints.iter_mut().enumerate() {
            let (position, velocity) = (state.position[j], state.velocity[j]);
            if joint.position == position && joint.velocity == velocity {
                joint.target_low = joint.target_low.min(targets[j]);
                joint.target_high = joint.target_high.max(targets[j]);
                let travel = joint.target_high - joint.target_low;
                let lasted = now_nanos.saturating_sub(joint.since_nanos);
                if lasted >= frozen_nanos && travel > travel_rad && frozen.is_none() {
                    frozen = Some((j, travel));
                }
            } else {
                *joint = FrozenJoint {
                    position,
                    velocity,
                    since_nanos: now_nanos,
                    target_low: targets[j],
                    target_high: targets[j],
                };
            }
        }
        frozen
    }

    /// For how long the IMU has given the same numbers, ns.
    pub(super) fn imu_same_for(&mut self, now_nanos: u64, imu: &Imu) -> u64 {
        let same = self.imu.is_some_and(|last| {
            last.orientation == imu.orientation
                && last.angular_velocity == imu.angular_velocity
                && last.linear_acceleration == imu.linear_acceleration
        });
        if !same {
            self.imu = Some(*imu);
            self.imu_since_nanos = now_nanos;
        }
        now_nanos.saturating_sub(self.imu_since_nanos)
    }
}

/// Takes from `incoming` into `state` what is finite; stamps of what is not stay old, and so go
/// stale. Returns whether everything was finite.
pub(super) fn accept(incoming: &RobotState, state: &mut RobotState) -> bool {
    let mut finite = true;
    for j in 0..state.position.len() {
        if incoming.position[j].is_finite() && incoming.velocity[j].is_finite() {
            state.position[j] = incoming.position[j];
            state.velocity[j] = incoming.velocity[j];
            state.joint_stamp_nanos[j] = incoming.joint_stamp_nanos[j];
        } else {
            finite = false;
        }
        if incoming.effort[j].is_finite() {
            state.effort[j] = incoming.effort[j];
        } else {
            finite = false;
        }
    }
    if incoming.imu.is_finite() {
        state.imu = incoming.imu;
    } else {
        finite = false;
    }
    match incoming.base_velocity {
        Some(v) if v.iter().all(|v| v.is_finite()) => state.base_velocity = Some(v),
        Some(_) => finite = false,
        None => {}
    }
    state.foot_contact.copy_from_slice(&incoming.foot_contact);
    let known = state
        .temperature_celsius
        .len()
        .min(incoming.temperature_celsius.len());
    state.temperature_celsius[..known].copy_from_slice(&incoming.temperature_celsius[..known]);
    state.truth = incoming.truth;
    finite
}
