//! Watches readings for values that never change.

use nalgebra::{UnitQuaternion, Vector3};

use crate::state::{Imu, RobotState};

/// Targets that go to and fro must go this many times as far as one that goes one way: friction may hold a joint
/// for a while.
const TO_AND_FRO: f64 = 5.0;
/// A move that is less than this share of the travel that counts may be noise of the policy.
const NOISE_SHARE: f64 = 0.2;

#[derive(Debug)]
pub(super) struct FrozenWatch {
    /// The last readings, and when each came: rad, ns.
    position: Vec<f64>,
    stamp_nanos: Vec<u64>,
    /// The targets of then, rad.
    targets: Vec<f64>,
    /// Joints whose position stands still, `None` for those that move.
    still: Vec<Option<Still>>,
    any_still: bool,
    imu: Option<ImuWatch>,
}

/// What the target of a joint has done since its position stands still.
#[derive(Debug, Clone, Copy)]
struct Still {
    since_nanos: u64,
    low: f64,
    high: f64,
    /// Where the target was when it had last gone far enough to count, and the way of all that did.
    counted: f64,
    way: f64,
}

impl FrozenWatch {
    pub(super) fn new(dof: usize) -> Self {
        Self {
            position: vec![f64::NAN; dof],
            stamp_nanos: vec![0; dof],
            targets: vec![0.0; dof],
            still: vec![None; dof],
            any_still: false,
            imu: None,
        }
    }

    /// Starts over: nothing was seen yet.
    pub(super) fn reset(&mut self) {
        // NaN equals nothing, so that the next reading counts as a change.
        self.position.fill(f64::NAN);
        self.still.fill(None);
        self.any_still = false;
        self.imu = None;
    }

    /// The first joint whose position stood still for `frozen_nanos` while its target travelled more than
    /// `travel_rad` in one direction, or several times that to and fro; with how far it travelled. What the
    /// velocity says does not count: a position that does not change contradicts it. A joint that is not read
    /// at all is stale, which is for others to judge: time counts between readings.
    pub(super) fn frozen_joint(
        &mut self,
        state: &RobotState,
        targets: &[f64],
        frozen_nanos: u64,
        travel_rad: f64,
    ) -> Option<(usize, f64)> {
        let pairs = self.position.iter().zip(&state.position);
        let any_same = pairs.fold(0, |any, (last, now)| any | u64::from(last == now)) != 0;
        let frozen = if any_same || self.any_still {
            self.any_still = any_same;
            self.frozen_still_joint(state, targets, frozen_nanos, travel_rad)
        } else {
            None
        };
        self.position.copy_from_slice(&state.position);
        self.stamp_nanos.copy_from_slice(&state.joint_stamp_nanos);
        self.targets.copy_from_slice(targets);
        frozen
    }

    /// [`frozen_joint`](Self::frozen_joint), joint by joint.
    #[cold]
    fn frozen_still_joint(
        &mut self,
        state: &RobotState,
        targets: &[f64],
        frozen_nanos: u64,
        travel_rad: f64,
    ) -> Option<(usize, f64)> {
        let mut frozen = None;
        for (j, (slot, &target)) in self.still.iter_mut().zip(targets).enumerate() {
            if self.position[j] != state.position[j] {
                *slot = None;
                continue;
            }
            let still = slot.get_or_insert_with(|| Still::new(self.stamp_nanos[j], self.targets[j]));
            let travel = still.travel(target, travel_rad);
            let lasted = state.joint_stamp_nanos[j].saturating_sub(still.since_nanos);
            if lasted >= frozen_nanos && travel > travel_rad && frozen.is_none() {
                frozen = Some((j, travel));
            }
        }
        frozen
    }

    /// For how long the IMU has given the same numbers, or the same orientation while its gyro said that the
    /// base turned by more than `travel_rad`; from reading to reading, ns.
    pub(super) fn imu_same_for(&mut self, imu: &Imu, travel_rad: f64) -> u64 {
        let watch = match &mut self.imu {
            Some(watch) if watch.orientation == imu.orientation => watch,
            slot => {
                *slot = Some(ImuWatch::new(imu));
                return 0;
            }
        };
        let same = watch.angular_velocity == imu.angular_velocity && watch.acceleration == imu.linear_acceleration;
        if !same {
            watch.angular_velocity = imu.angular_velocity;
            watch.acceleration = imu.linear_acceleration;
            watch.since_nanos = imu.stamp_nanos;
        }
        let secs = imu.stamp_nanos.saturating_sub(watch.stamp_nanos) as f64 * 1e-9;
        watch.stamp_nanos = imu.stamp_nanos;
        watch.turned += imu.angular_velocity * secs;
        let since = if watch.turned.norm() > travel_rad {
            watch.orientation_since_nanos
        } else {
            watch.since_nanos
        };
        imu.stamp_nanos.saturating_sub(since)
    }
}

impl Still {
    fn new(since_nanos: u64, target: f64) -> Self {
        Self {
            since_nanos,
            low: target,
            high: target,
            counted: target,
            way: 0.0,
        }
    }

    /// Takes the next target; how far targets have travelled, where to and fro counts a fifth.
    fn travel(&mut self, target: f64, travel_rad: f64) -> f64 {
        self.low = self.low.min(target);
        self.high = self.high.max(target);
        let moved = (target - self.counted).abs();
        if moved >= NOISE_SHARE * travel_rad {
            self.counted = target;
            self.way += moved;
        }
        (self.high - self.low).max(self.way / TO_AND_FRO)
    }
}

/// An IMU whose orientation stands still.
#[derive(Debug)]
struct ImuWatch {
    orientation: UnitQuaternion<f64>,
    orientation_since_nanos: u64,
    angular_velocity: Vector3<f64>,
    acceleration: Vector3<f64>,
    since_nanos: u64,
    stamp_nanos: u64,
    /// What its gyro says since its orientation stands still, rad.
    turned: Vector3<f64>,
}

impl ImuWatch {
    fn new(imu: &Imu) -> Self {
        Self {
            orientation: imu.orientation,
            orientation_since_nanos: imu.stamp_nanos,
            angular_velocity: imu.angular_velocity,
            acceleration: imu.linear_acceleration,
            since_nanos: imu.stamp_nanos,
            stamp_nanos: imu.stamp_nanos,
            turned: Vector3::zeros(),
        }
    }
}
