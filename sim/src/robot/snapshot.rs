//! The poses of a robot's bodies, handed to the thread that renders what a camera sees.

use nalgebra::{Isometry3, UnitQuaternion};
use sinew_control::exchange::{Giver, Taker, exchange};

use crate::physics::Physics;

/// Where all bodies of a robot were at one moment.
#[derive(Debug, Clone, PartialEq)]
pub struct PoseSnapshot {
    /// When that was, on the controller's clock, ns: the stamp of the sensors' readings.
    pub stamp_nanos: u64,
    /// `world_from_body` of all bodies, in the description's order.
    pub poses: Vec<Isometry3<f64>>,
    /// `world_from_base` as the IMU reads it.
    pub orientation: UnitQuaternion<f64>,
}

/// Sends snapshots to the reader who asked last, if there is one.
#[derive(Debug, Default)]
pub(super) struct SnapshotSender(Option<Giver<PoseSnapshot>>);

impl SnapshotSender {
    pub(super) fn connect(&mut self, bodies: usize) -> Taker<PoseSnapshot> {
        let (giver, taker) = exchange(&PoseSnapshot {
            stamp_nanos: 0,
            poses: vec![Isometry3::identity(); bodies],
            orientation: UnitQuaternion::identity(),
        });
        self.0 = Some(giver);
        taker
    }

    pub(super) fn send(&mut self, stamp_nanos: u64, world: &dyn Physics, orientation: UnitQuaternion<f64>) {
        if let Some(giver) = &mut self.0 {
            giver.give(|snapshot| {
                snapshot.stamp_nanos = stamp_nanos;
                world.body_poses(&mut snapshot.poses);
                snapshot.orientation = orientation;
            });
        }
    }
}
