//! What a camera needs to know of a robot, handed to the thread that draws it.

use nalgebra::{Isometry3, UnitQuaternion};
use sinew_control::exchange::{Giver, Taker, exchange};

use crate::world::World;

/// Where everything was at one moment.
#[derive(Debug, Clone, PartialEq)]
pub struct Glimpse {
    /// When that was, on the controller's clock, ns: the stamp of the sensors' readings.
    pub stamp_nanos: u64,
    /// `world_from_body` of all bodies, in the description's order.
    pub poses: Vec<Isometry3<f64>>,
    /// `world_from_base` as the IMU reads it.
    pub orientation: UnitQuaternion<f64>,
}

/// Gives glimpses to whoever watches.
#[derive(Debug, Default)]
pub(super) struct Watched(Option<Giver<Glimpse>>);

impl Watched {
    pub(super) fn watch(&mut self, bodies: usize) -> Taker<Glimpse> {
        let (giver, taker) = exchange(&Glimpse {
            stamp_nanos: 0,
            poses: vec![Isometry3::identity(); bodies],
            orientation: UnitQuaternion::identity(),
        });
        self.0 = Some(giver);
        taker
    }

    pub(super) fn show(&mut self, stamp_nanos: u64, world: &World, orientation: UnitQuaternion<f64>) {
        if let Some(giver) = &mut self.0 {
            giver.give(|glimpse| {
                glimpse.stamp_nanos = stamp_nanos;
                world.body_poses(&mut glimpse.poses);
                glimpse.orientation = orientation;
            });
        }
    }
}
