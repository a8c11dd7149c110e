//! Robots as they are found in the field, simulated: bolted down, with joints that follow others, with rounded
//! inertias.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod bolted;
mod couplings;
mod damping;
mod inertias;

use sinew_robot::{RobotModel, load};
use sinew_sim::DriveCommand;

/// A drive that does nothing.
const LIMP: DriveCommand = DriveCommand {
    position: 0.0,
    velocity: 0.0,
    effort: 0.0,
    kp: 0.0,
    kd: 0.0,
    limit: f64::INFINITY,
};

fn read(name: &str, text: &str) -> Result<RobotModel, String> {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join(name);
    std::fs::write(&file, text).unwrap();
    load(&file).map_err(|error| error.to_string())
}

fn mjcf(text: &str) -> RobotModel {
    read("r.xml", text).unwrap()
}

fn urdf(text: &str) -> RobotModel {
    read("r.urdf", text).unwrap()
}

fn assert_says(error: &str, words: &[&str]) {
    for word in words {
        assert!(error.contains(word), "\"{word}\" is not in: {error}");
    }
}
