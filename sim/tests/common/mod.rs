//! What the tests of the physics share.

use std::path::Path;

use sinew_robot::{RobotModel, load};
use sinew_sim::DriveCommand;

/// A drive that does nothing.
pub(crate) const LIMP: DriveCommand = DriveCommand {
    position: 0.0,
    velocity: 0.0,
    effort: 0.0,
    kp: 0.0,
    kd: 0.0,
    limit: f64::INFINITY,
};

/// One of the models in `tests/models`.
pub(crate) fn model(name: &str) -> RobotModel {
    load(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/models").join(name)).unwrap()
}
